/**
 * Purges of the edge cache for the whole deployment. The platform allows an account five calls a minute and saves up to
 * 25, so there is one purger, and whatever waits goes into one call (`joinPurges`). Rows are removed once the platform has
 * confirmed.
 */
import { type FilePurge, joinPurges, type PurgeCall } from "../domain/file-cache.ts";
import { logEvent } from "../lib/log.ts";
import type { NamedTexts } from "../lib/named-texts.ts";

/** Calls that the platform saves up, and the time in which it allows one more, in ms. */
const BURST = 25;
const REFILL_MS = 12_000;
/** Rows that wait while the platform refuses; beyond it one row for everything takes their place. */
const MAX_WAITING = 1_000;
/** Row of `settings`. */
const BUCKET = "cache-purge-calls";

/** The calls that are left at a moment; `at` in ms since epoch. */
interface Bucket {
  readonly calls: number;
  readonly at: number;
}

/** What the purger needs from the Directory's object. */
export interface CachePurgeParts {
  readonly storage: DurableObjectStorage;
  readonly settings: NamedTexts;
  /** Calls the platform's purge, in the entrypoint whose entries are purged. */
  readonly purge: (call: PurgeCall) => Promise<{ readonly success: boolean; readonly errors?: unknown }>;
  /** ms since epoch. */
  readonly now: () => number;
}

/** The waiting purges of all tenants. */
export class CachePurger {
  readonly #parts: CachePurgeParts;

  constructor(parts: CachePurgeParts) {
    this.#parts = parts;
  }

  /** Records a purge. The caller arms the alarm. */
  add(purge: FilePurge): void {
    const { sql } = this.#parts.storage;
    this.#parts.storage.transactionSync(() => {
      const { count } = sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM cache_purges").one();
      // A row for everything has numbers behind those of a call that is under way, which removes only what it has read.
      const isFull = count >= MAX_WAITING;
      const next = "INSERT INTO cache_purges (number, purge) SELECT COALESCE(MAX(number), 0) + 1, ? FROM cache_purges";
      sql.exec(next, isFull ? "null" : JSON.stringify(purge));
      if (isFull) sql.exec("DELETE FROM cache_purges WHERE number < (SELECT MAX(number) FROM cache_purges)");
    });
  }

  /** @returns the time at which the next call is due (ms since epoch), or null */
  nextDueAt(): number | null {
    const [waiting] = this.#parts.storage.sql.exec("SELECT 1 FROM cache_purges LIMIT 1").toArray();
    if (waiting === undefined) return null;
    const { calls, at } = this.#bucket();
    return calls >= 1 ? at : Math.ceil(at + (1 - calls) * REFILL_MS);
  }

  /** Makes the call that is due, for everything that waits. Never throws. */
  async run(): Promise<void> {
    const { storage, settings, purge, now } = this.#parts;
    try {
      const dueAt = this.nextDueAt();
      if (dueAt === null || dueAt > now()) return;
      const rows = storage.sql
        .exec<{ number: number; purge: string }>("SELECT number, purge FROM cache_purges ORDER BY number")
        .toArray();
      const { calls, at } = this.#bucket();
      // Before the call: one whose result is lost has been counted by the platform all the same.
      settings.write<Bucket>(BUCKET, { calls: calls - 1, at });
      const purges = rows.map((row) => JSON.parse(row.purge) as FilePurge | null);
      const known = purges.filter((one) => one !== null);
      const call: PurgeCall = known.length < purges.length ? { purgeEverything: true } : joinPurges(known);
      const { success, errors } = await purge(call);
      if (success) storage.sql.exec("DELETE FROM cache_purges WHERE number <= ?", rows.at(-1)?.number ?? 0);
      else this.#refused(JSON.stringify(errors ?? null));
    } catch (error) {
      this.#refused(String(error));
    }
  }

  /** Others of the account may have used the calls, so the next one is tried when the platform allows one more. */
  #refused(reason: string): void {
    this.#parts.settings.write<Bucket>(BUCKET, { calls: 0, at: this.#parts.now() });
    logEvent("warn", "cache-purge", { error: reason.slice(0, 300) });
  }

  /** Returns the calls that are left now. */
  #bucket(): Bucket {
    const now = this.#parts.now();
    const { calls, at } = this.#parts.settings.read<Bucket>(BUCKET) ?? { calls: BURST, at: now };
    return { calls: Math.min(BURST, calls + Math.max(0, now - at) / REFILL_MS), at: now };
  }
}
