/** When keys were last used, to the minute: seen in memory, written along with what is written anyway. */
import type { Tenancy } from "./tenancy.ts";

const MINUTE_MS = 60_000;
/** A key that only reads causes no writes; its use is written by itself when what is on disk is this old. */
const STALE_MS = 3_600_000;

export class LastUsed {
  readonly #tenancy: Tenancy;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(tenancy: Tenancy) {
    this.#tenancy = tenancy;
  }

  /** Inside a transaction, at any time: writes at most once a minute. */
  flush(): void {
    const { access, keys, chance } = this.#tenancy;
    const now = chance.now();
    if (now - this.#flushedAt < MINUTE_MS) return;
    this.#flushedAt = now;
    for (const [keyId, at] of access.takeLastUsed()) {
      const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
      const known = keys.get(keyId);
      if (known && (known.lastUsedAt ?? 0) < minute) keys.setLastUsed(keyId, minute);
    }
  }

  /** A key was used by a call that may write nothing. `writtenAt` is what is on disk of its use. */
  seen(writtenAt: number | null): void {
    const { chance, commit, log } = this.#tenancy;
    const now = chance.now();
    if (writtenAt !== null && now - writtenAt < STALE_MS) return;
    if (now - this.#flushedAt < MINUTE_MS) return;
    commit.later(() => this.flush()).catch((error: unknown) => log("error", "last-used", { error: String(error) }));
  }
}
