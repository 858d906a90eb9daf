/** Limits of a single key beside its rate: tasks at once, and addresses. */
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, type TestTenant } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";
import { endUpstream, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

const keyPath = ({ tenantId, keyId }: TestTenant) => `/tenants/${tenantId}/keys/${keyId}`;
const secondKey = async ({ tenantId }: TestTenant) => {
  const { data } = await operate<{ key: string }>("POST", `/tenants/${tenantId}/keys`, { name: "second" });
  return { authorization: `Bearer ${data.key}` };
};

describe("concurrentTasks of a key", () => {
  it("admits exactly as many tasks in a burst, costs those refused nothing, and ends with the tasks", async () => {
    const tenant = await createTenant({}, { concurrentTasks: 3 });
    const { tag, body } = plannedRequest("never");
    const responses = await Promise.all(Array.from({ length: 12 }, () => submit(tenant, body)));
    const refused = responses.filter(({ status, code }) => status === 429 && code === 70002);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(refused).toHaveLength(9);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await upstreamRequests(tag)).toHaveLength(3);
    const [first] = await upstreamTasks(tag);
    await endUpstream(first?.taskId ?? "", "failed");
    await expect.poll(async () => (await submit(tenant, body)).status).toBe(200);
    expect((await submit(tenant, body)).code).toBe(70002);
  });

  it("includes the tasks of its client tokens, and leaves the tenant's other keys alone", async () => {
    const tenant = await createTenant({}, { concurrentTasks: 2 });
    const other = await secondKey(tenant);
    const token = await tokenFor(tenant, { endUser: "alice" });
    for (const headers of [token, tenant.auth]) expect((await submitImage(headers, "never")).status).toBe(200);
    for (const headers of [token, tenant.auth]) {
      expect(await submitImage(headers, "never")).toMatchObject({ status: 429, code: 70002 });
    }
    for (let task = 0; task < 3; task += 1) expect((await submitImage(other, "never")).status).toBe(200);
  });

  it("is in the account, takes effect when it changes, and null removes it", async () => {
    const tenant = await createTenant({}, { concurrentTasks: 0 });
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 429, code: 70002 });
    const account = await call<{ key: object }>("GET", "/api/v1/account", { headers: tenant.auth });
    expect(account.data.key).toMatchObject({ concurrentTasks: 0 });
    const cleared = await operate("PATCH", keyPath(tenant), { concurrentTasks: null });
    expect(cleared).toMatchObject({ status: 200, data: { concurrentTasks: null } });
    expect((await submitImage(tenant.auth)).status).toBe(200);
  });
});

describe("allowedIps of a key", () => {
  const RANGES = ["192.0.2.0/24", "203.0.113.9", "2001:db8:1::/48"];
  const from = (address: string | null, headers: { authorization: string }) => ({
    ...headers,
    ...(address === null ? {} : { "cf-connecting-ip": address }),
  });
  const readsFrom = (address: string | null, headers: { authorization: string }) =>
    call("GET", "/api/v1/tasks", { headers: from(address, headers) });

  it("allows the key from these addresses only, in any spelling", async () => {
    const tenant = await createTenant({}, { allowedIps: RANGES });
    for (const address of ["192.0.2.7", "203.0.113.9", "::ffff:203.0.113.9", "2001:DB8:1:ffff::5"]) {
      expect((await readsFrom(address, tenant.auth)).status, address).toBe(200);
    }
    for (const address of ["192.0.3.7", "203.0.113.10", "2001:db8:2::5", "nonsense", null]) {
      const refused = await readsFrom(address, tenant.auth);
      expect(refused, String(address)).toMatchObject({ status: 403, code: 20002 });
      expect(refused.headers.has("ratelimit")).toBe(true);
    }
    const submission = { headers: from("198.51.100.1", tenant.auth), body: IMAGE };
    expect(await call("POST", "/api/v1/task/generate", submission)).toMatchObject({ status: 403, code: 20002 });
  });

  it("does not bind the tokens that the key mints", async () => {
    const tenant = await createTenant();
    const token = await tokenFor(tenant);
    await operate("PATCH", keyPath(tenant), { allowedIps: RANGES });
    expect(await readsFrom("198.51.100.1", tenant.auth)).toMatchObject({ status: 403, code: 20002 });
    expect((await readsFrom("198.51.100.1", token)).status).toBe(200);
    expect((await readsFrom(null, await secondKey(tenant))).status).toBe(200);
  });

  it("is shown in the usual spelling, and null removes it", async () => {
    const tenant = await createTenant({}, { allowedIps: ["192.0.2.77/24", "2001:0DB8::1", "::ffff:203.0.113.9"] });
    const { data } = await operate<{ keys: object[] }>("GET", `/tenants/${tenant.tenantId}/keys`);
    expect(data.keys).toMatchObject([{ allowedIps: ["192.0.2.0/24", "2001:db8::1", "203.0.113.9"] }]);
    await operate("PATCH", keyPath(tenant), { allowedIps: null });
    expect((await readsFrom("198.51.100.1", tenant.auth)).status).toBe(200);
  });
});

describe("a key's setting", () => {
  it.each([
    ["concurrentTasks", -1],
    ["concurrentTasks", 1.5],
    ["concurrentTasks", "3"],
    ["concurrentTasks", 1_000_001],
    ["allowedIps", []],
    ["allowedIps", "192.0.2.1"],
    ["allowedIps", [1]],
    ["allowedIps", ["192.0.2.1/33"]],
    ["allowedIps", ["192.0.2.1", "example.com"]],
    ["allowedIps", Array.from({ length: 101 }, () => "192.0.2.1")],
    ["metadata", "text"],
    ["metadata", []],
    ["metadata", { plan: 1 }],
    ["metadata", { ["k".repeat(41)]: "v" }],
    ["metadata", { k: "v".repeat(501) }],
    ["metadata", Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"]))],
  ])("%s is refused with a wrong value, and changes nothing: %j", async (name, value) => {
    const tenant = await createTenant();
    const created = await operate("POST", `/tenants/${tenant.tenantId}/keys`, { name: "new", [name]: value });
    const changed = await operate("PATCH", keyPath(tenant), { name: "changed", [name]: value });
    for (const refused of [created, changed]) {
      expect(refused).toMatchObject({ status: 400, code: 30001 });
      expect(refused.msg).toContain(name);
    }
    const { data } = await operate<{ keys: { name: string }[] }>("GET", `/tenants/${tenant.tenantId}/keys`);
    expect(data.keys).toMatchObject([{ name: "test key", [name]: null }]);
  });

  it("metadata is replaced as a whole, and null removes it", async () => {
    const tenant = await createTenant({}, { metadata: { plan: "gold", team: "a" } });
    const replaced = await operate("PATCH", keyPath(tenant), { metadata: { plan: "silver" } });
    expect(replaced.data.metadata).toEqual({ plan: "silver" });
    expect((await operate("PATCH", keyPath(tenant), { metadata: null })).data.metadata).toBeNull();
  });
});
