/** What ages: tasks past their retention, uploads past their expiry, the operator's idempotency keys and client tokens past their use. */

import { retentionMs } from "../engine/aging.ts";
import type { TenantServices } from "../services.ts";
import { retainTasks } from "./task-deletion.ts";
import { removeExpiredUploads } from "./uploads.ts";

/** How often expired keys and tokens are removed while there are any. */
const EXPIRY_INTERVAL_MS = 6 * 3_600_000;
/** What has aged while the object was away is looked for when the object has been awake for so long. */
const SETTLE_MS = 60_000;

/** Adds the jobs that delete what has aged; each finds out by itself, from disk, when it is due. */
export function addRetentionJobs(services: TenantServices): void {
  const soon = services.clock.now() + SETTLE_MS;
  services.jobs.add("retention", () => retainTasks(services), retentionMs(services) === null ? null : soon);
  services.jobs.add("uploads", () => removeExpiredUploads(services), services.uploads.nextExpiry());
  services.jobs.add("deliveries", () => services.deliveries.removeExpired(), services.deliveries.nextExpiry());
  services.jobs.add("expired", () => removeExpired(services), hasExpiring(services) ? soon : null);
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
