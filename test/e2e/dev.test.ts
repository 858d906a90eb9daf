import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { download, GatewayClient, type Submission } from "../../scripts/gateway-client.ts";
import { freePort } from "../../scripts/ports.ts";
import { Command } from "../support/node/command.ts";
import { temporaryFolder } from "../support/node/world.ts";

const run = promisify(execFile);

describe("npm run dev", () => {
  it("prints a curl that works, and has the same tenant, key and tasks when it is started again", async () => {
    const state = await temporaryFolder();
    onTestFinished(() => rm(state, { recursive: true, force: true }));
    const ports = ["--port", String(await freePort()), "--simulator-port", String(await freePort())];
    const start = () =>
      new Command("npm", ["run", "dev", "--", ...ports, "--state", state, "--var", "POLL_MIN_MS:200"]);

    const first = start();
    const [, curl = ""] = await first.untilItSays(/\n( {2}curl [\s\S]*?'\{.*\}')\n/);
    const [, key = ""] = /Tenant key +(\S+)/.exec(first.output) ?? [];
    const [, url = ""] = /Base URL +(\S+)/.exec(first.output) ?? [];
    const [, operatorToken = ""] = /Operator token +(\S+)/.exec(first.output) ?? [];
    const { stdout } = await run("sh", ["-c", curl]);
    const { data } = JSON.parse(stdout) as { data: Submission };
    const client = new GatewayClient(url, key);
    expect(await client.untilEnded(data.taskId)).toMatchObject({ taskStatus: 2 });
    const file = await download(data.resultUrls[0] ?? "");
    expect(file).toMatchObject({ status: 200, contentType: "image/png" });
    first.interrupt();
    expect(await first.exitCode()).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();

    const second = start();
    await second.untilItSays(/Paddock is up/);
    expect(second.output).toContain(key);
    expect(second.output).toContain(operatorToken);
    expect(await client.query(data.taskId)).toMatchObject({ taskStatus: 2 });
    expect(await download(data.resultUrls[0] ?? "")).toEqual(file);

    const third = start();
    expect(await third.exitCode()).toBe(1);
    expect(third.output).toMatch(/npm run dev: port \d+ is taken.*--port/);
    second.terminate();
    await second.exitCode();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("says what is wrong with a setting and ends", async () => {
    const state = await temporaryFolder();
    onTestFinished(() => rm(state, { recursive: true, force: true }));
    const ports = ["--port", String(await freePort()), "--simulator-port", String(await freePort())];
    const dev = new Command("npm", ["run", "dev", "--", ...ports, "--state", state, "--var", "POLL_MIN_MS:soon"]);
    expect(await dev.exitCode()).toBe(1);
    expect(dev.output).toMatch(/npm run dev: the gateway is not healthy:.*POLL_MIN_MS/);
  });
});
