/** The lanes of a tenant's background work: how much may run at once, and which work never waits for which. */
import { MINUTE_MS } from "../../domain/calendar.ts";
import { PHASE, type Phase } from "../../domain/task.ts";
import type { LaneOptions } from "./lane.ts";

/** Longer than any call to the upstream and any copy. */
const LONG_LEASE_MS = 15 * MINUTE_MS;

/**
 * Work waits only for work of its own lane. So first attempts never wait for retries, the tenant's endpoint never waits
 * for other receivers, and a file waits only for files that are as slow as itself. A copy may hold parts of several MiB
 * in memory.
 */
export const LANES = {
  submissions: { limit: 200, leaseMs: LONG_LEASE_MS },
  polls: { limit: 200, leaseMs: 5 * MINUTE_MS },
  /** Finished tasks: queues their due copies, and deletes the files of deleted tasks. */
  files: { limit: 32, leaseMs: LONG_LEASE_MS },
  copies: { limit: 4, leaseMs: 3 * MINUTE_MS },
  copyRetries: { limit: 2, leaseMs: 3 * MINUTE_MS },
  /** Looks at the start of files that may be slow; stores nothing. */
  probes: { limit: 128, leaseMs: MINUTE_MS },
  /** Slow files and large files; a group is one of the two, so that each has a place. */
  slowCopies: { limit: 3, groupLimit: 2, leaseMs: LONG_LEASE_MS },
  endpoint: { limit: 24, leaseMs: MINUTE_MS },
  endpointRetries: { limit: 8, leaseMs: MINUTE_MS },
  /** The `webhookUrl`s of single tasks; a group is an origin. */
  receivers: { limit: 12, groupLimit: 6, leaseMs: MINUTE_MS },
  receiverRetries: { limit: 8, groupLimit: 4, leaseMs: MINUTE_MS },
  jobs: { limit: 16, leaseMs: LONG_LEASE_MS },
} as const satisfies Record<string, LaneOptions>;

/** Names of the lanes. */
export type LaneName = keyof typeof LANES;

/** Returns the lane of a task's next step. */
export function laneOf(phase: Phase): LaneName {
  if (phase === PHASE.submitting) return "submissions";
  return phase === PHASE.running ? "polls" : "files";
}
