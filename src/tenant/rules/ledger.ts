/**
 * The tenant's money: every movement is one ledger entry inside the caller's transaction, computed by the pure
 * arithmetic of domain/ledger.ts. Nothing here awaits.
 */
import {
  capture,
  correct,
  credit,
  hold,
  type LedgerEntry,
  type LedgerStep,
  release,
  type TaskMoney,
} from "../../domain/ledger.ts";
import { creditsAtLeast, tenantPrice } from "../../domain/pricing.ts";
import type { TaskChanges, TaskRow } from "../../domain/task.ts";
import { TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import type { RandomSource } from "../ports.ts";
import type { ClientTokenStore } from "../store/client-tokens.ts";
import type { Earned, LedgerRow, LedgerStore } from "../store/ledger.ts";
import type { UsageStore } from "../store/usage.ts";
import { EndUserSpend, type EndUserUse } from "./end-user-spend.ts";
import { MonthlySpend } from "./monthly-spend.ts";
import type { PriceBook } from "./price-book.ts";

/**
 * Reason for the release of a hold: the task was refused before a caller had its taskId, failed, was cancelled, or
 * completed but lost its files. Usage depends on it (store/usage.ts).
 */
export type ReleaseNote = "refused" | "failed" | "cancelled" | "files lost";

/** Who follows the month's spending of the whole tenant. */
export interface SpendWatch {
  /** False if the sums need not be made. */
  wanted(): boolean;
  /** Called inside the transaction; `at` in ms since epoch. */
  moved(before: number, after: number, at: number): void;
}

/** A tenant's money: balance, holds and their settlement. Call methods that move money inside a transaction. */
export class Ledger {
  readonly #store: LedgerStore;
  readonly #random: RandomSource;
  readonly #prices: PriceBook;
  readonly #tokens: ClientTokenStore;
  readonly #month: MonthlySpend;
  readonly #endUsers: EndUserSpend;
  readonly #watch: SpendWatch | null;

  constructor(
    store: LedgerStore,
    random: RandomSource,
    prices: PriceBook,
    tokens: ClientTokenStore,
    usage: UsageStore,
    watch: SpendWatch | null = null,
  ) {
    this.#store = store;
    this.#random = random;
    this.#prices = prices;
    this.#tokens = tokens;
    this.#month = new MonthlySpend(usage);
    this.#endUsers = new EndUserSpend(usage);
    this.#watch = watch;
  }

  balance(): number {
    return this.#store.balance();
  }

  /** @returns credits of the calendar month (UTC) of `now`, of the whole tenant or of one key. */
  spentThisMonth(now: number, keyId: string | null): number {
    return this.#month.spent(now, keyId);
  }

  /** @returns what an end user has used on the day and in the month (UTC) of `now` */
  usedByEndUser(endUser: string, now: number): EndUserUse {
    return this.#endUsers.used(endUser, now);
  }

  /** Drops sums kept in memory. Call it after a transaction was undone. */
  clearCache(): void {
    this.#store.clearCache();
    this.#month.clearCache();
    this.#endUsers.clearCache();
  }

  /** True if the balance stays an exact integer after `credits` are deducted. */
  canHold(credits: number): boolean {
    return Number.isSafeInteger(this.balance() - credits);
  }

  /** @returns the id of the next task or entry; both share one sequence */
  nextId(now: number): number {
    return this.#store.nextId(now, Math.floor(this.#random.fraction() * TASK_ID_RANDOM_RANGE));
  }

  /** Deducts the price of a new task from the balance. @returns the row to insert, which is also the hold's entry */
  hold(task: TaskRow): TaskRow {
    const { state } = hold(task.price);
    this.#watched(task.created_at, () => this.#month.add(task.task_id, task.key_id, task.price));
    this.#endUsers.add(task.task_id, task.end_user, task.price, 1);
    return { ...task, held: state.held, ...this.#store.hold(task) };
  }

  /**
   * Applies the upstream's price of a task: the price memory stores it, and the hold becomes `ceil(credits × markup)`
   * unless the price comes from a price list (`corrected` is 1 from the start).
   *
   * @returns the changes of the task's row
   */
  correct(task: TaskRow, upstreamCredits: string, now: number): TaskChanges {
    this.#prices.learn(task.shape, creditsAtLeast(upstreamCredits), now);
    const price = tenantPrice(upstreamCredits, task.markup);
    const step = correct(moneyOf(task), price);
    if (step.entries.length === 0 || !this.canHold(price - task.held)) return { upstream_credits: upstreamCredits };
    this.#append(step, task, now);
    this.#countForToken(task, price - task.held);
    return { price, held: step.state.held, corrected: 1, upstream_credits: upstreamCredits };
  }

  /**
   * Settles a task that ended. The row of a refused task must be removed in the same transaction.
   *
   * @returns the changes of the task's row
   */
  settle(task: TaskRow, how: "capture" | ReleaseNote, now: number): TaskChanges {
    const step = (how === "capture" ? capture : release)(moneyOf(task));
    if (step.entries.length === 0) return {};
    if (how === "refused") this.#store.keepHold(task);
    this.#append(step, task, now, how === "capture" ? null : how, earnedBy(task, how));
    if (how !== "capture") this.#countForToken(task, -task.held);
    return { held: step.state.held, settled: step.state.settled };
  }

  /** Books credits that the operator gives or takes. */
  credit(credits: number, note: string | null, now: number): LedgerRow {
    const entry = credit(credits);
    return this.#store.append({
      ...entry,
      entry_id: this.nextId(now),
      at: now,
      task_id: null,
      key_id: null,
      model: null,
      end_user: null,
      note,
    });
  }

  #append(step: LedgerStep, task: TaskRow, now: number, note: ReleaseNote | null = null, earned?: Earned): void {
    for (const entry of step.entries) this.#watched(now, () => this.#appendOne(entry, task, now, note, earned));
  }

  /** Moves money, and passes the change of the whole tenant's spending of the month to the watcher. */
  #watched(now: number, move: () => void): void {
    if (!this.#watch?.wanted()) {
      move();
      return;
    }
    const before = this.#month.spent(now, null);
    move();
    const after = this.#month.spent(now, null);
    if (after !== before) this.#watch.moved(before, after, now);
  }

  #appendOne(entry: LedgerEntry, task: TaskRow, now: number, note: ReleaseNote | null, earned?: Earned): void {
    const { task_id, key_id, model, end_user } = task;
    const row = { ...entry, entry_id: this.nextId(now), at: now, task_id, key_id, model, end_user, note };
    this.#store.append(row, earned);
    this.#month.add(task.task_id, task.key_id, -entry.credits);
    this.#endUsers.add(task.task_id, task.end_user, -entry.credits, note === "refused" ? -1 : 0);
  }

  /** Removes a refused task from its token's `maxTasks` count. */
  uncountForToken(task: TaskRow): void {
    if (task.token_id !== null) this.#tokens.add(task.token_id, { tasks: -1, credits: 0 }, task.created_at);
  }

  #countForToken(task: TaskRow, credits: number): void {
    if (task.token_id !== null && credits !== 0)
      this.#tokens.add(task.token_id, { tasks: 0, credits }, task.created_at);
  }
}

function moneyOf(task: TaskRow): TaskMoney {
  return { held: task.held, settled: task.settled, corrected: task.corrected === 1 };
}

/** Returns what the end of a task earns; the upstream's charge stays where files were lost later. */
function earnedBy({ held, settled, upstream_credits }: TaskRow, how: "capture" | ReleaseNote): Earned {
  if (how !== "capture") return { revenue: settled === "captured" ? 0 - held : null, cost: null };
  const cost = upstream_credits == null ? Number.NaN : Number(upstream_credits);
  return { revenue: held, cost: Number.isFinite(cost) ? cost : null };
}
