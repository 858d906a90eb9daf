/** The tenant's way to the upstream: asks whether a call may be made now, and passes on how it went. */
import { pressureOn, type UpstreamCall } from "../../courier/master-keys.ts";
import type { Dependencies } from "../ports.ts";

/** What an outcome says of the upstream as a whole. */
type Sign = { readonly kind: string; readonly busy?: boolean; readonly retryAfterMs?: number | null };

/** Lets calls to the upstream through as back-pressure allows. */
export class UpstreamGate {
  readonly #call: UpstreamCall;
  readonly #parts: Pick<Dependencies, "clock" | "random" | "log">;
  readonly #tenantId: () => string;

  constructor(call: UpstreamCall, parts: Pick<Dependencies, "clock" | "random" | "log">, tenantId: () => string) {
    this.#call = call;
    this.#parts = parts;
    this.#tenantId = tenantId;
  }

  /** @returns null if the call may be made now, else when to ask again (ms since epoch) */
  closedUntil(masterKeyId: string, atLeastMs: number): number | null {
    const { clock, random } = this.#parts;
    const now = clock.now();
    const pressure = pressureOn(this.#call, masterKeyId);
    return pressure.admits(this.#tenantId(), now) ? null : now + pressure.waitMs(random.fraction(), atLeastMs);
  }

  /** Learns from the outcome of one call. What is wrong with one task alone says nothing of the upstream. */
  learn(masterKeyId: string, taskId: number, outcome: Sign): void {
    const { clock, log } = this.#parts;
    if (outcome.kind === "unknown" && !outcome.busy) return;
    const pressure = pressureOn(this.#call, masterKeyId);
    const before = pressure.gapMs;
    if (outcome.kind === "unknown") pressure.failed(this.#tenantId(), taskId, clock.now(), outcome.retryAfterMs);
    else pressure.succeeded(this.#tenantId(), clock.now());
    const fields = { call: this.#call, masterKeyId };
    if (before === 0 && pressure.gapMs > 0) log("warn", "upstream-slowed-down", fields);
    if (before > 0 && pressure.gapMs === 0) log("info", "upstream-recovered", fields);
  }
}
