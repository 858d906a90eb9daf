/**
 * One lane of the work queue: items that are due and wait for room, and the items under way. Groups within a lane take turns,
 * and each may have a limit of its own; within a group the item that has been due for longest goes first.
 */
import TinyQueue from "tinyqueue";

/** What a lane allows. */
export interface LaneOptions {
  /** Items under way at once. */
  readonly limit: number;
  /** Items of one group under way at once; absent: as many as the lane allows. */
  readonly groupLimit?: number;
  /** An item that takes longer than this counts as failed: its place is free again, and it is repeated. In ms. */
  readonly leaseMs: number;
}

/** What a lane needs to know of an item; it belongs to the queue. */
export interface LaneItem {
  /** ms since epoch; when it is due. */
  readonly at: number;
  readonly state: "waiting" | "ready" | "running" | "removed";
  readonly group: string;
}

/** An item at the time it was due then: stale if the item has moved on since. */
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
  /** Whether it is in the rotation. */
  inTurn: boolean;
}

/** The ready items of one lane, taken in turn from its groups. */
export class Lane<T extends LaneItem> {
  readonly #options: LaneOptions;
  readonly #groups = new Map<string, Group<T>>();
  /** Groups that have ready items and are below their limit, the one whose turn is next first. */
  readonly #rotation: Group<T>[] = [];
  /** Items under way, with their group and the end of their lease, which is in the order in which they began. */
  readonly #running = new Map<T, { readonly group: Group<T>; readonly until: number }>();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** The item is due: it waits here for room. */
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

  /** @returns the item that may begin now and from now on counts as under way, or null */
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

  /** The item is not under way any more. */
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

  #takeTurns(group: Group<T>): void {
    if (group.ready.length === 0) {
      if (group.running === 0) this.#groups.delete(group.name);
    } else if (!group.inTurn && group.running < (this.#options.groupLimit ?? this.#options.limit)) {
      group.inTurn = true;
      this.#rotation.push(group);
    }
  }
}

function nextReady<T extends LaneItem>({ name, ready }: Group<T>): T | null {
  for (let entry = ready.pop(); entry !== undefined; entry = ready.pop()) {
    const { item, at } = entry;
    if (item.state === "ready" && item.at === at && item.group === name) return item;
  }
  return null;
}
