/** What the operator asks of a tenant's object: settings, keys, credits, exports. The operator's token was checked before. */
import { DurableObject } from "cloudflare:workers";
import { auditEntry, type Doer } from "../domain/audit.ts";
import type { KeyKind } from "../domain/key-format.ts";
import type { SharedPrices } from "../domain/rollup.ts";
import type { Refusal } from "../errors.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import type { KeySettings, KeyView, TaskListQuery, TenantSettings, TenantView } from "./api.ts";
import { type UsagePage, type UsageQuery, usagePage, viewTenant } from "./handlers/account.ts";
import { addCredits, type CreditJob, type CreditReply } from "./handlers/credits.ts";
import { createKey, listKeys, type NewKey, patchKey, revokeKey, rotateKey } from "./handlers/keys.ts";
import { type LedgerPage, type LedgerQuery, ledgerPage } from "./handlers/ledger.ts";
import { operatorTasks, type TaskLine, taskLines } from "./handlers/operator-tasks.ts";
import { createPortalLink, type PortalCredential } from "./handlers/portal-sessions.ts";
import { deleteTenant } from "./handlers/tenant-deletion.ts";
import { TenantDoor } from "./loader.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import type { Tenancy } from "./services.ts";
import { AuditStore } from "./store/audit.ts";
import type { TenantRecord } from "./store/meta.ts";

export class TenantForOperator extends DurableObject<Bindings> {
  protected readonly door: TenantDoor;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that never was a tenant stays empty: asking for one by a made-up name must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
    this.door = new TenantDoor(ctx, () => this.env);
  }

  /** Makes this object a tenant. Repeating it with the same id changes nothing. */
  async create(tenantId: string, settings: TenantSettings, doer?: Doer): Promise<TenantView> {
    migrate(this.ctx.storage, TENANT_MIGRATIONS);
    if (!(await this.door.open())) {
      this.#insert({ tenantId, createdAt: Date.now(), deletedAt: null, settings }, doer);
      this.door.close();
    }
    const view = await this.audited(async (tenancy) => {
      const tenant = tenancy.meta.tenant();
      return tenant && viewTenant(tenancy, tenant);
    });
    if (!view) throw new Error("The tenant could not be created");
    return view;
  }

  #insert(record: TenantRecord, doer: Doer | undefined): void {
    const { sql } = this.ctx.storage;
    const { tenantId, createdAt, settings } = record;
    const after = { tenantId, ...settings, createdAt: new Date(createdAt).toISOString(), balance: 0, runningTasks: 0 };
    this.ctx.storage.transactionSync(() => {
      const text = JSON.stringify(record);
      const { rowsWritten } = sql.exec("INSERT OR IGNORE INTO meta (name, value) VALUES ('tenant', ?)", text);
      if (rowsWritten === 0 || doer === undefined) return;
      const moment = { id: crypto.randomUUID(), at: createdAt };
      new AuditStore(sql).add(auditEntry(doer, { action: "tenant.create", after }, moment));
    });
  }

  /** @returns null if there is no such tenant */
  async view(): Promise<TenantView | null> {
    const tenancy = await this.door.openLive();
    const tenant = tenancy?.meta.tenant();
    return tenancy && tenant ? viewTenant(tenancy, tenant) : null;
  }

  /** Changes settings; what is not named stays. @returns null if there is no such tenant */
  patch(changes: Partial<TenantSettings>, doer?: Doer): Promise<TenantView | null> {
    return this.audited((tenancy) => {
      const { commit, meta, audit, chores, chance, rollup, schedule } = tenancy;
      return commit.run(() => {
        const tenant = meta.tenant();
        if (!tenant || tenant.deletedAt !== null) return null;
        const before = viewTenant(tenancy, tenant);
        const changed = { ...tenant, settings: { ...tenant.settings, ...changes } };
        meta.putTenant(changed);
        const after = viewTenant(tenancy, changed);
        audit.enter(doer, { action: "tenant.update", before, after });
        // A shorter retention counts from now on.
        chores.due("retention", chance.now());
        rollup.touchSettings();
        void schedule.arm(chance.now());
        return after;
      });
    });
  }

  /** Deletes the tenant and everything it has. @returns false if there is no such tenant (any more) */
  async delete(doer?: Doer): Promise<boolean> {
    return (await this.audited((tenancy) => deleteTenant(tenancy, doer))) ?? false;
  }

  /** Enters credits, given or (negative) taken. @returns null if there is no such tenant */
  addCredits(job: CreditJob, doer?: Doer): Promise<CreditReply | Refusal | null> {
    return this.audited((tenancy) => addCredits(tenancy, job, doer));
  }

  /** The ledger, newest first. @returns null if there is no such tenant */
  async ledger(query: LedgerQuery): Promise<LedgerPage | null> {
    const tenancy = await this.door.openLive();
    return tenancy && ledgerPage(tenancy, query);
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first, or null if there is no such tenant */
  async operatorTasks(query: TaskListQuery, publicBaseUrl: string): Promise<string | null> {
    const tenancy = await this.door.openLive();
    return tenancy && operatorTasks(tenancy, query, publicBaseUrl);
  }

  /** Tasks for an export, newest first. @returns null if there is no such tenant */
  async taskLines(query: TaskListQuery): Promise<{ lines: TaskLine[]; more: boolean } | null> {
    const tenancy = await this.door.openLive();
    return tenancy && taskLines(tenancy, query);
  }

  async operatorUsage(query: UsageQuery): Promise<UsagePage | null> {
    const tenancy = await this.door.openLive();
    return tenancy && usagePage(tenancy, query);
  }

  /** The operator has made another price list for all tenants (the Directory tells each). */
  async adoptPrices(shared: SharedPrices): Promise<void> {
    const tenancy = await this.door.openLive();
    await tenancy?.commit.run(() => tenancy.prices.adoptShared(shared));
  }

  /** @returns the code of a single-use link to the portal */
  createPortalLink(doer?: Doer): Promise<PortalCredential | null> {
    return this.audited((tenancy) => createPortalLink(tenancy, doer));
  }

  createKey(kind: KeyKind, settings: KeySettings, doer?: Doer): Promise<NewKey | null> {
    return this.audited((tenancy) => createKey(tenancy, kind, settings, doer));
  }

  async listKeys(): Promise<KeyView[] | null> {
    const tenancy = await this.door.openLive();
    return tenancy && listKeys(tenancy);
  }

  patchKey(keyId: string, changes: Partial<KeySettings>, doer?: Doer): Promise<KeyView | null> {
    return this.audited((tenancy) => patchKey(tenancy, keyId, changes, doer));
  }

  revokeKey(keyId: string, doer?: Doer): Promise<KeyView | null> {
    return this.audited((tenancy) => revokeKey(tenancy, keyId, doer));
  }

  rotateKey(keyId: string, overlapMs: number, doer?: Doer): Promise<NewKey | Refusal | null> {
    return this.audited((tenancy) => rotateKey(tenancy, keyId, overlapMs, doer));
  }

  /** Does something that enters itself in the audit log, and brings the entry there. @returns null if there is no such tenant */
  protected async audited<T>(deed: (tenancy: Tenancy) => Promise<T>): Promise<T | null> {
    const tenancy = await this.door.openLive();
    if (!tenancy) return null;
    const done = await deed(tenancy);
    await tenancy.audit.deliver();
    return done;
  }
}
