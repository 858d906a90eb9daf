/**
 * Decisions of the operator about tenants whose objects were not reachable, kept until each object has carried them
 * out. SQL only; one intent per tenant, and a deletion is final.
 */
import { Store } from "../lib/store.ts";

/** `delete` the tenant, or give it this status. */
export type TenantIntent = "active" | "suspended" | "delete";

/** One intent as a row. */
export interface RecordedIntent {
  readonly tenantId: string;
  readonly intent: TenantIntent;
  /** Time of the decision; ms since epoch. A later change in the object itself takes precedence. */
  readonly at: number;
  /** Number of failed attempts to carry it out. */
  readonly attempts: number;
}

const FIRST_RETRY_MS = 1_000;
/** Longest delay between an object's return and the next attempt. */
const LONGEST_RETRY_MS = 30_000;

/** Rows of the table `intents`. */
export class IntentStore extends Store {
  /** Records an intent, in place of an earlier one. */
  put(tenantId: string, intent: TenantIntent, now: number): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO intents (tenant_id, intent, at, attempts, due_at) VALUES (?,?,?,0,?)",
      tenantId,
      intent,
      now,
      now + FIRST_RETRY_MS,
    );
  }

  get(tenantId: string): TenantIntent | null {
    const statement = "SELECT intent FROM intents WHERE tenant_id = ?";
    return this.first<{ intent: TenantIntent }>(statement, tenantId)?.intent ?? null;
  }

  /** Makes the intent of a tenant due now. @returns false if it has none */
  hurry(tenantId: string, now: number): boolean {
    const statement = "UPDATE intents SET due_at = MIN(due_at, ?) WHERE tenant_id = ? RETURNING tenant_id";
    return this.has(statement, now, tenantId);
  }

  /** @returns up to `limit` intents that are due, the longest waiting first */
  due(now: number, limit: number): RecordedIntent[] {
    return this.all<RecordedIntent>(
      "SELECT tenant_id AS tenantId, intent, at, attempts FROM intents WHERE due_at <= ? ORDER BY due_at LIMIT ?",
      now,
      limit,
    );
  }

  /** @returns the time at which the next intent is due (ms since epoch), or null */
  nextDueAt(): number | null {
    return this.value<number | null>("SELECT MIN(due_at) AS at FROM intents");
  }

  /** Removes an intent that was carried out, or whose tenant does not exist. A later intent stays. */
  done({ tenantId, at }: RecordedIntent): void {
    this.sql.exec("DELETE FROM intents WHERE tenant_id = ? AND at = ?", tenantId, at);
  }

  /** Schedules a retry after the object was not reachable. */
  failed({ tenantId, at, attempts }: RecordedIntent, now: number): void {
    this.sql.exec(
      "UPDATE intents SET attempts = attempts + 1, due_at = ? WHERE tenant_id = ? AND at = ?",
      now + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts + 1, 10)),
      tenantId,
      at,
    );
  }
}
