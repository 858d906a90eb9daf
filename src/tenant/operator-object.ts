/**
 * Calls of the operator to a tenant's object: settings, keys, credits, exports. The operator's token is verified
 * before.
 */
import { type Actor, auditEntry } from "../domain/audit.ts";
import type { KeyKind } from "../domain/key-format.ts";
import type { Wanted } from "../domain/search-term.ts";
import type { Month, Statement } from "../domain/statement.ts";
import type { SharedPrices, TenantReport } from "../domain/tenant-report.ts";
import type { ApiError } from "../errors.ts";
import { isSame } from "../lib/is-same.ts";
import { isoTime } from "../lib/iso-time.ts";
import { migrate } from "../lib/migrations.ts";
import type { WebhookView } from "../webhooks/endpoint.ts";
import type { DeliveriesView, DeliveryDetail, DeliveryListQuery, DeliveryPage, TaskListQuery } from "./api.ts";
import { type UsagePage, type UsageQuery, usagePage, viewTenant } from "./handlers/account.ts";
import { addCredits, type CreditJob, type CreditResult } from "./handlers/credits.ts";
import {
  createKey,
  findKey,
  type KeyListQuery,
  type KeyPage,
  listKeys,
  type NewKey,
  patchKey,
  revokeKey,
  rotateKey,
} from "./handlers/keys.ts";
import { type LedgerPage, type LedgerQuery, ledgerPage } from "./handlers/ledger.ts";
import { operatorTasks, type TaskLinePage, taskLines } from "./handlers/operator-tasks.ts";
import { type ChangesSince, changesSince } from "./handlers/restore-preview.ts";
import { type SearchResult, searchTenant } from "./handlers/search.ts";
import { statementOf } from "./handlers/statement.ts";
import { deleteTask } from "./handlers/task-deletion.ts";
import { taskStory } from "./handlers/task-story.ts";
import { deleteTenant } from "./handlers/tenant-deletion.ts";
import { deliveryPage, findDelivery, getWebhook, redeliver, redeliverFailed } from "./handlers/webhooks.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import { TenantOfPeople } from "./people-object.ts";
import type { KeySettings, KeyView, TenantSettings, TenantView } from "./settings.ts";
import { AuditStore } from "./store/audit.ts";
import type { TenantRecord } from "./store/meta.ts";

/** The methods of a tenant's object for the operator. */
export class TenantForOperator extends TenantOfPeople {
  /**
   * Makes this object a tenant. Repeating it with the same id changes nothing.
   *
   * @param origin origin of the operator's call
   */
  async create(tenantId: string, settings: TenantSettings, actor?: Actor, origin?: string): Promise<TenantView> {
    migrate(this.ctx.storage, TENANT_MIGRATIONS);
    if (!(await this.loader.open())) {
      const createdAt = Date.now();
      this.#insert({ tenantId, createdAt, deletedAt: null, settings, ...(origin !== undefined && { origin }) }, actor);
      this.loader.close();
    }
    const view = await this.loader.audited(async (services) => {
      const tenant = services.meta.tenant();
      return tenant && viewTenant(services, tenant);
    });
    if (!view) throw new Error("The tenant could not be created");
    return view;
  }

