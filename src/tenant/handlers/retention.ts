/**
 * Jobs that delete expired things: tasks past their retention, uploads past their expiry, the operator's idempotency
 * keys and used client tokens past theirs.
 */
import { HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { retentionMs } from "../engine/aging.ts";
import type { TenantServices } from "../services.ts";
import { retainTasks } from "./task-deletion.ts";
import { removeExpiredUploads } from "./uploads.ts";

/** Interval at which expired keys and tokens are deleted while there are any. */
const EXPIRY_INTERVAL_MS = 6 * HOUR_MS;
/** Delay of the next slice where one did not delete all that has expired. */
const NEXT_SLICE_MS = 1_000;
/** Delay after the object starts before it looks for things that expired while it was evicted. */
const SETTLE_MS = MINUTE_MS;

/** Adds the jobs that delete expired things; each reads its due time from disk. */
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
    if (services.tokens.removeExpired(now)) return now + NEXT_SLICE_MS;
    return hasExpiring(services) ? now + EXPIRY_INTERVAL_MS : null;
  });
}

function hasExpiring({ idempotency, tokens }: TenantServices): boolean {
  return !idempotency.isEmpty() || !tokens.isEmpty();
}
