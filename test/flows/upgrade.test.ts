/**
 * Today's code on what release 0.1.0 left on disk: nobody loses a task, a credit, a key or a file by an upgrade. Whoever changes
 * a table adds a migration: the one that was released is held here, word for word.
 */
import { runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, it } from "vitest";
import { DIRECTORY_MIGRATIONS } from "../../src/directory/migrations.ts";
import { ReportStore } from "../../src/directory/reports.ts";
import { resultKey } from "../../src/domain/file-link.ts";
import { type Migration, migrate, schemaVersion } from "../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../src/tenant/migrations.ts";
import { bucket } from "../support/file-world.ts";
import { download } from "../support/flow.ts";
import { call, getBytes, OPERATOR, type TaskData, untilEnded } from "../support/gateway.ts";
import { RELEASED, restoreDirectory, restoreRelease, restoreTenant, schemaOf } from "../support/released-state.ts";
import { expectBooksInOrder, moneyOf, sqlIn, tenantStub } from "../support/tenant-object.ts";
import { endUpstream, upstreamFiles } from "../support/upstream.ts";
import { bodyOf, type Inbox, openInbox } from "../support/webhook-inbox.ts";

/** Runs a test on the empty storage of an object of its own. */
function onStorage<T>(test: (storage: DurableObjectStorage) => T): Promise<T> {
  return runInDurableObject(tenantStub(`upgrade ${crypto.randomUUID()}`), (_, { storage }) => test(storage));
}
/** Without the record of the version, which has another column since; white space aside. */
const tablesOf = (storage: DurableObjectStorage) =>
  schemaOf(storage)
    .filter(({ name }) => name !== "schema_version")
    .map(({ name, sql }) => ({ name, sql: sql.replace(/\s+/g, " ") }));
const NO_TASKS = { tasks: 0, credits: 0, completed: 0, failed: 0, cancelled: 0 };
const { tenantId, key, tasks } = RELEASED;
const auth = { authorization: `Bearer ${key}` };
const tenant = { tenantId, key, keyId: "", auth };
const [runningId] = tasks.running;

describe("the released schema", () => {
  it.each([
    ["a tenant", TENANT_MIGRATIONS, (storage: DurableObjectStorage) => restoreTenant(storage, "")],
    ["the directory", DIRECTORY_MIGRATIONS, restoreDirectory],
  ])("of %s is what migration 1 makes", async (_, steps, restore) => {
    const made = await onStorage((storage) => {
      migrate(storage, steps.slice(0, 1));
      return tablesOf(storage);
    });
    const released = await onStorage((storage) => {
      restore(storage);
      return tablesOf(storage);
    });
    expect(made).toEqual(released);
  });

  it("of a tenant goes forward with everything in it", () =>
    onStorage((storage) => {
      restoreTenant(storage, "");
      const before = storage.sql.exec("SELECT * FROM tasks").toArray();
      const next: Migration = {
        id: 2,
        sql: `ALTER TABLE tasks ADD COLUMN rank INTEGER NOT NULL DEFAULT 7;
              CREATE INDEX ledger_by_key ON ledger (key_id);
              UPDATE tasks SET rank = 1 WHERE has_work = 1;`,
      };
      migrate(storage, [...TENANT_MIGRATIONS.slice(0, 1), next]);
      expect(schemaVersion(storage)).toBe(2);
      const after = storage.sql.exec("SELECT * FROM tasks").toArray();
      expect(after).toEqual(before.map((row) => ({ ...row, rank: row.has_work === 1 ? 1 : 7 })));
      expect(after).toHaveLength(Object.keys(tasks).length);
    }));
});

describe("the Directory's sums", () => {
  it("are after the upgrade what they were before, and follow the next reports", () =>
    onStorage((storage) => {
      restoreDirectory(storage);
      const [{ day } = { day: 0 }] = storage.sql.exec<{ day: number }>("SELECT day FROM days").toArray();
      // A second tenant with two days, and what is left of one that was deleted.
      storage.sql.exec(
        `INSERT INTO tenants (tenant_id, name, created_at) VALUES ('ten_2', 'Two', 1);
         INSERT INTO rollups SELECT 'ten_2', at, status, billing, 1, 0, 0, 0, 0, 0 FROM rollups;
         INSERT INTO tenant_days VALUES (${day - 1}, 'ten_2', 5, 50, 5, 0, 0), (${day}, 'ten_2', 1, 10, 0, 0, 1);
         INSERT INTO days VALUES (${day - 1}, 25, 350, 20, 3, 2);
         UPDATE days SET tasks = tasks + 1, credits = credits + 10, cancelled = 1 WHERE day = ${day};`,
      );
      migrate(storage, DIRECTORY_MIGRATIONS);
      const rollups = new ReportStore(storage.sql);
      const now = (day + 1) * 86_400_000;
      const [, before, latest, today] = rollups.overview(4, now).days;
      expect(before).toEqual({ day: day - 1, tasks: 25, credits: 350, completed: 20, failed: 3, cancelled: 2 });
      expect(latest).toEqual({ day, tasks: 7, credits: 136, completed: 2, failed: 1, cancelled: 1 });
      expect(today).toMatchObject({ tasks: 0 });
      expect(rollups.overview(4, now).topTenants).toMatchObject([
        { tenantId, tasks: 6, credits: 126 },
        { tenantId: "ten_2", tasks: 6, credits: 60 },
      ]);
      const gauges = { status: "active", billing: "prepaid", balance: 1, running: 0, held: 0 } as const;
      const waiting = { copiesWaiting: 0, deliveriesWaiting: 0, webhookDisabled: false };
      const sums = (ofDay: number, tasks: number) => ({ ...NO_TASKS, day: ofDay, tasks });
      rollups.record(
        "ten_2",
        { ...gauges, ...waiting },
        [sums(day, 3), sums(day + 1, 9)],
        { notice: 0, earned: null },
        now,
      );
      expect(rollups.overview(3, now).days.map(({ tasks }) => tasks)).toEqual([25, 9, 9]);
      expect(rollups.overview(3, now).totals.tasks).toBe(43);
    }));
});

