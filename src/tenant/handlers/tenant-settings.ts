/** The tenant's record: created, viewed and changed by the operator. */
import { type Actor, auditEntry } from "../../domain/audit.ts";
import { isSame } from "../../lib/is-same.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TenantServices } from "../services.ts";
import type { TenantSettings, TenantView } from "../settings.ts";
import { AuditStore } from "../store/audit.ts";
import type { TenantRecord } from "../store/meta.ts";
import { viewTenant } from "./account.ts";

/** Writes the record of a new tenant, whose parts are not wired yet, unless there is one. */
export function insertTenant(storage: DurableObjectStorage, record: TenantRecord, actor: Actor | undefined): void {
  const { sql } = storage;
  const { tenantId, createdAt, settings } = record;
  const after = { tenantId, ...settings, createdAt: isoTime(createdAt), balance: 0, runningTasks: 0 };
  storage.transactionSync(() => {
    const text = JSON.stringify(record);
    const { rowsWritten } = sql.exec("INSERT OR IGNORE INTO meta (name, value) VALUES ('tenant', ?)", text);
    if (rowsWritten === 0 || actor === undefined) return;
    const moment = { id: crypto.randomUUID(), at: createdAt };
    new AuditStore(sql).add(auditEntry(actor, { action: "tenant.create", after }, moment));
  });
}

/** Returns the tenant for the operator. */
export function viewLive(services: TenantServices): TenantView | null {
  const tenant = services.meta.tenant();
  return tenant && viewTenant(services, tenant);
}

/**
 * Changes the given settings.
 *
 * @param decidedAt for a status that the operator decided while this object was not reachable, in ms since epoch: it
 * applies unless a later one was set here since
 */
export function patchTenant(
  services: TenantServices,
  changes: Partial<TenantSettings>,
  actor?: Actor,
  decidedAt?: number,
): Promise<TenantView | null> {
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
    if (before.filesVisibility === "public" && after.filesVisibility === "signed") services.cachePurges.wholeTenant();
    // A shorter retention applies from now on.
    jobs.due("retention", clock.now());
    report.touchSettings();
    void queue.arm();
    return after;
  });
}
