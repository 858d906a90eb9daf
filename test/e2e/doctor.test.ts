/** Setup and the doctor as commands: against `npm run dev`, and a gateway that runs with what setup deployed. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it, onTestFinished, vi } from "vitest";
import type { Finding } from "../../scripts/doctor/check.ts";
import { startGateway } from "../../scripts/gateway-process.ts";
import { freePort } from "../../scripts/ports.ts";
import { startSimulator } from "../../simulator/index.ts";
import { Command } from "../support/node/command.ts";
import { DeploymentWorld } from "../support/node/deployment-world.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { startWebhookReceiver } from "../support/node/webhook-receiver.ts";

const run = promisify(execFile);

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** Runs the doctor and returns its report. */
async function doctor(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Report & { exitCode: number | null }> {
  const command = new Command(process.execPath, ["scripts/doctor.ts", "--json", ...args], env);
  const exitCode = await command.exitCode();
  const start = command.output.indexOf("{");
  if (start < 0) throw new Error(command.output);
  return { ...(JSON.parse(command.output.slice(start)) as Report), exitCode };
}

/** A local gateway sends no `Date`. */
const NO_CLOCK = ["clock: skipped, no Date header"];

const notOk = ({ findings }: Report) =>
  findings.filter(({ state }) => state !== "ok").map(({ name, state, found }) => `${name}: ${state}, ${found}`);

it("the doctor's live group passes against npm run dev, again and again", async () => {
  const state = await temporaryFolder();
  const receiver = await startWebhookReceiver();
  onTestFinished(async () => {
    await receiver.close();
    await removeFolder(state);
  });
  const ports = ["--port", String(await freePort()), "--simulator-port", String(await freePort())];
  const dev = new Command("npm", ["run", "dev", "--", ...ports, "--state", state]);
  await dev.untilItSays(/Paddock is up/);
  const [, url = ""] = /Base URL +(\S+)/.exec(dev.output) ?? [];
  const [, ADMIN_TOKEN = ""] = /Operator token +(\S+)/.exec(dev.output) ?? [];
  const args = ["--only", "live", "--url", url, "--webhook-url", `${receiver.url}/hooks/doctor`];
  for (const _time of ["first", "second"]) {
    const report = await doctor(args, { ADMIN_TOKEN });
    expect(notOk(report)).toEqual(NO_CLOCK);
    expect(report).toMatchObject({ ok: true, exitCode: 0 });
  }
  const refused = await doctor(["--only", "live", "--url", url, "--read-only"], { ADMIN_TOKEN: "not-the-token" });
  expect(refused).toMatchObject({ ok: false, exitCode: 1 });
  dev.terminate();
  await dev.exitCode();
});

it("setup ends with a gateway that works and a curl that makes an image", async () => {
  const simulator = await startSimulator({ accounts: [{ keys: ["sh-key-of-setup"], credits: 100 }] });
  onTestFinished(() => simulator.close());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const world = await DeploymentWorld.start({ url }, `SEEDHORSE_BASE_URL = "${simulator.url}"`);
  const environment = {
    PADDOCK_WRANGLER: process.env.PADDOCK_WRANGLER ?? "",
    STAND_IN: world.folder,
    SEEDHORSE_API_KEYS: "sh-key-of-setup",
  };
  const files = ["--config", world.config, "--secrets", world.secretsFile];
  const setup = new Command("npm", ["run", "setup", "--", "--yes", "--domain", "", ...files], environment);
  // The deployment: the gateway starts with what the stand-in was given.
  await expect.poll(() => Object.keys(world.account.deployed).length, { timeout: 120_000 }).toBe(3);
  vi.unstubAllEnvs();
  const settings = { ...world.account.deployed, SEEDHORSE_BASE_URL: simulator.url, POLL_MIN_MS: "200" };
  const gateway = await startGateway({ port, stateFolder: `${world.folder}/gateway`, settings });
  onTestFinished(() => gateway.processes.kill());
  expect(await setup.exitCode(), setup.output).toBe(0);
  expect(setup.output).toContain(`The gateway is up: ${url}`);

  const [curl] = /\. '[\s\S]*?\}'\n/.exec(setup.output) ?? [""];
  // Not spawnSync: the simulated SeedHorse is in this process.
  const hasCurl = await run("curl", ["--version"]).then(
    () => true,
    () => false,
  );
  if (hasCurl) {
    const { stdout } = await run("sh", ["-c", curl], { env: { PATH: process.env.PATH ?? "" } });
    expect(JSON.parse(stdout)).toMatchObject({ code: 0, data: { task: { taskStatus: 2 } } });
  }
  expect(readFileSync(world.secretsFile, "utf8")).toContain(`GATEWAY='${url}'`);
  const report = await doctor([...files, "--only", "live", "--read-only"]);
  expect(notOk(report)).toEqual(NO_CLOCK);
});
