/**
 * All background work of a tenant: tasks, copies, deliveries, jobs. An item is due at a time, waits for room in its lane,
 * runs under a lease, and is due again or done. Only the alarm, and the end of work that it started, begin work; requests set due
 * times and arm the alarm. All of it is memory: if the object dies, the due times on disk have passed, and the next alarm, at
 * most half a minute away while anything is under way, begins the work again (docs/design.md, rule 3).
 *
 * Every step costs the logarithm of the number of items at most.
 */
import type { Clock, Log } from "../ports.ts";
import type { Alarm } from "./alarm.ts";
import { type Entry, heapByTime, Lane, type LaneItem, type LaneOptions } from "./lane.ts";

/** While work is under way the alarm comes at least so often: it resumes the work of an object that has died. */
const WATCHDOG_MS = 30_000;
/** The heap is built anew when it has more entries than this for each item. */
const MAX_ENTRIES_PER_ITEM = 4;
const SMALL_HEAP = 64;
/** An alarm within this time needs no other. */
const SOON_MS = 1_000;

/** When an item is due again, in ms since epoch; null: it is done. */
type Due = number | null;

/** One sort of work. */
export interface WorkOptions<Id> {
  /** For the log. */
  readonly name: string;
  /**
   * Does one piece of work; never called again for the same id while it is under way. Safe to repeat.
   *
   * @returns when the item is due again; undefined: as it was set meanwhile, and if it was not, after `retryMs`
   */
  readonly run: (id: Id) => Promise<Due | undefined>;
  /** How soon work that threw is repeated. */
  readonly retryMs: number;
}

interface Item extends LaneItem {
  readonly id: unknown;
  readonly kind: Kind;
  at: number;
  state: LaneItem["state"];
  lane: Lane<Item>;
  group: string;
  /** Set while it runs: when it is due next. */
  next: Due | undefined;
  /** Changes with each run: a run whose lease is over has no say any more. */
  run: object | null;
}

interface Kind {
  readonly name: string;
  readonly run: (id: unknown) => Promise<Due | undefined>;
  readonly retryMs: number;
  readonly items: Map<unknown, Item>;
}

/** Runs due work in lanes, each with a concurrency limit and a lease. */
export class WorkQueue<LaneName extends string> {
  readonly #lanes: ReadonlyMap<string, Lane<Item>>;
  readonly #alarm: Alarm;
  readonly #clock: Clock;
  readonly #log: Log;
  #heap = heapByTime<Item>();
  #items = 0;
  #running = 0;

  constructor(
    lanes: Readonly<Record<LaneName, LaneOptions>>,
    { alarm, clock, log }: { readonly alarm: Alarm; readonly clock: Clock; readonly log: Log },
  ) {
    const entries = Object.entries<LaneOptions>(lanes);
    this.#lanes = new Map(entries.map(([name, options]) => [name, new Lane<Item>(options)]));
    this.#alarm = alarm;
    this.#clock = clock;
    this.#log = log;
  }

  /** Adds one sort of work. */
  register<Id extends string | number>(options: WorkOptions<Id>): WorkItems<Id, LaneName> {
    const { name, retryMs } = options;
    const kind: Kind = { name, retryMs, run: (id) => options.run(id as Id), items: new Map() };
    return {
      get size() {
        return kind.items.size;
      },
      dueAt: (id) => {
        const item = kind.items.get(id);
        return item === undefined ? null : item.state === "running" ? (item.next ?? null) : item.at;
      },
      has: (id) => kind.items.has(id),
      set: (id, at, lane, group = "") => this.#set(kind, id, at, this.#laneNamed(lane), group),
      hold: (id, work) => this.#hold(kind, id, work),
      clear: () => {
        for (const item of kind.items.values()) if (item.state !== "running") this.#remove(item);
      },
    };
  }

  /** The alarm has come: begins what is due. Never throws. */
  async alarm(): Promise<void> {
    this.#alarm.clear();
    this.#begin();
    await this.arm();
  }

  /** Makes sure that the alarm comes for what is due next. Costs a write only if it must move earlier. Never throws. */
  arm(): Promise<void> {
    const now = this.#clock.now();
    const next = Math.min(this.#firstAt(), this.#running > 0 ? now + WATCHDOG_MS : Number.POSITIVE_INFINITY);
    return Number.isFinite(next) ? this.#alarm.setBy(next, now) : Promise.resolve();
  }

  /** Whether work is due for which no alarm is to come at once: after a restart, or because an alarm was lost. */
  isLate(): boolean {
    const now = this.#clock.now();
    if (this.#alarm.isOverdue(now)) this.#log("warn", "alarm-overdue");
    return this.#alarm.isOverdue(now) || (this.#firstAt() <= now && !this.#alarm.comesBy(now + SOON_MS));
  }

  #laneNamed(name: string): Lane<Item> {
    const lane = this.#lanes.get(name);
    if (!lane) throw new RangeError(`there is no lane ${name}`);
    return lane;
  }

  #set(kind: Kind, id: unknown, at: Due, lane: Lane<Item>, group: string): void {
    let item = kind.items.get(id);
    if (item?.state === "running") {
      Object.assign(item, { next: at, lane, group });
      if (at !== null) this.#push(item, at);
      return;
    }
    if (at === null) {
      if (item) this.#remove(item);
      return;
    }
    if (item === undefined) {
      item = { id, kind, at, state: "waiting", lane, group, next: undefined, run: null };
      kind.items.set(id, item);
      this.#items += 1;
    } else if (item.at === at && item.lane === lane && item.group === group) return;
    else Object.assign(item, { at, state: "waiting", lane, group });
    this.#push(item, at);
  }

