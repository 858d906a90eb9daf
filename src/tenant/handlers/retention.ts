/** What ages: tasks past their retention, uploads past their expiry, keys of idempotency and tokens past their use. */

import { retentionMs } from "../engine/aging.ts";
import type { Tenancy } from "../services.ts";
import { retentionSweep } from "./task-deletion.ts";
import { sweepUploads } from "./uploads.ts";

const SWEEP_MS = 6 * 3_600_000;
/** Looking for what has aged while the object was away wakes nobody: who wakes the object has work for it. */
const PATIENCE_MS = 60_000;

/** Adds the chores of a tenant's housekeeping; each finds out by itself, from disk, when it is due. */
export function addRetentionJobs(tenancy: Tenancy): void {
  const now = tenancy.chance.now();
  tenancy.chores.add("retention", retentionSweep(tenancy), retentionMs(tenancy) === null ? null : now, PATIENCE_MS);
  tenancy.chores.add("uploads", () => sweepUploads(tenancy), tenancy.uploads.nextExpiry());
  tenancy.chores.add("deliveries", () => tenancy.deliveries.sweep(), tenancy.deliveries.sweepAt());
  tenancy.chores.add("expired", () => removeExpired(tenancy), tenancy.idempotency.isEmpty() ? null : now, PATIENCE_MS);
}

async function removeExpired(tenancy: Tenancy): Promise<number | null> {
  const now = tenancy.chance.now();
  return tenancy.commit.run(() => {
    tenancy.idempotency.removeExpired(now);
    tenancy.tokens.removeExpired(now);
    return tenancy.idempotency.isEmpty() ? null : now + SWEEP_MS;
  });
}
