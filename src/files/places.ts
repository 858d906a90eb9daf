/**
 * A limited number of places for transfers that hold memory of this isolate, which all tenants share. A slow sender or reader could keep
 * its place for hours. So a transfer that finds no place takes the place of a much slower one.
 */

/** A transfer keeps its place for this long, and while it has this speed in bytes a second. */
const PROTECTED_MS = 4_000;
const FAST = 512 * 1024;
/** Another takes it only if it is more than so many times as fast: transfers of one speed never take each other's. */
const TIMES_AS_FAST = 2;
/** Below this speed a transfer drips: it keeps not even its tenant's only place. Slow lines of honest senders are faster. */
const DRIPPING = 72 * 1024;
/**
 * The speed of a transfer is that of this time: short enough that a fast start buys no more of it, long enough that a line may
 * stall for some seconds.
 */
const WINDOW_MS = 16_000;

/** A transfer that waits looks again: one request cannot wake another, whose timers and connections it must not touch. */
const LOOK_AGAIN_MS = 50;
/** Longest wait for a place: longer than a transfer that drips from its beginning keeps one. */
const LONGEST_WAIT_MS = 20_000;

/** The place of one transfer. */
export interface Place {
  /**
   * Called once if a faster transfer takes the place. Runs in another request, so it must only change variables, and free the memory
   * that counts.
   */
  onLost: () => void;
  /** Counts bytes that were transferred. */
  count(bytes: number): void;
  /** Frees the place. May be called again, and after it was lost. */
  free(): void;
}

/** Whose places count together, and how many they may be. */
export interface Share {
  readonly owner: string;
  readonly most: number;
}

interface Held {
  readonly place: Place;
  readonly owners: readonly string[];
  readonly since: number;
  readonly recent: RecentBytes;
}

/** Bytes of the last WINDOW_MS, by second. */
class RecentBytes {
  readonly #seconds: { readonly at: number; bytes: number }[] = [];

  add(bytes: number, now: number): void {
    const last = this.#seconds.at(-1);
    if (last !== undefined && now - last.at < 1_000) last.bytes += bytes;
    else this.#seconds.push({ at: now, bytes });
    this.#removeOld(now);
  }

  sum(now: number): number {
    this.#removeOld(now);
    return this.#seconds.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #removeOld(now: number): void {
    while (now - (this.#seconds[0]?.at ?? now) > WINDOW_MS) this.#seconds.shift();
  }
}

/** Places of one kind. */
export class Places {
  readonly #most: number;
  readonly #held = new Set<Held>();

  /** @param most places in all */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes a place.
   *
   * @param shares of its owners, the tenant's first
   * @param bytesPerSecond speed of the transfer so far; 0 takes no other's place
   * @returns the place; or whose places are all taken by transfers that are not much slower
   */
  take(shares: readonly Share[], bytesPerSecond: number): Place | "tenant" | "isolate" {
    const full = shares.filter(({ owner, most }) => this.#of(owner).length >= most).map(({ owner }) => owner);
    const isFull = full.length > 0 || this.#held.size >= this.#most;
    if (isFull && !this.#takeFromSlower(shares, full, bytesPerSecond)) return full.length > 0 ? "tenant" : "isolate";
    const held: Held = {
      place: {
        onLost: () => {},
        count: (bytes) => {
          held.recent.add(bytes, Date.now());
        },
        free: () => void this.#held.delete(held),
      },
      owners: shares.map(({ owner }) => owner),
      since: Date.now(),
      recent: new RecentBytes(),
    };
    this.#held.add(held);
    return held.place;
  }

  /** The same, but waits until a place is free. */
  async wait(
    shares: readonly Share[],
    bytesPerSecond: number,
    limitMs = LONGEST_WAIT_MS,
  ): Promise<Place | "tenant" | "isolate"> {
    for (let leftMs = limitMs; ; leftMs -= LOOK_AGAIN_MS) {
      const place = this.take(shares, bytesPerSecond);
      if (typeof place !== "string" || leftMs <= 0) return place;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  #of(owner: string | undefined): Held[] {
    return [...this.#held].filter(({ owners }) => owner !== undefined && owners.includes(owner));
  }

  /**
   * Frees the place of a transfer that counts to every full share: of the same tenant, of one that has more places and at least two,
   * or one that drips, for a tenant that has none. So nobody takes the only place of another tenant whose line is just slow, however
   * fast it is itself, and tenants that drip hold up only each other.
   *
   * @returns whether one was slow enough
   */
  #takeFromSlower([tenant]: readonly Share[], full: readonly string[], bytesPerSecond: number): boolean {
    const now = Date.now();
    const own = this.#of(tenant?.owner).length;
    const [slowest] = [...this.#held]
      .filter(({ owners, since }) => now - since >= PROTECTED_MS && full.every((owner) => owners.includes(owner)))
      .map((held) => {
        const speed = (held.recent.sum(now) * 1_000) / Math.min(now - held.since, WINDOW_MS);
        return { held, speed, isOwn: held.owners[0] === tenant?.owner, places: this.#of(held.owners[0]).length };
      })
      .filter(({ held, speed, isOwn, places }) => {
        const isSlower = speed < FAST && speed * TIMES_AS_FAST < bytesPerSecond;
        if (isOwn || places > Math.max(1, own)) return isSlower;
        return own === 0 && now - held.since >= WINDOW_MS && speed < DRIPPING && bytesPerSecond > DRIPPING;
      })
      .toSorted((one, other) => other.places - one.places || one.speed - other.speed);
    if (slowest === undefined) return false;
    slowest.held.place.free();
    slowest.held.place.onLost();
    return true;
  }
}
