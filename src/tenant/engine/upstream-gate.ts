/** The tenant's gate to the upstream: decides whether a call may be made now, and records how it ended. */
import { pressureOn, type UpstreamCall } from "../../courier/master-keys.ts";
import { countUpstreamCall } from "../../metrics/isolate-counters.ts";
import type { TenantContext } from "../context.ts";

/** The part of an outcome that concerns the upstream as a whole. */
type Sign = { readonly kind: string; readonly busy?: boolean; readonly retryAfterMs?: number | null };

/** Dependencies of the gate. */
type GateParts = Pick<TenantContext, "clock" | "random" | "log" | "meta">;

/** Lets calls to the upstream through as back-pressure allows. */
export class UpstreamGate {
  readonly #call: UpstreamCall;
  readonly #parts: GateParts;

  constructor(call: UpstreamCall, parts: GateParts) {
    this.#call = call;
    this.#parts = parts;
  }

  /** @returns null if the call may be made now, otherwise when to try again (ms since epoch) */
  closedUntil(masterKeyId: string, atLeastMs: number): number | null {
    const { clock, random, meta } = this.#parts;
    const now = clock.now();
    const pressure = pressureOn(this.#call, masterKeyId);
    return pressure.admits(meta.tenantId, now) ? null : now + pressure.waitMs(random.fraction(), atLeastMs);
  }

  /**
   * Records the outcome of one call. A failure of one task alone is no evidence about the upstream.
   *
   * @param startedAt when the call began; ms since epoch
   */
  learn(masterKeyId: string, taskId: number, outcome: Sign, startedAt: number): void {
    const { clock, log, meta } = this.#parts;
    countUpstreamCall(this.#call, masterKeyId, outcome, clock.now() - startedAt);
    if (outcome.kind === "unknown" && !outcome.busy) return;
    const pressure = pressureOn(this.#call, masterKeyId);
    const before = pressure.gapMs;
    if (outcome.kind === "unknown") pressure.failed(meta.tenantId, taskId, clock.now(), outcome.retryAfterMs);
    else pressure.succeeded(meta.tenantId, clock.now());
    const fields = { call: this.#call, masterKeyId };
    if (before === 0 && pressure.gapMs > 0) log("warn", "upstream-slowed-down", fields);
    if (before > 0 && pressure.gapMs === 0) log("info", "upstream-recovered", fields);
  }
}
