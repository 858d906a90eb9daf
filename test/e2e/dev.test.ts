import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { download, GatewayClient, type Submission } from "../../scripts/gateway-client.ts";
import { freePort } from "../../scripts/ports.ts";
import { Command } from "../support/node/command.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";

const run = promisify(execFile);

/** Pastes the command into a shell. Where there is no curl, sends the body that it would have sent. */
async function paste(curl: string, client: GatewayClient): Promise<Submission> {
  const hasCurl = await run("curl", ["--version"]).then(
    () => true,
    () => false,
  );
  if (!hasCurl) return client.submit(/-d '(.*)'/.exec(curl)?.[1] ?? "");
  const { stdout } = await run("sh", ["-c", curl]);
  const { code, data } = JSON.parse(stdout) as { code: number; data: Submission };
  expect(code).toBe(0);
  return data;
}

describe("npm run dev", () => {
  it("prints a curl that works, and has the same tenant, key and tasks when it is started again", async () => {
    const state = await temporaryFolder();
    onTestFinished(() => removeFolder(state));
    const ports = ["--port", String(await freePort()), "--simulator-port", String(await freePort())];
    const start = () =>
      new Command("npm", ["run", "dev", "--", ...ports, "--state", state, "--var", "POLL_MIN_MS:200"]);

    const first = start();
    const [, curl = ""] = await first.untilItSays(/\n( {2}curl [\s\S]*?'\{.*\}')\n/);
    const [, key = ""] = /Tenant key +(\S+)/.exec(first.output) ?? [];
    const [, url = ""] = /Base URL +(\S+)/.exec(first.output) ?? [];
    const [, operatorToken = ""] = /Operator token +(\S+)/.exec(first.output) ?? [];
    const client = new GatewayClient(url, key);
    const data = await paste(curl, client);
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

  it("prints what is wrong with a setting and exits", async () => {
    const state = await temporaryFolder();
    onTestFinished(() => removeFolder(state));
    const ports = ["--port", String(await freePort()), "--simulator-port", String(await freePort())];
    const dev = new Command("npm", ["run", "dev", "--", ...ports, "--state", state, "--var", "POLL_MIN_MS:soon"]);
    expect(await dev.exitCode()).toBe(1);
    expect(dev.output).toMatch(/npm run dev: the gateway is not healthy:.*POLL_MIN_MS/);
  });
});
