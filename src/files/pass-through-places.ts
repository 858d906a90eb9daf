/**
 * Limits the transfers that pass files through this isolate before their copy: each may hold 1.5 MiB, anybody may ask for
 * them, and all tenants share the isolate's 128 MB.
 */

const MOST = 32;
/** Most of one tenant, so that others get through. */
const MOST_OF_TENANT = 20;

const takenBy = new Map<string, number>();
let taken = 0;

/** Takes a place for one transfer. @returns a function that frees it, which may be called again; null if none is free */
export function takePassThrough(tenantId: string): (() => void) | null {
  const own = takenBy.get(tenantId) ?? 0;
  if (taken >= MOST || own >= MOST_OF_TENANT) return null;
  taken += 1;
  takenBy.set(tenantId, own + 1);
  let isFree = false;
  return () => {
    if (isFree) return;
    isFree = true;
    taken -= 1;
    const left = (takenBy.get(tenantId) ?? 0) - 1;
    if (left > 0) takenBy.set(tenantId, left);
    else takenBy.delete(tenantId);
  };
}
