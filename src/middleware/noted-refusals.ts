/**
 * Requests that are wrong in themselves (a bad body, an unknown address), refused by the isolate that they reach. Such an
 * answer depends on the credential, so that a revoked key learns nothing, and counts against its rate limit; that is the
 * tenant's object to say. But while the limit is far away its word is good for a second: further refusals of the same
 * credential are noted here, and the next call that the object gets from it brings the number (docs/decisions/0005).
 */

import type { Caller, RateState } from "../tenant/api.ts";
import type { PermissionName } from "../tenant/permissions.ts";
import { nameOf } from "./spent-limits.ts";

const MAX_MS = 1_000;
/** So many requests, and half of the limit, must be left: what others take meanwhile is not known here. */
const MIN_LEFT = 30;
const MAX_REMEMBERED = 1_000;

interface Allowed {
  /** ms since epoch. */
  readonly untilMs: number;
  /** As the object said it. */
  readonly rate: readonly RateState[];
  /** Refusals since. */
  noted: number;
}

const allowed = new Map<string, Allowed>();
/** Refusals that the object has not heard of, by credential. */
const owed = new Map<string, number>();

/** The object has let this credential through, for a request that is refused all the same. */
export function rememberAllowed(caller: Caller, permission: PermissionName, rate: readonly RateState[]): void {
  if (allowed.size >= MAX_REMEMBERED) allowed.clear();
  allowed.set(placeOf(caller, permission), { untilMs: Date.now() + MAX_MS, rate, noted: 0 });
}

/**
 * Notes one more refusal.
 *
 * @returns the rate limits as they stand after it; null if the object must be asked: nothing is known, or too long ago, or
 *   a limit is near
 */
export function noteRefusal(caller: Caller, permission: PermissionName): readonly RateState[] | null {
  const known = allowed.get(placeOf(caller, permission));
  if (!known || Date.now() >= known.untilMs) return null;
  const noted = known.noted + 1;
  if (known.rate.some(({ perMinute, remaining }) => remaining - noted < Math.max(MIN_LEFT, perMinute / 2))) return null;
  known.noted = noted;
  if (owed.size >= MAX_REMEMBERED) owed.clear();
  owed.set(nameOf(caller), (owed.get(nameOf(caller)) ?? 0) + (caller.owed ?? 0) + 1);
  return known.rate.map((policy) => ({ ...policy, remaining: policy.remaining - noted }));
}

/** @returns the caller with what it owes, which is then forgotten here */
export function withOwed(caller: Caller): Caller {
  const count = owed.size === 0 ? undefined : owed.get(nameOf(caller));
  if (count === undefined) return caller;
  owed.delete(nameOf(caller));
  return { ...caller, owed: count };
}

/** What credentials may do may have changed. */
export function forgetAllowed(): void {
  allowed.clear();
}

/** The browser rules make the answer depend on the origin too. */
function placeOf(caller: Caller, permission: PermissionName): string {
  return `${nameOf(caller)} ${permission} ${caller.origin ?? ""}`;
}
