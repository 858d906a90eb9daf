/**
 * Limits failed authentications per client address, with the binding EDGE_LIMIT (contract section 1). The binding
 * counts only when called, so an address over its limit is remembered here, and all its further attempts, right or
 * wrong, are refused before any other work.
 */
import type { AppContext } from "../context.ts";
import { clientNetwork } from "../domain/client-network.ts";
import { apiError, GatewayError } from "../errors.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";

/** Period of the binding in ms (wrangler.toml). */
const BLOCKED_MS = 60_000;

/** Addresses over their limit. An attacker with more networks than this reaches the binding again with each of them. */
const blocked = new ExpiringMap<number>(10_000);

/** @throws GatewayError 70001 with Retry-After if the client's address is over its limit of failed attempts */
export function refuseBlockedAddress(c: AppContext): void {
  const now = Date.now();
  const until = blocked.get(networkOf(c), now);
  if (until === undefined) return;
  const retryAfterSeconds = Math.ceil((until - now) / 1_000);
  throw new GatewayError(apiError(70001, "Too many failed attempts from this address", { retryAfterSeconds }));
}

/**
 * Counts a failed authentication of any kind: an unknown key, a wrong operator token, a forged link or session.
 *
 * @throws GatewayError 70001 if the client's address is over its limit with this one
 */
export async function countFailure(c: AppContext): Promise<void> {
  const network = networkOf(c);
  if ((await c.env.EDGE_LIMIT.limit({ key: network })).success) return;
  const until = Date.now() + BLOCKED_MS;
  blocked.set(network, until, until);
  refuseBlockedAddress(c);
}

/** Counts a failed authentication, then refuses it. @throws GatewayError 20008, or 70001 if there were too many */
export async function rejectCredential(c: AppContext, msg?: string): Promise<never> {
  await countFailure(c);
  throw new GatewayError(apiError(20008, msg));
}

function networkOf(c: AppContext): string {
  return clientNetwork(c.req.header("cf-connecting-ip") ?? "unknown");
}
