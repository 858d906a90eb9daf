/** What ages: tasks past their retention, uploads past their expiry, keys of idempotency and tokens past their use. */

import { retentionMs } from "../engine/aging.ts";
import type { TenantServices } from "../services.ts";
import { retentionSweep } from "./task-deletion.ts";
import { sweepUploads } from "./uploads.ts";

const SWEEP_MS = 6 * 3_600_000;
/** Looking for what has aged while the object was away wakes nobody: who wakes the object has work for it. */
const PATIENCE_MS = 60_000;

/** Adds the chores of a tenant's housekeeping; each finds out by itself, from disk, when it is due. */
export function addRetentionJobs(services: TenantServices): void {
  const now = services.clock.now();
  services.chores.add("retention", retentionSweep(services), retentionMs(services) === null ? null : now, PATIENCE_MS);
  services.chores.add("uploads", () => sweepUploads(services), services.uploads.nextExpiry());
  services.chores.add("deliveries", () => services.deliveries.sweep(), services.deliveries.sweepAt());
  services.chores.add(
    "expired",
    () => removeExpired(services),
    services.idempotency.isEmpty() ? null : now,
    PATIENCE_MS,
  );
}

async function removeExpired(services: TenantServices): Promise<number | null> {
  const now = services.clock.now();
  return services.commit.run(() => {
    services.idempotency.removeExpired(now);
    services.tokens.removeExpired(now);
    return services.idempotency.isEmpty() ? null : now + SWEEP_MS;
  });
}
