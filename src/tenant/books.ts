/**
 * The tenant's money: every movement is one append to the ledger inside the caller's transaction, decided by the pure
 * arithmetic of domain/ledger.ts. Nothing here awaits.
 */
import { capture, correct, credit, hold, type LedgerStep, release, type TaskMoney } from "../domain/ledger.ts";
import { tenantPrice } from "../domain/pricing.ts";
import type { TaskChanges, TaskRow } from "../domain/task.ts";
import { firstTaskIdAt, lastTaskIdAt, nextTaskId, TASK_ID_RANDOM_RANGE } from "../domain/task-id.ts";
import type { ClientTokenStore } from "./store/client-tokens.ts";
import type { LedgerRow, LedgerStore } from "./store/ledger.ts";
import type { PriceStore } from "./store/prices.ts";

export class Books {
  readonly #ledger: LedgerStore;
  readonly #prices: PriceStore;
  readonly #tokens: ClientTokenStore;

  constructor(ledger: LedgerStore, prices: PriceStore, tokens: ClientTokenStore) {
    this.#ledger = ledger;
    this.#prices = prices;
    this.#tokens = tokens;
  }

  balance(): number {
    return this.#ledger.balance();
  }

  /** @returns the tenant's price of a shape, or the default hold for one that the upstream has never priced. */
  priceOf(shape: string, markup: string | number, defaultHold: number): { credits: number; known: boolean } {
    const upstream = this.#prices.get(shape);
    return upstream === null
      ? { credits: defaultHold, known: false }
      : { credits: tenantPrice(upstream, markup), known: true };
  }

  /** @returns credits of the calendar month (UTC) of `now`, of the whole tenant or of one key. */
  spentThisMonth(now: number, keyId: string | null): number {
    const start = new Date(now);
    const month = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1);
    return this.#ledger.spent(firstTaskIdAt(month), lastTaskIdAt(now), keyId);
  }

  /** Takes the price of a new task out of the balance; the row must carry what it says. */
  hold(task: TaskRow, now: number): void {
    this.#append(hold(task.price), task, now);
  }

  /**
   * The upstream said what a task costs: the price memory learns it and the hold becomes `ceil(credits × markup)`.
   *
   * @returns what to change in the task's row
   */
  correct(task: TaskRow, upstreamCredits: number, now: number): TaskChanges {
    this.#prices.learn(task.shape, upstreamCredits);
    const price = tenantPrice(upstreamCredits, task.markup);
    const step = correct(moneyOf(task), price);
    if (step.entries.length === 0) return {};
    this.#append(step, task, now);
    this.#countForToken(task, price - task.held);
    return { price, held: step.state.held, corrected: 1 };
  }

  /** Settles a task that ended. @returns what to change in the task's row */
  settle(task: TaskRow, how: "capture" | "release", now: number): TaskChanges {
    const step = (how === "capture" ? capture : release)(moneyOf(task));
    if (step.entries.length === 0) return {};
    this.#append(step, task, now);
    if (how === "release") this.#countForToken(task, -task.held);
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

  #append(step: LedgerStep, task: TaskRow, now: number): void {
    for (const entry of step.entries) {
      this.#ledger.append({
        ...entry,
        entry_id: this.#nextEntryId(now),
        at: now,
        task_id: task.task_id,
        key_id: task.key_id,
        model: task.model,
        end_user: task.end_user,
        note: null,
      });
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
