import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Account, LedgerEntry } from "./accounts.ts";
import { parseLongJson, stringifyLongJson } from "./long-json.ts";
import type { TaskRecord } from "./task-record.ts";

/** What outlives a run. */
export interface SavedState {
  readonly version: 1;
  readonly clockOffsetMs: number;
  readonly nextTaskId: string;
  readonly accounts: readonly Account[];
  readonly ledger: readonly LedgerEntry[];
  readonly tasks: readonly TaskRecord[];
}

const QUIET_MS = 200;

/** Keeps the state in one JSON file: written whole, under another name first, a moment after the last change. */
export class StateFile {
  readonly #path: string;
  readonly #read: () => SavedState;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, read: () => SavedState) {
    this.#path = path;
    this.#read = read;
  }

  /**
   * The state of the last run, if there was one.
   * @throws Error if the file is there but is not a state file
   */
  static load(path: string): SavedState | undefined {
    if (!existsSync(path)) return undefined;
    const state = parseLongJson(readFileSync(path, "utf8")) as unknown as SavedState;
    if (state.version !== 1) throw new Error(`${path} is not a state file of this simulator`);
    // A seed that fits a double comes back as a number.
    const tasks = state.tasks.map((task) => ({
      ...task,
      request: { ...task.request, seed: BigInt(task.request.seed) },
    }));
    return { ...state, tasks };
  }

  /** Marks the state as changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.flush(), QUIET_MS);
  }

  /** Writes what is waiting to be written. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    writeFileSync(`${this.#path}.new`, stringifyLongJson(this.#read()));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
