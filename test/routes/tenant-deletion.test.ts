import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { tenantPrefixes } from "../../src/domain/file-link.ts";
import { call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";
import { alarmOf, sqlIn, tenantStub } from "../support/tenant-object.ts";
import { uniqueTag, upstreamTasks } from "../support/upstream.ts";

const { FILES } = env as unknown as Bindings;

async function objectsOf({ tenantId }: TestTenant): Promise<string[]> {
  const lists = await Promise.all(tenantPrefixes(tenantId).map((prefix) => FILES.list({ prefix })));
  return lists.flatMap(({ objects }) => objects.map(({ key }) => key));
}

/** A tenant with a finished task whose file is in R2. */
async function tenantWithFile(): Promise<{ tenant: TestTenant; url: string }> {
  const tenant = await createTenant();
  const { taskId, resultUrls } = (await submitImage(tenant.auth, "", { metadata: { order: "1" } })).data;
  await untilEnded(tenant, taskId);
  return { tenant, url: resultUrls[0] ?? "" };
}

describe("DELETE /admin/v1/tenants/{id}", () => {
  it("stops keys and tokens at once, empties R2 and every table, and leaves URLs that answer 410", async () => {
    const { tenant, url } = await tenantWithFile();
    const token = await tokenFor(tenant);
    // Not asked for before the deletion, so that no isolate has cached what it knew of the tenant.
    expect(await objectsOf(tenant)).toHaveLength(1);
    const deleted = await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect(deleted).toMatchObject({ status: 200, code: 0, data: { tenantId: tenant.tenantId } });

    for (const headers of [tenant.auth, token]) {
      expect(await submitImage(headers)).toMatchObject({ status: 401, code: 20008 });
      expect(await call("GET", "/api/v1/tasks", { headers })).toMatchObject({ status: 401, code: 20008 });
    }
    expect((await call("GET", url)).status).toBe(410);
    await vi.waitFor(async () => expect(await objectsOf(tenant)).toEqual([]), { timeout: 10_000 });
    const tables = [
      "tasks",
      "task_metadata",
      "keys",
      "ledger",
      "usage",
      "idempotency",
      "prices",
      "uploads",
      "deliveries",
    ];
    for (const table of tables) {
      expect(await sqlIn(tenant.tenantId, `SELECT * FROM ${table}`)).toEqual([]);
    }
    const [tombstone] = await sqlIn<{ value: string }>(tenant.tenantId, "SELECT value FROM meta WHERE name = 'tenant'");
    expect(tombstone?.value).not.toContain("tenant ");
    expect((await call("GET", url)).status).toBe(410);
  });

  it("takes the tenant out of the list; its id is 404 for every call", async () => {
    const tenant = await createTenant({ name: uniqueTag("Goodbye") });
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    const path = `/tenants/${tenant.tenantId}`;
    for (const [method, rest, body] of [
      ["GET", "", undefined],
      ["PATCH", "", {}],
      ["DELETE", "", undefined],
      ["GET", "/keys", undefined],
      ["POST", "/keys", { name: "k" }],
      ["POST", "/credits", { credits: 1 }],
      ["GET", "/ledger", undefined],
      ["GET", "/tasks", undefined],
      ["GET", "/usage", undefined],
    ] as const) {
      expect(await operate(method, path + rest, body)).toMatchObject({ status: 404, code: 40002 });
    }
    const { data } = await operate<{ tenants: unknown[] }>("GET", `/tenants?q=${tenant.tenantId}`);
    expect(data.tenants).toEqual([]);
  });

  it("abandons running tasks: they are not polled any more, and their files are never copied", async () => {
    const tenant = await createTenant();
    const tag = uniqueTag("abandoned");
    await submitImage(tenant.auth, "", { prompt: `${tag} [[sim: delayMs=2000]]` });
    await expect.poll(async () => (await upstreamTasks(tag))[0]?.queries).toBeGreaterThan(0);
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    const [before] = await upstreamTasks(tag);
    await vi.waitFor(async () => expect((await upstreamTasks(tag))[0]?.ended).toBe(true), { timeout: 10_000 });
    // At the tests' pace some ten polls would have come by now.
    const [after] = await upstreamTasks(tag);
    expect((after?.queries ?? 0) - (before?.queries ?? 0)).toBeLessThanOrEqual(1);
    expect(await objectsOf(tenant)).toEqual([]);
  });

  it("is finished by the alarm after an interruption, and deletes files that arrive late", async () => {
    const { tenant } = await tenantWithFile();
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    await vi.waitFor(async () => expect(await objectsOf(tenant)).toEqual([]), { timeout: 10_000 });
    const [prefix = ""] = tenantPrefixes(tenant.tenantId);
    await FILES.put(`${prefix}late/0`, "landed after the first sweep");
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(await alarmOf(tenant.tenantId)).not.toBeNull();
    await sqlIn(tenant.tenantId, "UPDATE meta SET value = json_set(value, '$.dueAt', 0) WHERE name = 'purge'");
    await runDurableObjectAlarm(tenantStub(tenant.tenantId));
    await vi.waitFor(async () => expect(await objectsOf(tenant)).toEqual([]), { timeout: 10_000 });
  });

  it("is on record, with what the tenant was", async () => {
    const tenant = await createTenant({ name: uniqueTag("Recorded") });
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    const { data } = await operate<{ entries: Record<string, unknown>[] }>("GET", `/audit?tenantId=${tenant.tenantId}`);
    expect(data.entries[0]).toMatchObject({
      action: "tenant.delete",
      actor: { id: "root", name: "root" },
      before: { tenantId: tenant.tenantId },
      after: null,
    });
  });
});
