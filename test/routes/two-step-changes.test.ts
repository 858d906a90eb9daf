/** Changes that the Directory and a tenant's object both have: what remains after one of them failed, and a repetition. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { Directory } from "../../src/directory/object.ts";
import { hashKey } from "../../src/domain/key-format.ts";
import { Tenant } from "../../src/tenant/object.ts";
import { breakObject, type Failure } from "../support/break-object.ts";
import { createTenant, type TestTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";

const { DIRECTORY } = env as unknown as Bindings;

interface Shown {
  readonly tenantId: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly lowBalance: number | null;
  readonly note: string | null;
}

afterEach(() => {
  vi.restoreAllMocks();
});

const unique = (name: string) => `${name}-${crypto.randomUUID()}`;
const patch = ({ tenantId }: Pick<TestTenant, "tenantId">, changes: object) =>
  operate<Shown>("PATCH", `/tenants/${tenantId}`, changes);
const read = async ({ tenantId }: TestTenant) => (await operate<Shown>("GET", `/tenants/${tenantId}`)).data;
/** Tenants as the Directory alone lists them. */
const summaries = async (q: string) =>
  (await operate<{ tenants: Shown[] }>("GET", `/tenant-summaries?q=${encodeURIComponent(q)}`)).data.tenants;
const found = async (email: string) => DIRECTORY.getByName(DIRECTORY_NAME).tenantsOfEmail(await hashKey(email));
/** Makes one kind of change fail once in the object, which responds otherwise: its database may be full. */
const failOnce = (method: "patch" | "create") =>
  vi.spyOn(Tenant.prototype, method).mockRejectedValueOnce(new Error("full"));

describe("an external id", () => {
  it.each<Failure>(["fails", "hangs"])("stays as it was if the tenant's object %s", async (failure) => {
    const [before, after] = [unique("before"), unique("after")];
    const tenant = await createTenant({ externalId: before });
    const mend = await breakObject(tenant, failure);
    expect(await patch(tenant, { externalId: after })).toMatchObject({ status: 503, code: 10001 });
    expect((await read(tenant)).externalId).toBe(before);
    mend();
    expect((await read(tenant)).externalId).toBe(before);
    expect(await patch(tenant, { externalId: after })).toMatchObject({ status: 200, data: { externalId: after } });
    const other = await createTenant();
    expect(await patch(other, { externalId: after })).toMatchObject({ status: 409, code: 70010 });
    expect(await patch(other, { externalId: before })).toMatchObject({ status: 200 });
  }, 60_000);

  it("is given back if the object fails to change after it responded", async () => {
    const [before, after] = [unique("before"), unique("after")];
    const tenant = await createTenant({ externalId: before });
    failOnce("patch");
    expect(await patch(tenant, { externalId: after })).toMatchObject({ status: 503 });
    expect((await read(tenant)).externalId).toBe(before);
    expect(await patch(await createTenant(), { externalId: after })).toMatchObject({ status: 200 });
    expect(await patch(tenant, { externalId: before })).toMatchObject({ status: 200 });
  });

  it("is kept by a change that is late, which may still be made", async () => {
    const [before, after] = [unique("before"), unique("after")];
    const tenant = await createTenant({ externalId: before });
    vi.spyOn(Tenant.prototype, "patch").mockReturnValueOnce(new Promise(() => {}));
    expect(await patch(tenant, { externalId: after })).toMatchObject({ status: 503 });
    const other = await createTenant();
    expect(await patch(other, { externalId: after })).toMatchObject({ status: 409, code: 70010 });
    expect(await patch(tenant, { externalId: after })).toMatchObject({ status: 200, data: { externalId: after } });
  }, 60_000);

  it("stays as it was in the object if the Directory fails", async () => {
    const tenant = await createTenant();
    vi.spyOn(Directory.prototype, "setExternalId").mockRejectedValueOnce(new Error("down"));
    const externalId = unique("id");
    expect(await patch(tenant, { externalId, note: "new" })).toMatchObject({ status: 503 });
    expect(await read(tenant)).toMatchObject({ externalId: null, note: null });
    expect(await patch(tenant, { externalId, note: "new" })).toMatchObject({ data: { externalId, note: "new" } });
  });
});

describe("e-mail addresses of a tenant's people", () => {
  const [old, fresh] = ["old", "new"].map((name) => `${unique(name)}@example.com`) as [string, string];

  it("that are valid go on finding the tenant while a change of them fails, and others do not after it succeeded", async () => {
    const tenant = await createTenant({ portalEmails: { [old]: "admin" } });
    const mend = await breakObject(tenant, "fails");
    const portalEmails = { [fresh]: "viewer" };
    expect(await patch(tenant, { portalEmails })).toMatchObject({ status: 503 });
    expect([await found(old), await found(fresh)]).toEqual([[tenant.tenantId], []]);
    mend();
    failOnce("patch");
    expect(await patch(tenant, { portalEmails })).toMatchObject({ status: 503 });
    expect(await found(old)).toEqual([tenant.tenantId]);
    expect(await patch(tenant, { portalEmails })).toMatchObject({ status: 200 });
    expect([await found(old), await found(fresh)]).toEqual([[], [tenant.tenantId]]);
  });

  it("leave nothing for a tenant that does not exist", async () => {
    const address = `${unique("nobody")}@example.com`;
    const nobody = { tenantId: "ten_00000000000000000000" };
    expect(await patch(nobody, { portalEmails: { [address]: "admin" } })).toMatchObject({ status: 404 });
    expect(await found(address)).toEqual([]);
  });
});

describe("creating a tenant", () => {
  it.each(["object", "addresses"])("leaves nothing in any list if the step of the %s fails", async (step) => {
    const [name, externalId] = [unique("broken off"), unique("id")];
    const portalEmails = { [`${unique("ann")}@example.com`]: "admin" };
    if (step === "object") failOnce("create");
    else vi.spyOn(Directory.prototype, "setPortalEmails").mockRejectedValueOnce(new Error("down"));
    const create = () => operate<Shown>("POST", "/tenants", { name, externalId, portalEmails });
    expect(await create()).toMatchObject({ status: 503, code: 10001 });
    expect(await summaries(name)).toEqual([]);
    expect(await found(Object.keys(portalEmails)[0] ?? "")).toEqual([]);
    const { data } = await create();
    expect(await summaries(name)).toMatchObject([{ tenantId: data.tenantId }]);
  });
});

it("a name that an interrupted creation left behind is removed by its deletion", async () => {
  const [tenantId, name] = ["ten_00000000000000000001", unique("left")];
  await DIRECTORY.getByName(DIRECTORY_NAME).reserve({ tenantId, name, createdAt: Date.now(), idempotency: null });
  expect(await summaries(name)).toMatchObject([{ tenantId }]);
  expect(await operate("DELETE", `/tenants/${tenantId}`)).toMatchObject({ status: 404 });
  expect(await summaries(name)).toEqual([]);
});

it("a name, note and lowBalance that the Directory missed are in its list with the next report", async () => {
  const tenant = await createTenant();
  vi.spyOn(Directory.prototype, "change").mockRejectedValueOnce(new Error("down"));
  const changes = { name: unique("renamed"), note: "new", lowBalance: 5 };
  expect(await patch(tenant, changes)).toMatchObject({ status: 200, data: changes });
  await expect.poll(() => summaries(changes.name), { timeout: 20_000 }).toMatchObject([changes]);
}, 40_000);
