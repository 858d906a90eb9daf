/**
 * Limits the files that collect large parts in this isolate, whose 128 MB all tenants share: a file of unknown length goes to R2
 * in parts of 5 MiB, and R2 may hold a copy of each. How many tenants copy or upload at once, nothing else limits.
 *
 * A sender or a host that is slow could keep its place for many minutes. So a file that finds no place takes that of a much slower
 * one: who is slow waits only for others as slow.
 */

/** R2's smallest allowed part; all parts but the last must be equal (Cloudflare's R2 documentation). */
export const PART_BYTES = 5 * 1024 * 1024;
/** A part buffer of at most this size needs no place. */
export const FREE_PART_BYTES = PART_BYTES / 4;

/** Files with a large part at once: 50 MiB. */
const MOST = 5;
/** Of one tenant, so that others get through; of its end users, so that its backend does; and of one of them. */
const MOST_OF_TENANT = 3;
const MOST_OF_END_USERS = 2;
const MOST_OF_END_USER = 1;
/** A file that waits looks again: one request cannot wake another, whose timers and connections it must not touch. */
const LOOK_AGAIN_MS = 50;
/** Longest wait for a place. */
const LONGEST_WAIT_MS = 10_000;
/** A file keeps its place for this long, and while it has this speed in bytes a second. */
const PROTECTED_MS = 4_000;
const FAST = 512 * 1024;
/** Another takes it only if it is so many times as fast: files of one speed never take each other's. */
const TIMES_AS_FAST = 2;

/** Who sends a body. */
export interface BodySender {
  /** Empty for one that is no tenant's caller. */
  readonly tenantId: string;
  /** The end user behind a client token, or the token if it names none; null for the tenant's backend. */
  readonly endUser: string | null;
}

/** The place of one file. */
export interface PartPlace {
  /** Called once if a faster file takes the place; must free the part's memory, and touch nothing else. */
  onLost: () => void;
  /** Counts bytes that arrived. */
  count(bytes: number): void;
  /** Frees the place; does nothing if it was lost. */
  free(): void;
}

interface Held {
  readonly place: PartPlace;
  readonly owners: readonly string[];
  readonly since: number;
  bytes: number;
}

const taken = new Set<Held>();

/**
 * Waits for a place.
 *
 * @param bytesPerSecond speed of the file so far
 * @returns the place; or whose places are all taken by files that are not much slower
 */
export async function takePartMemory(
  { tenantId, endUser }: BodySender,
  bytesPerSecond: number,
  limitMs = LONGEST_WAIT_MS,
): Promise<PartPlace | "tenant" | "isolate"> {
  const shares = [
    { owner: "", most: MOST },
    { owner: tenantId, most: MOST_OF_TENANT },
    ...(endUser === null
      ? []
      : [
          { owner: `${tenantId} end users`, most: MOST_OF_END_USERS },
          { owner: `${tenantId} end user ${endUser}`, most: MOST_OF_END_USER },
        ]),
  ];
  for (let leftMs = limitMs; ; leftMs -= LOOK_AGAIN_MS) {
    const full = shares.filter(({ owner, most }) => placesOf(owner).length >= most).map(({ owner }) => owner);
    if (full.length === 0 || takeFromSlower(full, bytesPerSecond)) return hold(shares.map(({ owner }) => owner));
    if (leftMs <= 0) return full.some((owner) => owner !== "") ? "tenant" : "isolate";
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

const placesOf = (owner: string): Held[] => [...taken].filter(({ owners }) => owners.includes(owner));

function hold(owners: readonly string[]): PartPlace {
  const free = () => void taken.delete(held);
  const count = (bytes: number) => {
    held.bytes += bytes;
  };
  const held: Held = { place: { onLost: () => {}, count, free }, owners, since: Date.now(), bytes: 0 };
  taken.add(held);
  return held.place;
}

/** Frees the place of the slowest file in all of these shares. @returns whether one was slow enough */
function takeFromSlower(full: readonly string[], bytesPerSecond: number): boolean {
  const now = Date.now();
  const slower = [...taken]
    .filter(({ owners, since }) => full.every((owner) => owners.includes(owner)) && now - since >= PROTECTED_MS)
    .map((held) => ({ held, speed: (held.bytes * 1_000) / (now - held.since) }))
    .filter(({ speed }) => speed < FAST && speed * TIMES_AS_FAST <= bytesPerSecond)
    .toSorted((one, other) => one.speed - other.speed);
  const [slowest] = slower;
  if (slowest === undefined) return false;
  slowest.held.place.free();
  slowest.held.place.onLost();
  return true;
}
