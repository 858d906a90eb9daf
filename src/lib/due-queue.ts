/**
 * Who is due when, for many thousands at once: a binary heap by time, so that a change costs the same however many there
 * are. What was set anew stays in the heap under its old time until that comes up, and is dropped then.
 */

interface Entry {
  readonly id: number;
  readonly at: number;
}

/** The heap is built anew when it has so many entries for each id. */
const MAX_ENTRIES_PER_ID = 4;
const SMALL = 64;

/** Due times by id, the earliest first. */
export class DueQueue {
  readonly #at = new Map<number, number>();
  /** Ids whose time has come; the heap has nothing to say about them any more. */
  readonly #passed = new Set<number>();
  #heap: Entry[] = [];

  /** @returns the time that was set, or null */
  get(id: number): number | null {
    return this.#at.get(id) ?? null;
  }

  /** Sets the time of an id; null takes it out. */
  set(id: number, at: number | null): void {
    if (at !== null && this.#at.get(id) === at) return;
    this.#passed.delete(id);
    if (at === null) {
      this.#at.delete(id);
      return;
    }
    this.#at.set(id, at);
    if (this.#heap.length > SMALL && this.#heap.length > this.#at.size * MAX_ENTRIES_PER_ID) this.#rebuild();
    else this.#push({ id, at });
  }

  /** @returns the ids whose time is `now` or earlier, in no order; valid until the next call of any method */
  passed(now: number): ReadonlySet<number> {
    for (let first = this.#first(); first !== undefined && first.at <= now; first = this.#first()) {
      this.#passed.add(first.id);
      this.#pop();
    }
    return this.#passed;
  }

  /** @returns the earliest time later than `now`, or null */
  nextAfter(now: number): number | null {
    this.passed(now);
    return this.#first()?.at ?? null;
  }

  #first(): Entry | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || (this.#at.get(first.id) === first.at && !this.#passed.has(first.id))) return first;
      this.#pop();
    }
  }

  #rebuild(): void {
    const entries = [...this.#at].map(([id, at]) => ({ id, at })).filter(({ id }) => !this.#passed.has(id));
    // A sorted list is a heap.
    this.#heap = entries.sort((a, b) => a.at - b.at);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      if (left === undefined) break;
      const right = heap[2 * place + 2];
      const goesRight = right !== undefined && right.at < left.at;
      const child = goesRight ? right : left;
      if (child.at >= last.at) break;
      heap[place] = child;
      place = 2 * place + (goesRight ? 2 : 1);
    }
    heap[place] = last;
  }
}
