/** Runs a command as a person would, and collects what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFailed, onTestFinished } from "vitest";
import { REPOSITORY } from "../../../scripts/gateway-process.ts";

/** A command that runs, or has ended. */
export class Command {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = "";
  #hasEnded = false;

  /** Starts the command in the repository, without a terminal; what is left of it is killed when the test ends, and a failed test shows its output. */
  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      // vitest's own settings would change how tools behave that look for them.
      env: { ...process.env, NODE_ENV: "", VITEST: "", CI: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (this.#output += chunk));
    this.#child = child;
    this.#closed = once(child, "close").then(() => (this.#hasEnded = true));
    onTestFinished(() => this.#signal("SIGKILL"));
    onTestFailed(() => console.error(`${command} ${args.join(" ")} said:\n${this.#output}`));
  }

  /** stdout and stderr so far, as they came. */
  get output(): string {
    return this.#output;
  }

  /** Ctrl-C in a terminal: every process of the command is told. */
  interrupt(): void {
    this.#signal("SIGINT");
  }

  /** `kill`: only the first process is told. */
  terminate(): void {
    this.#child.kill("SIGTERM");
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // Nobody is left.
    }
  }

  /** @returns the exit code, or null if a signal ended it */
  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Waits until its output matches. @throws Error with its output if it ends, or three minutes pass, before that */
  async untilItSays(pattern: RegExp): Promise<RegExpExecArray> {
    const giveUpAt = Date.now() + 180_000;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.#hasEnded || Date.now() > giveUpAt) throw new Error(`no ${pattern} in:\n${this.#output}`);
      await sleep(50);
    }
  }
}
