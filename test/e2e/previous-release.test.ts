/** The previous release runs on what today's code and a further, purely additive migration left, and today's code after it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { type Bundle, buildBundle } from "../../bench/bundle.ts";
import { ADMIN_TOKEN, MASTER_KEY, SIGNING_SECRET, startGateway } from "../../bench/contenders.ts";
import { createTenant, download, GatewayClient, type NewTenant } from "../../scripts/gateway-client.ts";
import { unpackRelease } from "../../scripts/release-fixture.ts";
import { startSimulator } from "../../simulator/index.ts";
import { mintOperatorCredential, OPERATOR_RANDOM_BYTES } from "../../src/domain/operator-credential.ts";
import { ROOT_ID } from "../../src/domain/operator-scopes.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { utf8 } from "../../src/lib/bytes.ts";
import { EventStream } from "../support/event-stream.ts";
import { png } from "../support/media.ts";
import { BODY, callEveryRoute } from "../support/node/release-calls.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";

const SETTINGS = { POLL_MIN_MS: "200", POLL_MAX_MS: "400", ALLOW_PRIVATE_URLS: "true" };

/** What the next release may do to a database: add. */
function migrateFurther(folder: string): number {
  let databases = 0;
  for (const object of ["bench-Tenant", "bench-Directory"]) {
    for (const file of readdirSync(join(folder, "objects", object))) {
      if (!file.endsWith(".sqlite") || file === "metadata.sqlite") continue;
      const database = new DatabaseSync(join(folder, "objects", object, file));
      const table = object === "bench-Tenant" ? "tasks" : "rollups";
      database.exec(`
        ALTER TABLE ${table} ADD COLUMN of_next_release INTEGER NOT NULL DEFAULT 7;
        CREATE TABLE next_release (x INTEGER);
        CREATE INDEX of_next_release ON ${table} (of_next_release);
        UPDATE schema_version SET version = version + 1;
      `);
      database.close();
      databases += 1;
    }
  }
  return databases;
}

interface World {
  readonly today: Bundle;
  readonly previous: Bundle;
  readonly state: string;
  /**
   * Runs a release on the state, or another release's Worker in front of its objects: all earlier work is there, new work is
   * done, and every route of the previous release works.
   */
  live(
    objects: Bundle,
    order: string,
    front?: Bundle,
    more?: (url: string, tenantId: string) => Promise<void>,
  ): Promise<void>;
}

async function world(): Promise<World> {
  const folder = await temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const state = join(folder, "state");
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000 }] });
  onTestFinished(() => simulator.close());
  let tenant: NewTenant | null = null;
  const taskIds: number[] = [];
  const orders: string[] = [];
  const uploads: string[] = [];

  const live: World["live"] = async (objects, order, front, more) => {
    const options = { settings: SETTINGS, ...(front && { front }) };
    const gateway = await startGateway(objects, simulator.url, state, options);
    try {
      const operator = new GatewayClient(gateway.url, ADMIN_TOKEN);
      tenant ??= await createTenant(operator, { name: "Old and new" });
      const { tenantId, key } = tenant;
      const client = new GatewayClient(gateway.url, key);
      const authorization = `Bearer ${key}`;
      const path = (url: string) => gateway.url + new URL(url).pathname;
      for (const taskId of taskIds) {
        const { taskStatus, results } = await client.query(taskId);
        expect(taskStatus).toBe(2);
        expect((await download(path(results[0]?.fileUrl ?? ""))).status).toBe(200);
      }
      for (const url of uploads) expect((await download(path(url))).status).toBe(200);
      const upload = await fetch(`${gateway.url}/api/v1/files`, {
        method: "POST",
        headers: { authorization },
        body: png(),
      });
      expect(upload.status).toBe(200);
      const { data } = (await upload.json()) as { data: { url: string } };
      uploads.push(data.url);
      expect((await download(path(data.url))).status).toBe(200);

      const body = { ...BODY, metadata: { order } };
      const submission = await client.submit(body, { "x-idempotency-key": order });
      expect((await client.submit(body, { "x-idempotency-key": order })).taskId).toBe(submission.taskId);
      orders.push(order);
      const events = await fetch(`${gateway.url}/api/v1/tasks/${submission.taskId}/events`, {
        headers: { authorization },
      });
      const last = (await new EventStream(events.body).rest()).at(-1);
      expect(last?.event).toBe("completed");
      expect(JSON.parse(last?.data ?? "{}")).toMatchObject({ taskId: submission.taskId, taskStatus: 2 });
      await client.untilEnded(submission.taskId);
      taskIds.push(submission.taskId);

      const list = await client.call<{ tasks: { taskId: number }[] }>("GET", "/api/v1/tasks?status=2");
      expect(list.tasks.map(({ taskId }) => taskId)).toEqual(taskIds.toReversed());
      if (objects === today && front === undefined) {
        for (const [index, made] of orders.entries()) {
          const path = `/api/v1/tasks?metadata.order=${encodeURIComponent(made)}`;
          const { tasks } = await client.call<{ tasks: { taskId: number }[] }>("GET", path);
          expect(tasks.map(({ taskId }) => taskId)).toEqual([taskIds[index]]);
        }
      }
      const byModel = `/admin/v1/tenants/${tenantId}/tasks?model=${encodeURIComponent(BODY.model)}`;
      expect((await operator.call<{ tasks: unknown[] }>("GET", byModel)).tasks).toHaveLength(taskIds.length);
      const { entries } = await operator.call<{ entries: { credits: number; balance: number }[] }>(
        "GET",
        `/admin/v1/tenants/${tenantId}/ledger?limit=100`,
      );
      expect(entries.reduce((sum, { credits }) => sum + credits, 0)).toBe(entries[0]?.balance);
      for (const group of ["day", "model", "key", "endUser"]) {
        const usage = await client.call<{ rows: { tasks: number }[] }>("GET", `/api/v1/usage?groupBy=${group}`);
        expect(usage.rows.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(taskIds.length);
      }
      await client.call("POST", "/api/v1/client-tokens", { endUser: "ann" });
      for (const path of ["/api/v1/account", "/api/v1/models", `/api/v1/tasks/${submission.taskId}/deliveries`]) {
        await client.call("GET", path);
      }
      for (const path of [
        `/admin/v1/tenants/${tenantId}`,
        `/admin/v1/tenants/${tenantId}/keys`,
        "/admin/v1/tenants",
        "/admin/v1/overview",
        "/admin/v1/audit",
      ]) {
        await operator.call("GET", path);
      }
      await callEveryRoute(gateway.url, simulator.url);
      await more?.(gateway.url, tenantId);
    } finally {
      await gateway.server.stop();
    }
  };
  const today = await buildBundle(join(folder, "today"));
  return { today, previous: unpackRelease(join(folder, "previous")), state, live };
}

