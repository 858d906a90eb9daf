/** Limits and money are exact, however many ask at once. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../../support/flow.ts";
import {
  type Answer,
  BASE,
  call,
  createTenant,
  IMAGE,
  OPERATOR,
  type TestTenant,
  untilEnded,
} from "../../support/gateway.ts";
import { expectBooksInOrder, ledgerIn } from "../../support/tenant-object.ts";
import { endUpstream, upstreamRequests, upstreamTasks } from "../../support/upstream.ts";

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work));
const list = (tenant: TestTenant) => call("GET", "/api/v1/tasks", { headers: tenant.auth });
const patch = (tenant: TestTenant, settings: object) =>
  call("PATCH", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR, body: settings });
const credit = (tenant: TestTenant, credits: number) =>
  call("POST", `/admin/v1/tenants/${tenant.tenantId}/credits`, {
    headers: { ...OPERATOR, "x-idempotency-key": crypto.randomUUID() },
    body: { credits, note: "test" },
  });
/** How often each `status/code` was answered. */
function tally(answers: readonly Answer<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of answers) counts[`${status}/${code}`] = (counts[`${status}/${code}`] ?? 0) + 1;
  return counts;
}
const remainingOf = (answer: Answer<unknown>) => Number(/;r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]);

describe("the rate limit", () => {
  it("admits exactly the limit when many more arrive at once", async () => {
    const tenant = await createTenant({ requestsPerMinute: 20 });
    const answers = await times(60, () => list(tenant));
    expect(tally(answers)).toEqual({ "200/0": 20, "429/70001": 40 });
    for (const answer of answers) {
      expect(answer.headers.get("ratelimit-policy")).toBe('"requests";q=20;w=60');
      expect(answer.headers.get("ratelimit")).toMatch(/^"requests";r=\d+;t=\d+$/);
      expect(answer.headers.has("retry-after")).toBe(answer.status === 429);
    }
    const passed = answers.filter(({ status }) => status === 200).map(remainingOf);
    expect(passed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it("is one for all calls and all keys of a tenant, and counts submissions no more than once", async () => {
    const tenant = await createTenant({ requestsPerMinute: 20 });
    const other = await call<{ key: string }>("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, {
      headers: OPERATOR,
      body: { name: "second" },
    });
    const auth = { authorization: `Bearer ${other.data.key}` };
    const answers = await Promise.all([
      times(20, () => submit(tenant, IMAGE)),
      times(20, () => call("GET", "/api/v1/query/1", { headers: auth })),
      times(20, () => submit(tenant, "{")),
    ]);
    const counts = tally(answers.flat());
    expect(counts["429/70001"]).toBe(40);
    expect((counts["200/0"] ?? 0) + (counts["404/40002"] ?? 0) + (counts["400/30001"] ?? 0)).toBe(20);
  });

  it("counts malformed requests, also those that are refused without asking the tenant's object", async () => {
    const tenant = await createTenant({ requestsPerMinute: 600 });
    const malformed: Answer<unknown>[] = [];
    for (let count = 0; count < 40; count += 1) malformed.push(await submit(tenant, "{"));
    expect(tally(malformed)).toEqual({ "400/30001": 40 });
    const seen = malformed.map(remainingOf);
    expect(seen[0]).toBe(599);
    // What is refilled meanwhile is at most 10 a second.
    expect(seen[39]).toBeLessThanOrEqual(599 - 39 + 30);
    expect(remainingOf(await list(tenant))).toBeLessThanOrEqual(599 - 40 + 30);
  });

  it("of a key counts beside that of the tenant", async () => {
    const tenant = await createTenant({ requestsPerMinute: 100 }, { requestsPerMinute: 5 });
    const answers = await times(12, () => list(tenant));
    expect(tally(answers)).toEqual({ "200/0": 5, "429/70001": 7 });
    expect(answers[0]?.headers.get("ratelimit-policy")).toBe('"requests";q=100;w=60, "key-requests";q=5;w=60');
    const refused = answers.find(({ status }) => status === 429);
    // What the key may not do is not taken from the tenant either.
    expect(remainingOf(refused as Answer<unknown>)).toBe(95);
  });

  it("counts down, and returns when there is more", async () => {
    const tenant = await createTenant({ requestsPerMinute: 60 });
    const seen: number[] = [];
    for (let count = 0; count < 3; count += 1) seen.push(remainingOf(await list(tenant)));
    expect(seen[0]).toBe(59);
    expect(seen[2]).toBeLessThan(seen[0] ?? 0);
  });

  it("of one tenant is nothing to another", async () => {
    const [busy, quiet] = [await createTenant({ requestsPerMinute: 3 }), await createTenant({ requestsPerMinute: 3 })];
    await times(20, () => list(busy));
    expect((await list(quiet)).status).toBe(200);
  });

  it("that is used up is so before a body is looked at", async () => {
    const tenant = await createTenant({ requestsPerMinute: 0 });
    expect((await list(tenant)).status).toBe(429);
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const request = new Request(`${BASE}/api/v1/task/generate`, { method: "POST", headers: tenant.auth, body });
    const answer = await exports.default.fetch(request);
    expect({ status: answer.status, retryAfter: answer.headers.get("retry-after") }).toEqual({
      status: 429,
      retryAfter: "60",
    });
    expect(answer.headers.get("ratelimit")).toBe('"requests";r=0;t=60');
  });

  it("that is changed counts from the next request on", async () => {
    const tenant = await createTenant({ requestsPerMinute: 2 });
    expect(tally(await times(5, () => list(tenant)))["200/0"]).toBe(2);
    await patch(tenant, { requestsPerMinute: 1_000 });
    expect((await list(tenant)).status).toBe(200);
    await patch(tenant, { requestsPerMinute: 0 });
    expect(await list(tenant)).toMatchObject({ status: 429, code: 70001 });
  });
});

describe("the limit of tasks at once", () => {
  it("holds in a burst, costs those refused nothing, and ends with the tasks", async () => {
    const tenant = await createTenant({ concurrentTasks: 5 });
    const { tag, body } = plannedRequest("never");
    const answers = await times(14, () => submit(tenant, body));
    expect(tally(answers)).toEqual({ "200/0": 5, "429/70002": 9 });
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await upstreamRequests(tag)).toHaveLength(5);
    const [first] = await upstreamTasks(tag);
    await endUpstream(first?.taskId ?? "", "failed");
    await expect.poll(async () => (await submit(tenant, body)).status).toBe(200);
    expect((await submit(tenant, body)).code).toBe(70002);
  });
});

describe("a prepaid balance", () => {
  it("for exactly 37 tasks lets exactly 37 of 200 through that come at once", async () => {
    const tenant = await createTenant();
    const PRICE = 7;
    const { tag, body } = plannedRequest(`price=${PRICE}`, { ...IMAGE, quality: 63 });
    const known = await submit(tenant, body);
    expect(known.data.estimatedCredits).toBe(PRICE);
    await untilEnded(tenant, known.data.taskId);
    await patch(tenant, { billing: "prepaid" });
    expect((await credit(tenant, 38 * PRICE)).code).toBe(0);
    const answers = await times(200, () => submit(tenant, body));
    expect(tally(answers)).toEqual({ "200/0": 37, "402/60001": 163 });
    expect(await upstreamTasks(tag)).toHaveLength(38);
    const accepted = answers.filter(({ status }) => status === 200);
    expect(new Set(accepted.map(({ data }) => data.taskId)).size).toBe(37);
    await Promise.all(accepted.map(({ data }) => untilEnded(tenant, data.taskId, 15_000)));
    expect((await ledgerIn(tenant.tenantId)).at(-1)?.balance).toBe(0);
    await expectBooksInOrder(tenant.tenantId);
    expect((await submit(tenant, body)).code).toBe(60001);
  });

  it("of nothing spends nothing upstream, also when the price is nothing", async () => {
    const tenant = await createTenant({ billing: "prepaid", markup: 0 });
    const { tag, body } = plannedRequest("");
    expect(await submit(tenant, body)).toMatchObject({ status: 402, code: 60001 });
    expect(await upstreamRequests(tag)).toEqual([]);
  });

  it("of a month is not overspent by a burst either", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("price=3", { ...IMAGE, quality: 64 });
    await untilEnded(tenant, (await submit(tenant, body)).data.taskId);
    await patch(tenant, { monthlyCredits: 3 + 9 * 3 });
    expect(tally(await times(60, () => submit(tenant, body)))).toEqual({ "200/0": 9, "402/60001": 51 });
    expect(await upstreamTasks(tag)).toHaveLength(10);
  });
});

describe("the response to a submission", () => {
  it("agrees with price, balance and count of running tasks read right after it", async () => {
    const tenant = await createTenant();
    for (let round = 0; round < 5; round += 1) {
      const { body } = plannedRequest("never price=6", { ...IMAGE, quality: 70 + round });
      const { data } = await submit(tenant, body);
      expect(data.estimatedCredits).toBe(6);
      const task = await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
      expect(task.data.estimatedCredits).toBe(6);
      const view = await call("GET", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
      expect(view.data).toMatchObject({ balance: -6 * (round + 1), runningTasks: round + 1 });
      const estimate = await call("POST", "/api/v1/task/estimate", { headers: tenant.auth, body });
      expect(estimate.data).toEqual({ estimatedCredits: 6, affordable: true });
    }
  });
});
