/**
 * Limits the copies that collect large parts in this isolate, whose 128 MB all tenants share: a file of unknown length goes to R2
 * in parts of 5 MiB, and R2 may hold a copy of each. How many tenants copy at once, nothing else limits.
 */

/** Copies with a large part at once: 40 MiB. */
const MOST = 4;
/** Of one tenant, so that its large files do not hold up another's. */
const MOST_OF_TENANT = 2;
/** A copy that waits looks again: one request cannot wake another, whose timers and connections it must not touch. */
const LOOK_AGAIN_MS = 50;

const takenBy = new Map<string, number>();
let taken = 0;

/**
 * Waits for a place.
 *
 * @returns a function that frees it, to be called once; null if none was free within `limitMs`
 */
export async function takePartMemory(tenantId: string, limitMs: number): Promise<(() => void) | null> {
  for (let leftMs = limitMs; ; leftMs -= LOOK_AGAIN_MS) {
    if (taken < MOST && (takenBy.get(tenantId) ?? 0) < MOST_OF_TENANT) {
      add(tenantId, 1);
      return () => add(tenantId, -1);
    }
    if (leftMs <= 0) return null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function add(tenantId: string, places: number): void {
  taken += places;
  const own = (takenBy.get(tenantId) ?? 0) + places;
  if (own > 0) takenBy.set(tenantId, own);
  else takenBy.delete(tenantId);
}
