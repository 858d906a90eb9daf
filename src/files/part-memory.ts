/**
 * Limits the copies that collect large parts in this isolate, whose 128 MB all tenants share: a file of unknown length goes to R2
 * in parts of 5 MiB, and R2 may hold a copy of each. How many tenants copy at once, nothing else limits.
 */

/** Copies with a large part at once: 40 MiB. */
const MOST = 4;
/** Of one tenant, so that its large files do not hold up another's. */
const MOST_OF_TENANT = 2;

interface Waiting {
  readonly tenantId: string;
  readonly begin: (giveBack: () => void) => void;
}

const takenBy = new Map<string, number>();
const waiting: Waiting[] = [];
let taken = 0;

/**
 * Waits for a place; places are given in the order of their requests.
 *
 * @returns a function that frees it, to be called once; null if none was free within `limitMs`
 */
export function takePartMemory(tenantId: string, limitMs: number): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    const wanted: Waiting = {
      tenantId,
      begin(giveBack) {
        clearTimeout(timer);
        resolve(giveBack);
      },
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(wanted), 1);
      resolve(null);
    }, limitMs);
    waiting.push(wanted);
    give();
  });
}

/** Gives the free places to those who wait. */
function give(): void {
  for (let at = 0; at < waiting.length && taken < MOST; ) {
    const next = waiting[at];
    const own = takenBy.get(next?.tenantId ?? "") ?? 0;
    if (next === undefined || own >= MOST_OF_TENANT) {
      at += 1;
      continue;
    }
    waiting.splice(at, 1);
    add(next.tenantId, 1);
    next.begin(() => {
      add(next.tenantId, -1);
      give();
    });
  }
}

function add(tenantId: string, places: number): void {
  taken += places;
  const own = (takenBy.get(tenantId) ?? 0) + places;
  if (own > 0) takenBy.set(tenantId, own);
  else takenBy.delete(tenantId);
}