/** A session that the Directory does not store is never opened, and none works by its MAC alone: nothing could end it. */
async function opensNoConsole(url: string): Promise<void> {
  const headers = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const body = JSON.stringify({ token: ADMIN_TOKEN });
  const opened = await fetch(`${url}/console/session`, { method: "POST", headers, body });
  expect(opened.status).toBe(503);
  expect(opened.headers.get("retry-after")).toBe("60");
  expect(opened.headers.get("set-cookie")).toBeNull();
  const [signer] = await importSigningSecrets([SIGNING_SECRET]);
  if (!signer) throw new Error("no signing secret");
  const random = crypto.getRandomValues(new Uint8Array(OPERATOR_RANDOM_BYTES));
  const session = await mintOperatorCredential("session", ROOT_ID, random, signer, utf8(ADMIN_TOKEN));
  const cookie = `paddock-console=${session}`;
  for (const path of ["/admin/v1/tenants", "/console/session"]) {
    expect((await fetch(url + path, { headers: { ...headers, cookie } })).status, path).toBe(503);
  }
  const forged = { ...headers, cookie: cookie.replace(/....$/, "AAAA") };
  expect((await fetch(`${url}/admin/v1/tenants`, { headers: forged })).status).toBe(401);
}

/** What the previous release's objects would ignore is an error, and leaves nothing behind. */
async function neverIgnoresASetting(operator: GatewayClient, tenantId: string): Promise<void> {
  const tenant = `/admin/v1/tenants/${tenantId}`;
  const keys = async () => {
    const page = await operator.call<{ keys: { status: string; keyId: string }[] }>("GET", `${tenant}/keys`);
    return page.keys.filter(({ status }) => status === "active").map(({ keyId }) => keyId);
  };
  const tenants = async () => (await operator.call<{ tenants: unknown[] }>("GET", "/admin/v1/tenants")).tenants.length;
  const before = [await keys(), await tenants()] as const;
  const [keyId] = before[0];
  const allowedIps = ["192.0.2.1"];
  for (const [method, path, body] of [
    ["POST", `${tenant}/keys`, { allowedIps }],
    ["PATCH", `${tenant}/keys/${keyId}`, { allowedIps }],
    ["POST", `${tenant}/portal-links`, { role: "viewer" }],
    ["POST", "/admin/v1/tenants", { name: "New", externalId: "ours-1" }],
    ["PATCH", tenant, { externalId: "ours-1" }],
    ["GET", "/admin/v1/tenants?sort=name", undefined],
    ["GET", "/admin/v1/audit?action=key.create", undefined],
  ] as const) {
    await expect(operator.call(method, path, body), path).rejects.toMatchObject({ status: 503, code: 10001 });
  }
  expect([await keys(), await tenants()]).toEqual(before);
}

it("the previous release answers every kind of request on newer, additive state, and today's code after it", async () => {
  const { today, previous, state, live } = await world();
  await live(today, "first");
  expect(migrateFurther(state)).toBe(4);
  await live(previous, "second");
  await live(today, "third");
});

it("in a gradual deployment either release's Worker works with the other's objects", async () => {
  const { today, previous, live } = await world();
  await live(previous, "previous objects", today, async (url, tenantId) => {
    await opensNoConsole(url);
    await neverIgnoresASetting(new GatewayClient(url, ADMIN_TOKEN), tenantId);
  });
  await live(today, "today's objects", previous);
  await live(today, "today");
});
