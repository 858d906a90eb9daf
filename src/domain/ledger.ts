/**
 * Ledger arithmetic for one task's money (contract, section 6). Credits are whole numbers, signed as the balance sees
 * them: a hold is negative, a release positive. Each kind is entered at most once a task, which the store's unique key
 * (task, kind) enforces too; a step that has nothing to do has no entries and can be repeated safely.
 *
 *     hold ─► (correct) ─► capture ─► (release: the files were lost)
 *                     └──► release
 *
 * Invariant: the credits of all entries of a task sum to −state.held.
 */

/** `credit` is the operator's, of no task. */
export const ENTRY_KINDS = ["hold", "correct", "capture", "release", "credit"] as const;
/** What an entry of the ledger is for. */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One movement of money. */
export interface LedgerEntry {
  readonly kind: EntryKind;
  /** What it adds to the balance. */
  readonly credits: number;
}

/** State of a task's money. */
export interface TaskMoney {
  /**
   * Credits the task has deducted from the balance so far: held while open, captured after completion, 0 once released.
   */
  readonly held: number;
  readonly settled: "open" | "captured" | "released";
  /** True if the one `correct` entry was made. */
  readonly corrected: boolean;
}

/** The entries that one step appends to the ledger, and the task's money after it. */
export interface LedgerStep {
  /** To append; empty if the step does nothing in this state. */
  readonly entries: readonly LedgerEntry[];
  readonly state: TaskMoney;
  /** Credits that this step held, captured or released (for `correct`: the new total held). 0 without entries. */
  readonly amount: number;
}

/** Deducts the expected price from the balance. @throws RangeError unless the price is a whole number ≥ 0. */
export function hold(price: number): LedgerStep {
  checkPrice(price);
  return step([{ kind: "hold", credits: 0 - price }], { held: price, settled: "open", corrected: false }, price);
}

/**
 * Sets the hold to the upstream's price of the task. Only while open, and only once; an equal price adds no entry.
 *
 * @throws RangeError unless the price is a whole number ≥ 0
 */
export function correct(state: TaskMoney, newPrice: number): LedgerStep {
  checkPrice(newPrice);
  if (state.settled !== "open" || state.corrected || newPrice === state.held) return nothing(state);
  const entry: LedgerEntry = { kind: "correct", credits: state.held - newPrice };
  return step([entry], { ...state, held: newPrice, corrected: true }, newPrice);
}

/** Captures the hold of a completed task. The entry moves no credits; it makes them final. */
export function capture(state: TaskMoney): LedgerStep {
  if (state.settled !== "open") return nothing(state);
  return step([{ kind: "capture", credits: 0 }], { ...state, settled: "captured" }, state.held);
}

/**
 * Releases all credits of a task that was refused, failed, was cancelled or lost. Also allowed once after a capture,
 * for a task whose files were lost later.
 */
export function release(state: TaskMoney): LedgerStep {
  if (state.settled === "released") return nothing(state);
  const entry: LedgerEntry = { kind: "release", credits: state.held };
  return step([entry], { ...state, held: 0, settled: "released" }, state.held);
}

/** The operator's entry, positive or negative. @throws RangeError unless a whole number. */
export function credit(credits: number): LedgerEntry {
  if (!Number.isSafeInteger(credits)) throw new RangeError("credits are a whole number");
  return { kind: "credit", credits: credits + 0 };
}

/**
 * True if a balance covers a task of this price. Unmetered tenants may always submit. A prepaid tenant needs the whole
 * price, and a positive balance even for a price of 0, because the upstream still charges.
 */
export function covers(billing: "unmetered" | "prepaid", balance: number, price: number): boolean {
  return billing === "unmetered" || (balance > 0 && balance >= price);
}

function checkPrice(price: number): void {
  if (!Number.isSafeInteger(price) || price < 0) throw new RangeError("a price is a whole number of credits");
}

function step(entries: readonly LedgerEntry[], state: TaskMoney, amount: number): LedgerStep {
  return { entries, state, amount };
}

function nothing(state: TaskMoney): LedgerStep {
  return step([], state, 0);
}
