import type { StatusPolicy } from "./error-codes.ts";
import type { Plan } from "./plan.ts";

/** What can be changed while the simulator runs. */
export interface Settings extends StatusPolicy {
  /** divides the usual durations; 2 is twice as fast; default 1 */
  speed: number;
  /** how long a result URL works; default 3600 */
  urlTtlSeconds: number;
  /** thumbnails for videos; default false, as in the page's own example */
  thumbnails: boolean;
  /** really download references before generating; default false */
  fetchReferences: boolean;
  /** applies to every task accepted from now on; its prompt's own directive wins; default {} */
  plan: Plan;
}

/** The default settings of a simulator. */
export const USUAL_SETTINGS: Settings = {
  authStatus: 401,
  businessStatus: 200,
  speed: 1,
  urlTtlSeconds: 3600,
  thumbnails: false,
  fetchReferences: false,
  plan: {},
};

/**
 * Puts `changes` over `settings`.
 * @throws TypeError if a property is unknown or has the wrong type
 */
export function changeSettings(settings: Settings, changes: object): void {
  for (const [name, value] of Object.entries(changes)) {
    const usual = USUAL_SETTINGS[name as keyof Settings];
    if (usual === undefined) throw new TypeError(`no setting ${name}`);
    if (typeof value !== typeof usual || value === null) throw new TypeError(`setting ${name}: wrong type`);
    if (typeof value === "number" && !(value > 0)) throw new TypeError(`setting ${name}: must be over 0`);
  }
  Object.assign(settings, changes);
}

/** An account of SeedHorse: credits, and the master keys that spend them. */
export interface AccountInput {
  readonly name?: string;
  readonly keys?: readonly string[];
  readonly credits?: number;
}

/** How a simulator starts. Everything is optional. */
export interface SimulatorOptions extends Partial<Settings> {
  /** default 0: any free port */
  readonly port?: number;
  /** default 127.0.0.1 */
  readonly host?: string;
  /** default: one account "main" with the key "sh-simulator" and 1,000,000 credits */
  readonly accounts?: readonly AccountInput[];
  /** first `taskId`, decimal; default 9007199254740993, which no double can hold */
  readonly firstTaskId?: string | bigint;
  /** origin of result URLs; default the server's own */
  readonly fileBaseUrl?: string;
  /** file that keeps accounts and tasks between runs */
  readonly stateFile?: string;
  /** seed of the random numbers behind faults with a probability; default 1 */
  readonly seed?: number;
  /** how many generate requests are kept in full; default 1000 */
  readonly keepRequests?: number;
}
