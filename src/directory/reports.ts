/**
 * Tenants' reports, and the sums over all of them: SQL only. A tenant's latest day is in its row of `rollups`, so that
 * a report writes one row; earlier days are in `tenant_days`, and summed over all tenants in `days`.
 */
import { dayNumber } from "../domain/calendar.ts";
import { KEY_REST_MS } from "../domain/key-trouble.ts";
import { STORAGE_HIGH } from "../domain/operator-event.ts";
import type {
  DaySums,
  ListingChanges,
  Overview,
  TenantGauges,
  TenantReport,
  WorkFigures,
} from "../domain/tenant-report.ts";
import { Store } from "../lib/store.ts";

/**
 * Days for which sums by tenant are kept: longer than any task can still change its day (TASK_DEADLINE_SECONDS ≤ a
 * year).
 */
const KEPT_DAYS = 400;
const TOP_TENANTS = 10;
const COLUMNS = ["tasks", "credits", "completed", "failed", "cancelled"] as const;
type Sums = Omit<DaySums, "day">;

/** One row for each day of all tenants, and one for each tenant's latest day. */
const ALL_DAYS = `SELECT day, ${COLUMNS.join(", ")} FROM days
  UNION ALL SELECT day, ${COLUMNS.join(", ")} FROM rollups WHERE day IS NOT NULL`;
const SUMS = COLUMNS.map((column) => `COALESCE(SUM(${column}), 0) AS ${column}`).join(", ");
const NO_SUMS: Sums = { tasks: 0, credits: 0, completed: 0, failed: 0, cancelled: 0 };

