/**
 * Watches tenants' work for the operator. A report names the tenant's next due work and its oldest waiting copy. Once
 * these are old by the clock, although no newer report has come, the tenant's object is asked: work that it has done
 * meanwhile is no incident, and an object that does not respond is one. Asking also wakes an object that lost its alarm.
 */
import { MINUTE_MS } from "../domain/calendar.ts";
import { COPIES_STUCK_MS, WORK_OVERDUE_MS } from "../domain/operator-event.ts";
import type { TenantGauges, TenantReport } from "../domain/tenant-report.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { Incidents } from "./incidents.ts";

/** Interval of checks while a tenant is suspected or an incident is open. */
const CHECK_EVERY_MS = MINUTE_MS;
/** Tenants asked in one check, the longest overdue first. */
const ASKED_AT_ONCE = 50;

/** What is watched: the column of `rollups` with its oldest time, and the age that makes an incident. */
const WATCHED = [
  { incident: "work.overdue", column: "work_at", ageMs: WORK_OVERDUE_MS },
  { incident: "copies.stuck", column: "copy_at", ageMs: COPIES_STUCK_MS },
] as const;

/** What a check does outside its tables. */
export interface WatchPorts {
  /** Asks a tenant's object. @returns its report, null if there is no such tenant, or undefined if it does not respond */
  ask(tenantId: string): Promise<TenantReport | null | undefined>;
  /** Stores a report. */
  record(report: TenantReport): void;
}

/** Returns when a report with these figures has to be checked (ms since epoch), or null. */
export function checkDueAt({ workAt, copyAt }: Pick<TenantGauges, "workAt" | "copyAt">): number | null {
  const work = workAt == null ? Number.POSITIVE_INFINITY : workAt + WORK_OVERDUE_MS;
  const copy = copyAt == null ? Number.POSITIVE_INFINITY : copyAt + COPIES_STUCK_MS;
  const first = Math.min(work, copy) + 1;
  return Number.isFinite(first) ? first : null;
}

/** Decides whether work is overdue and copies are stuck. */
export class Watch {
  readonly #storage: DurableObjectStorage;
  readonly #incidents: Incidents;
  readonly #ports: WatchPorts;
  /** End of the last check; ms since epoch. */
  #checkedAt = 0;

  constructor(storage: DurableObjectStorage, incidents: Incidents, ports: WatchPorts) {
    this.#storage = storage;
    this.#incidents = incidents;
    this.#ports = ports;
  }

  /** @returns the time of the next check (ms since epoch), or null. Reads every tenant's row. */
  nextCheckAt(): number | null {
    const again = this.#checkedAt + CHECK_EVERY_MS;
    if (this.#incidents.areOpen) return again;
    const first = this.#storage.sql
      .exec<{ workAt: number | null; copyAt: number | null }>(
        "SELECT MIN(work_at) AS workAt, MIN(copy_at) AS copyAt FROM rollups",
      )
      .one();
    const dueAt = checkDueAt(first);
    return dueAt && Math.max(dueAt, again);
  }

  /** Asks the suspected tenants, then opens and closes incidents; nothing before a check is due. */
  async check(): Promise<void> {
    const now = Date.now();
    if ((this.nextCheckAt() ?? Number.POSITIVE_INFINITY) > now) return;
    const asked = this.#suspects(now);
    await Promise.all(asked.map((tenantId) => this.#ask(tenantId)));
    this.#checkedAt = Date.now();
    this.#storage.transactionSync(() => this.#decide(new Set(asked), this.#checkedAt));
  }

  #suspects(now: number): string[] {
    const [work, copies] = WATCHED.map(({ ageMs }) => now - ageMs);
    return this.#storage.sql
      .exec<{ tenant_id: string }>(
        `SELECT tenant_id FROM rollups WHERE work_at < ?1 OR copy_at < ?2
         ORDER BY MIN(COALESCE(work_at, ?1), COALESCE(copy_at, ?2)) LIMIT ?3`,
        work ?? 0,
        copies ?? 0,
        ASKED_AT_ONCE,
      )
      .toArray()
      .map(({ tenant_id }) => tenant_id);
  }

  async #ask(tenantId: string): Promise<void> {
    const report = await this.#ports.ask(tenantId);
    if (report === undefined) return;
    if (report !== null) this.#ports.record(report);
    else this.#storage.sql.exec("UPDATE rollups SET work_at = NULL, copy_at = NULL WHERE tenant_id = ?", tenantId);
  }

  /** A tenant that was not asked proves nothing: it neither opens an incident nor lets one close. */
  #decide(asked: ReadonlySet<string>, now: number): void {
    for (const { incident, column, ageMs } of WATCHED) {
      const late = this.#storage.sql
        .exec<{ tenantId: string; name: string | null; at: number }>(
          `SELECT tenant_id AS tenantId, name, ${column} AS at FROM rollups LEFT JOIN tenants USING (tenant_id)
           WHERE ${column} < ? ORDER BY at`,
          now - ageMs,
        )
        .toArray();
      const [oldest] = late.filter(({ tenantId }) => asked.has(tenantId));
      if (late.length === 0) this.#incidents.close(incident, "", now);
      if (oldest === undefined) continue;
      const { tenantId, name, at } = oldest;
      const data = { tenantId, name, tenants: late.length, oldestAt: isoTime(at) };
      this.#incidents.open(incident, "", data, at + ageMs, now);
    }
  }
}
