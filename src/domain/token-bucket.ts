/**
 * Token bucket: a limit of q a minute is a bucket of q, refilled q/60 a second (contract, section 2).
 *
 * Arithmetic is in whole units of 1/60000 token, of which a limit of q refills exactly q a millisecond, so nothing drifts
 * however often it is asked. `Bucket.tokens` is those units divided by 60000; the rounding of that division is undone on
 * reading (a bucket of 10,000,000 has 6 × 10^11 units, far below 2^53).
 */

/** The level of a token bucket at a moment. */
export interface Bucket {
  /** Tokens at `at`; may have a fraction. */
  readonly tokens: number;
  /** ms since the epoch. */
  readonly at: number;
  /** The limit it was filled under; if absent, taken to be the present one. */
  readonly limit?: number;
}

/** Size and refill of a token bucket. */
export interface Limit {
  /** Whole number, 0 (nothing is let through) to 10,000,000. */
  readonly perMinute: number;
}

/** The result of taking tokens from a bucket. */
export interface Take {
  readonly allowed: boolean;
  /** The bucket after this request. To take from several buckets or none, store it only if all allow. */
  readonly bucket: Bucket;
  /** Whole tokens left. */
  readonly remaining: number;
  /** Whole seconds, at least 1, until `remaining` grows by one (for a full bucket: the time one token takes). */
  readonly nextTokenSeconds: number;
  /** 0 if allowed; else whole ms, rounded down, that the same request is certain to be refused for. */
  readonly refusedForMs: number;
  /** 0 if allowed; else whole seconds, never below `nextTokenSeconds`, until the same request would pass. */
  readonly retryAfterSeconds: number;
}

const UNITS = 60_000;

/**
 * Takes `cost` tokens if they are there.
 *
 * A clock that went back refills nothing and keeps what there was; refilling goes on from the new time. A changed limit
 * applies at once and keeps what has been used: raised from 60 to 600, a bucket with 10 tokens has 550; lowered again, 10.
 *
 * @param bucket null for one never used, which is full
 * @param now ms since the epoch
 * @param cost whole tokens; a cost above the limit is never allowed
 */
export function take(bucket: Bucket | null, { perMinute }: Limit, now: number, cost = 1): Take {
  const at = Math.floor(now);
  const available = bucket === null ? perMinute * UNITS : refilled(bucket, perMinute, at);
  const allowed = available >= cost * UNITS;
  const units = allowed ? available - cost * UNITS : available;
  const remaining = Math.floor(units / UNITS);
  const nextTokenSeconds = secondsFor(remaining < perMinute ? (remaining + 1) * UNITS - units : UNITS, perMinute);
  return {
    allowed,
    bucket: { tokens: units / UNITS, at, limit: perMinute },
    remaining,
    nextTokenSeconds,
    refusedForMs: allowed ? 0 : msFor(cost * UNITS - units, perMinute),
    retryAfterSeconds: allowed ? 0 : Math.max(nextTokenSeconds, secondsFor(cost * UNITS - units, perMinute)),
  };
}

/** Units in the bucket at time `at`, under the present limit. */
function refilled(bucket: Bucket, perMinute: number, at: number): number {
  const filledUnder = bucket.limit ?? perMinute;
  const elapsed = Math.min(Math.max(0, at - bucket.at), UNITS); // after a minute any bucket is full
  const before = Math.min(Math.round(bucket.tokens * UNITS) + elapsed * filledUnder, filledUnder * UNITS);
  const used = filledUnder * UNITS - before;
  return Math.min(Math.max(0, perMinute * UNITS - used), perMinute * UNITS);
}

/** Whole ms, rounded down, that refilling so many units takes; a minute when nothing is refilled. */
function msFor(units: number, perMinute: number): number {
  return perMinute <= 0 ? 60_000 : Math.floor(units / perMinute);
}

/** Whole seconds, at least 1, that refilling so many units takes; a minute when nothing is refilled. */
function secondsFor(units: number, perMinute: number): number {
  return perMinute <= 0 ? 60 : Math.max(1, Math.ceil(units / (perMinute * 1000)));
}
