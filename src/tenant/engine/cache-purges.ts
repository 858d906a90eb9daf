/**
 * What the edge cache must drop of this tenant. Deleted tasks are recorded by their deletion itself: the rows stay, and
 * an index finds those that the Directory, which purges for all tenants, does not know of yet. So a deletion and its purge
 * cannot be separated by a crash, and deletions by an earlier release are purged too.
 */
import { HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { DELETED_FOR_MS, MAX_NAMED, purgeOf, uncachedTasks } from "../../domain/file-cache.ts";
import type { Uncached } from "../../domain/file-source.ts";
import { ifMethodMissing } from "../../lib/missing-method.ts";
import type { TenantContext } from "../context.ts";
import { retentionMs } from "./aging.ts";
import type { Jobs } from "./jobs.ts";

const JOB = "cache-purge";
/** Row of `meta`: purges of deletions up to this time (ms since epoch) are with the Directory. */
const PURGED = "cache-purged";
/** Row of `meta`: the whole tenant must be purged; the value names the request. */
const WHOLE = "cache-purge-tenant";
/** Deletions that are read for one purge; beyond it the whole tenant is purged. */
const MAX_READ = 2_000;
/** The list of deleted tasks is read again after this time, because tasks leave it when they are old. */
const LIST_MS = HOUR_MS;
/** Delay before a Directory of the previous release is asked again. */
const MISSING_MS = MINUTE_MS;

/** Dependencies of the purges. */
type CachePurgeParts = TenantContext & { readonly jobs: Jobs };

/** Hands purges to the Directory, and names the tasks that are not read from the cache. */
export class CachePurges {
  readonly #parts: CachePurgeParts;
  /** Deletions up to this time may have been read for a purge; ms since epoch. */
  #taken: number;
  /** Ids of the tasks that were deleted lately, the greatest first, at most MAX_NAMED and one; null: not read yet. */
  #deleted: readonly number[] | null = null;
  #listedAt = 0;

  constructor(parts: CachePurgeParts) {
    this.#parts = parts;
    this.#taken = this.#purgedUpTo();
    const { jobs, clock } = parts;
    jobs.add(JOB, () => this.#send(), this.#isBehind() ? clock.now() : null);
  }

  /** Returns the time of a deletion that happens now: after all those that may have been read for a purge. */
  deletionTime(): number {
    return Math.max(this.#parts.clock.now(), this.#taken + 1);
  }

  /** Records that a task was deleted. Call it inside the transaction; the caller arms the alarm. */
  taskDeleted(taskId: number): void {
    const { jobs, clock } = this.#parts;
    if (this.#deleted !== null)
      this.#deleted = [...this.#deleted, taskId].sort((a, b) => b - a).slice(0, MAX_NAMED + 1);
    jobs.due(JOB, clock.now());
  }

  /** Records that no file of the tenant may stay in the cache. Call it inside the transaction; the caller arms the alarm. */
  wholeTenant(): void {
    const { meta, jobs, clock, random } = this.#parts;
    meta.put(WHOLE, String(random.fraction()));
    jobs.due(JOB, clock.now());
  }

  /** Returns the tasks whose files are not read from the cache. */
  uncached(): Uncached {
    const now = this.#parts.clock.now();
    if (this.#deleted === null || now - this.#listedAt > LIST_MS) {
      this.#deleted = this.#readDeleted(now - DELETED_FOR_MS);
      this.#listedAt = now;
    }
    return uncachedTasks(this.#deleted, retentionMs(this.#parts), now);
  }

  /** Drops what is in memory, because a transaction was undone. */
  clearCache(): void {
    this.#deleted = null;
  }

  #readDeleted(since: number): number[] {
    return this.#parts.sql
      .exec<{ task_id: number }>(
        `SELECT task_id FROM tasks INDEXED BY tasks_by_deletion WHERE deleted_at > ? ORDER BY task_id DESC LIMIT ?`,
        since,
        MAX_NAMED + 1,
      )
      .toArray()
      .map(({ task_id }) => task_id);
  }

  #purgedUpTo(): number {
    return this.#parts.meta.read(PURGED) ?? 0;
  }

  #isBehind(): boolean {
    return this.#waiting(1).length > 0 || this.#parts.meta.get(WHOLE) !== null;
  }

  #waiting(limit: number): { readonly task_id: number; readonly deleted_at: number }[] {
    return this.#parts.sql
      .exec<{ task_id: number; deleted_at: number }>(
        `SELECT task_id, deleted_at FROM tasks INDEXED BY tasks_by_deletion WHERE deleted_at > ?
         ORDER BY deleted_at LIMIT ?`,
        this.#purgedUpTo(),
        limit,
      )
      .toArray();
  }

  async #send(): Promise<number | null> {
    const { meta, sql, directory, commit, clock } = this.#parts;
    const tenant = meta.tenant();
    // A deleted tenant is purged by the job that deletes its files.
    if (tenant === null || tenant.deletedAt !== null) return null;
    const waiting = this.#waiting(MAX_READ);
    const whole = meta.get(WHOLE);
    const last = waiting.at(-1);
    if (last === undefined && whole === null) return null;
    const isTooMany = waiting.length === MAX_READ;
    const upTo = isTooMany
      ? sql.exec<{ at: number }>("SELECT MAX(deleted_at) AS at FROM tasks INDEXED BY tasks_by_deletion").one().at
      : (last?.deleted_at ?? this.#taken);
    this.#taken = Math.max(this.#taken, upTo);
    const { tenantId } = tenant;
    const ids = waiting.map(({ task_id }) => task_id);
    const sent = directory.purgeFiles(isTooMany || whole !== null ? { tenantId } : purgeOf(tenantId, ids));
    if (
      !(await ifMethodMissing<boolean>(
        sent.then(() => true),
        () => false,
      ))
    )
      return clock.now() + MISSING_MS;
    await commit.run(() => {
      if (meta.tenant()?.deletedAt !== null) return;
      meta.write(PURGED, upTo);
      if (whole !== null && meta.get(WHOLE) === whole) meta.remove(WHOLE);
    });
    return null;
  }
}
