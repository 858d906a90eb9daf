/**
 * What completed tasks earned and cost upstream: by day, tenant and model, from the tenants' reports. SQL only. A tenant's
 * latest day is in its row of `rollups`, so that a report writes one row; earlier days are in `tenant_earnings`, and summed
 * over all tenants in `earnings`. Nothing asks a tenant's object.
 */
import { dayNumber } from "../domain/calendar.ts";
import {
  addEarnings,
  type DayEarnings,
  exact,
  type MarginPage,
  type MarginQuery,
  type MarginRow,
} from "../domain/earnings.ts";
import { Store } from "../lib/store.ts";

/** Days for which sums by tenant are kept. */
const KEPT_DAYS = 400;
type Models = DayEarnings["models"];

/** The sums of one day of one tenant, or of all. */
interface EarningsRow {
  readonly day: number;
  readonly tenant: string;
  readonly models: string;
}

/** Rows of `earnings` and `tenant_earnings`. Call what writes inside a transaction. */
export class EarningsStore extends Store {
  /**
   * Stores a tenant's days in place of its earlier ones. @param now ms since epoch. @returns the text for the column `earned` of
   * its row of `rollups`
   */
  record(tenantId: string, days: readonly DayEarnings[], now: number): string | null {
    const oldest = dayNumber(now) - KEPT_DAYS;
    const known = this.#latest(tenantId);
    const byDay = new Map(days.filter(({ day }) => day > oldest).map((one) => [one.day, one]));
    if (known !== null && !byDay.has(known.day)) byDay.set(known.day, known);
    const [latest = null, ...earlier] = [...byDay.values()].sort((a, b) => b.day - a.day);
    for (const { day, models } of earlier) this.#recordDay(tenantId, day, models);
    return latest === null ? null : JSON.stringify(latest);
  }

  /** Deletes a tenant's rows before its row of `rollups` goes. What it earned stays in the sums over all. */
  remove(tenantId: string): void {
    const latest = this.#latest(tenantId);
    if (latest !== null) this.#recordDay(tenantId, latest.day, latest.models);
    this.sql.exec("DELETE FROM tenant_earnings WHERE tenant_id = ?", tenantId);
  }

  #latest(tenantId: string): DayEarnings | null {
    const statement = "SELECT earned FROM rollups WHERE tenant_id = ?";
    const text = this.first<{ earned: string | null }>(statement, tenantId)?.earned ?? null;
    return text === null ? null : (JSON.parse(text) as DayEarnings);
  }

  #recordDay(tenantId: string, day: number, models: Models): void {
    const ofTenant = "SELECT models FROM tenant_earnings WHERE day = ? AND tenant_id = ?";
    const before = this.#models(ofTenant, day, tenantId) ?? {};
    const moved = addEarnings(models, before, -1);
    if (Object.keys(moved).length === 0) return;
    const all = this.#models("SELECT models FROM earnings WHERE day = ?", day);
    this.sql.exec(
      "INSERT OR REPLACE INTO earnings (day, models) VALUES (?, ?)",
      day,
      JSON.stringify(addEarnings(all ?? {}, moved)),
    );
    this.sql.exec(
      "INSERT OR REPLACE INTO tenant_earnings (day, tenant_id, models) VALUES (?, ?, ?)",
      day,
      tenantId,
      JSON.stringify(models),
    );
    // Deletes the oldest day when the first tenant completes a new one.
    if (all === null) this.sql.exec("DELETE FROM tenant_earnings WHERE day < ?", day - KEPT_DAYS);
  }

  #models(statement: string, ...values: SqlStorageValue[]): Models | null {
    const row = this.first<{ models: string }>(statement, ...values);
    return row === null ? null : (JSON.parse(row.models) as Models);
  }

  /** Returns one page of sums by group. It reads a row a day, or with tenants a row for each tenant and day of the range. */
  page(query: MarginQuery): MarginPage {
    const { groupBy, model: only, limit, after, top } = query;
    const sums = new Map<string, { tasks: number; revenue: number; cost: number }>();
    for (const { day, tenant, models } of this.#rows(query)) {
      const parsed = Object.entries(JSON.parse(models) as Models);
      for (const [model, { tasks, revenue, cost }] of parsed) {
        if (only !== null && model !== only) continue;
        const value = groupBy === "day" ? String(day) : groupBy === "tenant" ? tenant : model;
        if (after !== null && value <= after) continue;
        const known = sums.get(value) ?? { tasks: 0, revenue: 0, cost: 0 };
        sums.set(value, { tasks: known.tasks + tasks, revenue: known.revenue + revenue, cost: known.cost + cost });
      }
    }
    const values = [...sums.keys()].sort();
    if (top) values.sort((one, other) => (sums.get(other)?.revenue ?? 0) - (sums.get(one)?.revenue ?? 0));
    const rows = values.slice(0, limit).map((value): MarginRow => {
      const { tasks, revenue, cost } = sums.get(value) ?? { tasks: 0, revenue: 0, cost: 0 };
      return { value, name: groupBy === "tenant" ? this.#nameOf(value) : null, tasks, revenue, cost: exact(cost) };
    });
    return { rows, next: values.length > limit && !top ? (rows.at(-1)?.value ?? null) : null };
  }

  #rows({ firstDay, lastDay, groupBy, tenantId, after }: MarginQuery): Iterable<EarningsRow> {
    // Not `day`, which is a column of its own: the latest day of submissions.
    const latest = `SELECT earned ->> '$.day' AS day, tenant_id AS tenant, earned -> '$.models' AS models FROM rollups
      WHERE earned IS NOT NULL AND earned ->> '$.day' BETWEEN ? AND ?`;
    const range = [firstDay, lastDay];
    if (tenantId !== null) {
      // A look-up for each day: the primary key begins with it.
      const days = JSON.stringify(Array.from({ length: lastDay - firstDay + 1 }, (_, index) => firstDay + index));
      return this.each<EarningsRow>(
        `SELECT day, tenant_id AS tenant, models FROM json_each(?) CROSS JOIN tenant_earnings
           ON day = value AND tenant_id = ?
         UNION ALL ${latest} AND tenant_id = ?`,
        ...[days, tenantId, ...range, tenantId],
      );
    }
    const earlier =
      groupBy === "tenant"
        ? "SELECT day, tenant_id AS tenant, models FROM tenant_earnings WHERE day BETWEEN ? AND ? AND tenant_id > ?"
        : "SELECT day, '' AS tenant, models FROM earnings WHERE day BETWEEN ? AND ?";
    const more = groupBy === "tenant" ? [after ?? ""] : [];
    const statement = `${earlier} UNION ALL ${latest}`;
    return this.each<EarningsRow>(statement, ...range, ...more, ...range);
  }

  #nameOf(tenantId: string): string | null {
    const statement = "SELECT name FROM tenants WHERE tenant_id = ?";
    return this.first<{ name: string }>(statement, tenantId)?.name ?? null;
  }
}
