/**
 * Limits the pace of calls to an upstream that seems to be down or overloaded: decisions only, without clock and I/O.
 * There is one instance per master key and kind of call (docs/decisions/0011).
 *
 * Calls are unlimited until many in a row have failed, for several tasks: a sign that the upstream as a whole is
 * failing. From then on calls keep a gap. Each failure widens it and each success narrows it, so that an outage costs a
 * call in two seconds, however many tasks wait, and a busy upstream gets the load it can take. Tenants whose calls failed share
 * the gap: none gets more than its part of the calls. All others are not throttled, because the failures may be due to one
 * tenant's requests.
 */

/** Failed calls in a row, and tasks among them, that count as a failure of the whole upstream. */
const FAILURES_TO_OPEN = 8;
const TASKS_TO_OPEN = 3;
const FIRST_GAP_MS = 50;
const WIDEST_GAP_MS = 2_000;
const WIDEN = 1.5;
const NARROW = 4;
/** A gap narrower than this counts as none. */
const NARROWEST_GAP_MS = 20;
/** Longest time by which the upstream's Retry-After may delay the next call. */
const MAX_ASKED_MS = 10_000;
/** A tenant that has not asked for this long no longer counts as waiting, and others get its part. */
const INTEREST_MS = 30_000;

/** Calls that a tenant may make at once after a successful one: twice as many each time, as in TCP's slow start. */
const FREE_AFTER_SUCCESS = 2;
const MOST_FREE = 100;

interface Share {
  askedAt: number;
  /** Time at which this tenant may call again. */
  nextAt: number;
  /** Calls that need not wait, because this tenant's own calls succeed. */
  free: number;
}

/** The state of calls of one kind with one master key (docs/decisions/0011). */
export class BackPressure {
  #failures = 0;
  readonly #tasks = new Set<number>();
  #gapMs = 0;
  /** Time at which the next call of any tenant may be made. */
  #nextAt = 0;
  #widenedAt = 0;
  /** Tenants whose calls have failed since the last time that nothing was limited. */
  readonly #shares = new Map<string, Share>();

  /** Time between two calls, in ms; 0: no limit. */
  get gapMs(): number {
    return this.#gapMs;
  }

  /**
   * Asks for permission for one call. The caller should report the outcome of an admitted call.
   *
   * @param now ms since epoch
   * @returns true if the call may be made now; otherwise ask again after `waitMs`
   */
  admits(tenantId: string, now: number): boolean {
    if (this.#gapMs === 0) return true;
    const share = this.#shares.get(tenantId);
    if (!share) return true;
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

  /** @returns the wait before asking again; the spread keeps waiting tenants from returning together */
  waitMs(random: number, atLeastMs: number): number {
    return Math.round((1 + random) * Math.max(this.#gapMs, atLeastMs));
  }

  /** Records a call without a response, or with one that means that the upstream is down or overloaded. */
  failed(tenantId: string, taskId: number, now: number, retryAfterMs: number | null = null): void {
    this.#failures += 1;
    if (this.#tasks.size < TASKS_TO_OPEN) this.#tasks.add(taskId);
    const share = this.#shares.get(tenantId);
    if (share) share.free = 0;
    else this.#shares.set(tenantId, { askedAt: now, nextAt: now, free: 0 });
    if (this.#gapMs === 0) {
      if (this.#failures < FAILURES_TO_OPEN || this.#tasks.size < TASKS_TO_OPEN) return;
      this.#gapMs = FIRST_GAP_MS;
      this.#widenedAt = now;
    } else if (now - this.#widenedAt >= this.#gapMs) {
      // Calls that ran at the same time fail together: they count as one more failure.
      this.#gapMs = Math.min(WIDEST_GAP_MS, this.#gapMs * WIDEN);
      this.#widenedAt = now;
    }
    this.#nextAt = Math.max(this.#nextAt, now + Math.max(this.#gapMs, Math.min(retryAfterMs ?? 0, MAX_ASKED_MS)));
  }

  /** Records a call with any meaningful response: the upstream works. */
  succeeded(tenantId: string, now: number): void {
    this.#failures = 0;
    this.#tasks.clear();
    const own = this.#shares.get(tenantId);
    if (own) own.free = Math.min(MOST_FREE, own.free + FREE_AFTER_SUCCESS);
    this.#gapMs /= NARROW;
    this.#nextAt = now + this.#gapMs;
    for (const share of this.#shares.values()) share.nextAt = Math.min(share.nextAt, this.#nextAt);
    if (this.#gapMs >= NARROWEST_GAP_MS) return;
    this.#gapMs = 0;
    this.#shares.clear();
  }

  /** Returns the number of tenants that wait for a call; drops tenants that no longer ask. */
  #interested(now: number): number {
    for (const [tenantId, { askedAt }] of this.#shares) {
      if (now - askedAt > INTEREST_MS) this.#shares.delete(tenantId);
    }
    return Math.max(1, this.#shares.size);
  }
}
