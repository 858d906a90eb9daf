/**
 * Limits failed attempts per client address, with the binding EDGE_LIMIT (contract section 1): failed authentications
 * and, counted apart from them, file links that do not work. The binding counts only when called, so an
 * address over its limit is remembered here, and all its further authentications, right or wrong, are refused before
 * any other work.
 */
import type { AppContext } from "../context.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { clientNetwork } from "../domain/client-network.ts";
import { throwApiError } from "../errors.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";

/** Period of the binding in ms (wrangler.toml). */
const BLOCKED_MS = MINUTE_MS;

/** Addresses over their limit. An attacker with more networks than this reaches the binding again with each of them. */
const blocked = new ExpiringMap<number>(10_000);

/** @throws GatewayError 70001 with Retry-After if the client's address is over its limit of failed attempts */
export function rejectBlockedAddress(c: AppContext): void {
  const retryAfterSeconds = secondsLeft(networkOf(c));
  if (retryAfterSeconds === 0) return;
  throwApiError(70001, "Too many failed attempts from this address", { retryAfterSeconds });
}

/**
 * Counts a failed authentication of any kind: an unknown key, a wrong operator token, a forged link or session.
 *
 * @throws GatewayError 70001 if the client's address is over its limit with this one
 */
export async function countFailure(c: AppContext): Promise<void> {
  await count(c, networkOf(c));
  rejectBlockedAddress(c);
}

/** Counts a failed authentication, then refuses it. @throws GatewayError 20008, or 70001 if there were too many */
export async function rejectCredential(c: AppContext, msg?: string): Promise<never> {
  await countFailure(c);
  throwApiError(20008, msg);
}

/**
 * Returns the limit of the client's network for links that do not work, counted apart from failed authentications: a
 * `LinkLimit` of files/link-limit.ts.
 */
export function linkLimit(c: AppContext) {
  const network = networkOf(c);
  const failures = `file links from ${network}`;
  const lookups = `file look-ups from ${network}`;
  return {
    waitSeconds: (): number => secondsLeft(failures),
    countFailure: (): Promise<void> => count(c, failures),
    async lookUpWaitSeconds(): Promise<number> {
      if (secondsLeft(failures) > 0 && secondsLeft(lookups) === 0) await count(c, lookups);
      return secondsLeft(lookups);
    },
  };
}

async function count(c: AppContext, key: string): Promise<void> {
  if ((await c.env.EDGE_LIMIT.limit({ key })).success) return;
  const until = Date.now() + BLOCKED_MS;
  blocked.set(key, until, until);
}

function secondsLeft(key: string): number {
  const now = Date.now();
  return Math.ceil(((blocked.get(key, now) ?? now) - now) / 1_000);
}

/**
 * The address from which Cloudflare sends the requests of Workers of all other zones (developers.cloudflare.com, "Cloudflare HTTP
 * headers"). `CF-Worker` names the zone, so that one customer's Worker cannot block all others.
 */
const WORKERS = clientNetwork("2a06:98c0:3600::103");

/** Returns the network that counts as one client. */
export function networkOf(c: AppContext): string {
  const network = clientNetwork(c.req.header("cf-connecting-ip") ?? "unknown");
  const zone = c.req.header("cf-worker");
  return network === WORKERS && zone ? `${network} ${zone.slice(0, 255)}` : network;
}
