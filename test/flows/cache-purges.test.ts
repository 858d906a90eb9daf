/** What leaves the edge cache when files are deleted: from the tenant's object over the Directory to the platform's purge. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { Directory } from "../../src/directory/object.ts";
import type { PurgeCall } from "../../src/domain/file-cache.ts";
import { Files } from "../../src/edge/files.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";

const { DIRECTORY } = env as unknown as Bindings;
let calls: PurgeCall[];
beforeEach(() => {
  calls = [];
  vi.spyOn(Files.prototype, "purge").mockImplementation(async (call) => {
    calls.push(call);
    return { success: true };
  });
});
afterEach(() => vi.restoreAllMocks());

/** True if a call named the tag, or so many waited that it named more. */
const isPurged = (tag: string) => calls.some((one) => "purgeEverything" in one || one.tags.includes(tag));
const untilPurged = (tag: string) => until(`a purge of ${tag}`, async () => isPurged(tag));
const tagOf = ({ tenantId }: TestTenant, taskId: number) => `k-${tenantId}-${taskId}`;
const uncachedOf = async ({ tenantId }: TestTenant) => (await tenantStub(tenantId).fileFacts())?.uncached;

async function finished(tenant: TestTenant): Promise<number> {
  const { data } = await submit(tenant, plannedRequest("").body);
  await untilEnded(tenant, data.taskId);
  return data.taskId;
}

const remove = (tenant: TestTenant, taskId: number) =>
  call("DELETE", `/api/v1/tasks/${taskId}`, { headers: tenant.auth });

/** As after a crash: the object has what is on disk, and its next call finds work that is late. */
async function restart({ tenantId }: TestTenant): Promise<void> {
  await evictDurableObject(tenantStub(tenantId));
  await tenantStub(tenantId).fileFacts();
}

describe("a deleted task", () => {
  it("is named in the facts for file requests at once, and purged by its tag once", async () => {
    const tenant = await createTenant();
    const [kept, deleted] = [await finished(tenant), await finished(tenant)];
    expect(await uncachedOf(tenant)).toEqual({ upTo: -1, tasks: [] });
    await remove(tenant, deleted);
    expect(await uncachedOf(tenant)).toEqual({ upTo: -1, tasks: [deleted] });
    await untilPurged(tagOf(tenant, deleted));
    expect(isPurged(tagOf(tenant, kept))).toBe(false);
    await restart(tenant);
    expect(await uncachedOf(tenant)).toEqual({ upTo: -1, tasks: [deleted] });
    const second = await finished(tenant);
    await remove(tenant, second);
    await untilPurged(tagOf(tenant, second));
    expect(calls.filter((one) => "tags" in one && one.tags.includes(tagOf(tenant, deleted)))).toHaveLength(1);
  });

  it.each([
    ["the Directory is not reachable", "down"],
    ["the Directory is of the previous release", 'The RPC receiver does not implement the method "purgeFiles".'],
  ])("is purged after a restart although %s at first", async (_, message) => {
    const tenant = await createTenant();
    const taskId = await finished(tenant);
    const spy = vi.spyOn(Directory.prototype, "purgeFiles").mockRejectedValueOnce(new Error(message));
    await remove(tenant, taskId);
    await until("the first attempt", async () => spy.mock.calls.length > 0);
    expect(isPurged(tagOf(tenant, taskId))).toBe(false);
    await restart(tenant);
    await untilPurged(tagOf(tenant, taskId));
  });

  it("is purged and named although an earlier release deleted it", async () => {
    const tenant = await createTenant();
    const taskId = await finished(tenant);
    await evictDurableObject(tenantStub(tenant.tenantId));
    await sqlIn(tenant.tenantId, "UPDATE tasks SET deleted_at = ?, files = NULL WHERE task_id = ?", Date.now(), taskId);
    await restart(tenant);
    expect(await uncachedOf(tenant)).toEqual({ upTo: -1, tasks: [taskId] });
    await untilPurged(tagOf(tenant, taskId));
  });

  it("is not missed if it is deleted in the millisecond of another one", async () => {
    const tenant = await createTenant();
    const ids = [await finished(tenant), await finished(tenant), await finished(tenant)];
    await Promise.all(ids.map((id) => remove(tenant, id)));
    for (const id of ids) await untilPurged(tagOf(tenant, id));
  });
});

describe("retention", () => {
  it("keeps tasks past it away from the cache by the clock, and purges them when they are deleted", async () => {
    const tenant = await createTenant();
    const taskId = await finished(tenant);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { retentionDays: 0.000001 });
    expect((await uncachedOf(tenant))?.upTo).toBeGreaterThanOrEqual(taskId);
    await untilPurged(tagOf(tenant, taskId));
  });
});

describe("a tenant", () => {
  it("is purged when its links become signed, not when they become public", async () => {
    const tenant = await createTenant();
    const tag = `t-${tenant.tenantId}`;
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "signed" });
    await untilPurged(tag);
    calls = [];
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "public" });
    const taskId = await finished(tenant);
    await remove(tenant, taskId);
    await untilPurged(tagOf(tenant, taskId));
    expect(calls.some((one) => "tags" in one && one.tags.includes(tag))).toBe(false);
  });

  it("is purged when it is deleted", async () => {
    const tenant = await createTenant();
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    await untilPurged(`t-${tenant.tenantId}`);
  });

  it("is purged when it is deleted although its object does not answer", async () => {
    const tenant = await createTenant();
    const actor = { kind: "operator", id: "root", name: "root", requestId: "r" } as never;
    await DIRECTORY.getByName(DIRECTORY_NAME).intend(tenant.tenantId, "delete", actor);
    await untilPurged(`t-${tenant.tenantId}`);
  });
});
