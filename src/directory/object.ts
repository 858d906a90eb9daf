/**
 * The one Directory: which tenants there are, what the operator did, and what tenants report once a minute. Not on the path
 * of any tenant's request, but for a submission of a shape that its tenant has not had priced in the last ten minutes.
 */
import { DurableObject } from "cloudflare:workers";
import { type Actor, type AuditEntry, auditEntry } from "../domain/audit.ts";
import type { PriceRule } from "../domain/price-list.ts";
import type { Overview, PriceResult, ReportResult, SharedPrices, TenantReport } from "../domain/tenant-report.ts";
import { foldCase } from "../lib/fold-case.ts";
import { logEvent } from "../lib/log.ts";
import { migrate } from "../lib/migrations.ts";
import { AuditLog, type AuditRow } from "./audit-log.ts";
import { DIRECTORY_MIGRATIONS } from "./migrations.ts";
import { PriceMemory } from "./price-memory.ts";
import { ReportStore } from "./reports.ts";

/** Tenants that are told of a new price list at once. */
const PUSH_AT_ONCE = 50;
const WATCHDOG_MS = 60_000;
/** Row of `settings`. */
const OPERATOR_ORIGIN = "operator-origin";

/** A tenant as the Directory lists it. */
export interface ListedTenant {
  readonly seq: number;
  readonly tenantId: string;
}

