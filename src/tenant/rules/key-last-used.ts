/** Last use of each key: kept in memory, and written to the minute together with other writes. */
import { HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import type { TenantContext } from "../context.ts";
import type { AccessControl } from "./access.ts";

/** A stored time younger than this is not rewritten, because a write per minute would add nothing useful. */
const WORTH_WRITING_MS = 5 * MINUTE_MS;
/** A key that only reads causes no other writes, so its use is written alone once the stored time is this old. */
const STALE_MS = HOUR_MS;

/** Records when each key was last used (docs/credentials.md). */
export class LastUsed {
  readonly #parts: TenantContext & { readonly access: AccessControl };
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: TenantContext & { readonly access: AccessControl }) {
    this.#parts = parts;
  }

  /** Writes last uses, at most once a minute. Call it inside a transaction. */
  flush(): void {
    const { access, keys, clock } = this.#parts;
    const now = clock.now();
    if (now - this.#flushedAt < MINUTE_MS) return;
    this.#flushedAt = now;
    const minuteOf = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const isWorthWriting = (keyId: string, at: number) =>
      minuteOf(at) - (keys.get(keyId)?.lastUsedAt ?? 0) >= WORTH_WRITING_MS;
    for (const [keyId, at] of access.takeLastUsed(isWorthWriting)) keys.setLastUsed(keyId, minuteOf(at));
  }

  /** Notes the use of a key by a call that writes nothing itself. @param writtenAt the stored time of its last use */
  seen(writtenAt: number | null): void {
    const { clock, commit, log } = this.#parts;
    const now = clock.now();
    if (writtenAt !== null && now - writtenAt < STALE_MS) return;
    if (now - this.#flushedAt < MINUTE_MS) return;
    commit.later(() => this.flush()).catch((error: unknown) => log("error", "last-used", { error: String(error) }));
  }
}
