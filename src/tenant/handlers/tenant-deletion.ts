/**
 * Deletes a tenant. One transaction deletes every row but a tombstone, so that keys stop working, nothing is polled or
 * delivered any more, and file URLs return 410. A job then deletes everything in R2, repeatedly until nothing can be
 * left.
 */
import type { Actor } from "../../domain/audit.ts";
import { DAY_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { tenantPrefixes } from "../../domain/file-link.ts";
import { ifMethodMissing } from "../../lib/missing-method.ts";
import type { TenantServices } from "../services.ts";
import { DEFAULT_SETTINGS } from "../settings.ts";
import type { TenantRecord } from "../store/meta.ts";
import { viewTenant } from "./account.ts";

/**
 * Waits before each deletion of the files, in ms. Copies and uploads that run at the time of deletion may write after
 * the first pass: a copy within a quarter of an hour, an upload as long as its client takes.
 */
const DELETION_WAITS_MS = [0, 20 * MINUTE_MS, DAY_MS] as const;
/** Name of the row of `meta` that has the state of the deletion. */
const STATE = "purge";
/** Tables that outlive the tenant. */
const KEPT_TABLES = new Set(["meta", "schema_version", "audit"]);

interface DeletionState {
  /** Deletion passes done so far. */
  readonly done: number;
  /** Time of the next pass; ms since epoch. */
  readonly dueAt: number;
}

/** Adds the job. For a tenant whose deletion has begun, it continues. */
export function addTenantDeletionJob(services: TenantServices): void {
  services.jobs.add("purge", () => deleteFiles(services), readState(services)?.dueAt ?? null);
}

/** Deletes the tenant; its files follow in the background. @returns false if it was deleted before */
export async function deleteTenant(services: TenantServices, actor?: Actor): Promise<boolean> {
  const { commit, meta, clock, jobs, queue, audit } = services;
  const deleted = await commit.run(() => {
    const tenant = meta.tenant();
    if (!tenant || tenant.deletedAt !== null) return false;
    const now = clock.now();
    audit.enter(actor, { action: "tenant.delete", before: viewTenant(services, tenant) });
    wipe(services);
    const tombstone: TenantRecord = { ...tenant, deletedAt: now, settings: { ...DEFAULT_SETTINGS, name: "" } };
    meta.putTenant(tombstone);
    writeState(services, { done: 0, dueAt: now });
    services.reload();
    return true;
  });
  if (!deleted) return false;
  jobs.due("purge", clock.now());
  await queue.arm();
  return true;
}

/** Deletes the tenant's files once, and rows that running calls may have written after the deletion. */
async function deleteFiles(services: TenantServices): Promise<number | null> {
  const { courier, directory, commit, meta, clock } = services;
  const state = readState(services);
  const tenant = meta.tenant();
  if (state === null || !tenant || tenant.deletedAt === null) return null;
  for (const prefix of tenantPrefixes(tenant.tenantId)) await courier.removeFiles(prefix);
  // A Directory of the previous release does not know of purges; a later pass repeats it.
  await ifMethodMissing(directory.purgeFiles({ tenantId: tenant.tenantId }), () => {});
  // Repeated here, because the request that deleted the tenant may have been interrupted, or a report may have been
  // under way.
  await directory.remove(tenant.tenantId);
  const done = state.done + 1;
  const wait = DELETION_WAITS_MS[done];
  const next: DeletionState | null = wait === undefined ? null : { done, dueAt: clock.now() + wait };
  await commit.run(() => {
    wipe(services);
    meta.putTenant(tenant);
    writeState(services, next);
    services.reload();
  });
  return next?.dueAt ?? null;
}

/** Empties every table, those of later versions too. Without a WHERE and without triggers, SQLite drops whole pages at once. */
function wipe({ sql }: TenantServices): void {
  const triggers = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'").toArray();
  for (const { name } of triggers) sql.exec(`DROP TRIGGER "${name}"`);
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
  for (const { name } of tables) {
    if (KEPT_TABLES.has(name) || /^(sqlite_|_cf_)/.test(name)) continue;
    sql.exec(`DELETE FROM "${name}"`);
  }
  sql.exec("DELETE FROM meta");
}

function readState({ meta }: TenantServices): DeletionState | null {
  return meta.read(STATE);
}

function writeState({ meta }: TenantServices, state: DeletionState | null): void {
  if (state !== null) meta.write(STATE, state);
}
