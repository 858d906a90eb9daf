/** What ages: tasks past their retention, uploads past their expiry, the operator's idempotency keys and client tokens past their use. */

import { retentionMs } from "../engine/aging.ts";
import type { TenantServices } from "../services.ts";
import { retainTasks } from "./task-deletion.ts";
import { sweepUploads } from "./uploads.ts";

/** How often expired keys and tokens are removed while there are any. */
const EXPIRY_INTERVAL_MS = 6 * 3_600_000;
/** Looking for what has aged while the object was away wakes nobody: who wakes the object has work for it. */
const PATIENCE_MS = 60_000;

/** Adds the jobs that delete what has aged; each finds out by itself, from disk, when it is due. */
export function addRetentionJobs(services: TenantServices): void {
  const now = services.clock.now();
  services.chores.add(
    "retention",
    () => retainTasks(services),
    retentionMs(services) === null ? null : now,
    PATIENCE_MS,
  );
  services.chores.add("uploads", () => sweepUploads(services), services.uploads.nextExpiry());
  services.chores.add("deliveries", () => services.deliveries.sweep(), services.deliveries.sweepAt());
  services.chores.add("expired", () => removeExpired(services), hasExpiring(services) ? now : null, PATIENCE_MS);
}

async function removeExpired(services: TenantServices): Promise<number | null> {
  const now = services.clock.now();
  return services.commit.run(() => {
    services.idempotency.removeExpired(now);
    services.tokens.removeExpired(now);
    return hasExpiring(services) ? now + EXPIRY_INTERVAL_MS : null;
  });
}

function hasExpiring({ idempotency, tokens }: TenantServices): boolean {
  return !idempotency.isEmpty() || !tokens.isEmpty();
}
