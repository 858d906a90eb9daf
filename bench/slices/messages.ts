/**
 * The protocol between a tenant's home object and its slices. Amounts are cumulative since the beginning, so a message may
 * be lost, doubled or overtaken: the receiver takes the greater of what it knows and what it receives.
 */

/** How much of each limit; credits and slots are lent until returned, tokens until they expire. */
export interface Amounts {
  readonly credits: number;
  readonly slots: number;
}

/** What a slice lacks for those who wait there. */
export interface Need extends Amounts {
  readonly tokens: number;
  /** Tokens it will probably need soon, at the pace of its last second. */
  readonly tokensAhead: number;
}

/** A slice cannot serve who waits there, and asks for more. `ask` numbers the question within one life of the slice. */
export interface Ask {
  readonly kind: "ask";
  readonly slice: number;
  readonly ask: number;
  readonly need: Need;
  /** What this slice has returned since the beginning. */
  readonly returned: Amounts;
}

/** Home's response. */
export interface Grant {
  readonly kind: "grant";
  readonly ask: number;
  /** What this slice was ever lent. */
  readonly granted: Amounts;
  /** Tokens of this response, and the moment (home's clock, ms) after which they are void. */
  readonly tokens: { readonly count: number; readonly expiresAt: number };
  /** Limits that are used up everywhere: the slice rejects tasks that need them. */
  readonly exhausted: { readonly credits: boolean; readonly slots: boolean; readonly tokens: boolean };
  /** Home had no result in time: the slice returns "retry later". */
  readonly unavailable: boolean;
}

/** Home recalls idle grants. */
export interface Recall {
  readonly kind: "recall";
  readonly round: number;
  /** Like a grant's, so that a slice that lost one gives that back too. */
  readonly granted: Amounts;
}

/** A slice returns what it does not need. */
export interface Returned {
  readonly kind: "returned";
  readonly slice: number;
  readonly round: number;
  /** What it now needs for the question that is open, or null: what it gave back it may need again, and more. */
  readonly open: { readonly ask: number; readonly need: Need } | null;
  readonly returned: Amounts;
}

/** Messages from a slice to home. */
export type ToHome = Ask | Returned;
/** Messages from home to a slice. */
export type ToSlice = Grant | Recall;

/** Returns the greater of two amounts, each kind by itself. */
export const greater = (a: Amounts, b: Amounts): Amounts => ({
  credits: Math.max(a.credits, b.credits),
  slots: Math.max(a.slots, b.slots),
});
/** No credits and no slots. */
export const NOTHING: Amounts = { credits: 0, slots: 0 };
