import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { readExposition } from "../support/exposition.ts";
import { BASE, call, createTenant, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { giveCredits, operate, parseCsv, submitImage } from "../support/operator.ts";
import { tenantStub } from "../support/tenant-object.ts";
import { strike, uniqueTag } from "../support/upstream.ts";

interface Overview {
  readonly tenants: { total: number; active: number; suspended: number };
  readonly runningTasks: number;
  readonly balance: { prepaid: number };
  readonly totals: { tasks: number };
  readonly days: { day: string; tasks: number; credits: number }[];
  readonly masterKeys: { id: string; ok: boolean; code: number | null }[];
  readonly problems: { kind: string; lastAt: string }[];
  readonly cost: number;
  readonly revenue: number;
  readonly secondsToFinish: { p50: number | null; p95: number | null };
  readonly failures: { reason: string; count: number }[];
}

const overview = async (query = "") => (await operate<Overview>("GET", `/overview${query}`)).data;

async function metrics(): Promise<string> {
  return (await call("GET", "/metrics", { headers: OPERATOR })).text;
}

/** The value of one sample, or null if there is none. */
async function sample(name: string): Promise<number | null> {
  const line = (await metrics()).split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

/** A tenant reports at most once a minute. A change of its settings and an eviction make the next report due at once. */
async function reportNow({ tenantId, auth }: TestTenant): Promise<void> {
  await operate("PATCH", `/tenants/${tenantId}`, { concurrentTasks: 999 });
  await evictDurableObject(tenantStub(tenantId));
  await call("GET", "/api/v1/account", { headers: auth });
}

describe("GET /admin/v1/overview", () => {
  it("follows what tenants do within seconds", async () => {
    const before = await overview();
    const tenant = await createTenant({ billing: "prepaid" });
    await giveCredits(tenant.tenantId, 1_000);
    await untilEnded(tenant, (await submitImage(tenant.auth, "price=7")).data.taskId);
    await reportNow(tenant);
    const reported = { timeout: 40_000, interval: 100 };
    // The balance alone may come from a report that was sent while the task ran.
    await vi.waitFor(async () => {
      const { balance, totals } = await overview();
      expect([balance.prepaid, totals.tasks]).toEqual([before.balance.prepaid + 993, before.totals.tasks + 1]);
    }, reported);
    const after = await overview();
    expect(after.tenants.total).toBe(before.tenants.total + 1);
    expect(after.totals.tasks).toBe(before.totals.tasks + 1);
    expect(after.days).toHaveLength(30);
    expect(after.days.at(-1)?.day).toBe(new Date().toISOString().slice(0, 10));
    expect(after.days.at(-1)?.credits).toBe((before.days.at(-1)?.credits ?? 0) + 7);
    expect((await overview("?days=3")).days).toHaveLength(3);
  });

  it("counts a suspended tenant as one", async () => {
    const before = await overview();
    const { tenantId } = await createTenant();
    await operate("PATCH", `/tenants/${tenantId}`, { status: "suspended" });
    await vi.waitFor(async () => expect((await overview()).tenants.suspended).toBe(before.tenants.suspended + 1), {
      timeout: 40_000,
    });
  });

  it("hears of it after all when the object goes before its report", async () => {
    const before = await overview();
    const tenant = await createTenant({ billing: "prepaid" });
    await giveCredits(tenant.tenantId, 50);
    await evictDurableObject(tenantStub(tenant.tenantId));
    await vi.waitFor(async () => expect((await overview()).balance.prepaid).toBe(before.balance.prepaid + 50), {
      timeout: 40_000,
    });
  });

  it.each(["days=0", "days=367", "days=x"])("refuses ?%s", async (query) => {
    expect(await operate("GET", `/overview?${query}`)).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("what the overview says of money, time and failures", () => {
  it("is the upstream's cost, the tenants' credits, percentiles and the reasons", async () => {
    const before = await overview();
    const tenant = await createTenant({ markup: 3 });
    await untilEnded(tenant, (await submitImage(tenant.auth, "price=7")).data.taskId);
    await untilEnded(tenant, (await submitImage(tenant.auth, "fail")).data.taskId);
    await reportNow(tenant);
    const reported = { timeout: 40_000, interval: 100 };
    await vi.waitFor(
      async () => expect((await overview()).revenue).toBeGreaterThanOrEqual(before.revenue + 21),
      reported,
    );
    const after = await overview();
    expect(after.cost).toBeGreaterThanOrEqual(before.cost + 7);
    const { p50, p95 } = after.secondsToFinish;
    expect(p50).toBeGreaterThan(0);
    expect(p95).toBeGreaterThanOrEqual(p50 ?? 0);
    expect(after.failures.length).toBeGreaterThan(0);
    expect(after.failures.length).toBeLessThanOrEqual(20);
    for (const { count } of after.failures) expect(count).toBeGreaterThan(0);
  });
});

describe("GET /metrics", () => {
  it("is for the operator alone", async () => {
    expect(await call("GET", "/metrics")).toMatchObject({ status: 401, code: 20001 });
    const { auth } = await createTenant();
    expect(await call("GET", "/metrics", { headers: auth })).toMatchObject({ status: 401, code: 20008 });
  });

  it("is well-formed Prometheus text with a HELP and a TYPE for each metric, and few series", async () => {
    const tenant = await createTenant();
    await untilEnded(tenant, (await submitImage(tenant.auth)).data.taskId);
    const answer = await call("GET", `${BASE}/metrics`, { headers: OPERATOR });
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const exposed = readExposition(answer.text);
    expect(exposed.size).toBeGreaterThan(25);
    for (const { name, samples } of exposed.values()) expect(samples.length, name).toBeLessThan(300);
  });

  it("counts requests of the whole deployment by class of route and status, refused ones too", async () => {
    const value = async (route: string, status: string) =>
      readExposition(await metrics())
        .get("paddock_http_requests_total")
        ?.samples.find(({ labels }) => labels.route === route && labels.status === status)?.value ?? 0;
    const before = [await value("submit", "200"), await value("account", "401"), await value("query", "404")];
    const tenant = await createTenant();
    await submitImage(tenant.auth);
    await call("GET", "/api/v1/account");
    await call("GET", "/api/v1/query/1", { headers: tenant.auth });
    const after = [await value("submit", "200"), await value("account", "401"), await value("query", "404")];
    for (const [index, count] of after.entries()) expect(count).toBeGreaterThan(before[index] ?? 0);
  });

  it("counts calls of the upstream by master key and outcome with their duration, and what a task took and cost", async () => {
    const before = readExposition(await metrics());
    const tenant = await createTenant({ markup: 2 });
    await untilEnded(tenant, (await submitImage(tenant.auth, "price=7")).data.taskId);
    const exposed = readExposition(await metrics());
    const sum = (of: typeof exposed, name: string, sample = name, labels: Record<string, string> = {}) =>
      (of.get(name)?.samples ?? [])
        .filter(
          (one) => one.name === sample && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
        )
        .reduce((total, { value }) => total + value, 0);
    const grown = (...args: [string, string?, Record<string, string>?]) => sum(exposed, ...args) - sum(before, ...args);
    const calls = "paddock_upstream_calls_total";
    expect(grown(calls, calls, { call: "submit", outcome: "ok" })).toBeGreaterThanOrEqual(1);
    expect(grown(calls, calls, { call: "query", outcome: "ok" })).toBeGreaterThanOrEqual(1);
    const durations = "paddock_upstream_call_duration_seconds";
    expect(grown(durations, `${durations}_count`, { call: "submit" })).toBeGreaterThanOrEqual(1);
    expect(grown("paddock_task_duration_seconds", "paddock_task_duration_seconds_count")).toBeGreaterThanOrEqual(1);
    expect(grown("paddock_upstream_cost_credits_total")).toBeGreaterThanOrEqual(7);
    expect(grown("paddock_copies_total", "paddock_copies_total", { outcome: "stored" })).toBeGreaterThanOrEqual(1);
    for (const { labels } of exposed.get(calls)?.samples ?? []) expect(labels.master_key).toMatch(/^[0-9a-f]{12}$/);
  });

  it("counts tasks by their ending", async () => {
    const names = ["completed", "failed", "cancelled"].map((ending) => `paddock_tasks_ended_total{ending="${ending}"}`);
    const before = await Promise.all(names.map(sample));
    const tenant = await createTenant();
    const submitted = await Promise.all(["", "fail", "cancel"].map((plan) => submitImage(tenant.auth, plan)));
    await Promise.all(submitted.map(({ data }) => untilEnded(tenant, data.taskId)));
    await reportNow(tenant);
    // Whatever else this file's tests have let end meanwhile, these are among it.
    await vi.waitFor(
      async () => {
        for (const [index, name] of names.entries()) {
          expect(await sample(name)).toBeGreaterThan(before[index] ?? 0);
        }
      },
      { timeout: 40_000, interval: 100 },
    );
  });

  it("names a refused master key and the reason, by its id and never by its text", async () => {
    const tenant = await createTenant();
    const tag = uniqueTag("refused");
    await strike("generate", "code:20008", { prompt: tag, key: "sh-test-one" });
    await submitImage(tenant.auth, "", { prompt: tag });
    const text = await metrics();
    const [, id] = /^paddock_master_key_trouble\{master_key="([0-9a-f]{12})",code="20008"\} 1$/m.exec(text) ?? [];
    expect(id).toBeDefined();
    expect(text).toContain(`paddock_master_key_usable{master_key="${id}"} 0`);
    expect((await overview()).masterKeys).toContainEqual(expect.objectContaining({ id, ok: false, code: 20008 }));
    await vi.waitFor(
      async () => expect((await overview()).problems.map(({ kind }) => kind)).toContain("master-key-refused"),
      // With the next report, which may be a minute away.
      { timeout: 80_000 },
    );
  });
});

describe("GET /admin/v1/audit", () => {
  it("comes as CSV with its filters, page after page, safe in a spreadsheet", async () => {
    const { tenantId } = await createTenant({ name: "=audited" });
    for (const concurrentTasks of [2, 3, 4]) await operate("PATCH", `/tenants/${tenantId}`, { concurrentTasks });
    const path = `/audit?tenantId=${tenantId}&action=tenant.update`;
    const { text, headers } = await operate("GET", path, undefined, { accept: "text/csv" });
    expect(headers.get("content-disposition")).toContain("audit.csv");
    const [header, ...rows] = parseCsv(text);
    expect(header?.slice(0, 6)).toEqual(["id", "at", "actor", "actorName", "action", "tenantId"]);
    expect(rows.map((row) => [row[2], row[4], row[5]])).toEqual(rows.map(() => ["root", "tenant.update", tenantId]));
    expect(rows).toHaveLength(3);
    expect(await operate("GET", `${path}&from=x`, undefined, { accept: "text/csv" })).toMatchObject({ code: 30001 });
  });

  it("lists actor, action and time, with before and after, newest first, page by page", async () => {
    const { tenantId, keyId } = await createTenant({ name: "Audited" });
    await operate("PATCH", `/tenants/${tenantId}`, { concurrentTasks: 3 }, { "x-request-id": "change-42" });
    await giveCredits(tenantId, 5);
    type Page = { entries: Record<string, unknown>[]; nextCursor: string | null };
    const first = (await operate<Page>("GET", `/audit?tenantId=${tenantId}&limit=2`)).data;
    const second = (await operate<Page>("GET", `/audit?tenantId=${tenantId}&limit=2&cursor=${first.nextCursor}`)).data;
    // A cursor of the previous release has no time.
    const seq = first.nextCursor?.split(".")[1];
    const older = (await operate<Page>("GET", `/audit?tenantId=${tenantId}&limit=2&cursor=${seq}`)).data;
    expect(older.entries.map(({ id }) => id)).toEqual(second.entries.map(({ id }) => id));
    const entries = [...first.entries, ...second.entries];
    expect(entries.map(({ action }) => action)).toEqual([
      "credits.add",
      "tenant.update",
      "key.create",
      "tenant.create",
    ]);
    expect(entries[1]).toMatchObject({
      actor: { id: "root", name: "root" },
      requestId: "change-42",
      tenantId,
      before: { name: "Audited", concurrentTasks: 1_000 },
      after: { concurrentTasks: 3 },
    });
    expect(Math.abs(Date.parse(String(entries[0]?.at)) - Date.now())).toBeLessThan(20_000);
    expect(entries[2]).toMatchObject({ target: keyId });
    expect(JSON.stringify(entries)).not.toContain("pdk_");
    expect(second.nextCursor).toBeNull();
  });

  it("refuses what is no tenantId", async () => {
    expect(await operate("GET", "/audit?tenantId=x")).toMatchObject({ status: 400, code: 30001 });
  });
});
