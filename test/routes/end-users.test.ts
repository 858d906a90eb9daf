import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { EventStream } from "../support/event-stream.ts";
import { BASE, call, createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";

interface EndUser {
  readonly endUser: string;
  readonly blocked: boolean;
  readonly dailyCredits: number | null;
  readonly used: { todayCredits: number; monthCredits: number; todayTasks: number; running: number };
}

const path = (endUser: string) => `/api/v1/end-users/${encodeURIComponent(endUser)}`;
const put = (tenant: TestTenant, endUser: string, body: unknown) =>
  call<EndUser>("PUT", path(endUser), { headers: tenant.auth, body });
const get = (tenant: TestTenant, endUser: string) => call<EndUser>("GET", path(endUser), { headers: tenant.auth });

/** A tenant whose images cost 7 credits: the price is known before the tests submit. */
async function tenantWithPrices(settings: object = {}): Promise<TestTenant> {
  const prices = [{ model: "Imagen Nano Banana 2", credits: 7 }];
  return createTenant({ prices, concurrentTasks: 1_000, requestsPerMinute: 100_000, ...settings });
}

describe("the name of an end user", () => {
  it("can be in a URL: a token's end user can always be blocked", async () => {
    const tenant = await createTenant();
    for (const endUser of [".", ".."]) {
      const minted = await call("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: { endUser } });
      expect(minted).toMatchObject({ status: 400, code: 30001 });
    }
    for (const endUser of ["...", "a/b", "%2e", "?", "a b", "__proto__"]) {
      const auth = await tokenFor(tenant, { endUser });
      expect((await put(tenant, endUser, { blocked: true })).data.endUser).toBe(endUser);
      expect(await call("GET", "/api/v1/tasks", { headers: auth })).toMatchObject({ status: 403, code: 20002 });
    }
  });

  it.each(["%FC", "a%", "%E0%A4%A", "%2"])("is 30001 if it is not percent-encoded UTF-8: %s", async (name) => {
    const tenant = await createTenant();
    for (const method of ["GET", "PUT"]) {
      const body = method === "PUT" ? { blocked: true } : undefined;
      const answer = await call(method, `/api/v1/end-users/${name}`, { headers: tenant.auth, body });
      expect(answer).toMatchObject({ status: 400, code: 30001 });
      expect(answer.text).toContain("endUser");
    }
  });
});

describe("an end user that was never seen", () => {
  it("has no limits and no use, and is in no list", async () => {
    const tenant = await createTenant();
    expect((await get(tenant, "nobody")).data).toEqual({
      endUser: "nobody",
      blocked: false,
      dailyCredits: null,
      monthlyCredits: null,
      dailyTasks: null,
      concurrentTasks: null,
      used: { todayCredits: 0, monthCredits: 0, todayTasks: 0, running: 0 },
    });
    const list = await call("GET", "/api/v1/end-users", { headers: tenant.auth });
    expect(list.data).toEqual({ endUsers: [], nextCursor: null });
  });
});

describe("PUT /api/v1/end-users/{endUser}", () => {
  it.each<[string, unknown]>([
    ["blocked", { blocked: "yes" }],
    ["blocked", { blocked: null }],
    ["dailyCredits", { dailyCredits: -1 }],
    ["dailyCredits", { dailyCredits: 1.5 }],
    ["monthlyCredits", { monthlyCredits: "5" }],
    ["dailyTasks", { dailyTasks: 1_000_000_001 }],
    ["concurrentTasks", { concurrentTasks: {} }],
    ["dailyCredit", { dailyCredit: 5 }],
    ["", []],
  ])("refuses a wrong %s: %j", async (name, body) => {
    const tenant = await createTenant();
    const refused = await put(tenant, "ann", body);
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    const { issues } = refused.data as unknown as { issues: { path: string }[] };
    expect(issues.map((issue) => issue.path)).toContain(name);
  });

  it("replaces all limits, and takes any name that a token can have", async () => {
    const tenant = await createTenant();
    for (const name of ["a/b c", "ünï@example.com", "%2F", "a".repeat(200)]) {
      const set = await put(tenant, name, { dailyCredits: 5, concurrentTasks: 2 });
      expect(set.data).toMatchObject({ endUser: name, dailyCredits: 5, concurrentTasks: 2 });
      expect((await put(tenant, name, { blocked: true })).data).toMatchObject({ blocked: true, dailyCredits: null });
      expect((await get(tenant, name)).data).toMatchObject({ endUser: name, blocked: true });
    }
    expect(await put(tenant, "a".repeat(201), {})).toMatchObject({ status: 400, code: 30001 });
    expect(await put(tenant, "a\nb", {})).toMatchObject({ status: 400, code: 30001 });
  });

  it("is for secret keys with the scope tokens", async () => {
    const tenant = await createTenant();
    const origin = "https://app.example";
    const publishable = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    const withoutScope = await createTenant({}, { scopes: ["generate", "read"] });
    for (const headers of [await tokenFor(tenant), { ...publishable.auth, origin }, withoutScope.auth]) {
      for (const [method, url] of [
        ["GET", "/api/v1/end-users"],
        ["GET", path("ann")],
        ["PUT", path("ann")],
        ["GET", "/api/v1/client-tokens"],
      ] as const) {
        const body = method === "PUT" ? {} : undefined;
        expect(await call(method, url, { headers, body })).toMatchObject({ status: 403, code: 20002 });
      }
    }
  });

  it("concerns only the tenant's own end user", async () => {
    const [tenant, other] = [await tenantWithPrices(), await tenantWithPrices()];
    await put(other, "ann", { blocked: true });
    expect(await submitImage(await tokenFor(tenant, { endUser: "ann" }))).toMatchObject({ code: 0 });
    expect((await get(tenant, "ann")).data.blocked).toBe(false);
  });
});

describe("the caps of an end user", () => {
  it("hold exactly over all of its tokens when 60 tasks are submitted at once", async () => {
    const tenant = await tenantWithPrices();
    await put(tenant, "ann", { dailyCredits: 100 });
    const tokens = await Promise.all(Array.from({ length: 6 }, () => tokenFor(tenant, { endUser: "ann" })));
    const burst = await Promise.all(
      Array.from({ length: 60 }, (_, index) => submitImage(tokens[index % 6] as Record<string, string>)),
    );
    expect(burst.filter(({ code }) => code === 0)).toHaveLength(14);
    expect(burst.filter(({ status, code }) => status === 403 && code === 20002)).toHaveLength(46);
    expect(burst.find(({ code }) => code !== 0)?.msg).toContain("dailyCredits");
    expect((await get(tenant, "ann")).data.used).toMatchObject({ todayCredits: 98, monthCredits: 98, todayTasks: 14 });
    // Others are not concerned.
    expect(await submitImage(await tokenFor(tenant, { endUser: "bob" }))).toMatchObject({ code: 0 });
    expect(await submitImage(tenant.auth)).toMatchObject({ code: 0 });
  });

  it("count what was used before they were set, and an estimate says whether they allow a task", async () => {
    const tenant = await tenantWithPrices();
    const ann = await tokenFor(tenant, { endUser: "ann" });
    await submitImage(ann);
    await put(tenant, "ann", { monthlyCredits: 13 });
    expect(await submitImage(ann)).toMatchObject({ status: 403, code: 20002 });
    const estimate = await call("POST", "/api/v1/task/estimate", { headers: ann, body: IMAGE });
    expect(estimate.data).toEqual({ estimatedCredits: 7, affordable: false });
    await put(tenant, "ann", { monthlyCredits: 14 });
    expect(await submitImage(ann)).toMatchObject({ code: 0 });
  });

  it("give back the credits of a task that fails, but not its place in dailyTasks", async () => {
    const tenant = await tenantWithPrices();
    await put(tenant, "ann", { dailyCredits: 7, dailyTasks: 2 });
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const failing = await submitImage(ann, "fail");
    await untilEnded(tenant, failing.data.taskId);
    expect((await get(tenant, "ann")).data.used).toEqual({
      todayCredits: 0,
      monthCredits: 0,
      todayTasks: 1,
      running: 0,
    });
    expect(await submitImage(ann)).toMatchObject({ code: 0 });
    const third = await submitImage(ann);
    expect(third).toMatchObject({ status: 403, code: 20002 });
    expect(third.msg).toContain("dailyTasks");
  });

  it("limit the tasks at once with 70002 and Retry-After", async () => {
    const tenant = await tenantWithPrices();
    await put(tenant, "ann", { concurrentTasks: 3 });
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const burst = await Promise.all(Array.from({ length: 12 }, () => submitImage(ann, "never")));
    expect(burst.filter(({ code }) => code === 0)).toHaveLength(3);
    const refused = burst.filter(({ status, code }) => status === 429 && code === 70002);
    expect(refused).toHaveLength(9);
    for (const { msg } of refused) expect(msg).toBe("At most 3 tasks may run at once for this end user");
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get(tenant, "ann")).data.used.running).toBe(3);
  });
});

