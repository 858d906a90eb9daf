/**
 * The Courier as a tenant's object uses it. Each call of the Courier is a separate invocation, which costs a fifth of a
 * submission. So the object makes short upstream calls itself while few are running. The platform allows six
 * connections per invocation that wait for a response, and all of an object's work is one invocation. The Courier
 * therefore makes all calls beyond a few, and all calls that may take long (docs/decisions/0016).
 */
import type { Config } from "../config.ts";
import type { CourierPort } from "./port.ts";
import { queryUnderKeys, submitTask } from "./seedhorse.ts";

/** Most calls that the object makes itself at once; two of its six connections stay free for other requests. */
const MAX_DIRECT = 4;

/** Makes a few calls from the object and passes all others to the Courier (docs/decisions/0016). */
export function directCourier(far: CourierPort, config: Config): CourierPort {
  let running = 0;
  const nearOr = async <T>(near: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> => {
    if (running >= MAX_DIRECT) return otherwise();
    running += 1;
    try {
      return await near();
    } finally {
      running -= 1;
    }
  };
  return {
    submit: (...call) =>
      nearOr(
        () => submitTask(config, ...call),
        () => far.submit(...call),
      ),
    query: (...call) =>
      nearOr(
        () => queryUnderKeys(config, ...call),
        () => far.query(...call),
      ),
    copy: (...call) => far.copy(...call),
    startsSlowly: (...call) => far.startsSlowly(...call),
    removeFiles: (...call) => far.removeFiles(...call),
    deliver: (...call) => far.deliver(...call),
  };
}
