/**
 * Settings that an object of the previous release does not know: during a gradual deployment, and for some minutes after any
 * other, a request's Worker can be newer than its object (docs/operations.md, "Upgrades").
 */
import { type ApiError, apiError, GatewayError } from "../../errors.ts";

/** Returns the error for what an object of the previous release does not have: to be repeated once the deployment is complete. */
export function deploymentError(msg = "Not available during a deployment"): ApiError {
  return apiError(10001, msg, { retryAfterSeconds: 60 });
}

/** @throws GatewayError 10001 as `deploymentError` */
export function throwDuringDeployment(msg?: string): never {
  throw new GatewayError(deploymentError(msg));
}

/**
 * Checks that an object has not ignored a setting, so that nobody gets more than was asked for.
 *
 * @param wanted settings; null: none
 * @param view the object's result, which has each setting that the object knows
 * @param undo undoes the call
 * @throws GatewayError 10001
 */
export async function requireHonored(wanted: object, view: object, undo?: () => Promise<unknown>): Promise<void> {
  const ignored = Object.entries(wanted).filter(([name, value]) => value !== null && !(name in view));
  if (ignored.length === 0) return;
  await undo?.();
  const names = ignored.map(([name]) => name).join(", ");
  throwDuringDeployment(`${names}: not possible before the deployment of the new release is complete`);
}
