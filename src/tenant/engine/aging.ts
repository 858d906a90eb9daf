/** When something of this tenant's grows old enough to go; the jobs that delete it are in handlers/retention.ts. */
import type { TenantContext } from "../context.ts";
import type { Jobs } from "./jobs.ts";

const DAY_MS = 86_400_000;

/** The age at which this tenant's tasks go, in ms; null: never. */
export function retentionMs({ meta, config }: Pick<TenantContext, "meta" | "config">): number | null {
  const days = meta.tenant()?.settings.retentionDays ?? config.retentionDays;
  return days > 0 ? days * DAY_MS : null;
}

/**
 * Something began to age; costs nothing but memory.
 *
 * @param expires whether that is an operator's idempotency key or a client token's use
 */
export function expectAging(parts: TenantContext & { readonly jobs: Jobs }, expires: boolean): void {
  const now = parts.clock.now();
  const age = retentionMs(parts);
  if (age !== null) parts.jobs.due("retention", now + age);
  if (expires) parts.jobs.due("expired", now + DAY_MS);
}
