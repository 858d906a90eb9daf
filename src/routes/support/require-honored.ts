/**
 * Settings that an object of the previous release does not know: during a gradual deployment, and for some minutes after any
 * other, a request's Worker can be newer than its object (docs/operations.md, "Upgrades").
 */
import { throwApiError } from "../../errors.ts";

/** @throws GatewayError 10001, to be repeated once the deployment is complete */
export function throwDuringDeployment(msg: string): never {
  throwApiError(10001, msg, { retryAfterSeconds: 60 });
}

/** @throws GatewayError 10001: an object of the previous release does not have this */
export function notBeforeDeployed(): never {
  throwDuringDeployment("Not available during a deployment");
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
