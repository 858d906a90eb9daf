/**
 * The tenant's money: every movement is one append to the ledger inside the caller's transaction, decided by the pure
 * arithmetic of domain/ledger.ts. Nothing here awaits.
 */
import { capture, correct, credit, hold, type LedgerStep, release, type TaskMoney } from "../../domain/ledger.ts";
import { tenantPrice } from "../../domain/pricing.ts";
import type { TaskChanges, TaskRow } from "../../domain/task.ts";
import { nextTaskId, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import type { ClientTokenStore } from "../store/client-tokens.ts";
import type { LedgerRow, LedgerStore } from "../store/ledger.ts";
import type { UsageStore } from "../store/usage.ts";
import { MonthlySpend } from "./monthly-spend.ts";
import type { PriceBook } from "./price-book.ts";

/**
 * Why a hold was given back: the task was refused before anyone had its taskId, failed, was cancelled, or had completed
 * and its files were lost after all. Usage is counted by it (store/usage.ts).
 */
export type ReleaseNote = "refused" | "failed" | "cancelled" | "files lost";

export class Books {
  readonly #ledger: LedgerStore;
  readonly #prices: PriceBook;
  readonly #tokens: ClientTokenStore;
  readonly #month: MonthlySpend;

  constructor(ledger: LedgerStore, prices: PriceBook, tokens: ClientTokenStore, usage: UsageStore) {
    this.#ledger = ledger;
    this.#prices = prices;
    this.#tokens = tokens;
    this.#month = new MonthlySpend(usage);
  }

  balance(): number {
    return this.#ledger.balance();
  }

  /** @returns credits of the calendar month (UTC) of `now`, of the whole tenant or of one key. */
  spentThisMonth(now: number, keyId: string | null): number {
    return this.#month.spent(now, keyId);
  }

  /** Call when a transaction was undone: what memory has added up is wrong. */
  forgetCached(): void {
    this.#ledger.forgetCachedBalance();
    this.#month.forget();
  }

  /** Whether the balance stays a whole number that is exact if so many credits are taken out of it. */
  canHold(credits: number): boolean {
    return Number.isSafeInteger(this.balance() - credits);
  }

  /** Takes the price of a new task out of the balance; the row must carry what it says. */
  hold(task: TaskRow, now: number): void {
    this.#append(hold(task.price), task, now);
  }

  /**
   * The upstream said what a task costs: the price memory learns it and the hold becomes `ceil(credits × markup)`, unless
   * the price is the operator's own (`corrected` is 1 from the start).
   *
   * @returns what to change in the task's row
   */
  correct(task: TaskRow, upstreamCredits: number, now: number): TaskChanges {
    this.#prices.learn(task.shape, upstreamCredits, now);
    const price = tenantPrice(upstreamCredits, task.markup);
    const step = correct(moneyOf(task), price);
    if (step.entries.length === 0 || !this.canHold(price - task.held)) return {};
    this.#append(step, task, now);
    this.#countForToken(task, price - task.held);
    return { price, held: step.state.held, corrected: 1 };
  }

  /** Settles a task that ended. @returns what to change in the task's row */
  settle(task: TaskRow, how: "capture" | ReleaseNote, now: number): TaskChanges {
    const step = (how === "capture" ? capture : release)(moneyOf(task));
    if (step.entries.length === 0) return {};
    this.#append(step, task, now, how === "capture" ? null : how);
    if (how !== "capture") this.#countForToken(task, -task.held);
    return { held: step.state.held, settled: step.state.settled };
  }

  /** The operator gives or takes credits. */
  credit(credits: number, note: string | null, now: number): LedgerRow {
    const entry = credit(credits);
    return this.#ledger.append({
      ...entry,
      entry_id: this.#nextEntryId(now),
      at: now,
      task_id: null,
      key_id: null,
      model: null,
      end_user: null,
      note,
    });
  }

  #append(step: LedgerStep, task: TaskRow, now: number, note: ReleaseNote | null = null): void {
    for (const entry of step.entries) {
      this.#ledger.append({
        ...entry,
        entry_id: this.#nextEntryId(now),
        at: now,
        task_id: task.task_id,
        key_id: task.key_id,
        model: task.model,
        end_user: task.end_user,
        note,
      });
      this.#month.add(task.task_id, task.key_id, -entry.credits);
    }
  }

  /** Ids of entries are ordered by time like those of tasks, so that a range of dates is a range of ids. */
  #nextEntryId(now: number): number {
    return nextTaskId(this.#ledger.last()?.entry_id ?? null, now, Math.floor(Math.random() * TASK_ID_RANDOM_RANGE));
  }

  /** A task that never was does not count against its token's `maxTasks`. */
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
