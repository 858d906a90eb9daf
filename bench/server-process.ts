/** One server under test: a process of its own, on a core of its own where the system can pin it, with its costs. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const running = new Set<ServerProcess>();
process.once("exit", () => {
  for (const server of running) server.kill();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

/** Returns true if a program is installed and runs. */
export function isInstalled(program: string, versionFlag = "--version"): boolean {
  const { error } = spawnSync(program, [versionFlag], { stdio: "ignore", timeout: 10_000 });
  return error === undefined;
}

/** Servers are pinned to the first core; the load and the upstream to all others, if there are others. */
const CAN_PIN = availableParallelism() > 1 && isInstalled("taskset");
/** The cores of servers and of load, as `taskset -c` takes them. */
export const PINNING = { server: "0", load: `1-${Math.max(1, availableParallelism() - 1)}` } as const;

/** @returns the command pinned to a set of cores, or as it was where that cannot be done */
export function pinned(cores: string | null, command: string, args: readonly string[]): [string, readonly string[]] {
  return CAN_PIN && cores !== null ? ["taskset", ["-c", cores, command, ...args]] : [command, args];
}

/** How to start a server under measurement. */
export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Where its output goes. */
  readonly logFile: string;
  /** As `taskset -c` takes them; null: anywhere. */
  readonly cores: string | null;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A server process whose CPU time and memory are read from the kernel. */
export class ServerProcess {
  readonly pid: number;
  /** In the time of `performance.now()`, ms. */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  readonly #logFile: string;

  constructor({ command, args, logFile, cores, env, cwd }: ServerOptions) {
    const log = openSync(logFile, "a");
    const [program, programArgs] = pinned(cores, command, args);
    this.#logFile = logFile;
    this.#child = spawn(program, programArgs, {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    closeSync(log);
    if (this.#child.pid === undefined) throw new Error(`${command} could not be started`);
    this.pid = this.#child.pid;
    this.startedAt = performance.now();
    running.add(this);
  }

  /** Waits for its first HTTP response. @throws Error if it ends before, or does not within 30 s */
  async untilAnswering(url: string): Promise<void> {
    const giveUpAt = Date.now() + 30_000;
    for (;;) {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        await response.arrayBuffer();
        return;
      } catch {
        // Not listening yet.
      }
      if (this.#child.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(`${url} does not answer:\n${readFileSync(this.#logFile, "utf8").slice(-2_000)}`);
      }
      await sleep(2);
    }
  }

  /** Time on a core so far in seconds, of all its threads that live; null where /proc is missing. */
  cpuSeconds(): number | null {
    try {
      const threads = readdirSync(`/proc/${this.pid}/task`);
      const nanoseconds = threads.map((thread) => {
        const [running] = readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, "utf8").split(" ");
        return Number(running);
      });
      return sum(nanoseconds) / 1e9;
    } catch {
      return null;
    }
  }

  /** Resident memory now, in bytes; null where /proc is missing. */
  residentBytes(): number | null {
    try {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8")) ?? [];
      return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
    } catch {
      return null;
    }
  }

  /**
   * Counts durable writes (fsync and fdatasync) while `work` goes on: by the kernel's trace points, else by strace.
   *
   * @returns null where neither may be used
   */
  async countSyncs(work: () => Promise<void>): Promise<number | null> {
    const counter = syncCounter(this.pid);
    if (counter === null) {
      await work();
      return null;
    }
    const child = execFile(counter.command, counter.args);
    let report = "";
    child.stderr?.on("data", (text: string) => {
      report += text;
    });
    const closed = once(child, "close");
    await sleep(500);
    await work();
    child.kill("SIGINT");
    await closed;
    return counter.read(report);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const stopped = await Promise.race([ended.then(() => true), sleep(3_000, false)]);
    if (!stopped) {
      this.#child.kill("SIGKILL");
      await ended;
    }
    running.delete(this);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

interface SyncCounter {
  readonly command: string;
  readonly args: readonly string[];
  readonly read: (report: string) => number;
}

function syncCounter(pid: number): SyncCounter | null {
  const events = ["syscalls:sys_enter_fsync", "syscalls:sys_enter_fdatasync"].flatMap((event) => ["-e", event]);
  const perf = ["stat", "-x", ",", ...events, "-p", String(pid)];
  if (spawnSync("perf", [...perf, "--", "true"], { stdio: "ignore" }).status === 0) {
    // Each line: count,unit,event,…; a count may be "<not counted>".
    const read = (report: string) => sum(report.split("\n").map((line) => Number(line.split(",")[0])));
    return { command: "perf", args: perf, read };
  }
  if (!isInstalled("strace", "-V")) return null;
  // Each line: % time, seconds, usecs/call, calls, [errors], syscall.
  const read = (report: string) =>
    sum(report.split("\n").map((line) => (/\bf(data)?sync$/.test(line) ? Number(line.trim().split(/\s+/)[3]) : 0)));
  const args = ["-c", "-f", "-e", "trace=fsync,fdatasync", "-p", String(pid)];
  return { command: "strace", args, read };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + (Number.isFinite(value) ? value : 0), 0);
}

/** Runs a command to its end. @returns what it wrote to stdout @throws Error with its output if it fails */
export async function runCommand(command: string, args: readonly string[], options: object = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], { maxBuffer: 64 * 2 ** 20, ...options });
  return String(stdout);
}
