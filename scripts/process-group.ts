/** A command and all its descendants as one thing that can be stopped, killed, and never outlives this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const LEASH = fileURLToPath(new URL("leash.ts", import.meta.url));

/** A command and all its children, which end together. */
export class ProcessGroup {
  readonly #leader: ChildProcess;
  /** Process group id, which is the pid of its first process. */
  readonly id: number;
  /** Settles when the command has ended, by itself or by a signal. */
  readonly ended: Promise<void>;
  #hasEnded = false;

  /**
   * Starts `command` in the folder `cwd`. Its output must be read or it will stop at a full pipe.
   * @throws Error if it cannot be started at all
   */
  constructor(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    // stdin is the leash: nothing is ever written to it, it only has to be open.
    this.#leader = spawn(process.execPath, [LEASH, command, ...args], { ...options, detached: true, stdio: "pipe" });
    if (this.#leader.pid === undefined) throw new Error(`${command} could not be started`);
    this.id = this.#leader.pid;
    this.#leader.stdin?.on("error", () => {});
    this.ended = once(this.#leader, "close").then(() => {
      this.#hasEnded = true;
      // What the command may have left behind ends with it.
      this.#signal("SIGKILL");
    });
  }

  get output(): readonly Readable[] {
    return [this.#leader.stdout, this.#leader.stderr].filter((stream) => stream !== null);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Asks everything in the group to end, and after `patienceMs` makes it. */
  async stop(patienceMs = 3_000): Promise<void> {
    this.#signal("SIGTERM");
    const timer = new AbortController();
    const tooLong = sleep(patienceMs, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([this.ended, tooLong]);
    timer.abort();
    await this.kill();
  }

  /** Ends everything in the group at once, as a power cut would. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.ended;
    // Grandchildren are not waited for here: the kernel needs a moment to free their ports and locks.
    for (let tries = 0; tries < 20 && this.#signal(0); tries++) await sleep(20);
  }

  /** @returns whether a process was left to receive the signal */
  #signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.id, signal);
    } catch {
      return false;
    }
  }
}
