/** A reseller's day: a tenant and its keys, from the first to the last. */
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../support/flow.ts";
import {
  type Answer,
  call,
  createTenant,
  IMAGE,
  OPERATOR,
  type TaskData,
  type TestTenant,
  untilEnded,
} from "../support/gateway.ts";
import { sqlIn } from "../support/tenant-object.ts";

interface KeyData {
  readonly keyId: string;
  readonly key?: string;
  readonly status: string;
  readonly signedWith: string;
  readonly scopes: string[];
  readonly expiresAt: string | null;
  readonly previous: { expiresAt: string } | null;
}

const admin = <T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(method, `/admin/v1/tenants${path}`, { headers: OPERATOR, ...(body === undefined ? {} : { body }) });
const keysPath = (tenant: TestTenant) => `/${tenant.tenantId}/keys`;
const keyPath = (tenant: TestTenant) => `${keysPath(tenant)}/${tenant.keyId}`;
const works = async (credential: string, headers: Record<string, string> = {}) =>
  (await call("GET", "/api/v1/tasks", { headers: { authorization: `Bearer ${credential}`, ...headers } })).status ===
  200;

describe("a tenant", () => {
  it("begins with the documented defaults", async () => {
    const made = await admin("POST", "", { name: "Acme" });
    expect(made).toMatchObject({ status: 200, code: 0 });
    expect(made.data).toMatchObject({
      name: "Acme",
      status: "active",
      billing: "unmetered",
      markup: 1,
      requestsPerMinute: 60,
      concurrentTasks: 10,
      monthlyCredits: null,
      models: null,
      filesVisibility: "public",
      lowBalance: null,
      balance: 0,
      runningTasks: 0,
    });
    expect(made.data.tenantId).toMatch(/^ten_[0-9a-f]{20}$/);
    expect(Date.parse(String(made.data.createdAt))).toBeGreaterThan(Date.now() - 60_000);
    const read = await admin("GET", `/${made.data.tenantId}`);
    expect(read.data).toEqual(made.data);
  });

  it("is changed field by field, and an invalid field changes nothing", async () => {
    const tenant = await createTenant({ markup: 1.5, lowBalance: 5 });
    const path = `/${tenant.tenantId}`;
    const before = (await admin("GET", path)).data;
    expect((await admin("PATCH", path, { markup: 2.25 })).data).toEqual({ ...before, markup: 2.25 });
    expect((await admin("PATCH", path, { lowBalance: null, name: "Neu" })).data).toMatchObject({
      lowBalance: null,
      name: "Neu",
    });
    for (const wrong of [{ markup: -1 }, { markup: 3, colour: "red" }, { markup: 3, status: "gone" }, [], null, "x"]) {
      const answer = await admin("PATCH", path, wrong);
      expect(answer).toMatchObject({ status: 400, code: 30001 });
    }
    expect((await admin("PATCH", path, {})).data).toMatchObject({ markup: 2.25 });
    expect((await admin("PATCH", path, '{"markup": 4.50}')).data).toMatchObject({ markup: 4.5 });
  });

  it("is found in the list by its name and its id, page by page", async () => {
    const mark = crypto.randomUUID();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await createTenant({ name: `list %_ ${mark} ${count}` })).tenantId);
    }
    const listed: string[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page += 1) {
      const { data } = await admin<{ tenants: { tenantId: string }[]; nextCursor: string | null }>(
        "GET",
        `?limit=2&q=${encodeURIComponent(`%_ ${mark.toUpperCase()}`)}${cursor}`,
      );
      listed.push(...data.tenants.map(({ tenantId }) => tenantId));
      cursor = `&cursor=${data.nextCursor}`;
      expect(data.nextCursor === null).toBe(page === 2);
    }
    expect(listed).toEqual(ids);
    const byId = await admin<{ tenants: unknown[] }>("GET", `?q=${ids[0]}`);
    expect(byId.data.tenants).toHaveLength(1);
    expect((await admin<{ tenants: unknown[] }>("GET", `?q=${mark}%25`)).data.tenants).toEqual([]);
    for (const wrong of ["limit=0", "limit=101", "cursor=x"])
      expect((await admin("GET", `?${wrong}`)).code).toBe(30001);
  });

  it("that is suspended spends and reads nothing, its running tasks end, its files stay, and it comes back", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("generateMs=300").body);
    await admin("PATCH", `/${tenant.tenantId}`, { status: "suspended" });
    expect(await submit(tenant, IMAGE)).toMatchObject({ status: 403, code: 70004 });
    expect(await works(tenant.key)).toBe(false);
    await expect
      .poll(async () => (await sqlIn<{ status: number }>(tenant.tenantId, "SELECT status FROM tasks"))[0]?.status)
      .toBe(2);
    expect((await call("GET", data.resultUrls[0] ?? "")).status).toBe(200);
    await admin("PATCH", `/${tenant.tenantId}`, { status: "active" });
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
  });

  it("is told from its neighbours by nothing but its own: keys, tasks and files are its own", async () => {
    const [one, two] = [await createTenant(), await createTenant()];
    const { data } = await submit(one, IMAGE);
    await untilEnded(one, data.taskId);
    const listed = await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: two.auth });
    expect(listed.data.tasks).toEqual([]);
    expect((await admin<{ keys: KeyData[] }>("GET", keysPath(two))).data.keys.map(({ keyId }) => keyId)).toEqual([
      two.keyId,
    ]);
    for (const method of ["PATCH", "DELETE"]) {
      expect(await admin(method, `/${two.tenantId}/keys/${one.keyId}`, {})).toMatchObject({ status: 404, code: 40002 });
    }
    expect(await works(one.key)).toBe(true);
  });
});

