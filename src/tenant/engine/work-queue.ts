/**
 * All background work of a tenant: tasks, copies, deliveries, jobs. An item has a due time, waits for a free place in
 * its lane, runs under a lease, and is then due again or done. Only the alarm, and the end of work that it started,
 * start work; requests set due times and arm the alarm. The queue is in memory only: if the object is evicted, the due
 * times on disk have passed, and the next alarm, at most half a minute away while anything runs, starts the work again
 * (docs/design.md, rule 3).
 *
 * Each step costs at most the logarithm of the number of items.
 */

import { within } from "../../lib/time-limit.ts";
import { countAlarm } from "../../metrics/isolate-counters.ts";
import type { Clock, Log } from "../ports.ts";
import type { Alarm } from "./alarm.ts";
import { type Entry, heapByTime, Lane, type LaneItem, type LaneOptions } from "./lane.ts";
import type { Due, WorkItems, WorkOptions } from "./work-items.ts";

/** Longest interval between alarms while work runs: an alarm resumes the work of an evicted object. */
const WATCHDOG_MS = 30_000;
/** Work that an alarm has started and that ends within this time needs no further alarm. */
const SHORT_WORK_MS = 250;
/** The heap is rebuilt when it has more entries per item than this. */
const MAX_ENTRIES_PER_ITEM = 4;
const SMALL_HEAP = 64;
/** If the alarm is due within this time, no other is set. */
const SOON_MS = 1_000;

interface Item extends LaneItem {
  readonly id: unknown;
  readonly kind: Kind;
  at: number;
  state: LaneItem["state"];
  lane: Lane<Item>;
  group: string;
  /** Set while the item runs: its next due time. */
  next: Due | undefined;
  /** Identifies the run. A run whose lease has expired no longer matches, so its result is ignored. */
  run: object | null;
}

interface Kind extends WorkOptions<unknown> {
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
  /** Called when no work runs any more. */
  #whenIdle = () => {};
  /** Work that was due earlier counts as due since then; see `restored`. */
  #dueSince = 0;

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

  /** Adds one kind of work. */
  register<Id extends string | number>(options: WorkOptions<Id>): WorkItems<Id, LaneName> {
    // Only ids that were set below reach `run` and `logged`.
    const kind: Kind = { ...(options as WorkOptions<never> as WorkOptions<unknown>), items: new Map() };
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

  /** Handles the alarm: starts due work, and arms the next one for work that is not due yet. Never throws. */
  async alarm(): Promise<void> {
    const lateMs = this.#alarm.fired(this.#clock.now());
    if (lateMs !== null) countAlarm(lateMs);
    this.#begin();
    const first = this.#firstAt();
    // A later alarm would replace the repetition that brings work back if the object stops before `endAlarm`.
    if (this.#running === 0 || first <= this.#clock.now() + WATCHDOG_MS) await this.#armBy(first);
  }

  /**
   * Ends the alarm: work that still runs after a moment needs another. Until then the object may stop at any time,
   * because the platform repeats an alarm whose handler has not ended and has set no other. Never throws.
   */
  async endAlarm(): Promise<void> {
    if (this.#running > 0 && !this.#alarm.comesBy(this.#clock.now() + WATCHDOG_MS)) {
      const idle = new Promise<void>((resolve) => (this.#whenIdle = resolve));
      await within(idle, SHORT_WORK_MS, undefined);
    }
    await this.arm();
  }

  /** Arms the alarm for the next due item. Writes only if the alarm must move earlier. Never throws. */
  arm(): Promise<void> {
    const now = this.#clock.now();
    const next = Math.min(this.#firstAt(), this.#running > 0 ? now + WATCHDOG_MS : Number.POSITIVE_INFINITY);
    return this.#armBy(next);
  }

  #armBy(next: number): Promise<void> {
    return Number.isFinite(next) ? this.#alarm.setBy(next, this.#clock.now()) : Promise.resolve();
  }

  /** True if work is due and no alarm is set for it: after a restart, or because an alarm was lost. */
  isLate(): boolean {
    const now = this.#clock.now();
    if (this.#alarm.isOverdue(now)) this.#log("warn", "alarm-overdue");
    return this.#alarm.isOverdue(now) || (this.#firstAt() <= now && !this.#alarm.comesBy(now + SOON_MS));
  }

  /**
   * Records that the queue was loaded from disk, where due times may be older than the last attempt: work counts as due
   * since `at` at the earliest. @param at ms since epoch
   */
  restored(at: number): void {
    this.#dueSince = at;
  }

  /**
   * Returns the due time of the earliest work that has not begun, in the past if it waits for a place or an alarm; while
   * work runs, at the latest the next alarm. ms since epoch; null: there is no work.
   */
  nextWorkAt(): number | null {
    const ready = [...this.#lanes.values()].map((lane) => lane.firstAt());
    const watchdog = this.#running > 0 ? this.#clock.now() + WATCHDOG_MS : Number.POSITIVE_INFINITY;
    const first = Math.max(this.#dueSince, Math.min(this.#firstAt(), ...ready));
    const next = Math.min(first, watchdog);
    return Number.isFinite(next) ? next : null;
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

  /** @returns the earliest due time of the waiting items, in ms since epoch */
  #firstAt(): number {
    for (let entry = this.#heap.peek(); entry !== undefined; entry = this.#heap.peek()) {
      if (isCurrent(entry)) return entry.at;
      this.#heap.pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Starts due items, as far as their lanes have places, and what these make due at once: so it needs no alarm. */
  #begin(): void {
    const now = this.#clock.now();
    do this.#beginDue(now);
    while (this.#firstAt() <= now);
  }

  #beginDue(now: number): void {
    while (this.#firstAt() <= now) {
      const item = this.#heap.pop()?.item;
      // A running item is handled when it ends.
      if (item?.state !== "waiting") continue;
      item.state = "ready";
      item.lane.enqueue(item);
    }
    for (const lane of this.#lanes.values()) {
      for (let item = lane.expired(now); item !== null; item = lane.expired(now)) {
        this.#log("error", "lease", { kind: item.kind.name, ...item.kind.logged(item.id) });
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
      this.#log("error", kind.name, { ...kind.logged(id), error: String(error) });
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

  /** Ends a run: the item is due at the earlier of the time that its work returned and the time set meanwhile. */
  #end(item: Item, returned: Due | undefined): void {
    const dues = [returned, item.next].filter((due) => due !== undefined);
    const times = dues.filter((due) => due !== null);
    this.#running -= 1;
    if (this.#running === 0) this.#whenIdle();
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

function isCurrent({ item, at }: Entry<Item>): boolean {
  return (item.state === "waiting" && item.at === at) || (item.state === "running" && item.next === at);
}