describe("a blocked end user", () => {
  it("has no access by any of its tokens, gets no new ones, and has it again once unblocked", async () => {
    const tenant = await tenantWithPrices();
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const { data } = await submitImage(ann);
    await put(tenant, "ann", { blocked: true });
    expect(await submitImage(ann)).toMatchObject({ status: 403, code: 20002 });
    expect(await call("GET", `/api/v1/query/${data.taskId}`, { headers: ann })).toMatchObject({
      status: 403,
      code: 20002,
    });
    expect(await call("GET", "/api/v1/client-token", { headers: ann })).toMatchObject({ status: 403, code: 20002 });
    const minted = await call("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: { endUser: "ann" } });
    expect(minted).toMatchObject({ status: 403, code: 20002 });
    expect(await submitImage(await tokenFor(tenant, { endUser: "bob" }))).toMatchObject({ code: 0 });
    await put(tenant, "ann", {});
    expect(await submitImage(ann)).toMatchObject({ code: 0 });
  });
});

describe("an open event stream of a blocked end user", () => {
  it("ends", async () => {
    const tenant = await tenantWithPrices();
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const { data } = await submitImage(ann, "never");
    const url = `${BASE}/api/v1/tasks/${data.taskId}/events`;
    const response = await exports.default.fetch(new Request(url, { headers: ann }));
    expect(response.status).toBe(200);
    const stream = new EventStream(response.body);
    await stream.until(({ event }) => event === "progress");
    await put(tenant, "ann", { blocked: true });
    expect((await stream.rest()).every(({ event }) => event === "progress")).toBe(true);
  });
});

describe("GET /api/v1/end-users", () => {
  it("lists those with limits, tasks or both once each, by name, over all pages", async () => {
    const tenant = await tenantWithPrices();
    const names = ["ann", "bob", "cem", "zoë/1"];
    for (const endUser of names) await submitImage(await tokenFor(tenant, { endUser }));
    await put(tenant, "bob", { dailyTasks: 5 });
    await put(tenant, "new", { blocked: true });
    const seen: EndUser[] = [];
    let cursor = "";
    do {
      const query = `limit=2${cursor && `&cursor=${cursor}`}`;
      const page = await call<{ endUsers: EndUser[]; nextCursor: string | null }>("GET", `/api/v1/end-users?${query}`, {
        headers: tenant.auth,
      });
      expect(page.data.endUsers.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.endUsers);
      cursor = page.data.nextCursor ?? "";
    } while (cursor !== "");
    expect(seen.map(({ endUser }) => endUser)).toEqual(["ann", "bob", "cem", "new", "zoë/1"]);
    expect(seen.map(({ used }) => used.todayTasks)).toEqual([1, 1, 1, 0, 1]);
    expect(seen[1]).toMatchObject({ dailyTasks: 5, used: { todayCredits: 7 } });
  });

  it.each(["limit=0", "limit=101", "cursor=%%%", "blocked=true", "limit=1&limit=2"])("refuses ?%s", async (query) => {
    const { auth } = await createTenant();
    expect(await call("GET", `/api/v1/end-users?${query}`, { headers: auth })).toMatchObject({
      status: 400,
      code: 30001,
    });
  });
});

describe("GET /api/v1/client-tokens", () => {
  it("lists tokens that made a task or were ended, of one end user or all", async () => {
    const tenant = await tenantWithPrices();
    const mint = (endUser: string | null) =>
      call<{ token: string; tokenId: string }>("POST", "/api/v1/client-tokens", {
        headers: tenant.auth,
        body: { endUser },
      });
    const [ann, bob, unused] = [await mint("ann"), await mint("bob"), await mint("ann")];
    for (const { data } of [ann, bob]) await submitImage({ authorization: `Bearer ${data.token}` });
    await call("DELETE", `/api/v1/client-tokens/${bob.data.tokenId}`, { headers: tenant.auth });
    const list = async (query: string) =>
      (
        await call<{ tokens: { tokenId: string; ended: boolean }[]; nextCursor: string | null }>(
          "GET",
          `/api/v1/client-tokens?${query}`,
          { headers: tenant.auth },
        )
      ).data;
    const all = await list("");
    expect(all.tokens.map(({ tokenId }) => tokenId)).toEqual([ann.data.tokenId, bob.data.tokenId].sort());
    expect(all.tokens.find(({ tokenId }) => tokenId === bob.data.tokenId)).toMatchObject({
      endUser: "bob",
      ended: true,
      tasks: { used: 1 },
      credits: { used: 7 },
    });
    expect((await list("endUser=ann")).tokens.map(({ tokenId }) => tokenId)).toEqual([ann.data.tokenId]);
    const first = await list("limit=1");
    expect(first.tokens).toHaveLength(1);
    const second = await list(`limit=1&cursor=${first.nextCursor}`);
    expect([...first.tokens, ...second.tokens]).toEqual(all.tokens);
    expect(second.nextCursor).toBeNull();
    expect(all.tokens.map(({ tokenId }) => tokenId)).not.toContain(unused.data.tokenId);
  });

  it.each(["endUser=", "cursor=abc", "x=1"])("refuses ?%s", async (query) => {
    const { auth } = await createTenant();
    expect(await call("GET", `/api/v1/client-tokens?${query}`, { headers: auth })).toMatchObject({ code: 30001 });
  });
});

describe("a tenant's deletion", () => {
  it("ends the limits of its end users with everything else", async () => {
    const tenant = await createTenant();
    await put(tenant, "ann", { blocked: true });
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect(await get(tenant, "ann")).toMatchObject({ status: 401 });
  });
});
