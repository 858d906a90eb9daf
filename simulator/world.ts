import { setMaxListeners } from "node:events";
import { Accounts } from "./accounts.ts";
import { FaultRules } from "./fault-rules.ts";
import { Journal } from "./journal.ts";
import { ResultFiles } from "./result-files.ts";
import { signedPath } from "./result-urls.ts";
import { changeSettings, type Settings, type SimulatorOptions, USUAL_SETTINGS } from "./settings.ts";
import { StateFile } from "./state-file.ts";
import type { TaskRecord } from "./task-record.ts";
import { Tasks } from "./tasks.ts";

/** Everything the simulator knows; the endpoints are functions over it. */
export interface World {
  readonly settings: Settings;
  readonly accounts: Accounts;
  readonly tasks: Tasks;
  readonly faults: FaultRules;
  readonly journal: Journal;
  readonly files: ResultFiles;
  /** idempotency keys whose first request is still running, as "account\nkey" */
  readonly locks: Set<string>;
  /** aborted when the server closes, which ends all waiting */
  readonly closing: AbortController;
  readonly stateFile: StateFile | undefined;
  clockOffsetMs: number;
  /** origin of result URLs */
  fileBaseUrl: string;
}

const FIRST_TASK_ID = 9007199254740993n;
const SETTING_NAMES = Object.keys(USUAL_SETTINGS);

/**
 * Makes a world from options.
 * @param remember whether to carry on from the state file, if there is one
 * @throws TypeError for a bad setting, Error for a file that is not a state file
 */
export function createWorld(options: SimulatorOptions, remember = true): World {
  const accounts = new Accounts(options.accounts);
  const tasks = new Tasks(accounts, BigInt(options.firstTaskId ?? FIRST_TASK_ID));
  const settings = { ...USUAL_SETTINGS };
  changeSettings(
    settings,
    Object.fromEntries(Object.entries(options).filter(([name]) => SETTING_NAMES.includes(name))),
  );
  const { stateFile: path } = options;
  const world: World = {
    settings,
    accounts,
    tasks,
    faults: new FaultRules(randomNumbers(options.seed ?? 1)),
    journal: new Journal(options.keepRequests ?? 1000),
    files: new ResultFiles(),
    locks: new Set(),
    closing: new AbortController(),
    stateFile: path === undefined ? undefined : new StateFile(path, () => savedState(world)),
    clockOffsetMs: 0,
    fileBaseUrl: options.fileBaseUrl ?? "",
  };
  // Any number of requests may be waiting for it.
  setMaxListeners(0, world.closing.signal);
  const saved = path === undefined || !remember ? undefined : StateFile.load(path);
  if (saved !== undefined) {
    world.clockOffsetMs = saved.clockOffsetMs;
    accounts.restore(saved.accounts, saved.ledger);
    tasks.restore(saved.tasks, BigInt(saved.nextTaskId));
  }
  return world;
}

/** The simulator's time, milliseconds: the real one, moved forward by `advance`. */
export function timeIn(world: World): number {
  return Date.now() + world.clockOffsetMs;
}

/** A fresh URL of one of a task's files. */
export function fileUrl(world: World, task: TaskRecord, fileName: string): string {
  const ttl = task.plan.urlTtlSeconds ?? world.settings.urlTtlSeconds;
  return world.fileBaseUrl + signedPath(task.taskNo, fileName, timeIn(world) + ttl * 1000);
}

function savedState(world: World) {
  return {
    version: 1,
    clockOffsetMs: world.clockOffsetMs,
    nextTaskId: world.tasks.nextId.toString(),
    accounts: world.accounts.list(),
    ledger: world.accounts.ledger(),
    tasks: world.tasks.list(),
  } as const;
}

/** Numbers 0 ≤ x < 1 that are the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
