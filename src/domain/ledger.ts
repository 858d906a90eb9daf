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
export type EntryKind = "hold" | "correct" | "capture" | "release" | "credit";

/** One movement of money. */
export interface LedgerEntry {
  readonly kind: EntryKind;
  /** What it adds to the balance. */
  readonly credits: number;
}

/** How a task's money stands. */
export interface TaskMoney {
  /** Credits the task has taken out of the balance so far: held while open, spent once captured, 0 once released. */
  readonly held: number;
  readonly settled: "open" | "captured" | "released";
  /** Whether the one `correct` entry is used up. */
  readonly corrected: boolean;
}

/** What one step appends to the ledger, and how the task's money stands after it. */
export interface LedgerStep {
  /** To append; empty if the step does nothing in this state. */
  readonly entries: readonly LedgerEntry[];
  readonly state: TaskMoney;
  /** Credits this step held, captured or gave back (for `correct`: the new total held). 0 without entries. */
  readonly amount: number;
}

/** Takes the expected price out of the balance. @throws RangeError unless the price is a whole number ≥ 0. */
export function hold(price: number): LedgerStep {
  checkPrice(price);
  return step([{ kind: "hold", credits: 0 - price }], { held: price, settled: "open", corrected: false }, price);
}

/**
 * Makes the hold what the upstream says the task costs. Only while open, and only once; an equal price enters nothing.
 *
 * @throws RangeError unless the price is a whole number ≥ 0
 */
export function correct(state: TaskMoney, newPrice: number): LedgerStep {
  checkPrice(newPrice);
  if (state.settled !== "open" || state.corrected || newPrice === state.held) return nothing(state);
  const entry: LedgerEntry = { kind: "correct", credits: state.held - newPrice };
  return step([entry], { ...state, held: newPrice, corrected: true }, newPrice);
}

/** The task completed: what is held is spent. The entry moves no credits, it says that these are final. */
export function capture(state: TaskMoney): LedgerStep {
  if (state.settled !== "open") return nothing(state);
  return step([{ kind: "capture", credits: 0 }], { ...state, settled: "captured" }, state.held);
}

/**
 * Gives everything back: the task was refused, failed, was cancelled or lost. Also once after a capture, for a task whose
 * files were lost after all.
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
 * Whether a balance lets a task of this price start. Unmetered tenants always may; a prepaid one needs the whole price,
 * and something on the balance even if the price is 0, because the upstream's charge is not.
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
