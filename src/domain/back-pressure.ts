/**
 * How fast an upstream that seems to be down, or overloaded, may be called: the decisions, without clock and I/O. One of
 * these for each master key and kind of call (docs/decisions/0011).
 *
 * Free until many calls in a row have failed, for several tasks: a sign that the upstream as a whole is in trouble. From then on calls keep a gap: each failure widens it, each success narrows it, so that an outage costs a few
 * calls a minute, however many tasks wait, and an upstream that is merely busy gets what it can take. The gap is shared:
 * no tenant gets more than its part of the calls, and who has not met the trouble, or is out of it, is not held up by it.
 */

/** How many calls must fail in a row, and of how many tasks, to be taken for the upstream's trouble as a whole. */
const FAILURES_TO_OPEN = 8;
const TASKS_TO_OPEN = 3;
const FIRST_GAP_MS = 50;
const WIDEST_GAP_MS = 2_000;
const WIDEN = 1.5;
const NARROW = 4;
/** Below this the gap is closed. */
const NARROWEST_GAP_MS = 20;
/** The upstream's own Retry-After may delay the next call of all, but not for longer. */
const MAX_ASKED_MS = 10_000;
/** A tenant that has not asked for so long does not wait any more, and its part is the others'. */
const INTEREST_MS = 30_000;

/** Calls that a tenant may make at once after one that was answered: twice as many each time, as in TCP's slow start. */
const FREE_AFTER_SUCCESS = 2;
const MOST_FREE = 100;

interface Share {
  askedAt: number;
  /** When this tenant may call again. */
  nextAt: number;
  /** Calls that do not have to wait, because this tenant's own get answers. */
  free: number;
}

/** The state of calls of one kind with one master key (docs/decisions/0011). */
export class BackPressure {
  #failures = 0;
  readonly #tasks = new Set<number>();
  #gapMs = 0;
  /** When the next call of all may be made. */
  #nextAt = 0;
  #widenedAt = 0;
  /** Tenants that have called while there was trouble. */
  readonly #shares = new Map<string, Share>();

  /** Time between two calls, in ms; 0: as many as one likes. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /**
   * Asks for one call; whoever is let through should say how it went.
   *
   * @param now ms since epoch
   * @returns whether the call may be made now; if not, ask again after `waitMs`
   */
  admits(tenantId: string, now: number): boolean {
    if (this.#gapMs === 0) return true;
    const share = this.#shares.get(tenantId);
    if (!share) {
      // Its own first call is the best evidence there is, and it has had no part in the trouble.
      this.#shares.set(tenantId, { askedAt: now, nextAt: now + this.#gapMs, free: 0 });
      return true;
    }
    share.askedAt = now;
    if (share.free > 0) {
      share.free -= 1;
      return true;
    }
    if (now < this.#nextAt || now < share.nextAt) return false;
    this.#nextAt = now + this.#gapMs;
    share.nextAt = now + this.#gapMs * this.#interested(now);
    return true;
  }

  /** @returns how long to wait before asking again; the spread keeps those who wait from coming back together */
  waitMs(random: number, atLeastMs: number): number {
    return Math.round((1 + random) * Math.max(this.#gapMs, atLeastMs));
  }

  /** A call got no answer, or one that says that the upstream is down or overloaded. */
  failed(tenantId: string, taskId: number, now: number, retryAfterMs: number | null = null): void {
    this.#failures += 1;
    if (this.#tasks.size < TASKS_TO_OPEN) this.#tasks.add(taskId);
    if (this.#gapMs === 0) {
      if (this.#failures < FAILURES_TO_OPEN || this.#tasks.size < TASKS_TO_OPEN) return;
      this.#gapMs = FIRST_GAP_MS;
      this.#widenedAt = now;
    } else if (now - this.#widenedAt >= this.#gapMs) {
      // Calls that were under way together fail together: that is one failure more, not many.
      this.#gapMs = Math.min(WIDEST_GAP_MS, this.#gapMs * WIDEN);
      this.#widenedAt = now;
    }
    const share = this.#shares.get(tenantId);
    if (share) share.free = 0;
    else this.#shares.set(tenantId, { askedAt: now, nextAt: now, free: 0 });
    this.#nextAt = Math.max(this.#nextAt, now + Math.max(this.#gapMs, Math.min(retryAfterMs ?? 0, MAX_ASKED_MS)));
  }

  /** A call got an answer that makes sense, whatever it said: the upstream is there. */
  succeeded(tenantId: string, now: number): void {
    this.#failures = 0;
    this.#tasks.clear();
    if (this.#gapMs === 0) return;
    const own = this.#shares.get(tenantId);
    if (own) own.free = Math.min(MOST_FREE, own.free + FREE_AFTER_SUCCESS);
    this.#gapMs /= NARROW;
    this.#nextAt = now + this.#gapMs;
    for (const share of this.#shares.values()) share.nextAt = Math.min(share.nextAt, this.#nextAt);
    if (this.#gapMs >= NARROWEST_GAP_MS) return;
    this.#gapMs = 0;
    this.#shares.clear();
  }

  /** How many tenants wait for a call; who does not ask any more is forgotten. */
  #interested(now: number): number {
    for (const [tenantId, { askedAt }] of this.#shares) {
      if (now - askedAt > INTEREST_MS) this.#shares.delete(tenantId);
    }
    return Math.max(1, this.#shares.size);
  }
}
