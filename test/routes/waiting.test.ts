import { describe, expect, it } from "vitest";
import { plannedRequest, type Submitted, submit } from "../support/flow.ts";
import { call, createTenant, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage } from "../support/operator.ts";
import { endUpstream, upstreamTasks } from "../support/upstream.ts";

type Waited = Submitted & { task?: TaskData };

const wait = (seconds: number | string) => ({ prefer: `wait=${seconds}` });

async function submitWaiting(tenant: TestTenant, plan: string, seconds: number, headers: Record<string, string> = {}) {
  const { tag, body } = plannedRequest(plan);
  const startedAt = Date.now();
  const answer = await submit(tenant, body, { ...wait(seconds), ...headers });
  return { ...answer, data: answer.data as Waited, tag, body, tookMs: Date.now() - startedAt };
}

const query = (tenant: TestTenant, taskId: number, headers: Record<string, string> = {}) =>
  call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: { ...tenant.auth, ...headers } });

describe("Prefer: wait on a submission", () => {
  it("is answered when the task has ended, with the task as a query shows it", async () => {
    const tenant = await createTenant();
    const { status, headers, data, tookMs } = await submitWaiting(tenant, "delayMs=800", 60);
    expect(status).toBe(200);
    expect(headers.get("preference-applied")).toBe("wait=60");
    expect(tookMs).toBeGreaterThan(700);
    expect(tookMs).toBeLessThan(10_000);
    expect(data.task).toMatchObject({ taskId: data.taskId, taskStatus: 2, progress: 100 });
    expect(data.task?.results.map(({ fileUrl }) => fileUrl)).toEqual(data.resultUrls);
    expect((await query(tenant, data.taskId)).data).toEqual(data.task);
  });

  it.each([
    ["fail", 3],
    ["cancel", 5],
  ])("is answered with 200 whichever way the task ended: %s", async (plan, taskStatus) => {
    const { status, data } = await submitWaiting(await createTenant(), plan, 60);
    expect([status, data.task?.taskStatus]).toEqual([200, taskStatus]);
  });

  it("is answered after N seconds with the task as it then is", async () => {
    const tenant = await createTenant();
    const { status, headers, data, tookMs } = await submitWaiting(tenant, "never", 1);
    expect(status).toBe(200);
    expect(headers.get("preference-applied")).toBe("wait=1");
    expect(tookMs).toBeGreaterThan(950);
    expect(tookMs).toBeLessThan(6_000);
    expect(data.task?.taskStatus).toBe(1);
  });

  it("takes 60 for more, and nothing for what is no number of seconds", async () => {
    const tenant = await createTenant();
    const capped = await submit(tenant, plannedRequest("").body, wait(3_600));
    expect(capped.headers.get("preference-applied")).toBe("wait=60");
    for (const preference of ["wait=0", "wait=-1", "wait=soon", "wait", "respond-async"]) {
      const { status, headers, data } = await submit(tenant, plannedRequest("never").body, { prefer: preference });
      expect([preference, status, headers.has("preference-applied")]).toEqual([preference, 200, false]);
      expect(data).not.toHaveProperty("task");
    }
  });

  it("does not wait longer than asked for an upstream that does not answer", async () => {
    const tenant = await createTenant();
    const { status, data, tookMs } = await submitWaiting(tenant, "generate=slow:4000*1", 1);
    expect(status).toBe(200);
    expect(tookMs).toBeLessThan(3_500);
    expect(data.task?.taskStatus).toBe(0);
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
  });

  it("contains the price that arrived during the wait, at the top as in the task", async () => {
    const tenant = await createTenant();
    // Busy at first: the task is kept under the expected price, and accepted while the caller waits.
    const { data } = await submitWaiting(tenant, "price=777 generate=http:503*1", 60);
    expect(data.task?.estimatedCredits).toBe(777);
    expect(data.estimatedCredits).toBe(777);
  });

  it("lets the same request through again meanwhile: it waits too, spends nothing and is no 409", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("delayMs=1500");
    const key = { "x-idempotency-key": "waiting-1", ...wait(60) };
    const first = submit(tenant, body, key);
    const giveUpAt = Date.now() + 5_000;
    while ((await upstreamTasks(tag)).length === 0 && Date.now() < giveUpAt);
    // Accepted upstream; that the gateway has heard so may take it a moment.
    let second = await submit(tenant, body, { "x-idempotency-key": "waiting-1" });
    while (second.status === 409 && Date.now() < giveUpAt)
      second = await submit(tenant, body, { "x-idempotency-key": "waiting-1" });
    expect(second.status).toBe(200);
    const third = await submit(tenant, body, key);
    const answers = [await first, second, third];
    expect(new Set(answers.map(({ data }) => data.taskId)).size).toBe(1);
    expect(answers.map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true", "true"]);
    expect((third.data as Waited).task?.taskStatus).toBe(2);
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });

  it("needs no more than the right to generate", async () => {
    const tenant = await createTenant({}, { scopes: ["generate"] });
    const { data } = await submitWaiting(tenant, "", 60);
    expect(data.task?.taskStatus).toBe(2);
    expect((await query(tenant, data.taskId)).status).toBe(403);
  });

  it("works for a publishable key on its page", async () => {
    const tenant = await createTenant({}, { kind: "publishable", allowedOrigins: ["https://shop.example"] });
    const page = { ...tenant, auth: { ...tenant.auth, origin: "https://shop.example" } };
    const { data } = await submitWaiting(page, "", 60);
    expect(data.task?.taskStatus).toBe(2);
    expect((await query(page, data.taskId, wait(1))).data.taskStatus).toBe(2);
  });

  it("returns the error of a refused request", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    const { status, headers } = await submitImage({ ...tenant.auth, ...wait(5) });
    expect(status).toBe(402);
    expect(headers.has("preference-applied")).toBe(false);
  });
});

