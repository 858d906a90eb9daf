/**
 * Decides whether a master key can be used, without clock and I/O (docs/design.md, rule 12).
 *
 * A rejection first concerns only the tenant whose submission caused it. It concerns every tenant once the upstream's
 * envelope rejects the key itself (20001, 20008), or once submissions of two tenants were refused with no success
 * between them. 20002 ("no access permission") may concern one model only, so it needs the second tenant. 60001
 * concerns only requests that cost at least as much as the refused one; while the price is not known, only the same
 * tenant's requests of the same shape. A success clears all rejections of the key.
 */

/** Time in ms for which a refused key is not used for submissions that can wait; contract section 2 allows 30 s. */
export const KEY_REST_MS = 20_000;
/** Delay before a tenant's own refused key is tried again for a caller who would otherwise get an error. */
const ASK_AGAIN_MS = 2_000;
/** The account has too few credits for this request. */
const OUT_OF_CREDITS = 60001;
/** Codes with which the upstream rejects the key itself, whatever the request. */
const KEY_REJECTED = new Set([20001, 20008]);
/** Rejections kept for one key. A tenant has one, and one for each shape of unknown price. */
const MAX_REJECTIONS = 1_000;

/** A submission that needs a master key. */
export interface KeyUse {
  readonly tenantId: string;
  /** The request's shape (domain/pricing.ts). */
  readonly shape: string;
  /** The upstream's price of that shape, before any markup; null if it is not known. */
  readonly credits: number | null;
}

/** Trouble of a key that concerns all tenants. */
export interface SharedTrouble {
  /** The upstream's code: 20001, 20002, 20008 refused; 60001 out of credits. */
  readonly code: number;
  /** ms since epoch; until then, {@link KEY_REST_MS} after it began, the key is not used where another can be. */
  readonly until: number;
}

/** @returns whether a success at `workedAt` (ms since epoch; null: never) came after this trouble began */
export function isOver({ until }: Pick<SharedTrouble, "until">, workedAt: number | null): boolean {
  return workedAt !== null && workedAt >= until - KEY_REST_MS;
}

interface Trouble extends SharedTrouble {
  /** Concerns requests of at least this upstream price; 0: all requests. */
  readonly from: number;
}

interface Rejection extends Trouble {
  readonly tenantId: string;
  /** Time of the tenant's last attempt; ms since epoch. */
  readonly askedAt: number;
  /** True if the rejection can confirm another tenant's: not if its price is unknown. */
  readonly isEvidence: boolean;
}

/** The trouble of one master key. */
export class KeyTrouble {
  /** By tenant, or by tenant and shape while the price is not known; oldest first. */
  readonly #rejections = new Map<string, Rejection>();
  #shared: Trouble | null = null;

  /**
   * Records that the upstream refused the key for this submission. While the key is already resting, another rejection
   * does not prolong that.
   *
   * @param now ms since epoch
   * @returns true if the key now counts as refused for all tenants
   */
  refused(use: KeyUse, code: number, now: number): boolean {
    const isUnpriced = code === OUT_OF_CREDITS && use.credits === null;
    const id = isUnpriced ? shapeId(use) : use.tenantId;
    const from = code === OUT_OF_CREDITS ? (use.credits ?? 0) : 0;
    this.#dropOld(now);
    const known = this.#rejections.get(id);
    const until = known?.until ?? now + KEY_REST_MS;
    this.#rejections.delete(id);
    const rejection = { code, until, from: Math.min(known?.from ?? from, from), askedAt: now, tenantId: use.tenantId };
    this.#rejections.set(id, { ...rejection, isEvidence: !isUnpriced });
    if (KEY_REJECTED.has(code)) this.#share(code, 0, now);
    else if (!isUnpriced) this.#share(code, Math.max(rejection.from, this.#lowestOfOthers(use.tenantId)), now);
    return this.#shared !== null && this.#shared.until > now;
  }

  /** Records that a submission with this key is about to be made. */
  asking(use: KeyUse, now: number): void {
    for (const id of [use.tenantId, shapeId(use)]) {
      const rejection = this.#rejections.get(id);
      if (rejection) this.#rejections.set(id, { ...rejection, askedAt: now });
    }
  }

  /** Records that the upstream accepted a submission with this key. */
  worked(): void {
    this.#rejections.clear();
    this.#shared = null;
  }

  /** @returns true if no rejection prevents using the key for this submission */
  isUsable(use: KeyUse, now: number): boolean {
    return this.retryAt(use, now) <= now;
  }

  /**
   * @returns true if the key may be tried although it is resting: another tenant's rejections never deny a waiting caller
   */
  isWorthAsking(use: KeyUse, now: number): boolean {
    return this.#own(use, now).every(({ askedAt }) => now - askedAt >= ASK_AGAIN_MS);
  }

  /**
   * @returns the time at which the key can be used for this submission, in ms since epoch; `now` if it can be used
   * already
   */
  retryAt(use: KeyUse, now: number): number {
    const shared = this.#shared !== null && concerns(this.#shared, use, now) ? this.#shared.until : now;
    return this.#own(use, now).reduce((latest, { until }) => Math.max(latest, until), shared);
  }

  /** @returns the trouble that concerns all tenants, or null */
  shared(now: number): SharedTrouble | null {
    return this.#shared !== null && this.#shared.until > now ? this.#shared : null;
  }

  /** Returns the tenant's own rejections that concern this submission. */
  #own(use: KeyUse, now: number): Rejection[] {
    if (this.#rejections.size === 0) return [];
    const general = this.#rejections.get(use.tenantId);
    const unpriced = use.credits === null ? this.#rejections.get(shapeId(use)) : undefined;
    return [
      ...(general !== undefined && concerns(general, use, now) ? [general] : []),
      ...(unpriced !== undefined && unpriced.until > now ? [unpriced] : []),
    ];
  }

  #share(code: number, from: number, now: number): void {
    if (!Number.isFinite(from)) return;
    const known = this.#shared !== null && this.#shared.until > now ? this.#shared : null;
    this.#shared = { code, from: Math.min(known?.from ?? from, from), until: known?.until ?? now + KEY_REST_MS };
  }

  /** Returns the lowest price at which another tenant's submission was refused; infinite if there is none. */
  #lowestOfOthers(tenantId: string): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const rejection of this.#rejections.values()) {
      if (rejection.isEvidence && rejection.tenantId !== tenantId) lowest = Math.min(lowest, rejection.from);
    }
    return lowest;
  }

  #dropOld(now: number): void {
    for (const [id, { until }] of this.#rejections) {
      if (until <= now) this.#rejections.delete(id);
    }
    const [oldest] = this.#rejections.keys();
    if (oldest !== undefined && this.#rejections.size >= MAX_REJECTIONS) this.#rejections.delete(oldest);
  }
}

function shapeId({ tenantId, shape }: KeyUse): string {
  return `${tenantId} ${shape}`;
}

function concerns({ from, until }: Trouble, { credits }: KeyUse, now: number): boolean {
  return until > now && (from === 0 || (credits !== null && credits >= from));
}
