/** What the checks of the promises share: the evidence as they read it, and what a verdict is. */
import type { Evidence, GatewayTask, TenantEvidence, UpstreamTask } from "./evidence.ts";

/** One promise, the figures that show how it was kept, and every breach found. */
export interface Verdict {
  readonly promise: string;
  readonly figures: string;
  readonly breaches: readonly string[];
}

/** Evidence in the order in which the checks need it. */
export interface Case extends Evidence {
  /** Marker of a submission (its task name) → its tasks upstream, over all accounts. */
  readonly upstreamByMarker: ReadonlyMap<string, readonly UpstreamTask[]>;
  /** Marker → its tasks in the gateway. */
  readonly tasksByMarker: ReadonlyMap<string, readonly GatewayTask[]>;
}

/** Completed without a file is a failure here (docs/tasks.md). */
export function expectedStatus(upstream: UpstreamTask): number {
  return upstream.status === 2 && upstream.files.length === 0 ? 3 : upstream.status;
}

/** Shown with a breach, to distinguish the plans of the tenants. */
export function nameOf({ plan }: TenantEvidence): string {
  return `tenant "${plan.name}"`;
}
