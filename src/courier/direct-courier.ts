/**
 * The Courier as a tenant's object uses it. Each call of the Courier is a separate invocation, which costs a fifth of a
 * submission. So the object makes short upstream calls itself while few are running. The platform allows six
 * connections per invocation that wait for a response, and all of an object's work is one invocation. The Courier
 * therefore makes all calls beyond a few, and all calls that may take long (docs/decisions/0016).
 */
import type { Config } from "../config.ts";
import type { CourierPort } from "./port.ts";
import { type QueryReport, queryUnderKeys, type SubmitOutcome, submitTask } from "./seedhorse.ts";
import type { TaskNames } from "./task-names.ts";

/** Most calls that the object makes itself at once; two of its six connections stay free for other requests. */
const MAX_DIRECT = 4;

/** Makes a few calls from the object and passes all others to the Courier (docs/decisions/0016). */
export class DirectCourier implements CourierPort {
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

  drips(...call: Parameters<CourierPort["drips"]>): ReturnType<CourierPort["drips"]> {
    return this.#far.drips(...call);
  }

  removeFiles(...call: Parameters<CourierPort["removeFiles"]>): ReturnType<CourierPort["removeFiles"]> {
    return this.#far.removeFiles(...call);
  }

  deliver(...call: Parameters<CourierPort["deliver"]>): ReturnType<CourierPort["deliver"]> {
    return this.#far.deliver(...call);
  }

  async #nearOr<T>(near: () => Promise<T>, far: () => Promise<T>): Promise<T> {
    if (this.#near >= MAX_DIRECT) return far();
    this.#near += 1;
    try {
      return await near();
    } finally {
      this.#near -= 1;
    }
  }
}
