/** `npm run import` as a command, from one deployment's export into another deployment. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOCUMENTED_REQUESTS } from "../../scripts/documented-requests.ts";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { Command } from "../support/node/command.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

const SETTINGS = {
  name: "Ärger & Söhne",
  billing: "prepaid",
  markup: 1.5,
  requestsPerMinute: 600,
  externalId: "crm-17",
  metadata: { plan: "gold" },
  note: "pays late",
  filesVisibility: "signed",
};

const END_USER = "Zoë/1";
const LIMITS = { blocked: true, dailyCredits: 5, monthlyCredits: null, dailyTasks: 0, concurrentTasks: null };

describe("npm run import", () => {
  let from: World;
  let to: World;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    [from, to, folder] = await Promise.all([World.start({}, { speed: 20 }), World.start(), temporaryFolder()]);
    const tenant = await from.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", SETTINGS);
    const path = `/admin/v1/tenants/${tenant.tenantId}`;
    await from.operator.call(
      "POST",
      `${path}/credits`,
      { credits: 1_000, note: "invoice 1" },
      { "x-idempotency-key": "1" },
    );
    const keySettings = { name: "server", allowedIps: ["127.0.0.0/8"], scopes: ["generate", "read"] };
    const { key } = await from.operator.call<{ key: string }>("POST", `${path}/keys`, keySettings);
    const { keyId } = await from.operator.call<{ keyId: string }>("POST", `${path}/keys`, { name: "leaked" });
    await from.operator.call("DELETE", `${path}/keys/${keyId}`);
    await from.operator.call("PUT", `${path}/end-users/${encodeURIComponent(END_USER)}`, LIMITS);
    const client = new GatewayClient(from.gateway.url, key);
    const { taskId } = await client.submit(DOCUMENTED_REQUESTS[0]?.body ?? "");
    await client.untilEnded(taskId);
    const exported = await from.operator.fetch(`${path}/export`);
    file = join(folder, "tenant.jsonl");
    await writeFile(file, await exported.text());
  });
  afterAll(async () => {
    await Promise.all([from.stop(), to.stop(), removeFolder(folder)]);
  });

  async function run(path: string, ...args: string[]): Promise<{ exitCode: number | null; output: string }> {
    const options = ["scripts/import.ts", path, "--url", to.gateway.url, ...args];
    const command = new Command(process.execPath, options, { ADMIN_TOKEN: REQUIRED_SETTINGS.ADMIN_TOKEN });
    return { exitCode: await command.exitCode(), output: command.output };
  }
  const tenants = async () =>
    (await to.operator.call<{ tenants: { tenantId: string; balance: number }[] }>("GET", "/admin/v1/tenants")).tenants;

  it("checks the export and creates nothing with --dry-run", async () => {
    expect(await run(file, "--dry-run")).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("1 active keys"),
    });
    expect(await tenants()).toEqual([]);
  });

  it.each([
    ["without its end", (text: string) => text.slice(0, text.lastIndexOf('{"type":"end"')), "incomplete"],
    ["with a changed entry", (text: string) => text.replace('"credits":1000', '"credits":9000'), "sum is"],
    ["without an end user", (text: string) => text.replace(/\{"type":"endUser".*\n/, ""), "endUsers"],
    ["with a missing task", (text: string) => text.replace(/\{"type":"task".*\n/, ""), "tasks"],
    ["of another format", (text: string) => text.replace('"format":1', '"format":2'), "format 2"],
    ["with a running task", (text: string) => text.replace('"runningTasks":0', '"runningTasks":1'), "were running"],
  ])("refuses an export %s and creates nothing", async (_, change, problem) => {
    const changed = join(folder, "changed.jsonl");
    const text = await readFile(file, "utf8");
    await writeFile(changed, change(text));
    expect(await readFile(changed, "utf8")).not.toBe(text);
    expect(await run(changed)).toMatchObject({ exitCode: 2, output: expect.stringContaining(problem) });
    expect(await tenants()).toEqual([]);
  });

  it("creates the tenant with its settings, balance, end users' limits and working keys, once however often it runs", async () => {
    for (const _time of ["first", "second"]) expect(await run(file)).toMatchObject({ exitCode: 0 });
    const [tenant, ...others] = await tenants();
    expect(others).toEqual([]);
    const path = `/admin/v1/tenants/${tenant?.tenantId}`;
    const exported = JSON.parse((await readFile(file, "utf8")).trimEnd().split("\n").at(-1) ?? "") as {
      balance: number;
    };
    expect(exported.balance).toBeLessThan(1_000);
    expect(await to.operator.call("GET", path)).toMatchObject({ ...SETTINGS, balance: exported.balance });
    const { entries } = await to.operator.call<{ entries: object[] }>("GET", `${path}/ledger`);
    expect(entries).toHaveLength(1);

    const { endUsers } = await to.operator.call<{ endUsers: object[] }>("GET", `${path}/end-users`);
    expect(endUsers).toMatchObject([{ endUser: END_USER, ...LIMITS }]);

    expect((await stat(`${file}.keys`)).mode & 0o077).toBe(0);
    const lines = (await readFile(`${file}.keys`, "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    const { key } = JSON.parse(lines[0] ?? "") as { key: string };
    expect(await new GatewayClient(to.gateway.url, key).call("GET", "/api/v1/account")).toMatchObject({
      balance: exported.balance,
    });
    const { keys } = await to.operator.call<{ keys: object[] }>("GET", `${path}/keys`);
    expect(keys).toMatchObject([{ name: "server", allowedIps: ["127.0.0.0/8"], scopes: ["generate", "read"] }]);
  });
});