  #insert(record: TenantRecord, actor: Actor | undefined): void {
    const { sql } = this.ctx.storage;
    const { tenantId, createdAt, settings } = record;
    const after = { tenantId, ...settings, createdAt: isoTime(createdAt), balance: 0, runningTasks: 0 };
    this.ctx.storage.transactionSync(() => {
      const text = JSON.stringify(record);
      const { rowsWritten } = sql.exec("INSERT OR IGNORE INTO meta (name, value) VALUES ('tenant', ?)", text);
      if (rowsWritten === 0 || actor === undefined) return;
      const moment = { id: crypto.randomUUID(), at: createdAt };
      new AuditStore(sql).add(auditEntry(actor, { action: "tenant.create", after }, moment));
    });
  }

  /** @returns null if there is no such tenant */
  async view(): Promise<TenantView | null> {
    const services = await this.loader.openLive();
    const tenant = services?.meta.tenant();
    return services && tenant ? viewTenant(services, tenant) : null;
  }

  /**
   * Changes the given settings.
   *
   * @param decidedAt for a status that the operator decided while this object was not reachable, in ms since epoch: it
   * applies unless a later one was set here since
   * @returns null if there is no such tenant
   */
  patch(changes: Partial<TenantSettings>, actor?: Actor, decidedAt?: number): Promise<TenantView | null> {
    return this.loader.audited((services) => {
      const { commit, meta, audit, jobs, clock, report, queue } = services;
      return commit.run(() => {
        const tenant = meta.tenant();
        if (!tenant || tenant.deletedAt !== null) return null;
        const before = viewTenant(services, tenant);
        if (decidedAt !== undefined && decidedAt < (tenant.statusAt ?? 0)) return before;
        const statusAt = changes.status === undefined ? tenant.statusAt : (decidedAt ?? clock.now());
        const changed = {
          ...tenant,
          ...(statusAt === undefined ? {} : { statusAt }),
          settings: { ...tenant.settings, ...changes },
        };
        // A status that stays is written all the same, because a decision recorded earlier must not replace it.
        if (changes.status !== undefined || !isSame(changed, tenant)) meta.putTenant(changed);
        if (isSame(changed.settings, tenant.settings)) return before;
        const after = viewTenant(services, changed);
        audit.enter(actor, { action: "tenant.update", before, after });
        if (before.filesVisibility === "public" && after.filesVisibility === "signed")
          services.cachePurges.wholeTenant();
        // A shorter retention applies from now on.
        jobs.due("retention", clock.now());
        report.touchSettings();
        void queue.arm();
        return after;
      });
    });
  }

  /** Deletes the tenant and all its data. @returns false if there is no such tenant or it is deleted */
  async delete(actor?: Actor): Promise<boolean> {
    return (await this.loader.audited((services) => deleteTenant(services, actor))) ?? false;
  }

  /** Books credits, given or (if negative) taken. @returns null if there is no such tenant */
  addCredits(job: CreditJob, actor?: Actor): Promise<CreditResult | ApiError | null> {
    return this.loader.audited((services) => addCredits(services, job, actor));
  }

  /** Returns a page of the ledger, newest first; null if there is no such tenant. */
  ledger(query: LedgerQuery): Promise<LedgerPage | null> {
    return this.loader.live((services) => ledgerPage(services, query));
  }

  /** Returns the statement of a month; null if there is no such tenant. */
  operatorStatement(month: Month): Promise<Statement | ApiError | null> {
    return this.loader.live((services) => statementOf(services, month));
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first, or null if there is no such tenant */
  operatorTasks(query: TaskListQuery, publicBaseUrl: string): Promise<string | null> {
    return this.loader.live((services) => operatorTasks(services, query, publicBaseUrl));
  }

  /** Returns what happened since `at` (ms since epoch); null if there is no such tenant. */
  changesSince(at: number): Promise<ChangesSince | null> {
    return this.loader.live((services) => changesSince(services, at));
  }

  /** @returns JSON text of everything about one task; null if there is no such task or tenant */
  taskStory(taskId: number | null, publicBaseUrl: string): Promise<string | null> {
    return this.loader.live((services) => taskStory(services, taskId, publicBaseUrl));
  }

  /** Deletes an ended task and its files. @returns 40002 or 70005; null if there is no such tenant */
  operatorDeleteTask(taskId: number | null, actor?: Actor): Promise<{ taskId: number } | ApiError | null> {
    return this.loader.audited((services) => deleteTask(services, { owner: null }, taskId, actor));
  }

  /** Returns tasks for an export, newest first; null if there is no such tenant. */
  taskLines(query: TaskListQuery): Promise<TaskLinePage | null> {
    return this.loader.live((services) => taskLines(services, query));
  }

  /** Returns what a search finds in this tenant; null if there is no such tenant. */
  search(wanted: Wanted, limit: number): Promise<SearchResult[] | null> {
    return this.loader.live((services) => searchTenant(services, wanted, limit));
  }

  operatorUsage(query: UsageQuery): Promise<UsagePage | ApiError | null> {
    return this.loader.live((services) => usagePage(services, query));
  }

  /** Stores a new price list for all tenants, which the Directory sends to each. */
  async adoptPrices(shared: SharedPrices): Promise<void> {
    const services = await this.loader.openLive();
    await services?.commit.run(() => services.prices.adoptShared(shared));
  }

  /** Returns the report of this moment, for the Directory's check of overdue work; null if there is no such tenant. */
  currentReport(): Promise<TenantReport | null> {
    return this.loader.live((services) => services.report.current());
  }

  /** @returns the tenant's webhook endpoint, an error (40002) if it has none, or null if there is no such tenant */
  operatorWebhook(): Promise<WebhookView | ApiError | null> {
    return this.loader.live((services) => getWebhook(services));
  }

  /** Returns a page of the tenant's deliveries, newest first; null if there is no such tenant. */
  operatorDeliveries(query: DeliveryListQuery): Promise<DeliveryPage | null> {
    return this.loader.live((services) => deliveryPage(services, query));
  }

  /** Sends the event of a task's end again, in the background. */
  operatorRedeliver(taskId: number | null, actor?: Actor): Promise<DeliveriesView | ApiError | null> {
    return this.loader.audited((services) => redeliver(services, { owner: null }, taskId, actor));
  }

  /** @returns one delivery with its body and responses, or 40002; null if there is no such tenant */
  operatorDelivery(deliveryId: string): Promise<DeliveryDetail | ApiError | null> {
    return this.loader.live((services) => findDelivery(services, deliveryId));
  }

  /** Sends failed events again, up to a number, in the background. */
  operatorRedeliverFailed(actor?: Actor) {
    return this.loader.audited((services) => redeliverFailed(services, actor));
  }

  createKey(kind: KeyKind, settings: KeySettings, actor?: Actor): Promise<NewKey | ApiError | null> {
    return this.loader.audited((services) => createKey(services, kind, settings, actor));
  }

  async listKeys(query: KeyListQuery = { limit: 100, cursor: null }): Promise<KeyPage | null> {
    const services = await this.loader.openLive();
    return services && listKeys(services, query);
  }

  /** @returns one key, or null if there is no such key or tenant */
  findKey(keyId: string): Promise<KeyView | null> {
    return this.loader.live((services) => findKey(services, keyId));
  }

  patchKey(keyId: string, changes: Partial<KeySettings>, actor?: Actor): Promise<KeyView | null> {
    return this.loader.audited((services) => patchKey(services, keyId, changes, actor));
  }

  revokeKey(keyId: string, actor?: Actor): Promise<KeyView | null> {
    return this.loader.audited((services) => revokeKey(services, keyId, actor));
  }

  rotateKey(keyId: string, overlapMs: number, actor?: Actor): Promise<NewKey | ApiError | null> {
    return this.loader.audited((services) => rotateKey(services, keyId, overlapMs, actor));
  }
}
