import type { Account, LedgerEntry } from "./accounts.ts";
import {
  type FileView,
  fileViews,
  findTasks,
  type Stats,
  statsOf,
  type TaskFilter,
  type TaskView,
  taskView,
} from "./control-views.ts";
import type { FaultRule, FaultRuleInput } from "./fault-rules.ts";
import type { RecordedRequest } from "./journal.ts";
import type { Ending } from "./plan.ts";
import { type AccountInput, changeSettings, type Settings, type SimulatorOptions } from "./settings.ts";
import type { TaskRecord } from "./task-record.ts";
import { createWorld, timeIn, type World } from "./world.ts";

/** What a test or the control API can do to a running simulator. */
export class SimulatorControls {
  readonly #options: SimulatorOptions;
  #world: World;

  /** @throws TypeError for a bad option */
  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#world = createWorld(options);
  }

  /** The world behind; the endpoints work on it. */
  get world(): World {
    return this.#world;
  }

  /**
   * Puts a fault in force for the whole server.
   * @throws TypeError if it is not one
   */
  fault(rule: FaultRuleInput): FaultRule {
    return this.#world.faults.add(rule);
  }

  /** The fault rules, with how often each struck. */
  faults(): FaultRule[] {
    return this.#world.faults.list();
  }

  /** Takes one fault rule out of force, or all. */
  clearFaults(id?: string): void {
    this.#world.faults.remove(id);
  }

  /** Makes an account, or changes the given parts of the one with this name. */
  account(input: AccountInput): Account {
    const account = this.#world.accounts.set(input);
    this.#world.stateFile?.touch();
    return { ...account };
  }

  /** All counters; credits are up to date. */
  stats(): Stats {
    return statsOf(this.#world);
  }

  /** Tasks, oldest first. */
  tasks(filter: TaskFilter = {}): TaskView[] {
    this.#world.tasks.settle(timeIn(this.#world));
    return findTasks(this.#world, filter).map((task) => taskView(this.#world, task));
  }

  /** One task, or undefined. */
  task(taskId: string): TaskView | undefined {
    this.#world.tasks.settle(timeIn(this.#world));
    const task = this.#world.tasks.byId(taskId);
    return task === undefined ? undefined : taskView(this.#world, task);
  }

  /** A task's result files with size, SHA-256, a fresh URL and download counts; none for an unknown task. */
  async files(taskId: string): Promise<FileView[]> {
    const task = this.#world.tasks.byId(taskId);
    return task === undefined ? [] : fileViews(this.#world, task);
  }

  /** The last generate requests in full, oldest first. */
  requests(): RecordedRequest[] {
    return this.#world.journal.requests();
  }

  /** Every charge and refund, oldest first. */
  ledger(): LedgerEntry[] {
    this.#world.tasks.settle(timeIn(this.#world));
    return this.#world.accounts.ledger();
  }

  /**
   * Ends a task now ("lost": queries return 40002 from now on). One that has ended stays as it is, unless lost.
   * @throws TypeError if there is no such task
   */
  end(taskId: string, end: Ending | "lost", failReason?: string): TaskView {
    const task = this.#known(taskId);
    this.#world.tasks.end(task, end, timeIn(this.#world), failReason);
    this.#world.stateFile?.touch();
    return taskView(this.#world, task);
  }

  /** Moves the simulator's clock forward, milliseconds: tasks progress, URLs expire. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new TypeError("the clock only moves forward");
    this.#world.clockOffsetMs += ms;
    this.#world.stateFile?.touch();
  }

  /**
   * Changes settings and returns all of them.
   * @throws TypeError for an unknown setting or a wrong type
   */
  settings(changes: Partial<Settings> = {}): Settings {
    changeSettings(this.#world.settings, changes);
    return { ...this.#world.settings };
  }

  /** Starts afresh: accounts and settings as at the start, no tasks, counters or faults. Task ids go on counting. */
  reset(): void {
    const old = this.#world;
    old.closing.abort();
    this.#world = createWorld({ ...this.#options, firstTaskId: old.tasks.nextId }, false);
    this.#world.fileBaseUrl = old.fileBaseUrl;
    this.#world.stateFile?.touch();
  }

  #known(taskId: string): TaskRecord {
    const task = this.#world.tasks.byId(taskId);
    if (task === undefined) throw new TypeError(`no task ${taskId}`);
    return task;
  }
}
