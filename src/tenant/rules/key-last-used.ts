/** When keys were last used: seen in memory, written to the minute along with what is written anyway. */
import type { TenantContext } from "../context.ts";
import type { AccessControl } from "./access.ts";

const MINUTE_MS = 60_000;
/** What is on disk is left alone until it is so old: a row each minute would tell nobody anything. */
const WORTH_WRITING_MS = 5 * MINUTE_MS;
/** A key that only reads causes no writes; its use is written by itself when what is on disk is this old. */
const STALE_MS = 3_600_000;

/** When each key was last used (docs/credentials.md). */
export class LastUsed {
  readonly #parts: TenantContext & { readonly access: AccessControl };
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: TenantContext & { readonly access: AccessControl }) {
    this.#parts = parts;
  }

  /** Inside a transaction, at any time: writes at most once a minute. */
  flush(): void {
    const { access, keys, clock } = this.#parts;
    const now = clock.now();
    if (now - this.#flushedAt < MINUTE_MS) return;
    this.#flushedAt = now;
    const minuteOf = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const isNews = (keyId: string, at: number) => minuteOf(at) - (keys.get(keyId)?.lastUsedAt ?? 0) >= WORTH_WRITING_MS;
    for (const [keyId, at] of access.takeLastUsed(isNews)) keys.setLastUsed(keyId, minuteOf(at));
  }

  /** A key was used by a call that may write nothing. `writtenAt` is what is on disk of its use. */
  seen(writtenAt: number | null): void {
    const { clock, commit, log } = this.#parts;
    const now = clock.now();
    if (writtenAt !== null && now - writtenAt < STALE_MS) return;
    if (now - this.#flushedAt < MINUTE_MS) return;
    commit.later(() => this.flush()).catch((error: unknown) => log("error", "last-used", { error: String(error) }));
  }
}