/** The one object over all tenants: list, reports, prices for all, audit log. */
export class Directory extends DurableObject<Bindings> {
  readonly #sql: SqlStorage;
  readonly #reports: ReportStore;
  readonly #prices: PriceMemory;
  readonly #audit: AuditLog;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    migrate(ctx.storage, DIRECTORY_MIGRATIONS);
    this.#sql = ctx.storage.sql;
    this.#reports = new ReportStore(this.#sql);
    this.#prices = new PriceMemory(this.#sql);
    this.#audit = new AuditLog(this.#sql);
  }

  // ---- tenants ---------------------------------------------------------------------------------------------------

  /** Adds or renames a tenant. Safe to repeat. */
  async put(tenantId: string, name: string, createdAt: number): Promise<void> {
    // Read first: an INSERT that changes nothing is billed as a row written all the same.
    const [known] = this.#sql
      .exec<{ name: string }>("SELECT name FROM tenants WHERE tenant_id = ?", tenantId)
      .toArray();
    if (known?.name === name) return;
    this.#sql.exec(
      `INSERT INTO tenants (tenant_id, name, created_at) VALUES (?, ?, ?)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name`,
      tenantId,
      name,
      createdAt,
    );
  }

  async remove(tenantId: string): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM tenants WHERE tenant_id = ?", tenantId);
      this.#reports.remove(tenantId);
    });
  }

  /**
   * @param before `seq` of the last tenant of the page before, or null for the newest
   * @param q part of a name, whatever its case in any script, or of an id
   */
  async list(before: number | null, limit: number, q: string | null): Promise<ListedTenant[]> {
    const wanted = q === null ? "" : foldCase(q);
    const found: ListedTenant[] = [];
    // SQLite folds the case of ASCII only, so names are compared here, row by row until the page is full.
    const rows = this.#sql.exec<{ seq: number; tenant_id: string; name: string }>(
      "SELECT seq, tenant_id, name FROM tenants WHERE seq < ? ORDER BY seq DESC",
      before ?? Number.MAX_SAFE_INTEGER,
    );
    for (const { seq, tenant_id, name } of rows) {
      if (found.length >= limit) break;
      if (foldCase(name).includes(wanted) || foldCase(tenant_id).includes(wanted)) {
        found.push({ seq, tenantId: tenant_id });
      }
    }
    return found;
  }

  // ---- reports and prices ----------------------------------------------------------------------------------------

  /** One tenant's figures; also puts a tenant back that the list has lost. Safe to repeat. */
  async report(report: TenantReport): Promise<ReportResult> {
    const now = Date.now();
    await this.put(report.tenantId, report.name, report.createdAt);
    this.ctx.storage.transactionSync(() => {
      this.#reports.record(report.tenantId, report.gauges, report.days, now);
      this.#reports.recordTrouble(report);
      for (const { shape, credits, at = now } of report.prices) this.#prices.learn(shape, { credits, at });
    });
    return this.#newsFor(report.sharedVersion);
  }

  /** What the upstream last said to any tenant for this shape, in its credits; null if nobody knows. */
  async priceOf(shape: string, sharedVersion: number): Promise<PriceResult> {
    return { ...(this.#prices.priceOf(shape) ?? { credits: null }), ...this.#newsFor(sharedVersion) };
  }

  async overview(days: number): Promise<Overview> {
    return this.#reports.overview(days, Date.now());
  }

  async sharedPrices(): Promise<SharedPrices> {
    return this.#prices.shared();
  }

  /** Puts another price list for all in place; every tenant is told in the background. */
  async putSharedPrices(rules: readonly PriceRule[], actor: Actor): Promise<SharedPrices> {
    const shared = this.ctx.storage.transactionSync(() => {
      const before = this.#prices.shared().rules;
      const after = this.#prices.putShared(rules, Date.now());
      const moment = { id: crypto.randomUUID(), at: Date.now() };
      this.#audit.enter(null, auditEntry(actor, { action: "prices.update", before, after: after.rules }, moment));
      return after;
    });
    // Not for this very millisecond, which may be the one that the last push runs in (docs/reliability.md).
    await this.ctx.storage.setAlarm(Date.now() + 1);
    return shared;
  }

  #newsFor(sharedVersion: number): ReportResult {
    const shared = this.#prices.shared();
    return { shared: shared.version === sharedVersion ? null : shared };
  }

  /** Tells all tenants of a new price list. One that cannot be told hears of it with its next report. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG_MS);
    for (let push = this.#prices.push(); push !== null; push = this.#prices.push()) {
      const page = this.#sql
        .exec<{ seq: number; tenant_id: string }>(
          "SELECT seq, tenant_id FROM tenants WHERE seq > ? ORDER BY seq LIMIT ?",
          push.after,
          PUSH_AT_ONCE,
        )
        .toArray();
      const shared = this.#prices.shared();
      const told = await Promise.allSettled(
        page.map(({ tenant_id }) => this.env.TENANTS.getByName(tenant_id).adoptPrices(shared)),
      );
      const failed = told.filter(({ status }) => status === "rejected").length;
      if (failed > 0) logEvent("warn", "prices-push", { failed });
      // A list that was put in place meanwhile has begun a push of its own.
      if (this.#prices.push()?.version !== push.version) continue;
      const last = page.at(-1);
      this.#prices.putPush(last === undefined ? null : { ...push, after: last.seq });
    }
    await this.ctx.storage.deleteAlarm();
  }

  // ---- origin ----------------------------------------------------------------------------------------------------

  /** Records the origin of an authenticated call of the operator (contract section 9, "Settings"). */
  async recordOperatorOrigin(origin: string): Promise<void> {
    if ((await this.operatorOrigin()) === origin) return;
    this.#sql.exec("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", OPERATOR_ORIGIN, origin);
  }

  /** @returns the origin of the last authenticated call of the operator, or null before the first */
  async operatorOrigin(): Promise<string | null> {
    const [row] = this.#sql
      .exec<{ value: string }>("SELECT value FROM settings WHERE name = ?", OPERATOR_ORIGIN)
      .toArray();
    return row?.value ?? null;
  }

  // ---- audit -----------------------------------------------------------------------------------------------------

  /** Enters what was done in a tenant's object. Safe to repeat. */
  async enterAudit(tenantId: string, entries: readonly AuditEntry[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const entry of entries) this.#audit.enter(tenantId, entry);
      this.#audit.removeOld(tenantId, Date.now());
    });
  }

  async listAudit(before: number | null, limit: number, tenantId: string | null): Promise<AuditRow[]> {
    return this.#audit.list(before, limit, tenantId);
  }
}