/** Tenants' last reports, and sums by day. */
export class ReportStore extends Store {
  /**
   * Stores one tenant's figures in place of its earlier ones.
   *
   * @param last number of the tenant's last notice that was taken, and its latest earnings (`EarningsStore.record`)
   * @param now ms since epoch
   */
  record(
    tenantId: string,
    gauges: TenantGauges,
    days: readonly DaySums[],
    last: { readonly notice: number; readonly earned: string | null },
    now: number,
  ): void {
    const oldest = dayNumber(now) - KEPT_DAYS;
    const known = this.#latestDay(tenantId);
    const byDay = new Map(days.filter(({ day }) => day > oldest).map((sums) => [sums.day, sums]));
    if (known !== null && !byDay.has(known.day)) byDay.set(known.day, known);
    const [latest = null, ...earlier] = [...byDay.values()].sort((a, b) => b.day - a.day);
    for (const sums of earlier) this.#recordDay(tenantId, sums);
    this.#put(tenantId, {
      at: now,
      status: gauges.status,
      billing: gauges.billing,
      balance: gauges.balance,
      running: gauges.running,
      held: gauges.held,
      copies_waiting: gauges.copiesWaiting,
      deliveries_waiting: gauges.deliveriesWaiting,
      webhook_disabled: gauges.webhookDisabled ? 1 : 0,
      webhook_failing: gauges.webhookFailing ? 1 : 0,
      storage_bytes: gauges.storageBytes ?? 0,
      storage_limit_bytes: gauges.storageLimitBytes ?? 0,
      work_at: gauges.workAt ?? null,
      copy_at: gauges.copyAt ?? null,
      submitting: gauges.submitting ?? 0,
      mirroring: gauges.mirroring ?? 0,
      submission_at: gauges.submissionAt ?? null,
      delivery_at: gauges.deliveryAt ?? null,
      last_notice: last.notice,
      earned: last.earned,
      ...(gauges.note === undefined ? {} : { note: gauges.note }),
      ...(gauges.lowBalance === undefined ? {} : { low_balance: gauges.lowBalance }),
      ...(gauges.lastActiveAt === undefined ? {} : { last_active: gauges.lastActiveAt ?? 0 }),
      day: latest?.day ?? null,
      ...Object.fromEntries(COLUMNS.map((column) => [column, latest?.[column] ?? 0])),
    });
  }

  /** Gives a new tenant the row by which the sorted list finds it. Safe to repeat. */
  addTenant(
    tenantId: string,
    { status, billing }: Pick<TenantGauges, "status" | "billing"> = { status: "active", billing: "unmetered" },
  ): void {
    this.sql.exec(
      `INSERT OR IGNORE INTO rollups (tenant_id, at, status, billing, balance, running, held, copies_waiting,
       deliveries_waiting, webhook_disabled) VALUES (?, 0, ?, ?, 0, 0, 0, 0, 0, 0)`,
      tenantId,
      status,
      billing,
    );
  }

  /** Records what a call of the operator has changed, ahead of the tenant's next report. */
  changeListing(tenantId: string, { lowBalance, ...changes }: Omit<ListingChanges, "name">, now: number): void {
    const columns = { ...changes, ...(lowBalance === undefined ? {} : { low_balance: lowBalance }) };
    if (this.#row(tenantId) !== null) this.#put(tenantId, columns, now);
  }

  #row(tenantId: string): Record<string, SqlStorageValue> | null {
    return this.first("SELECT * FROM rollups WHERE tenant_id = ?", tenantId);
  }

  /** Writes the columns that differ, because each index of a written column is billed as a row. */
  #put(tenantId: string, values: Readonly<Record<string, SqlStorageValue>>, now = Number(values.at)): void {
    const known = this.#row(tenantId);
    const changed = Object.entries(values).filter(([column, value]) => known?.[column] !== value);
    if (known !== null && changed.some(([column]) => column === "balance" || column === "last_active")) {
      changed.push(["moved_at", now]);
    }
    const columns = changed.map(([column]) => column);
    const bindings = [...changed.map(([, value]) => value), tenantId];
    if (known === null) {
      const marks = bindings.map(() => "?").join();
      this.sql.exec(`INSERT INTO rollups (${[...columns, "tenant_id"].join()}) VALUES (${marks})`, ...bindings);
    } else if (columns.length > 0) {
      const assignments = columns.map((column) => `${column} = ?`).join();
      this.sql.exec(`UPDATE rollups SET ${assignments} WHERE tenant_id = ?`, ...bindings);
    }
  }

  /** @returns the number of the tenant's last notice that was taken; 0 before the first */
  lastNotice(tenantId: string): number {
    const statement = "SELECT last_notice AS last FROM rollups WHERE tenant_id = ?";
    return this.first<{ last: number }>(statement, tenantId)?.last ?? 0;
  }

  /** Returns the day in the tenant's row, or null. */
  #latestDay(tenantId: string): DaySums | null {
    return this.first(
      `SELECT day, ${COLUMNS.join(", ")} FROM rollups WHERE tenant_id = ? AND day IS NOT NULL`,
      tenantId,
    );
  }

  /** Replaces an earlier day's sums of the tenant, and changes the totals of all tenants by the difference. */
  #recordDay(tenantId: string, sums: DaySums): void {
    const { day } = sums;
    const statement = `SELECT ${COLUMNS.join(", ")} FROM tenant_days WHERE day = ? AND tenant_id = ?`;
    const before = this.first<Sums>(statement, day, tenantId) ?? NO_SUMS;
    const moved = COLUMNS.map((column) => sums[column] - before[column]);
    if (moved.every((difference) => difference === 0)) return;
    const tasks = this.value(
      `INSERT INTO days (day, ${COLUMNS.join(", ")}) VALUES (?,?,?,?,?,?) ON CONFLICT (day) DO UPDATE SET
       ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")} RETURNING tasks`,
      day,
      ...moved,
    );
    this.sql.exec(
      `INSERT OR REPLACE INTO tenant_days (day, tenant_id, ${COLUMNS.join(", ")}) VALUES (?,?,?,?,?,?,?)`,
      day,
      tenantId,
      ...COLUMNS.map((column) => sums[column]),
    );
    // Deletes the oldest day when the first tenant completes a new one.
    if (tasks === moved[0]) this.sql.exec("DELETE FROM tenant_days WHERE day < ?", day - KEPT_DAYS);
  }

  /** Deletes a tenant's rows. Its spending stays in the totals. */
  remove(tenantId: string): void {
    const latest = this.#latestDay(tenantId);
    if (latest !== null) this.#recordDay(tenantId, latest);
    this.sql.exec("DELETE FROM rollups WHERE tenant_id = ?", tenantId);
    this.sql.exec("DELETE FROM tenant_days WHERE tenant_id = ?", tenantId);
  }

  /**
   * Stores problems that a tenant's isolate has seen: the latest of each kind, and a master key's until the key has
   * worked again.
   */
  recordTrouble({
    masterKeys,
    masterKeysWorked = [],
    problems,
  }: Pick<TenantReport, "masterKeys" | "masterKeysWorked" | "problems">): void {
    for (const { id, code, until } of masterKeys) {
      this.sql.exec(
        `INSERT INTO master_keys (id, code, until) VALUES (?,?,?) ON CONFLICT (id) DO UPDATE
         SET code = excluded.code, until = excluded.until WHERE excluded.until > until`,
        id,
        code,
        until,
      );
    }
    for (const { id, at } of masterKeysWorked) {
      this.sql.exec("DELETE FROM master_keys WHERE id = ? AND until <= ?", id, at + KEY_REST_MS);
    }
    for (const { kind, at } of problems) {
      this.sql.exec(
        "INSERT INTO problems (kind, at) VALUES (?,?) ON CONFLICT (kind) DO UPDATE SET at = MAX(at, excluded.at)",
        kind,
        at,
      );
    }
  }

  /** @param days number of days, today included */
  overview(days: number, now: number): Overview {
    const today = dayNumber(now);
    const first = today - days + 1;
    const known = this.all<DaySums>(`SELECT day, ${SUMS} FROM (${ALL_DAYS}) WHERE day >= ? GROUP BY day`, first);
    const byDay = new Map(known.map((sums) => [sums.day, sums]));
    return {
      ...this.#gauges(),
      totals: this.one<Sums>(`SELECT ${SUMS} FROM (${ALL_DAYS})`),
      days: Array.from({ length: days }, (_, index) => {
        const day = first + index;
        return byDay.get(day) ?? { day, ...NO_SUMS };
      }),
      topTenants: this.#topTenants(first),
      masterKeys: this.all("SELECT id, code, until FROM master_keys ORDER BY id"),
      problems: this.all("SELECT kind, at FROM problems ORDER BY at DESC"),
    };
  }

  #gauges(): Omit<Overview, "totals" | "days" | "topTenants" | "masterKeys" | "problems"> {
    const row = this.one<Record<string, number>>(
      `SELECT (SELECT COUNT(*) FROM tenants) AS total, COALESCE(SUM(status = 'suspended'), 0) AS suspended,
       COALESCE(SUM(running), 0) AS running, COALESCE(SUM(held), 0) AS held,
       COALESCE(SUM(CASE billing WHEN 'prepaid' THEN balance ELSE 0 END), 0) AS prepaid,
       COALESCE(SUM(CASE billing WHEN 'prepaid' THEN 0 ELSE balance END), 0) AS unmetered,
       COALESCE(SUM(copies_waiting), 0) AS copies, COALESCE(SUM(deliveries_waiting), 0) AS deliveries,
       COALESCE(SUM(webhook_disabled), 0) AS webhooks, COALESCE(SUM(webhook_failing), 0) AS failing, COALESCE(MAX(storage_bytes), 0) AS largest,
       COALESCE(SUM(storage_bytes > storage_limit_bytes * ?), 0) AS above80Percent FROM rollups`,
      STORAGE_HIGH,
    );
    const { total = 0, suspended = 0 } = row;
    return {
      tenants: { total, active: total - suspended, suspended },
      runningTasks: row.running ?? 0,
      creditsHeld: row.held ?? 0,
      balance: { prepaid: row.prepaid ?? 0, unmetered: row.unmetered ?? 0 },
      copiesWaiting: row.copies ?? 0,
      deliveriesWaiting: row.deliveries ?? 0,
      webhooksDisabled: row.webhooks ?? 0,
      webhooksFailing: row.failing ?? 0,
      storage: { largestBytes: row.largest ?? 0, above80Percent: row.above80Percent ?? 0 },
    };
  }

  /** Returns sums and oldest times over all tenants. */
  workFigures(): Omit<WorkFigures, "incidents" | "counters"> {
    return this.one(
      `SELECT COALESCE(SUM(submitting), 0) AS submitting, COALESCE(SUM(mirroring), 0) AS mirroring,
       COALESCE(SUM(storage_bytes), 0) AS storageBytes, MIN(submission_at) AS submissionAt, MIN(work_at) AS workAt,
       MIN(copy_at) AS copyAt, MIN(delivery_at) AS deliveryAt FROM rollups`,
    );
  }

  #topTenants(firstDay: number): Overview["topTenants"] {
    return this.all(
      `SELECT tenant_id AS tenantId, name, SUM(tasks) AS tasks, SUM(credits) AS credits
       FROM (SELECT day, tenant_id, tasks, credits FROM tenant_days
         UNION ALL SELECT day, tenant_id, tasks, credits FROM rollups) JOIN tenants USING (tenant_id) WHERE day >= ?
       GROUP BY tenant_id ORDER BY credits DESC, tasks DESC LIMIT ?`,
      firstDay,
      TOP_TENANTS,
    );
  }
}
