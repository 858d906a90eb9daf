/**
 * A limited number of places for transfers that hold memory of this isolate, which all tenants share. A slow sender or reader could keep
 * its place for hours. So a transfer that finds no place takes the place of a much slower one.
 */
import { DRIPPING, RecentSpeed } from "./recent-speed.ts";
import { Turns } from "./turns.ts";

/** A transfer keeps its place for this long, and while it has this speed in bytes a second. */
const PROTECTED_MS = 4_000;
const FAST = 512 * 1024;
/** Another takes it only if it is more than so many times as fast: transfers of one speed never take each other's. */
const TIMES_AS_FAST = 2;

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
  readonly recent: RecentSpeed;
}

/** Places of one kind. */
export class Places {
  readonly #most: number;
  readonly #held = new Set<Held>();
  readonly #turns = new Turns((tenantId) => this.#of(tenantId).length);

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
    if (full.length === 0 && !this.#turns.isTurnOf(shares[0]?.owner ?? "")) return "isolate";
    const isFull = full.length > 0 || this.#held.size >= this.#most;
    if (isFull && !this.#takeFromSlower(shares, full, bytesPerSecond)) return full.length > 0 ? "tenant" : "isolate";
    const held: Held = {
      place: {
        onLost: () => {},
        count: (bytes) => held.recent.count(bytes),
        free: () => void this.#held.delete(held),
      },
      owners: shares.map(({ owner }) => owner),
      recent: new RecentSpeed(),
    };
    this.#held.add(held);
    this.#turns.served(shares[0]?.owner ?? "");
    return held.place;
  }

  /** The same, but waits until a place is free. */
  async wait(
    shares: readonly Share[],
    bytesPerSecond: number,
    limitMs?: number,
  ): Promise<Place | "tenant" | "isolate"> {
    const take = () => this.take(shares, bytesPerSecond);
    // One that drips itself takes no tenant's only place, so no turn is kept for it.
    const tenant = bytesPerSecond > DRIPPING ? (shares[0]?.owner ?? null) : null;
    return this.#turns.wait(tenant, take, limitMs);
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
    const own = this.#of(tenant?.owner).length;
    const mayTakeOnly = own === 0 && bytesPerSecond > DRIPPING;
    const [slowest] = [...this.#held]
      .filter(({ owners, recent }) => recent.ageMs >= PROTECTED_MS && full.every((owner) => owners.includes(owner)))
      .map((held) => {
        return {
          held,
          speed: held.recent.bytesPerSecond,
          isOwn: held.owners[0] === tenant?.owner,
          places: this.#of(held.owners[0]).length,
        };
      })
      .filter(({ held, speed, isOwn, places }) => {
        const isSlower = speed < FAST && speed * TIMES_AS_FAST < bytesPerSecond;
        if (isOwn || places > Math.max(1, own)) return isSlower;
        return mayTakeOnly && held.recent.isDripping;
      })
      .toSorted((one, other) => other.places - one.places || one.speed - other.speed);
    if (slowest === undefined) return false;
    slowest.held.place.free();
    slowest.held.place.onLost();
    return true;
  }
}
