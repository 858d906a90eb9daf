/** Waiting for what an isolate has little of: tenants take turns, so that many transfers of some do not keep out another's first. */
import { ExpiringMap } from "../lib/expiring-map.ts";

/** A transfer that waits looks again: one request cannot wake another, whose timers and connections it must not touch. */
const LOOK_AGAIN_MS = 50;
/** A transfer that has not looked for this long has been cancelled. */
const GONE_MS = 5_000;
/** Longest wait: longer than a transfer that drips from its beginning keeps what it holds. */
const LONGEST_WAIT_MS = 20_000;
/** Time for which it counts that a tenant had its turn. */
const SERVED_MS = 60_000;

interface Waiting {
  readonly tenantId: string;
  seenAt: number;
}

/** The turns of tenants that wait for one thing. */
export class Turns {
  readonly #held: (tenantId: string) => number;
  readonly #waiting = new Set<Waiting>();
  readonly #servedAt = new ExpiringMap<number>(1_000);

  /** @param held returns how much a tenant has of it */
  constructor(held: (tenantId: string) => number) {
    this.#held = held;
  }

  /**
   * Calls `take` until it returns what is wanted, or the time is over.
   *
   * @param tenantId null: waits without a turn, as does a tenant that has used up its own share
   * @returns what `take` returned last: what is wanted, or whose share is used up
   */
  async wait<T>(
    tenantId: string | null,
    take: () => T | "tenant" | "isolate",
    limitMs = LONGEST_WAIT_MS,
  ): Promise<T | "tenant" | "isolate"> {
    const waiting = tenantId === null ? null : { tenantId, seenAt: 0 };
    try {
      for (let leftMs = limitMs; ; leftMs -= LOOK_AGAIN_MS) {
        const taken = take();
        if ((taken !== "tenant" && taken !== "isolate") || leftMs <= 0) return taken;
        if (waiting !== null) {
          waiting.seenAt = Date.now();
          if (taken === "isolate") this.#waiting.add(waiting);
          else this.#waiting.delete(waiting);
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
    } finally {
      if (waiting !== null) this.#waiting.delete(waiting);
    }
  }

  /** Returns whether no other waiting tenant has less, or as much and had its turn longer ago. */
  isTurnOf(tenantId: string): boolean {
    const now = Date.now();
    for (const one of this.#waiting) if (now - one.seenAt > GONE_MS) this.#waiting.delete(one);
    const rank = (of: string) => [this.#held(of), this.#servedAt.get(of, now) ?? 0] as const;
    const [held, servedAt] = rank(tenantId);
    return [...this.#waiting].every((one) => {
      const [other, otherServedAt] = rank(one.tenantId);
      return other > held || (other === held && otherServedAt >= servedAt);
    });
  }

  /** Records that a tenant had its turn. */
  served(tenantId: string): void {
    const now = Date.now();
    this.#servedAt.set(tenantId, now, now + SERVED_MS);
  }
}
