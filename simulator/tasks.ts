import { randomUUID } from "node:crypto";
import type { Accounts } from "./accounts.ts";
import type { Ending } from "./plan.ts";
import { lifeAt } from "./task-life.ts";
import type { NewTask, TaskRecord } from "./task-record.ts";

/** All tasks, by id, by number and by idempotency key. */
export class Tasks {
  readonly #accounts: Accounts;
  readonly #byId = new Map<string, TaskRecord>();
  readonly #byNo = new Map<string, TaskRecord>();
  readonly #byIdempotencyKey = new Map<string, TaskRecord>();
  readonly #unsettled = new Set<TaskRecord>();
  #nextId: bigint;

  constructor(accounts: Accounts, firstId: bigint) {
    this.#accounts = accounts;
    this.#nextId = firstId;
  }

  /** Makes a task and charges its account: one step, so there is never one without the other. */
  accept(input: NewTask): TaskRecord {
    const account = this.#accounts.byName(input.account);
    if (account === undefined) throw new Error(`no account ${input.account}`);
    const task: TaskRecord = {
      ...input,
      taskId: (this.#nextId++).toString(),
      taskNo: randomUUID().replaceAll("-", ""),
      forced: null,
      refunded: false,
      references: [],
    };
    this.#accounts.charge(account, task.taskId, task.credits, task.acceptedAt);
    this.#add(task);
    return task;
  }

  byId(taskId: string): TaskRecord | undefined {
    return this.#byId.get(taskId);
  }

  byNo(taskNo: string): TaskRecord | undefined {
    return this.#byNo.get(taskNo);
  }

  byIdempotencyKey(account: string, key: string): TaskRecord | undefined {
    return this.#byIdempotencyKey.get(`${account}\n${key}`);
  }

  /** Oldest first. */
  list(): TaskRecord[] {
    return [...this.#byId.values()];
  }

  /** Ends a task that has not ended yet. */
  end(task: TaskRecord, end: Ending | "lost", now: number, failReason = ""): void {
    if (end !== "lost" && lifeAt(task, now).ended) return;
    task.forced = { at: now, end, failReason };
    this.settle(now);
  }

  /** Gives back the credits of every task that has failed or was cancelled by `now`. */
  settle(now: number): void {
    for (const task of this.#unsettled) {
      const life = lifeAt(task, now);
      if (!life.ended) continue;
      this.#unsettled.delete(task);
      const account = this.#accounts.byName(task.account);
      if (life.status === 2 || account === undefined) continue;
      task.refunded = true;
      this.#accounts.refund(account, task.taskId, task.credits, now);
    }
  }

  /** Puts back tasks of an earlier run. */
  restore(tasks: readonly TaskRecord[], nextId: bigint): void {
    for (const task of tasks) this.#add(task);
    if (nextId > this.#nextId) this.#nextId = nextId;
  }

  get nextId(): bigint {
    return this.#nextId;
  }

  #add(task: TaskRecord): void {
    this.#byId.set(task.taskId, task);
    this.#byNo.set(task.taskNo, task);
    if (task.idempotencyKey !== null) this.#byIdempotencyKey.set(`${task.account}\n${task.idempotencyKey}`, task);
    if (!task.refunded) this.#unsettled.add(task);
  }
}