describe("Prefer: wait on a query", () => {
  it("is answered when the task has ended", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("delayMs=800").body);
    const answer = await query(tenant, data.taskId, wait(60));
    expect(answer.headers.get("preference-applied")).toBe("wait=60");
    expect(answer.data).toMatchObject({ taskStatus: 2, progress: 100 });
  });

  it("of an ended task does not wait", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("").body);
    await untilEnded(tenant, data.taskId);
    const startedAt = Date.now();
    expect((await query(tenant, data.taskId, wait(60))).data.taskStatus).toBe(2);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it("is answered after N seconds, and counts as one request", async () => {
    const tenant = await createTenant({ requestsPerMinute: 5 });
    const { data } = await submit(tenant, plannedRequest("never").body);
    const waited = await query(tenant, data.taskId, wait(1));
    expect(waited.data.taskStatus).toBe(1);
    expect(waited.headers.get("ratelimit")).toContain("r=3;");
    expect((await query(tenant, data.taskId)).headers.get("ratelimit")).toContain("r=2;");
  });

  it("wakes all who wait for the same task", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const { data } = await submit(tenant, body);
    const waiting = Array.from({ length: 10 }, () => query(tenant, data.taskId, wait(30)));
    const [task] = await upstreamTasks(tag);
    await endUpstream(task?.taskId ?? "", "completed");
    const answers = await Promise.all(waiting);
    expect(answers.map((answer) => answer.data.taskStatus)).toEqual(Array.from({ length: 10 }, () => 2));
  });

  it("is refused like any query, and at once", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("never").body);
    const stranger = await createTenant();
    const startedAt = Date.now();
    expect(await query(stranger, data.taskId, wait(30))).toMatchObject({ status: 404, code: 40002 });
    expect(await query(tenant, 1, wait(30))).toMatchObject({ status: 404, code: 40002 });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it("ends with an error when its key is revoked meanwhile", { timeout: 30_000 }, async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("never").body);
    const waiting = query(tenant, data.taskId, wait(60));
    await operate("DELETE", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`);
    expect(await waiting).toMatchObject({ status: 401, code: 20008 });
  });
});
