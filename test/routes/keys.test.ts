import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { responses } from "../../openapi/responses/all.ts";
import { MODELS } from "../../src/domain/catalogue.ts";
import { DEFAULT_SCOPES } from "../../src/tenant/permissions.ts";
import { DEFAULT_KEY_SETTINGS } from "../../src/tenant/settings.ts";
import { call, createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { giveCredits, operate, submitImage } from "../support/operator.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";

interface Key {
  readonly keyId: string;
  readonly key?: string;
  readonly status: string;
  readonly lastUsedAt: string | null;
  readonly previous: { expiresAt: string } | null;
}

const ORIGIN = "https://app.example";

const keysOf = async ({ tenantId }: TestTenant) =>
  (await operate<{ keys: Key[] }>("GET", `/tenants/${tenantId}/keys`)).data.keys;
const keyPath = ({ tenantId, keyId }: TestTenant, rest = "") => `/tenants/${tenantId}/keys/${keyId}${rest}`;
const bearer = (key: string | undefined) => ({ authorization: `Bearer ${key}` });

describe("when a key was last used", () => {
  it("is known at once, to the minute on disk, and costs no write of its own", async () => {
    const tenant = await createTenant();
    expect((await keysOf(tenant))[0]?.lastUsedAt).toBeNull();
    await submitImage(tenant.auth);
    const [key] = await keysOf(tenant);
    expect(Math.abs(Date.parse(key?.lastUsedAt ?? "") - Date.now())).toBeLessThan(65_000);
    const [row] = await sqlIn<{ last_used_at: number }>(tenant.tenantId, "SELECT last_used_at FROM keys");
    expect((row?.last_used_at ?? 1) % 60_000).toBe(0);
    expect(Date.now() - (row?.last_used_at ?? 0)).toBeLessThan(65_000);
  });

  it("is kept for a key that only reads, through an eviction", async () => {
    const tenant = await createTenant();
    await call("GET", "/api/v1/tasks", { headers: tenant.auth });
    const lastUsed = async () => {
      const [row] = await sqlIn<{ last_used_at: number | null }>(tenant.tenantId, "SELECT last_used_at FROM keys");
      return row?.last_used_at ?? null;
    };
    await expect.poll(lastUsed).not.toBeNull();
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect((await keysOf(tenant))[0]?.lastUsedAt).toMatch(/:00\.000Z$/);
  });
});

describe("the settings of a key", () => {
  it("are the same after an eviction, and the response has no other fields than its schema", async () => {
    const { tenantId } = await createTenant();
    const settings = {
      name: "[1]",
      scopes: ["read", "generate"],
      models: MODELS.slice(0, 2).map(({ name }) => name),
      allowedOrigins: [ORIGIN],
      expiresAt: "2999-01-02T03:04:05.678Z",
      requestsPerMinute: 0,
      monthlyCredits: 1_000_000_007,
      concurrentTasks: 3,
      allowedIps: ["192.0.2.0/24", "2001:db8::1"],
      metadata: { plan: "gold", "": "" },
    };
    const { data: full } = await operate<Key>("POST", `/tenants/${tenantId}/keys`, settings);
    const { data: least } = await operate<Key>("POST", `/tenants/${tenantId}/keys`, {});
    expect(full).toMatchObject(settings);
    expect(least).toMatchObject({ name: "secret", scopes: DEFAULT_SCOPES, ...DEFAULT_KEY_SETTINGS });
    await evictDurableObject(tenantStub(tenantId));
    const listed = await keysOf({ tenantId } as TestTenant);
    for (const { key: _, ...view } of [full, least]) {
      expect(listed).toContainEqual(view);
      expect(Object.keys(view).sort()).toEqual(Object.keys(responses().key.shape).sort());
    }
  });

  it("get their defaults if a Worker of an earlier release did not pass them", async () => {
    const { tenantId } = await createTenant();
    const created = await tenantStub(tenantId).createKey("secret", { name: "old", scopes: ["read"] } as never);
    const known = await tenantStub(tenantId).findKey(created && "keyId" in created ? created.keyId : "");
    expect(known).toMatchObject({ name: "old", scopes: ["read"], ...DEFAULT_KEY_SETTINGS });
  });
});

describe("rotating a key", () => {
  it("gives a new text under the same identity; the old one works for the overlap and no longer", async () => {
    const tenant = await createTenant({}, { name: "rotated", requestsPerMinute: 500 });
    const rotated = await operate<Key>("POST", keyPath(tenant, "/rotate"), { overlapSeconds: 1 });
    expect(rotated.data).toMatchObject({ keyId: tenant.keyId, name: "rotated", requestsPerMinute: 500 });
    expect(rotated.data.previous).not.toBeNull();
    const works = async (headers: { authorization: string }) =>
      (await call("GET", "/api/v1/account", { headers })).status === 200;
    expect(await works(bearer(rotated.data.key))).toBe(true);
    expect(await works(tenant.auth)).toBe(true);
    await expect.poll(() => works(tenant.auth)).toBe(false);
    expect(await works(bearer(rotated.data.key))).toBe(true);
    expect(await keysOf(tenant)).toHaveLength(1);
  });

  it("again does not end the text whose overlap was promised; without an overlap all earlier ones end", async () => {
    const tenant = await createTenant();
    const rotate = (overlapSeconds: number) => operate<Key>("POST", keyPath(tenant, "/rotate"), { overlapSeconds });
    const first = (await rotate(86_400)).data;
    const second = (await rotate(60)).data;
    expect(second.previous).toEqual(first.previous);
    const status = async (headers: { authorization: string }) =>
      (await call("GET", "/api/v1/account", { headers })).status;
    const statuses = () => Promise.all([tenant.auth, bearer(first.key), bearer(second.key)].map(status));
    expect(await statuses()).toEqual([200, 200, 200]);
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(await statuses()).toEqual([200, 200, 200]);
    await rotate(0);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  it("is refused when too many earlier texts still work, and they go on", async () => {
    const tenant = await createTenant();
    const rotate = (overlapSeconds: number) => operate<Key>("POST", keyPath(tenant, "/rotate"), { overlapSeconds });
    for (let rotation = 0; rotation < 8; rotation += 1) expect((await rotate(60)).code).toBe(0);
    expect(await rotate(60)).toMatchObject({ status: 400, code: 30001 });
    expect((await call("GET", "/api/v1/account", { headers: tenant.auth })).status).toBe(200);
    expect((await rotate(0)).code).toBe(0);
  });

  it("ends the old text at once without an overlap, and is refused for a key that is over", async () => {
    const tenant = await createTenant();
    const rotated = await operate<Key>("POST", keyPath(tenant, "/rotate"));
    expect(await call("GET", "/api/v1/account", { headers: tenant.auth })).toMatchObject({ status: 401, code: 20008 });
    await operate("DELETE", keyPath(tenant));
    const headers = bearer(rotated.data.key);
    expect(await call("GET", "/api/v1/account", { headers })).toMatchObject({ status: 401, code: 20008 });
    expect(await operate("POST", keyPath(tenant, "/rotate"))).toMatchObject({ status: 404 });
    expect((await keysOf(tenant))[0]?.status).toBe("revoked");
  });
});

describe("a publishable key", () => {
  it("needs origins and can have no scope but to generate and read, now and later", async () => {
    const { tenantId } = await createTenant();
    const make = (body: object) =>
      operate("POST", `/tenants/${tenantId}/keys`, { kind: "publishable", name: "p", ...body });
    expect(await make({})).toMatchObject({ status: 400, code: 30001 });
    expect(await make({ allowedOrigins: [] })).toMatchObject({ status: 400, code: 30001 });
    expect(await make({ allowedOrigins: [ORIGIN], scopes: ["tokens"] })).toMatchObject({ status: 400, code: 30001 });
    const made = await make({ allowedOrigins: [ORIGIN] });
    expect(made.data).toMatchObject({ kind: "publishable", scopes: ["generate", "read"] });
    const path = `/tenants/${tenantId}/keys/${made.data.keyId}`;
    for (const change of [{ allowedOrigins: null }, { allowedOrigins: [] }, { scopes: ["files"] }]) {
      expect(await operate("PATCH", path, change)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("submits, estimates and queries its own tasks from its origins, and nothing else", async () => {
    const tenant = await createTenant({}, { kind: "publishable", allowedOrigins: [ORIGIN] });
    const secret = await operate<Key>("POST", `/tenants/${tenant.tenantId}/keys`, { name: "backend" });
    const headers = { ...tenant.auth, origin: ORIGIN };
    const own = (await submitImage(headers)).data.taskId;
    const others = (await submitImage(bearer(secret.data.key))).data.taskId;
    expect(await call("POST", "/api/v1/task/estimate", { headers, body: IMAGE })).toMatchObject({ status: 200 });
    expect(await call("GET", `/api/v1/query/${own}`, { headers })).toMatchObject({ status: 200 });
    expect(await call("GET", `/api/v1/query/${others}`, { headers })).toMatchObject({ status: 403, code: 20003 });
    for (const [method, path] of [
      ["GET", "/tasks"],
      ["GET", "/account"],
      ["GET", "/usage"],
      ["GET", "/models"],
      ["POST", "/client-tokens"],
      ["DELETE", `/tasks/${own}`],
      ["GET", "/webhook"],
    ] as const) {
      expect(await call(method, `/api/v1${path}`, { headers })).toMatchObject({ status: 403, code: 20002 });
    }
    for (const origin of [undefined, "https://evil.example", "null"]) {
      const elsewhere = { ...tenant.auth, ...(origin === undefined ? {} : { origin }) };
      expect(await submitImage(elsewhere)).toMatchObject({ status: 403, code: 20002 });
    }
  });
});

describe("a secret key with an Origin header", () => {
  it("is refused unless it lists that origin", async () => {
    const plain = await createTenant();
    const listed = await createTenant({}, { allowedOrigins: [ORIGIN] });
    expect(await submitImage({ ...plain.auth, origin: ORIGIN })).toMatchObject({ status: 403, code: 20002 });
    expect(await submitImage({ ...listed.auth, origin: ORIGIN })).toMatchObject({ status: 200 });
    expect(await submitImage({ ...listed.auth, origin: "https://evil.example" })).toMatchObject({ code: 20002 });
    expect(await submitImage(listed.auth)).toMatchObject({ status: 200 });
  });
});

describe("monthlyCredits", () => {
  const LIST = { prices: [{ model: IMAGE.model, credits: 5 }] };

  it("of a tenant is never passed by a burst, and what failed comes back to it", async () => {
    const tenant = await createTenant({ ...LIST, monthlyCredits: 23 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => submitImage(tenant.auth, index % 2 === 0 ? "fail" : "")),
    );
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(4);
    expect(answers.filter(({ status, code }) => status === 402 && code === 60001)).toHaveLength(8);
    const ended = await Promise.all(accepted.map(({ data }) => untilEnded(tenant, data.taskId)));
    const completed = ended.filter(({ taskStatus }) => taskStatus === 2).length;
    const more = await Promise.all(Array.from({ length: 6 }, () => submitImage(tenant.auth)));
    expect(more.filter(({ status }) => status === 200)).toHaveLength(4 - completed);
  });

  it("of a key leaves the tenant's other keys alone, and counts after an eviction too", async () => {
    const tenant = await createTenant(LIST, { monthlyCredits: 10 });
    const other = await operate<Key>("POST", `/tenants/${tenant.tenantId}/keys`, { name: "other" });
    await submitImage(tenant.auth);
    await untilEnded(tenant, (await submitImage(tenant.auth)).data.taskId);
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 402, code: 60001 });
    expect(await submitImage(bearer(other.data.key))).toMatchObject({ status: 200 });
  });
});

describe("suspending a tenant", () => {
  it("stops spending and reading at once, and lets what runs end", async () => {
    const tenant = await createTenant({ billing: "prepaid", prices: [{ model: IMAGE.model, credits: 5 }] });
    await giveCredits(tenant.tenantId, 10);
    const { taskId } = (await submitImage(tenant.auth)).data;
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 403, code: 70004 });
    expect(await call("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth })).toMatchObject({ code: 70004 });
    await vi.waitFor(
      async () => {
        const { data } = await operate<{ tasks: { settlement: string }[] }>("GET", `/tenants/${tenant.tenantId}/tasks`);
        expect(data.tasks[0]?.settlement).toBe("captured");
      },
      { timeout: 10_000 },
    );
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "active" });
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 200 });
  });
});
