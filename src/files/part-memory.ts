/**
 * Limits the files that collect large parts in this isolate, whose 128 MB all tenants share: a file of unknown length goes to R2
 * in parts of 5 MiB, and R2 may hold a copy of each. How many tenants copy or upload at once, nothing else limits.
 */
import { type Place, Places } from "./places.ts";

/** R2's smallest allowed part; all parts but the last must be equal (Cloudflare's R2 documentation). */
export const PART_BYTES = 5 * 1024 * 1024;
/** A part buffer of at most this size needs no place. */
export const FREE_PART_BYTES = PART_BYTES / 4;

/** Files with a large part at once: 50 MiB. */
const places = new Places(5);
/** Of one tenant, so that others get through; of its end users, so that its backend does; and of one of them. */
const MOST_OF_TENANT = 3;
const MOST_OF_END_USERS = 2;
const MOST_OF_END_USER = 1;

/** Who sends a body. */
export interface BodySender {
  /** Empty for one that is no tenant's caller. */
  readonly tenantId: string;
  /** The end user behind a client token, or the token if it names none; null for the tenant's backend. */
  readonly endUser: string | null;
}

/**
 * Waits for a place.
 *
 * @param bytesPerSecond speed of the file so far
 * @returns the place; or whose places are all taken by files that are not much slower
 */
export function takePartMemory(
  { tenantId, endUser }: BodySender,
  bytesPerSecond: number,
  limitMs?: number,
): Promise<Place | "tenant" | "isolate"> {
  const shares = [{ owner: tenantId, most: MOST_OF_TENANT }];
  if (endUser !== null) {
    shares.push({ owner: `${tenantId} end users`, most: MOST_OF_END_USERS });
    shares.push({ owner: `${tenantId} end user ${endUser}`, most: MOST_OF_END_USER });
  }
  return places.wait(shares, bytesPerSecond, limitMs);
}
