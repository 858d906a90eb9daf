/** An object that dies in the middle of a submission: nobody knows whether its answer got out, so nothing may be forgotten. */
import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../../support/flow.ts";
import { call, createTenant, untilEnded } from "../../support/gateway.ts";
import { expectBooksInOrder, moneyOf } from "../../support/tenant-object.ts";
import { strike, upstreamRequests, upstreamTasks } from "../../support/upstream.ts";

const KEY = { "x-idempotency-key": "order 4711" };
const listOf = async (auth: Record<string, string>) =>
  (
    await call<{ tasks: { taskId: number; taskStatus: number; failReason: string }[] }>("GET", "/api/v1/tasks", {
      headers: auth,
    })
  ).data.tasks;

describe("a submission whose object dies while the upstream thinks", () => {
  it("is the same task for a caller who tries again, and is charged once", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generate=slow:1500*1");
    const pending = submit(tenant, body, KEY);
    await expect.poll(async () => (await upstreamRequests(tag)).length).toBe(1);
    await abortAllDurableObjects();
    const broken = await pending;
    expect(broken).toMatchObject({ status: 503, code: 10001 });
    expect(broken.headers.get("retry-after")).not.toBeNull();
    const again = await submit(tenant, body, KEY);
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect((await untilEnded(tenant, again.data.taskId, 15_000)).taskStatus).toBe(2);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    expect(new Set((await upstreamRequests(tag)).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await listOf(tenant.auth)).toHaveLength(1);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("has failed, and is not gone, when the upstream then refuses it", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike("generate", { kind: "code", code: 50014, delayMs: 1_000 }, { prompt: tag });
    const pending = submit(tenant, body, KEY);
    await expect.poll(async () => (await upstreamRequests(tag)).length).toBe(1);
    await abortAllDurableObjects();
    await pending;
    await expect.poll(async () => (await listOf(tenant.auth))[0]?.taskStatus, { timeout: 15_000 }).toBe(3);
    const [task] = await listOf(tenant.auth);
    expect(task?.failReason).toBe("Reference content failed safety review");
    expect((await moneyOf(tenant.tenantId, task?.taskId ?? 0)).cost).toBe(0);
    const replay = await submit(tenant, body, KEY);
    expect(replay).toMatchObject({ status: 200, data: { taskId: task?.taskId } });
    await expectBooksInOrder(tenant.tenantId);
  });
});
