/** The usual durations of a tenant's tasks by shape, which pace the polls (domain/polling-pace.ts). */
import { learnDuration, type UsualDuration } from "../../domain/usual-duration.ts";
import type { MetaStore } from "../store/meta.ts";

const STORED = "usual-durations";
/** Most shapes kept, those of the latest completed tasks; with 100 the text stays below 100 kB. */
const MAX_SHAPES = 100;
/** A mean or deviation is stored when it has moved by this share of the stored mean: each store is a row. */
const WORTH_STORING = 0.15;

/** By shape: mean and deviation in whole ms. */
type Stored = Readonly<Record<string, readonly [meanMs: number, deviationMs: number]>>;

/** Learns how long tasks of each shape take. */
export class UsualDurations {
  readonly #meta: MetaStore;
  /** The shape of the latest completed task last. Null: not read yet. */
  #known: Map<string, UsualDuration> | null = null;
  #stored: Map<string, UsualDuration> = new Map();

  constructor(meta: MetaStore) {
    this.#meta = meta;
  }

  /** @returns the usual duration of tasks of a shape (`shapeOf`), or null if none has completed yet */
  of(shape: string): UsualDuration | null {
    return this.#all().get(shape) ?? null;
  }

  /** Takes the duration of a completed task into account. Call it inside a transaction. @param ms since its acceptance */
  learn(shape: string, ms: number): void {
    const all = this.#all();
    const usual = learnDuration(all.get(shape) ?? null, ms);
    all.delete(shape);
    all.set(shape, usual);
    const [oldest] = all.keys();
    if (oldest !== undefined && all.size > MAX_SHAPES) all.delete(oldest);
    const before = this.#stored.get(shape);
    if (before === undefined || hasMoved(before, usual)) this.#store(all);
  }

  clearCache(): void {
    this.#known = null;
  }

  #all(): Map<string, UsualDuration> {
    if (this.#known === null) {
      const stored = this.#meta.read<Stored>(STORED) ?? {};
      const entries = Object.entries(stored).map(
        ([shape, [meanMs, deviationMs]]) => [shape, { meanMs, deviationMs }] as const,
      );
      this.#known = new Map(entries);
      this.#stored = new Map(entries);
    }
    return this.#known;
  }

  #store(all: Map<string, UsualDuration>): void {
    const entries = [...all].map(
      ([shape, { meanMs, deviationMs }]) => [shape, [Math.round(meanMs), Math.round(deviationMs)]] as const,
    );
    this.#meta.write<Stored>(STORED, Object.fromEntries(entries));
    this.#stored = new Map(all);
  }
}

function hasMoved(before: UsualDuration, now: UsualDuration): boolean {
  const movedMs = Math.max(Math.abs(now.meanMs - before.meanMs), Math.abs(now.deviationMs - before.deviationMs));
  return movedMs > before.meanMs * WORTH_STORING;
}