  #remove(item: Item): void {
    item.state = "removed";
    item.kind.items.delete(item.id);
    this.#items -= 1;
  }

  #push(item: Item, at: number): void {
    if (this.#heap.length > SMALL_HEAP && this.#heap.length > this.#items * MAX_ENTRIES_PER_ITEM) {
      this.#heap = heapByTime(this.#heap.data.filter(isCurrent));
    }
    this.#heap.push({ item, at });
  }

  /** @returns when the first item that waits for its time is due, in ms since epoch */
  #firstAt(): number {
    for (let entry = this.#heap.peek(); entry !== undefined; entry = this.#heap.peek()) {
      if (isCurrent(entry)) return entry.at;
      this.#heap.pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Begins what is due, as far as its lanes have room. */
  #begin(): void {
    const now = this.#clock.now();
    while (this.#firstAt() <= now) {
      const item = this.#heap.pop()?.item;
      // An item under way comes back when it ends.
      if (item?.state !== "waiting") continue;
      item.state = "ready";
      item.lane.enqueue(item);
    }
    for (const lane of this.#lanes.values()) {
      for (let item = lane.expired(now); item !== null; item = lane.expired(now)) {
        this.#log("error", "lease", { kind: item.kind.name, id: item.id });
        lane.release(item);
        this.#end(item, undefined);
      }
      for (let item = lane.take(now); item !== null; item = lane.take(now)) void this.#work(item, lane);
    }
  }

  #start(item: Item): object {
    const run = {};
    Object.assign(item, { state: "running", next: undefined, run });
    this.#running += 1;
    return run;
  }

  async #work(item: Item, lane: Lane<Item>): Promise<void> {
    const { kind, id } = item;
    const run = this.#start(item);
    let next: Due | undefined;
    try {
      next = await kind.run(id);
    } catch (error) {
      this.#log("error", kind.name, { id, error: String(error) });
      item.next = item.next === null ? null : this.#clock.now() + kind.retryMs;
    }
    if (item.run !== run) return;
    lane.release(item);
    this.#end(item, next);
    this.#begin();
    await this.arm();
  }

  async #hold<T>(kind: Kind, id: unknown, work: () => Promise<T>): Promise<T> {
    const item = kind.items.get(id);
    if (!item || item.state === "running") return work();
    const run = this.#start(item);
    try {
      return await work();
    } catch (error) {
      item.next = item.next === null ? null : this.#clock.now() + kind.retryMs;
      throw error;
    } finally {
      if (item.run === run) this.#end(item, undefined);
      void this.arm();
    }
  }

  /** The item is not under way any more: it is due at the earlier of what its work returned and what was set meanwhile. */
  #end(item: Item, returned: Due | undefined): void {
    const dues = [returned, item.next].filter((due) => due !== undefined);
    const times = dues.filter((due) => due !== null);
    this.#running -= 1;
    item.run = null;
    if (dues.length > 0 && times.length === 0) {
      this.#remove(item);
      return;
    }
    item.at = times.length > 0 ? Math.min(...times) : this.#clock.now() + item.kind.retryMs;
    item.state = "waiting";
    this.#push(item, item.at);
  }
}

/** The items of one sort of work, by their ids. */
export interface WorkItems<Id, LaneName extends string> {
  /** How many there are, those under way included. */
  readonly size: number;
  /** @returns when the item is due, or due again if it is under way; ms since epoch, or null */
  dueAt(id: Id): number | null;
  has(id: Id): boolean;
  /** Sets when the item is due, and where it waits for room then; null: never again. The caller arms the alarm. */
  set(id: Id, at: number | null, lane: LaneName, group?: string): void;
  /** Does work on an item for a caller who waits, outside all lanes; the alarm begins none on it meanwhile. */
  hold<T>(id: Id, work: () => Promise<T>): Promise<T>;
  /** Removes all items that are not under way. */
  clear(): void;
}

function isCurrent({ item, at }: Entry<Item>): boolean {
  return (item.state === "waiting" && item.at === at) || (item.state === "running" && item.next === at);
}
