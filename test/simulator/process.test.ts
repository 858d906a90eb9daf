import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readArguments } from "../../simulator/arguments.ts";
import { accepted, generate, LONG_ENOUGH_MS, query, send, simulate, taskData, VIDEO } from "./simulator-client.ts";

async function temporaryFile(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "simulator-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, name);
}

describe("a state file", () => {
  it("keeps accounts, tasks, idempotency keys and ids between runs", async () => {
    const stateFile = await temporaryFile("state.json");
    const first = await simulate({ stateFile });
    await generate(first, { ...VIDEO, seed: 7 }, { idempotencyKey: "k" });
    const before = (await first.files("9007199254740993"))[0]?.sha256;
    await first.close();
    const second = await simulate({ stateFile });
    second.advance(LONG_ENOUGH_MS);
    expect(await taskData(second, "9007199254740993")).toMatchObject({ seed: 7, taskStatus: 2 });
    expect((await second.files("9007199254740993"))[0]?.sha256).toBe(before);
    const again = await generate(second, VIDEO, { idempotencyKey: "k" });
    expect(again.json()).toMatchObject({ data: { taskId: 9007199254740993n } });
    expect(await accepted(second, VIDEO)).toBe("9007199254740994");
    expect(second.stats()).toMatchObject({ tasks: 2, charged: 14, accounts: [{ credits: 999_986 }] });
  });

  it("is JSON, written after a change", async () => {
    const stateFile = await temporaryFile("state.json");
    await accepted(await simulate({ stateFile }), VIDEO);
    await expect.poll(() => readFile(stateFile, "utf8").catch(() => ""), { interval: 20 }).toContain('"version":1');
  });
});

describe("the command line", () => {
  it("is parsed into options", () => {
    const args = "--port 0 --key sh-a,sh-b:500 --key sh-c --speed 2.5 --state x.json --plan bytes=9 --thumbnails";
    expect(readArguments(args.split(" "))).toEqual({
      port: 0,
      accounts: [
        { keys: ["sh-a", "sh-b"], credits: 500 },
        { keys: ["sh-c"], credits: 1_000_000 },
      ],
      speed: 2.5,
      stateFile: "x.json",
      plan: { bytes: 9 },
      thumbnails: true,
      fetchReferences: false,
    });
    expect(readArguments(["--help"])).toBe("help");
    expect(() => readArguments(["--speed", "fast"])).toThrow("--speed fast");
    expect(() => readArguments(["--nonsense"])).toThrow("nonsense");
  });

  it("starts a server, prints its URL and stops at a signal", async () => {
    const main = new URL("../../simulator/main.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [main, "--port", "0", "--key", "sh-k:5"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const [, url = ""] = /^SeedHorse simulator on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line.toString()) ?? [];
    expect((await send(`${url}/_sim/stats`)).json()).toMatchObject({ accounts: [{ name: "sh-k", credits: 5 }] });
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(0);
  });
});

describe("closing", () => {
  it("does not wait for hanging requests", async () => {
    const simulator = await simulate();
    simulator.fault({ on: "query", fault: "hang" });
    const hanging = query(simulator, "1");
    await expect.poll(() => simulator.faults()[0]?.struck, { interval: 2 }).toBe(1);
    await Promise.all([simulator.close(), expect(hanging).rejects.toThrow()]);
  });
});
