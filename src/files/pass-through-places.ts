/**
 * Limits the transfers that pass files through this isolate before their copy: each may hold 1.5 MiB, anybody may ask for
 * them, and all tenants share the isolate's 128 MB.
 */
import { type Place, Places } from "./places.ts";

const places = new Places(32);
/** Most of one tenant, so that others get through. */
const MOST_OF_TENANT = 20;

/** Takes a place for one transfer, if need be that of a slow reader. @returns null if none is free */
export function takePassThrough(tenantId: string): Place | null {
  // The speed of a new reader is not known yet.
  const place = places.take([{ owner: tenantId, most: MOST_OF_TENANT }], Number.POSITIVE_INFINITY);
  return typeof place === "string" ? null : place;
}
