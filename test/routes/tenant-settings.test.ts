/** Settings of a tenant for the operator's own records: externalId, metadata, note, region. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { Directory } from "../../src/directory/object.ts";
import { Tenant } from "../../src/tenant/object.ts";
import { REGIONS } from "../../src/tenant/settings.ts";
import { call, createTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";

interface Shown {
  readonly tenantId: string;
  readonly externalId: string | null;
}

const { DIRECTORY } = env as unknown as Bindings;
const unique = () => `crm-${crypto.randomUUID()}`;
const create = (settings: object, headers: Record<string, string> = {}) =>
  operate<Shown>("POST", "/tenants", { name: "tenant", ...settings }, headers);
const shown = async (tenantId: string) => (await operate<Shown>("GET", `/tenants/${tenantId}`)).data;
const listed = async (q: string) => (await operate<{ tenants: Shown[] }>("GET", `/tenants?q=${q}`)).data.tenants;
const TAKEN = { status: 409, code: 70010 };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("externalId", () => {
  it("is one tenant's among all, shown everywhere and found by the list", async () => {
    const externalId = unique();
    const { data } = await create({ externalId });
    expect(data).toMatchObject({ externalId });
    expect(await create({ externalId })).toMatchObject(TAKEN);
    expect(await shown(data.tenantId)).toMatchObject({ externalId });
    expect(await listed(externalId.toUpperCase())).toMatchObject([{ tenantId: data.tenantId, externalId }]);
    // Other spellings are other ids.
    expect(await create({ externalId: externalId.toUpperCase() })).toMatchObject({ status: 200 });
  });

  it("goes to one of many that ask for it at once, by creation and by change", async () => {
    const externalId = unique();
    const others = await Promise.all([createTenant(), createTenant(), createTenant()]);
    const responses = await Promise.all([
      ...Array.from({ length: 6 }, () => create({ externalId })),
      ...others.map(({ tenantId }) => operate("PATCH", `/tenants/${tenantId}`, { externalId })),
    ]);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(responses.filter(({ status, code }) => status === 409 && code === 70010)).toHaveLength(8);
    expect(await listed(externalId)).toHaveLength(1);
  });

  it("is free again after a change, null and deletion", async () => {
    const [first, second, third] = [unique(), unique(), unique()];
    const { data: one } = await create({ externalId: first });
    const { data: two } = await create({ externalId: second });
    const patch = (externalId: string | null, { tenantId } = one) =>
      operate<Shown>("PATCH", `/tenants/${tenantId}`, { externalId });
    expect(await patch(second)).toMatchObject(TAKEN);
    expect(await shown(one.tenantId)).toMatchObject({ externalId: first });
    expect(await patch(first)).toMatchObject({ status: 200, data: { externalId: first } });
    expect(await patch(third)).toMatchObject({ status: 200, data: { externalId: third } });
    expect(await patch(first, two)).toMatchObject({ status: 200 });
    expect(await patch(null)).toMatchObject({ status: 200, data: { externalId: null } });
    expect(await create({ externalId: third })).toMatchObject({ status: 200 });
    await operate("DELETE", `/tenants/${two.tenantId}`);
    expect(await create({ externalId: first })).toMatchObject({ status: 200 });
  });

  it("with an idempotency key makes a repetition the same tenant, also after the id has changed", async () => {
    const externalId = unique();
    const key = { "x-idempotency-key": crypto.randomUUID() };
    const made = await create({ externalId }, key);
    const again = await create({ externalId }, key);
    expect(again).toMatchObject({ status: 200, data: { tenantId: made.data.tenantId, externalId } });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await create({ externalId: unique() }, key)).toMatchObject({ status: 422, code: 70003 });
    expect(await create({ externalId }, { "x-idempotency-key": crypto.randomUUID() })).toMatchObject(TAKEN);
    await operate("PATCH", `/tenants/${made.data.tenantId}`, { externalId: null });
    expect(await create({ externalId }, key)).toMatchObject({ data: { tenantId: made.data.tenantId } });
  });

  it("of a creation that failed is free at once", async () => {
    const externalId = unique();
    vi.spyOn(Tenant.prototype, "create").mockRejectedValueOnce(new Error("down"));
    expect(await create({ externalId })).toMatchObject({ status: 503 });
    expect(await create({ externalId })).toMatchObject({ status: 200 });
  });

  it("of a creation that broke off before the object existed is free after a minute, and not before", async () => {
    const externalId = unique();
    const directory = DIRECTORY.getByName(DIRECTORY_NAME);
    const tenantId = `ten_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
    const age = (ms: number) =>
      runInDurableObject(directory, (_, { storage }) => {
        const statement = "UPDATE tenants SET created_at = ? WHERE tenant_id = ?";
        storage.sql.exec(statement, Date.now() - ms, tenantId);
      });
    await directory.reserve({ tenantId, name: "broken off", createdAt: Date.now(), idempotency: null, externalId });
    expect(await create({ externalId })).toMatchObject(TAKEN);
    await age(61_000);
    expect(await create({ externalId })).toMatchObject({ status: 200, data: { externalId } });
    expect(await listed(tenantId)).toEqual([]);
  });

  it("of an old tenant stays its own", async () => {
    const externalId = unique();
    const { data } = await create({ externalId });
    await runInDurableObject(DIRECTORY.getByName(DIRECTORY_NAME), (_, { storage }) => {
      storage.sql.exec("UPDATE tenants SET created_at = 1 WHERE tenant_id = ?", data.tenantId);
    });
    expect(await create({ externalId })).toMatchObject(TAKEN);
  });

  it("of no tenant is 404, and without the Directory nothing changes", async () => {
    const externalId = unique();
    const nobody = "ten_00112233445566778899";
    expect(await operate("PATCH", `/tenants/${nobody}`, { externalId })).toMatchObject({ status: 404, code: 40002 });
    const { data } = await create({ externalId });
    vi.spyOn(Directory.prototype, "setExternalId").mockRejectedValueOnce(new Error("down"));
    const failed = await operate("PATCH", `/tenants/${data.tenantId}`, { externalId: null, markup: 9 });
    expect(failed).toMatchObject({ status: 503 });
    vi.spyOn(Directory.prototype, "find").mockRejectedValueOnce(new Error("down"));
    expect(await shown(data.tenantId)).toMatchObject({ externalId, markup: 1 });
  });
});

describe("metadata, note and region of a tenant", () => {
  it("are shown to the operator alone, and null removes what can be removed", async () => {
    const note = "Pays late.\n\tAsk before suspending.";
    const tenant = await createTenant({ metadata: { plan: "gold" }, note, region: "weur" });
    const path = `/tenants/${tenant.tenantId}`;
    expect((await operate("GET", path)).data).toMatchObject({ metadata: { plan: "gold" }, note, region: "weur" });
    const account = await call("GET", "/api/v1/account", { headers: tenant.auth });
    expect(account.text).not.toContain("gold");
    expect(account.text).not.toContain("Pays late");
    const replaced = await operate("PATCH", path, { metadata: { tier: "1" } });
    expect(replaced.data).toMatchObject({ metadata: { tier: "1" }, note });
    const cleared = await operate("PATCH", path, { metadata: null, note: null });
    expect(cleared.data).toMatchObject({ metadata: null, note: null, region: "weur" });
  });

  it.each(REGIONS)("takes the region %s", async (region) => {
    expect(await create({ region })).toMatchObject({ status: 200, data: { region } });
  });

  it("has no region after null, and keeps the one it has", async () => {
    const { data } = await create({ region: null });
    expect(data).toMatchObject({ region: null });
    for (const region of ["weur", null]) {
      const refused = await operate("PATCH", `/tenants/${data.tenantId}`, { region });
      expect(refused).toMatchObject({ status: 400, code: 30001 });
      expect(refused.msg).toContain("region");
    }
  });

  it.each([
    ["externalId", ""],
    ["externalId", " crm"],
    ["externalId", "crm\n"],
    ["externalId", "x".repeat(201)],
    ["externalId", 4711],
    ["metadata", "text"],
    ["metadata", { plan: null }],
    ["metadata", { ["k".repeat(41)]: "v" }],
    ["metadata", { k: "v".repeat(501) }],
    ["metadata", Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"]))],
    ["note", "x".repeat(2_001)],
    ["note", "\u0000"],
    ["note", ["x"]],
    ["region", "WEUR"],
    ["region", "eu"],
    ["region", ""],
  ])("refuses %s with a wrong value: %j", async (name, value) => {
    const { tenantId } = await createTenant();
    const path = `/tenants/${tenantId}`;
    const before = (await operate("GET", path)).data;
    const created = await create({ [name]: value });
    const changed = await operate("PATCH", path, { markup: 3, [name]: value });
    for (const refused of [created, changed]) {
      expect(refused).toMatchObject({ status: 400, code: 30001 });
      expect(refused.msg).toContain(name);
    }
    expect((await operate("GET", path)).data).toEqual(before);
  });
});
