/**
 * What the operator decided about tenants whose objects did not answer: kept until each object has carried it out. SQL only;
 * one intent a tenant, of which a deletion is final.
 */

/** `delete` the tenant, or give it this status. */
export type TenantIntent = "active" | "suspended" | "delete";

/** One intent as a row. */
export interface RecordedIntent {
  readonly tenantId: string;
  readonly intent: TenantIntent;
  /** When the operator decided; ms since epoch. A later change in the object itself takes precedence. */
  readonly at: number;
  /** Attempts to carry it out that failed. */
  readonly attempts: number;
}

const FIRST_RETRY_MS = 1_000;
/** An object that answers again has carried its intent out this much later at the latest. */
const LONGEST_RETRY_MS = 30_000;

/** Rows of the table `intents`. */
export class IntentStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Records an intent, in place of an earlier one. */
  put(tenantId: string, intent: TenantIntent, now: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO intents (tenant_id, intent, at, attempts, due_at) VALUES (?,?,?,0,?)",
      tenantId,
      intent,
      now,
      now + FIRST_RETRY_MS,
    );
  }

  get(tenantId: string): TenantIntent | null {
    const statement = "SELECT intent FROM intents WHERE tenant_id = ?";
    return this.#sql.exec<{ intent: TenantIntent }>(statement, tenantId).toArray()[0]?.intent ?? null;
  }

  /** @returns up to `limit` intents that are due, the longest waiting first */
  due(now: number, limit: number): RecordedIntent[] {
    return this.#sql
      .exec(
        "SELECT tenant_id AS tenantId, intent, at, attempts FROM intents WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        now,
        limit,
      )
      .toArray() as unknown as RecordedIntent[];
  }

  /** @returns when the next intent is due (ms since epoch), or null */
  nextDueAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT MIN(due_at) AS at FROM intents").one().at;
  }

  /** The object has carried the intent out, or there is no such tenant. A later intent stays. */
  done({ tenantId, at }: RecordedIntent): void {
    this.#sql.exec("DELETE FROM intents WHERE tenant_id = ? AND at = ?", tenantId, at);
  }

  /** The object did not answer. */
  failed({ tenantId, at, attempts }: RecordedIntent, now: number): void {
    this.#sql.exec(
      "UPDATE intents SET attempts = attempts + 1, due_at = ? WHERE tenant_id = ? AND at = ?",
      now + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts + 1, 10)),
      tenantId,
      at,
    );
  }
}
