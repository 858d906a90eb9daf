/**
 * One lane of the work queue: due items that wait for a free place, and running items. Groups within a lane take turns,
 * and each may have a limit of its own. Within a group the item that has been due longest runs first.
 */
import TinyQueue from "tinyqueue";

/** Limits of a lane. */
export interface LaneOptions {
  /** Most items running at once. */
  readonly limit: number;
  /** Most items of one group running at once; absent: the lane's limit. */
  readonly groupLimit?: number;
  /** An item that runs longer than this, in ms, counts as failed: its place becomes free, and the item is retried. */
  readonly leaseMs: number;
}

/** Fields of an item that a lane reads; the queue owns the item. */
export interface LaneItem {
  /** Due time in ms since epoch. */
  readonly at: number;
  readonly state: "waiting" | "ready" | "running" | "removed";
  readonly group: string;
}

/**
 * A heap entry: an item with the due time it had when the entry was made. Stale if the item's due time has changed
 * since.
 */
export interface Entry<T> {
  readonly item: T;
  readonly at: number;
}

/** @returns an empty heap of items, the earliest first */
export function heapByTime<T>(entries: Entry<T>[] = []): TinyQueue<Entry<T>> {
  return new TinyQueue(entries, (a, b) => a.at - b.at);
}

interface Group<T> {
  readonly name: string;
  readonly ready: TinyQueue<Entry<T>>;
  running: number;
  /** True if the group is in the rotation. */
  inTurn: boolean;
}

/** The ready items of one lane, taken in turn from its groups. */
export class Lane<T extends LaneItem> {
  readonly #options: LaneOptions;
  readonly #groups = new Map<string, Group<T>>();
  /** Groups that have due items and are below their limit, in the order of their turns. */
  readonly #rotation: Group<T>[] = [];
  /** Running items with their group and the end of their lease, in order of start. */
  readonly #running = new Map<T, { readonly group: Group<T>; readonly until: number }>();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Adds a due item. */
  enqueue(item: T): void {
    const group = this.#groups.get(item.group) ?? {
      name: item.group,
      ready: heapByTime<T>(),
      running: 0,
      inTurn: false,
    };
    this.#groups.set(item.group, group);
    group.ready.push({ item, at: item.at });
    this.#takeTurns(group);
  }

  /** @returns the next item, which counts as running from now on, or null if none may start */
  take(now: number): T | null {
    while (this.#running.size < this.#options.limit) {
      const group = this.#rotation.shift();
      if (!group) return null;
      group.inTurn = false;
      const item = nextReady(group);
      if (item !== null) {
        group.running += 1;
        this.#running.set(item, { group, until: now + this.#options.leaseMs });
      }
      this.#takeTurns(group);
      if (item !== null) return item;
    }
    return null;
  }

  /** Frees the place of an item that has ended. */
  release(item: T): void {
    const place = this.#running.get(item);
    if (!place) return;
    this.#running.delete(item);
    place.group.running -= 1;
    this.#takeTurns(place.group);
  }

  /** @returns an item whose lease has run out, or null */
  expired(now: number): T | null {
    const [first] = this.#running;
    return first && first[1].until <= now ? first[0] : null;
  }

  /** @returns the due time of the ready item that has waited longest, in ms since epoch; infinite if none is ready */
  firstAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) first = Math.min(first, firstReadyAt(group));
    return first;
  }

  #takeTurns(group: Group<T>): void {
    if (group.ready.length === 0) {
      if (group.running === 0) this.#groups.delete(group.name);
    } else if (!group.inTurn && group.running < (this.#options.groupLimit ?? this.#options.limit)) {
      group.inTurn = true;
      this.#rotation.push(group);
    }
  }
}

function nextReady<T extends LaneItem>(group: Group<T>): T | null {
  return firstReadyAt(group) === Number.POSITIVE_INFINITY ? null : (group.ready.pop()?.item ?? null);
}

/** Drops stale entries. @returns the due time of the group's first ready item; infinite if there is none */
function firstReadyAt<T extends LaneItem>({ name, ready }: Group<T>): number {
  for (let entry = ready.peek(); entry !== undefined; entry = ready.peek()) {
    const { item, at } = entry;
    if (item.state === "ready" && item.at === at && item.group === name) return at;
    ready.pop();
  }
  return Number.POSITIVE_INFINITY;
}