describe("a key", () => {
  it("is shown once, and stored as a hash only", async () => {
    const tenant = await createTenant();
    expect(tenant.key).toMatch(/^pdk_[A-Za-z0-9_-]{68}$/);
    const list = await admin<{ keys: KeyData[] }>("GET", keysPath(tenant));
    expect(list.text).not.toContain(tenant.key);
    expect(list.data.keys).toHaveLength(1);
    expect(list.data.keys[0]).toMatchObject({
      keyId: tenant.keyId,
      status: "active",
      signedWith: "first",
      previous: null,
    });
    expect(JSON.stringify(await sqlIn(tenant.tenantId, "SELECT * FROM keys"))).not.toContain(tenant.key.slice(4));
    const audit = await call("GET", "/admin/v1/audit?limit=100", { headers: OPERATOR });
    expect(audit.text).not.toContain(tenant.key.slice(4));
  });

  it("that is rotated with an overlap works beside the new one until the overlap ends", async () => {
    const tenant = await createTenant();
    const rotated = await admin<KeyData>("POST", `${keyPath(tenant)}/rotate`, { overlapSeconds: 1 });
    const newKey = rotated.data.key ?? "";
    expect(rotated.data.keyId).toBe(tenant.keyId);
    expect(newKey).not.toBe(tenant.key);
    expect(rotated.data.previous).not.toBeNull();
    expect([await works(tenant.key), await works(newKey)]).toEqual([true, true]);
    await expect.poll(() => works(tenant.key)).toBe(false);
    expect(await works(newKey)).toBe(true);
    const second = await admin<KeyData>("POST", `${keyPath(tenant)}/rotate`);
    expect(second.data.previous).toBeNull();
    expect([await works(newKey), await works(second.data.key ?? "")]).toEqual([false, true]);
  });

  it("that is revoked ends at once, with its predecessor, and cannot be rotated back to life", async () => {
    const tenant = await createTenant();
    const rotated = await admin<KeyData>("POST", `${keyPath(tenant)}/rotate`, { overlapSeconds: 600 });
    const token = await call<{ token: string }>("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: {} });
    expect(await works(token.data.token)).toBe(true);
    expect((await admin<KeyData>("DELETE", keyPath(tenant))).data.status).toBe("revoked");
    expect((await admin<KeyData>("DELETE", keyPath(tenant))).status).toBe(200);
    for (const credential of [tenant.key, rotated.data.key ?? "", token.data.token])
      expect(await works(credential)).toBe(false);
    expect(await admin("POST", `${keyPath(tenant)}/rotate`)).toMatchObject({ status: 404, code: 40002 });
    await admin("PATCH", keyPath(tenant), { expiresAt: null, name: "still revoked" });
    expect(await works(tenant.key)).toBe(false);
  });

  it("that expires ends at its expiry, and its settings can be changed until then", async () => {
    const expiresAt = new Date(Date.now() + 900).toISOString();
    const tenant = await createTenant({}, { expiresAt });
    expect(await works(tenant.key)).toBe(true);
    await expect.poll(() => works(tenant.key)).toBe(false);
    const [listed] = (await admin<{ keys: KeyData[] }>("GET", keysPath(tenant))).data.keys;
    expect(listed).toMatchObject({ status: "expired", expiresAt });
    await admin("PATCH", keyPath(tenant), { expiresAt: null });
    expect(await works(tenant.key)).toBe(true);
    expect((await admin<KeyData>("PATCH", keyPath(tenant), { scopes: ["generate"] })).data.scopes).toEqual([
      "generate",
    ]);
    expect(await works(tenant.key)).toBe(false);
  });

  it("for some models only makes no others", async () => {
    const tenant = await createTenant({}, { models: ["Seedance 2.0"] });
    expect(await submit(tenant, IMAGE)).toMatchObject({ status: 403, code: 20002 });
    const video = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "p" };
    expect((await submit(tenant, video)).status).toBe(200);
  });
});

