/** Which tenants' objects a search has to ask: SQL only. */
import { dayNumber, MINUTE_MS } from "../domain/calendar.ts";
import { taskIdTime } from "../domain/task-id.ts";
import { Store } from "../lib/store.ts";

/** What a search knows of the tenant: how its id begins, a task's id, how a key's id begins. */
export interface SearchedFor {
  readonly tenantId: string;
  readonly taskId: number | null;
  readonly keyId: string | null;
}

/** Days for which the tenants with tasks are known; at most as many as `reports.ts` keeps. */
const KNOWN_DAYS = 390;
/** A task this old is in its tenant's report, which comes once a minute. */
const REPORTED_AFTER_MS = 10 * MINUTE_MS;
/** Time between the admission of a task and a report that contains it. */
const REPORT_LAG_MS = MINUTE_MS;

/**
 * Returns the tenants that may have what is searched for, the likeliest first: for a task, those with tasks on its day and
 * those that may not have reported it yet; for a key, those in whose audit log it was created, then all.
 */
export class TenantSearch extends Store {
  /** @param now ms since epoch */
  candidates({ tenantId, taskId, keyId }: SearchedFor, limit: number, now: number): string[] {
    const { where, values, rank } = taskId === null ? ofKey(keyId) : ofTask(taskId, now);
    return this.all<{ tenant_id: string }>(
      `SELECT tenant_id, ${rank} AS rank FROM tenants LEFT JOIN rollups USING (tenant_id)
       WHERE substr(tenant_id, 1, ?) = ? AND ${where} ORDER BY rank DESC, rollups.at DESC, seq DESC LIMIT ?`,
      ...values.rank,
      tenantId.length,
      tenantId,
      ...values.where,
      limit,
    ).map(({ tenant_id }) => tenant_id);
  }
}

/** A condition on tenants and an order among them, as SQL with its values. */
interface Condition {
  readonly where: string;
  readonly rank: string;
  readonly values: { readonly where: readonly (string | number)[]; readonly rank: readonly (string | number)[] };
}

const HAD_TASKS = `(rollups.day IS ? OR EXISTS (SELECT 1 FROM tenant_days WHERE day = ? AND tenant_id = tenants.tenant_id))`;

function ofTask(taskId: number, now: number): Condition {
  const at = taskIdTime(taskId);
  const day = dayNumber(at);
  const rank = { rank: HAD_TASKS, values: [day, day] };
  // Ids may be a little ahead of the clock.
  if (at > now + REPORT_LAG_MS) return { ...rank, where: "false", values: { rank: rank.values, where: [] } };
  if (day <= dayNumber(now) - KNOWN_DAYS) {
    return { ...rank, where: "created_at <= ?", values: { rank: rank.values, where: [at + REPORT_LAG_MS] } };
  }
  const unreported = at > now - REPORTED_AFTER_MS ? "COALESCE(rollups.at, 0) < ?" : "COALESCE(rollups.at, 0) = 0";
  const since = at > now - REPORTED_AFTER_MS ? [at + REPORT_LAG_MS] : [];
  return {
    ...rank,
    where: `created_at <= ? AND (${HAD_TASKS} OR ${unreported})`,
    values: { rank: rank.values, where: [at + REPORT_LAG_MS, day, day, ...since] },
  };
}

function ofKey(keyId: string | null): Condition {
  if (keyId === null) return { where: "true", rank: "0", values: { where: [], rank: [] } };
  return {
    where: "true",
    rank: `tenant_id IN (SELECT tenant_id FROM audit INDEXED BY audit_of_new_keys
      WHERE action = 'key.create' AND target BETWEEN ? AND ?)`,
    // The letter behind the last hex digit.
    values: { where: [], rank: [keyId, `${keyId}g`] },
  };
}
