/**
 * The Courier as a tenant's object uses it. Each call of the Courier is an invocation of its own, which costs a fifth of a
 * submission; so the object makes short calls of the upstream itself, as long as few are under way. The platform lets an
 * invocation have six connections that wait for an answer, and all of an object's work is one: what goes beyond a few, and
 * everything that may take long, is the Courier's (docs/decisions/0016).
 */
import type { Config } from "../config.ts";
import type { CourierPort } from "./port.ts";
import { type QueryReport, queryUnderKeys, type SubmitOutcome, submitTask } from "./seedhorse.ts";
import type { TaskNames } from "./task-names.ts";

/** Calls of the object's own at once; two of its six connections are left for whatever else it has to ask. */
const MAX_NEAR = 4;

/** Makes a few calls from the object and passes all others to the Courier (docs/decisions/0016). */
export class NearCourier implements CourierPort {
  readonly #far: CourierPort;
  readonly #config: Config;
  #near = 0;

  constructor(far: CourierPort, config: Config) {
    this.#far = far;
    this.#config = config;
  }

  submit(masterKeyId: string, idempotencyKey: string, body: string, limitMs: number): Promise<SubmitOutcome> {
    return this.#nearOr(
      () => submitTask(this.#config, masterKeyId, idempotencyKey, body, limitMs),
      () => this.#far.submit(masterKeyId, idempotencyKey, body, limitMs),
    );
  }

  query(pinned: string | null, others: readonly string[], names: TaskNames, limitMs: number): Promise<QueryReport> {
    return this.#nearOr(
      () => queryUnderKeys(this.#config, pinned, others, names, limitMs),
      () => this.#far.query(pinned, others, names, limitMs),
    );
  }

  copy(...call: Parameters<CourierPort["copy"]>): ReturnType<CourierPort["copy"]> {
    return this.#far.copy(...call);
  }

  removeFiles(...call: Parameters<CourierPort["removeFiles"]>): ReturnType<CourierPort["removeFiles"]> {
    return this.#far.removeFiles(...call);
  }

  deliver(...call: Parameters<CourierPort["deliver"]>): ReturnType<CourierPort["deliver"]> {
    return this.#far.deliver(...call);
  }

  async #nearOr<T>(near: () => Promise<T>, far: () => Promise<T>): Promise<T> {
    if (this.#near >= MAX_NEAR) return far();
    this.#near += 1;
    try {
      return await near();
    } finally {
      this.#near -= 1;
    }
  }
}
