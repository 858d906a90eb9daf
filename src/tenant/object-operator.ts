/** What the operator asks of a tenant's object: settings, keys, credits, exports. The operator's token was checked before. */
import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../config.ts";
import type { SharedPrices } from "../domain/rollup.ts";
import type { Refusal } from "../errors.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import { type UsagePage, type UsageQuery, usagePage } from "./account.ts";
import { addCredits, type CreditJob, type CreditReply } from "./credits.ts";
import { TenantDoor } from "./door.ts";
import { createKey, listKeys, type NewKey, patchKey, revokeKey, rotateKey } from "./key-admin.ts";
import {
  type LedgerPage,
  type LedgerQuery,
  ledgerPage,
  operatorTasks,
  type TaskLine,
  taskLines,
} from "./ledger-export.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import { createPortalLink, type PortalCredential } from "./portal-access.ts";
import { deleteTenant } from "./purge.ts";
import type { KeyKind, KeySettings, KeyView, TaskListQuery, TenantSettings, TenantView } from "./types.ts";

export class TenantForOperator extends DurableObject<Bindings> {
  protected readonly door: TenantDoor;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that never was a tenant stays empty: asking for one by a made-up name must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
    this.door = new TenantDoor(ctx, () => this.env);
  }

  /** Makes this object a tenant. Repeating it with the same id changes nothing. */
  async create(tenantId: string, settings: TenantSettings): Promise<TenantView> {
    migrate(this.ctx.storage, TENANT_MIGRATIONS);
    if (!(await this.door.open())) {
      const record = { tenantId, createdAt: Date.now(), deletedAt: null, settings };
      this.ctx.storage.sql.exec(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('tenant', ?)",
        JSON.stringify(record),
      );
      this.door.close();
    }
    const view = await this.view();
    if (!view) throw new Error("The tenant could not be created");
    return view;
  }

  /** @returns null if there is no such tenant */
  async view(): Promise<TenantView | null> {
    const tenancy = await this.door.open();
    const tenant = tenancy?.meta.tenant();
    if (!tenancy || !tenant || tenant.deletedAt !== null) return null;
    return {
      tenantId: tenant.tenantId,
      ...tenant.settings,
      createdAt: new Date(tenant.createdAt).toISOString(),
      balance: tenancy.books.balance(),
      runningTasks: tenancy.activeTasks,
    };
  }

  /** Changes settings; what is not named stays. @returns null if there is no such tenant */
  async patch(changes: Partial<TenantSettings>): Promise<TenantView | null> {
    const tenancy = await this.door.openLive();
    await tenancy?.commit.run(() => {
      const tenant = tenancy.meta.tenant();
      if (tenant) tenancy.meta.putTenant({ ...tenant, settings: { ...tenant.settings, ...changes } });
      // A shorter retention counts from now on.
      tenancy.chores.due("retention", tenancy.chance.now());
      tenancy.rollup.touchSettings();
      void tenancy.schedule.arm(tenancy.chance.now());
    });
    return this.view();
  }

  /** Deletes the tenant and everything it has. @returns false if there is no such tenant (any more) */
  async delete(): Promise<boolean> {
    const tenancy = await this.door.openLive();
    return tenancy !== null && deleteTenant(tenancy);
  }

  /** Enters credits, given or (negative) taken. @returns null if there is no such tenant */
  async addCredits(job: CreditJob): Promise<CreditReply | Refusal | null> {
    const tenancy = await this.door.openLive();
    return tenancy && addCredits(tenancy, job);
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
  async createPortalLink(): Promise<PortalCredential | null> {
    const tenancy = await this.door.openLive();
    return tenancy && createPortalLink(tenancy);
  }

  async createKey(kind: KeyKind, settings: KeySettings): Promise<NewKey | null> {
    const tenancy = await this.door.openLive();
    return tenancy && createKey(tenancy, kind, settings);
  }

  async listKeys(): Promise<KeyView[] | null> {
    const tenancy = await this.door.openLive();
    return tenancy && listKeys(tenancy);
  }

  async patchKey(keyId: string, changes: Partial<KeySettings>): Promise<KeyView | null> {
    const tenancy = await this.door.openLive();
    return tenancy && patchKey(tenancy, keyId, changes);
  }

  async revokeKey(keyId: string): Promise<KeyView | null> {
    const tenancy = await this.door.openLive();
    return tenancy && revokeKey(tenancy, keyId);
  }

  async rotateKey(keyId: string, overlapMs: number): Promise<NewKey | null> {
    const tenancy = await this.door.openLive();
    return tenancy && rotateKey(tenancy, keyId, overlapMs);
  }
}
