import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { ProcessGroup } from "../../scripts/process-group.ts";

/** A process that prints its own pid and its child's, and outlives everything but a signal. */
const FAMILY = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"]);
  console.log(process.pid + " " + child.pid);
  setInterval(() => {}, 1e6);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** Whether it has ended and only waits to be buried, which some containers' first process never does. */
function isZombie(pid: number): boolean {
  try {
    return / Z \d+ /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function pidsFrom(stream: NodeJS.ReadableStream): Promise<number[]> {
  const [line] = (await once(createInterface({ input: stream }), "line")) as [string];
  return line.split(" ").map(Number);
}

function startFamily(): ProcessGroup {
  const group = new ProcessGroup(process.execPath, ["-e", FAMILY], { cwd: ".", env: process.env });
  onTestFinished(() => group.kill());
  return group;
}

describe("a process group", () => {
  it.each(["stop", "kill"] as const)("has ended, grandchildren included, after %s", async (way) => {
    const group = startFamily();
    const [stdout] = group.output;
    const pids = await pidsFrom(stdout ?? process.stdin);
    expect(pids.map(isAlive)).toEqual([true, true]);
    await group[way]();
    expect(group.hasEnded).toBe(true);
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
  });

  it("has ended when its command ends by itself", async () => {
    const group = new ProcessGroup(process.execPath, ["-e", "process.exit(3)"], { cwd: ".", env: process.env });
    for (const stream of group.output) stream.resume();
    await group.ended;
    expect(group.hasEnded).toBe(true);
  });

  it("ends when its starter is killed", async () => {
    const module = new URL("../../scripts/process-group.ts", import.meta.url).href;
    const starter = `
      const { ProcessGroup } = await import(${JSON.stringify(module)});
      const group = new ProcessGroup(process.execPath, ["-e", ${JSON.stringify(FAMILY)}], { cwd: ".", env: process.env });
      group.output[0].pipe(process.stdout);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", starter], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids = await pidsFrom(child.stdout);
    expect(pids.map(isAlive)).toEqual([true, true]);
    child.kill("SIGKILL");
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
  });
});
