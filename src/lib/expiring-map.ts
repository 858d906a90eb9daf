/** A value and the time from which it no longer counts, in ms since the epoch. */
interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

/** A map whose entries expire; when it is full, the oldest entry is dropped. */
export class ExpiringMap<V, K = string> {
  readonly #entries = new Map<K, Entry<V>>();
  readonly #most: number;

  /** @param most the number of entries that are kept at one time */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param now ms since the epoch. @returns the value, or undefined if there is none or it has expired */
  get(key: K, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (now < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param until ms since the epoch; `Infinity` for a value that stays until it has to make room */
  set(key: K, value: V, until: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.size >= this.#most ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, { value, until });
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
