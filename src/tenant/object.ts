/**
 * THE RECORD of one tenant: keys, limits, money, idempotency, tasks. A thin shell: each method checks access, lets a
 * part of `TenantServices` decide, and returns plain values. Whatever must be exact is in one SQLite database and one
 * transaction.
 */
import type { Actor } from "../domain/audit.ts";
import { logEvent } from "../lib/log.ts";
import { migrate } from "../lib/migrations.ts";
import { FILE_METHODS } from "./file-methods.ts";
import { insertTenant, viewLive } from "./handlers/tenant-settings.ts";
import { withMethods } from "./methods.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import { OPERATOR_METHODS } from "./operator-methods.ts";
import { PEOPLE_METHODS } from "./people-methods.ts";
import type { TenantSettings, TenantView } from "./settings.ts";
import { TENANT_METHODS } from "./tenant-methods.ts";

/** A tenant's object: its methods, its creation, and the alarm. */
export class Tenant extends withMethods({
  ...TENANT_METHODS,
  ...FILE_METHODS,
  ...PEOPLE_METHODS,
  ...OPERATOR_METHODS,
}) {
  /**
   * Makes this object a tenant. Repeating it with the same id changes nothing.
   *
   * @param origin origin of the operator's call
   */
  async create(tenantId: string, settings: TenantSettings, actor?: Actor, origin?: string): Promise<TenantView> {
    migrate(this.ctx.storage, TENANT_MIGRATIONS);
    if (!(await this.loader.open())) {
      const record = { tenantId, createdAt: Date.now(), deletedAt: null, settings };
      insertTenant(this.ctx.storage, { ...record, ...(origin !== undefined && { origin }) }, actor);
      this.loader.close();
    }
    const view = await this.loader.audited(async (services) => viewLive(services));
    if (!view) throw new Error("The tenant could not be created");
    return view;
  }

  /** Runs due work. Never throws and is never lost: the next alarm is set whatever happens (docs/design.md, rule 3). */
  override async alarm(): Promise<void> {
    try {
      const services = await this.loader.openForAlarm();
      await services?.queue.alarm();
      await services?.queue.endAlarm();
    } catch (error) {
      logEvent("error", "alarm", { tenantId: this.ctx.id.name, error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
    }
  }
}
