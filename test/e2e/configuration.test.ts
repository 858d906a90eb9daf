import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type Gateway, startGateway } from "../../scripts/gateway-process.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { REQUIRED_SETTINGS } from "../support/node/world.ts";

const ROUTES: readonly [method: string, path: string][] = [
  ["GET", "/healthz"],
  ["POST", "/api/v1/task/generate"],
  ["OPTIONS", "/api/v1/task/generate"],
  ["GET", "/api/v1/query/1"],
  ["POST", "/admin/v1/tenants"],
  ["GET", "/files/token/0.png"],
  ["GET", "/metrics"],
  ["GET", "/nowhere"],
];

/** Settings that cannot be right. No value may ever be shown, so none is what a random id or path could contain. */
const MALFORMED = {
  SEEDHORSE_API_KEYS: " , ,",
  SIGNING_SECRETS: "two words,and a third",
  ADMIN_TOKEN: "not one word",
  SEEDHORSE_BASE_URL: "ftp://sentinel-host.example",
  PUBLIC_BASE_URL: "sentinel without a scheme",
  POLL_MIN_MS: "sentinel-5",
  POLL_MAX_MS: "1e4 milliseconds",
  SUBMIT_TIMEOUT_MS: "-15000",
  TASK_DEADLINE_SECONDS: "six-hours",
  MIRROR_GRACE_SECONDS: "a-minute",
  DEFAULT_HOLD_CREDITS: "ten-sentinels",
  RETENTION_DAYS: "for-ever",
  WEBHOOK_RETRY_SECONDS: "5;300",
  ALLOW_PRIVATE_URLS: "perhaps",
} as const;

/** Starts a gateway; with arguments `wrangler dev` itself, which takes them. */
async function start(settings: Readonly<Record<string, string>>, args?: readonly string[]): Promise<Gateway> {
  const stateFolder = await temporaryFolder();
  const how = args === undefined ? { bundle: inject("workerBundle") } : { args };
  const gateway = await startGateway({ settings, stateFolder, ...how });
  onTestFinished(async () => {
    await gateway.processes.kill();
    await removeFolder(stateFolder);
  });
  return gateway;
}

/** Asks every kind of route; all must give the same one line. */
async function problemOf(gateway: Gateway): Promise<string> {
  const problems = await Promise.all(
    ROUTES.map(async ([method, path]) => {
      const response = await fetch(gateway.url + path, { method });
      expect(response.status, `${method} ${path}`).toBe(503);
      const { code, msg, ok } = (await response.json()) as Record<string, unknown>;
      expect({ code, ok }).toEqual({ code: 10001, ok: false });
      return String(msg);
    }),
  );
  const [problem = ""] = problems;
  expect(new Set(problems)).toEqual(new Set([problem]));
  expect(problem).not.toContain("\n");
  // The log says the same.
  await expect.poll(() => gateway.log.text()).toContain(problem);
  return problem;
}

describe("a gateway whose settings are not right", () => {
  it.each(
    Object.keys(REQUIRED_SETTINGS),
  )("names the missing setting %s on every route and in the log", async (name) => {
    const settings = Object.fromEntries(Object.entries(REQUIRED_SETTINGS).filter(([other]) => other !== name));
    const gateway = await start(settings);
    const problem = await problemOf(gateway);
    expect(problem).toContain(name);
    for (const [other, value] of Object.entries(settings)) {
      expect(problem).not.toContain(other);
      expect(gateway.log.text()).not.toContain(value);
    }
  });

  it("names every malformed setting and shows no value", async () => {
    const gateway = await start(MALFORMED);
    const problem = await problemOf(gateway);
    for (const [name, value] of Object.entries(MALFORMED)) {
      expect(problem).toContain(name);
      expect(problem, name).not.toContain(value);
      expect(gateway.log.text(), name).not.toContain(value);
    }
  });
});

describe("a gateway with nothing but its required settings", () => {
  it("starts, and takes any other from --var", async () => {
    const gateway = await start(REQUIRED_SETTINGS, [
      "--var",
      "POLL_MIN_MS:250",
      "--var",
      "PUBLIC_BASE_URL:https://cdn.example",
    ]);
    expect(gateway.health).toEqual({ status: 200, body: JSON.stringify({ status: "ok" }) });
  });

  it("names a malformed setting from --var too", async () => {
    const gateway = await start(REQUIRED_SETTINGS, ["--var", "POLL_MIN_MS:20000", "--var", "POLL_MAX_MS:300"]);
    expect(await problemOf(gateway)).toMatch(/POLL_MAX_MS/);
  });
});