describe("a publishable key", () => {
  const ORIGIN = "https://shop.example";
  const make = (tenant: TestTenant, settings: object = { allowedOrigins: [ORIGIN] }) =>
    admin<KeyData>("POST", keysPath(tenant), { name: "browser", kind: "publishable", ...settings });

  it("works from its origins only, and sees only what it made", async () => {
    const tenant = await createTenant();
    const { data } = await make(tenant);
    const from = (origin?: string): TestTenant => ({
      ...tenant,
      auth: { authorization: `Bearer ${data.key}`, ...(origin === undefined ? {} : { origin }) },
    });
    const browser = from(ORIGIN);
    for (const origin of [
      undefined,
      "null",
      "https://evil.example",
      `${ORIGIN}:8443`,
      "http://shop.example",
      `${ORIGIN}.evil`,
    ]) {
      expect(await submit(from(origin), IMAGE)).toMatchObject({ status: 403, code: 20002 });
    }
    const own = await submit(browser, IMAGE);
    expect(own.status).toBe(200);
    expect(own.headers.get("access-control-allow-origin")).toBe("*");
    const others = await submit(tenant, IMAGE);
    const query = (taskId: number) => call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: browser.auth });
    expect((await query(own.data.taskId)).status).toBe(200);
    expect(await query(others.data.taskId)).toMatchObject({ status: 403, code: 20003 });
    expect(await query(1)).toMatchObject({ status: 404, code: 40002 });
    expect((await call("GET", "/api/v1/tasks", { headers: browser.auth })).code).toBe(20002);
    expect((await call("GET", `/api/v1/query/${own.data.taskId}`, { headers: tenant.auth })).status).toBe(200);
  });

  it("needs origins, and no more scopes than it can have, also when it is changed", async () => {
    const tenant = await createTenant();
    for (const settings of [
      {},
      { allowedOrigins: [] },
      { allowedOrigins: null },
      { allowedOrigins: [ORIGIN], scopes: ["files"] },
    ]) {
      expect(await make(tenant, settings)).toMatchObject({ status: 400, code: 30001 });
    }
    const { data } = await make(tenant);
    expect(data.scopes).toEqual(["generate", "read"]);
    const path = `${keysPath(tenant)}/${data.keyId}`;
    for (const changes of [{ allowedOrigins: null }, { allowedOrigins: [] }, { scopes: ["tokens"] }]) {
      expect(await admin("PATCH", path, changes)).toMatchObject({ status: 400, code: 30001 });
    }
    expect((await admin("PATCH", path, { allowedOrigins: ["https://new.example"] })).status).toBe(200);
  });
});
