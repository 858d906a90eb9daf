/**
 * Sets when the next expiry of this tenant is due; the jobs that delete expired things are in handlers/retention.ts.
 */
import { DAY_MS } from "../../domain/calendar.ts";
import type { TenantContext } from "../context.ts";
import type { Jobs } from "./jobs.ts";

/** Returns the age in ms at which this tenant's tasks are deleted; null: never. */
export function retentionMs({ meta, config }: Pick<TenantContext, "meta" | "config">): number | null {
  const days = meta.tenant()?.settings.retentionDays ?? config.retentionDays;
  return days > 0 ? days * DAY_MS : null;
}

/**
 * Makes the retention job due when a new row reaches its age. Writes nothing.
 *
 * @param expires true for an operator's idempotency key or a client token's use
 */
export function expectAging(parts: TenantContext & { readonly jobs: Jobs }, expires: boolean): void {
  const now = parts.clock.now();
  const age = retentionMs(parts);
  if (age !== null) parts.jobs.due("retention", now + age);
  if (expires) parts.jobs.due("expired", now + DAY_MS);
}
