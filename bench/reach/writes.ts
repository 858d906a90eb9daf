/** Writes to the disk a submission, counted by strace over all calls of the process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isInstalled, type ServerProcess } from "../server-process.ts";
import type { Generator } from "./generator.ts";

/** Calls a submission. */
export interface Writes {
  readonly pwrites: number;
  readonly fsyncs: number;
}

const COUNT_MS = 2_500;

/** @param generator of one tenant; its submissions come one after the other. @returns null where strace may not be used */
export async function countWrites(server: ServerProcess, generator: Generator): Promise<Writes | null> {
  if (!isInstalled("strace", "-V")) return null;
  const args = ["-c", "-f", "-e", "trace=pwrite64,fsync,fdatasync", "-p", String(server.pid)];
  const child = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  let report = "";
  child.stderr.on("data", (text: Buffer) => {
    report += text.toString();
  });
  const closed = once(child, "close");
  await sleep(500);
  const { latenciesMs } = await generator.closedLoop(1, COUNT_MS);
  // What a submission leaves for the next transaction is written within this time.
  await sleep(500);
  child.kill("SIGINT");
  await closed;
  const calls = (name: RegExp) =>
    report
      .split("\n")
      .filter((line) => name.test(line))
      .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[3]), 0);
  const pwrites = calls(/\bpwrite64$/);
  const fsyncs = calls(/\bf(data)?sync$/);
  if (fsyncs === 0) return null;
  return { pwrites: pwrites / latenciesMs.length, fsyncs: fsyncs / latenciesMs.length };
}
