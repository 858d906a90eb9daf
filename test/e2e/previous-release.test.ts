/** The previous release runs on what today's code and a further, purely additive migration left, and today's code after it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { type Bundle, buildBundle } from "../../bench/bundle.ts";
import { ADMIN_TOKEN, MASTER_KEY, startGateway } from "../../bench/contenders.ts";
import { createTenant, download, GatewayClient, type NewTenant } from "../../scripts/gateway-client.ts";
import { unpackRelease } from "../../scripts/release-fixture.ts";
import { startSimulator } from "../../simulator/index.ts";
import { removeFolder, temporaryFolder } from "../support/node/world.ts";

const SETTINGS = { POLL_MIN_MS: "200", POLL_MAX_MS: "400", ALLOW_PRIVATE_URLS: "true" };
const BODY = {
  model: "Imagen Nano Banana 2",
  type: "txt",
  taskName: "A cat",
  prompt: "a cat [[sim: queueMs=10 generateMs=100]]",
};

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

it("the previous release answers every kind of request on newer, additive state, and today's code after it", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const state = join(folder, "state");
  const today = await buildBundle(join(folder, "today"));
  const previous = unpackRelease(join(folder, "previous"));
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000 }] });
  onTestFinished(() => simulator.close());
  let tenant: NewTenant | null = null;
  const taskIds: number[] = [];

  /** Runs one release on the state: everything that was done before is there, and new work is done. */
  const live = async (bundle: Bundle, order: string) => {
    const gateway = await startGateway(bundle, simulator.url, state, { settings: SETTINGS });
    try {
      const operator = new GatewayClient(gateway.url, ADMIN_TOKEN);
      tenant ??= await createTenant(operator, { name: "Old and new" });
      const { tenantId, key } = tenant;
      const client = new GatewayClient(gateway.url, key);
      for (const taskId of taskIds) {
        const { taskStatus, results } = await client.query(taskId);
        expect(taskStatus).toBe(2);
        const path = new URL(results[0]?.fileUrl ?? "").pathname;
        expect((await download(gateway.url + path)).status).toBe(200);
      }
      const submission = await client.submit(BODY, { "x-idempotency-key": order });
      expect((await client.submit(BODY, { "x-idempotency-key": order })).taskId).toBe(submission.taskId);
      await client.untilEnded(submission.taskId);
      taskIds.push(submission.taskId);
      const list = await client.call<{ tasks: { taskId: number }[] }>("GET", "/api/v1/tasks?status=2");
      expect(list.tasks.map(({ taskId }) => taskId)).toEqual(taskIds.toReversed());
      const byModel = `/admin/v1/tenants/${tenantId}/tasks?model=${encodeURIComponent(BODY.model)}`;
      expect((await operator.call<{ tasks: unknown[] }>("GET", byModel)).tasks).toHaveLength(taskIds.length);
      const { entries } = await operator.call<{ entries: { credits: number; balance: number }[] }>(
        "GET",
        `/admin/v1/tenants/${tenantId}/ledger?limit=100`,
      );
      expect(entries.reduce((sum, { credits }) => sum + credits, 0)).toBe(entries[0]?.balance);
      const usage = await client.call<{ rows: { tasks: number }[] }>("GET", "/api/v1/usage?groupBy=model");
      expect(usage.rows[0]?.tasks).toBe(taskIds.length);
      for (const path of ["/api/v1/account", "/api/v1/models", `/api/v1/tasks/${submission.taskId}/deliveries`]) {
        await client.call("GET", path);
      }
      for (const path of [
        `/admin/v1/tenants/${tenantId}/keys`,
        "/admin/v1/tenants",
        "/admin/v1/overview",
        "/admin/v1/audit",
      ]) {
        await operator.call("GET", path);
      }
    } finally {
      await gateway.server.stop();
    }
  };

  await live(today, "first");
  expect(migrateFurther(state)).toBe(2);
  await live(previous, "second");
  await live(today, "third");
  expect(taskIds).toHaveLength(3);
});