describe("state that release 0.1.0 left behind", () => {
  const stored = crypto.getRandomValues(new Uint8Array(500));
  let inbox: Inbox;
  beforeAll(async () => {
    inbox = await openInbox();
    const [, path] = tasks.completed;
    await bucket.put(resultKey(tenantId, path.split("/")[2] ?? "", "0"), stored, {
      httpMetadata: { contentType: "image/png" },
      customMetadata: { kind: "image" },
    });
    await restoreRelease(inbox.url);
  });

  it("is taken up by the alarm alone, and its tasks end with their files and their money", async () => {
    // The alarm of the old release wakes the new one: the copy, the submission and the webhook go on before any request.
    await inbox.until(1);
    const [row] = await sqlIn<{ upstream_id: string }>(
      tenantId,
      "SELECT upstream_id FROM tasks WHERE task_id = ?",
      runningId,
    );
    await endUpstream(row?.upstream_id ?? "", "completed");
    for (const [name, price] of Object.entries({ mirroring: 45, running: 45, submitting: 12 })) {
      const [taskId, path] = tasks[name as keyof typeof tasks];
      const task = await untilEnded(tenant, taskId);
      const [result] = task.results;
      expect(task, name).toMatchObject({ taskStatus: 2, metadata: { story: name }, estimatedCredits: price });
      expect(new URL(result?.fileUrl ?? "").pathname, name).toBe(path);
      const [upstream] = await sqlIn<{ id: string }>(
        tenantId,
        "SELECT upstream_id AS id FROM tasks WHERE task_id = ?",
        taskId,
      );
      const [file] = await upstreamFiles(upstream?.id ?? "");
      expect(await download(path), name).toMatchObject({ status: 200, sha256: file?.sha256 });
      expect(await moneyOf(tenantId, taskId), name).toMatchObject({ cost: price });
    }
    await expectBooksInOrder(tenantId);
    const version = await runInDurableObject(tenantStub(tenantId), (_, { storage }) => schemaVersion(storage));
    expect(version).toBe(TENANT_MIGRATIONS.length);
  });

  it("delivers no event twice, and delivers the events that were due", async () => {
    const told = (await inbox.until(4)).map((webhook) => {
      const payload = new Webhook(RELEASED.webhookSecret).verify(webhook.body, { ...webhook.headers });
      expect(payload).toBeTruthy();
      return bodyOf(webhook).data.taskId;
    });
    const expected = [tasks.untold, tasks.mirroring, tasks.running, tasks.submitting].map(([taskId]) => taskId);
    expect(told.toSorted()).toEqual(expected.toSorted());
  });

  it("has its keys, its balance, its ended tasks and its idempotency keys", async () => {
    const account = await call("GET", "/api/v1/account", { headers: auth });
    expect(account.data).toMatchObject({ name: "Upgraded Pictures", balance: RELEASED.balance });
    const [failedId, failedPath] = tasks.failed;
    const failed = await call<TaskData>("GET", `/api/v1/query/${failedId}`, { headers: auth });
    expect(failed.data).toMatchObject({ taskStatus: 3, failReason: "the model gave up" });
    expect((await call("GET", failedPath)).status).toBe(410);
    const [completedId, completedPath] = tasks.completed;
    const file = await getBytes(completedPath);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(file.bytes).toEqual(stored);
    const [{ request, metadata } = { request: "{}", metadata: "{}" }] = await sqlIn<{
      request: string;
      metadata: string;
    }>(tenantId, "SELECT request, facts ->> 'metadata' AS metadata FROM tasks WHERE task_id = ?", completedId);
    const again = await call("POST", "/api/v1/task/generate", {
      headers: { ...auth, "x-idempotency-key": "first order" },
      body: { ...JSON.parse(request), metadata: JSON.parse(metadata) },
    });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.data).toMatchObject({ taskId: completedId });
  });

  it("is in the operator's list and books", async () => {
    const list = await call<{ tenants: object[] }>("GET", "/admin/v1/tenants?q=upgraded", { headers: OPERATOR });
    expect(list.data.tenants).toMatchObject([{ tenantId, name: "Upgraded Pictures" }]);
    const audit = await call<{ entries: { action: string }[] }>("GET", "/admin/v1/audit", { headers: OPERATOR });
    expect(audit.data.entries.map(({ action }) => action)).toEqual(["credits.add", "key.create", "tenant.create"]);
    const ledger = await call<{ entries: { kind: string }[] }>(
      "GET",
      `/admin/v1/tenants/${tenantId}/ledger?limit=100`,
      {
        headers: OPERATOR,
      },
    );
    expect(ledger.data.entries.at(-1)).toMatchObject({ kind: "credit", credits: 1_000, note: "opening" });
  });
});
