/** One part that does not answer stops the operator nowhere else (contract section 6). */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { Directory } from "../../src/directory/object.ts";
import { Tenant } from "../../src/tenant/object.ts";
import { breakObject, type Failure } from "../support/break-object.ts";
import { call, createTenant, IMAGE, OPERATOR } from "../support/gateway.ts";
import { operate, submitImage } from "../support/operator.ts";
import { pass } from "../support/until.ts";

const { DIRECTORY } = env as unknown as Bindings;
const directory = () => DIRECTORY.getByName(DIRECTORY_NAME);

interface Shown {
  readonly tenantId: string;
  readonly name: string;
  readonly status: string;
  readonly unavailable?: true;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes every call of these methods of the Directory fail. */
function breakDirectory(
  ...methods: ("reserve" | "put" | "remove" | "report" | "overview" | "enterAudit" | "intend")[]
) {
  for (const method of methods) vi.spyOn(Directory.prototype, method).mockRejectedValue(new Error("down"));
}

const listed = async (q: string) =>
  (await operate<{ tenants: Shown[] }>("GET", `/tenants?q=${encodeURIComponent(q)}`)).data.tenants;
/** The alarm of the Directory, now, whatever it is due. */
const carryOut = async () => {
  await runInDurableObject(directory(), (_, { storage }) => void storage.sql.exec("UPDATE intents SET due_at = 0"));
  await runDurableObjectAlarm(directory());
};

describe.each<Failure>(["fails", "hangs"])("a tenant whose object %s", (failure) => {
  it("is listed as unavailable among the others, and shown alone", async () => {
    const name = `broken ${crypto.randomUUID()}`;
    const [broken, whole] = [await createTenant({ name }), await createTenant({ name })];
    const mend = await breakObject(broken, failure);
    const tenants = await listed(name);
    expect(tenants.map(({ tenantId, unavailable }) => [tenantId, unavailable])).toEqual([
      [whole.tenantId, undefined],
      [broken.tenantId, true],
    ]);
    expect(tenants[1]).toMatchObject({ name, status: "active", billing: "unmetered", balance: expect.any(Number) });
    const alone = await operate<Shown>("GET", `/tenants/${broken.tenantId}`);
    expect(alone).toMatchObject({ status: 200, data: { tenantId: broken.tenantId, name, unavailable: true } });
    mend();
    expect((await listed(name)).every(({ unavailable }) => unavailable === undefined)).toBe(true);
  }, 30_000);

  it("can be suspended, and is as soon as it answers", async () => {
    const tenant = await createTenant();
    const mend = await breakObject(tenant, failure);
    const answer = await operate<Shown>("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    expect(answer).toMatchObject({ status: 200, data: { status: "suspended", unavailable: true } });
    expect(await listed(tenant.tenantId)).toMatchObject([{ status: "suspended", unavailable: true }]);
    if (failure === "fails") await carryOut();
    mend();
    await carryOut();
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 403, code: 70004 });
    expect(await listed(tenant.tenantId)).toMatchObject([{ status: "suspended" }]);
    const audit = await operate<{ entries: { action: string }[] }>("GET", `/audit?tenantId=${tenant.tenantId}`);
    expect(audit.data.entries.filter(({ action }) => action === "tenant.update")).toHaveLength(1);
  }, 60_000);

  it("can be deleted, is listed no more, and is deleted as soon as it answers", async () => {
    const tenant = await createTenant();
    const mend = await breakObject(tenant, failure);
    expect(await operate("DELETE", `/tenants/${tenant.tenantId}`)).toMatchObject({
      status: 200,
      data: { tenantId: tenant.tenantId, status: "deleted" },
    });
    expect(await operate("DELETE", `/tenants/${tenant.tenantId}`)).toMatchObject({ status: 404 });
    // A report that was under way does not list it again.
    await directory().put(tenant.tenantId, "late", 1);
    expect(await listed(tenant.tenantId)).toEqual([]);
    mend();
    await carryOut();
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 401 });
    expect(await operate("GET", `/tenants/${tenant.tenantId}`)).toMatchObject({ status: 404 });
    expect(await listed(tenant.tenantId)).toEqual([]);
  }, 60_000);
});

describe("a tenant whose object fails", () => {
  it("refuses every other change with 503", async () => {
    const tenant = await createTenant();
    const mend = await breakObject(tenant, "fails");
    for (const change of [{ markup: 2 }, { status: "suspended", markup: 2 }]) {
      const answer = await operate("PATCH", `/tenants/${tenant.tenantId}`, change);
      expect(answer).toMatchObject({ status: 503, code: 10001 });
      expect(answer.headers.get("retry-after")).not.toBeNull();
    }
    mend();
    expect((await operate("GET", `/tenants/${tenant.tenantId}`)).data).toMatchObject({ markup: 1, status: "active" });
  });

  it("is suspended right after its first report, however far away the next attempt to tell it is", async () => {
    const tenant = await createTenant();
    const mend = await breakObject(tenant, "fails");
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    await runInDurableObject(directory(), (_, { storage }) => {
      storage.sql.exec("UPDATE intents SET due_at = ? WHERE tenant_id = ?", Date.now() + 3_600_000, tenant.tenantId);
    });
    mend();
    // It spends once, and reports that within a second.
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 200 });
    await expect
      .poll(async () => (await submitImage(tenant.auth)).code, { timeout: 10_000, interval: 200 })
      .toBe(70004);
  }, 30_000);

  it("keeps a status that it was given later than one recorded for it", async () => {
    const tenant = await createTenant();
    const mend = await breakObject(tenant, "fails");
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    mend();
    await pass(5);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "active" });
    await carryOut();
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 200 });
  });
});

describe("creating a tenant", () => {
  const create = (settings: object, key?: string) =>
    call<Shown>("POST", "/admin/v1/tenants", {
      headers: { ...OPERATOR, ...(key === undefined ? {} : { "x-idempotency-key": key }) },
      body: settings,
    });

  it("again under the same key returns the same tenant, one is listed, and other settings are refused", async () => {
    const name = `twice ${crypto.randomUUID()}`;
    const key = crypto.randomUUID();
    const [first, second] = await Promise.all([create({ name }, key), create({ name }, key)]);
    const third = await create({ name }, key);
    expect(new Set([first, second, third].map(({ data }) => data.tenantId)).size).toBe(1);
    expect(third.headers.get("idempotent-replayed")).toBe("true");
    expect(await listed(name)).toHaveLength(1);
    expect(await create({ name, markup: 2 }, key)).toMatchObject({ status: 422, code: 70003 });
    expect((await create({ name }, "")).code).toBe(30001);
    await operate("DELETE", `/tenants/${first.data.tenantId}`);
    expect((await create({ name }, key)).data.tenantId).not.toBe(first.data.tenantId);
  });

  it("leaves nothing while the Directory is down", async () => {
    const name = `orphan ${crypto.randomUUID()}`;
    const made = vi.spyOn(Tenant.prototype, "create");
    breakDirectory("reserve", "put", "report");
    expect(await create({ name })).toMatchObject({ status: 503, code: 10001 });
    expect(made).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(await listed(name)).toEqual([]);
    expect((await create({ name })).status).toBe(200);
    expect(await listed(name)).toHaveLength(1);
  });

  it("whose object failed can be repeated under the same key", async () => {
    const name = `repeated ${crypto.randomUUID()}`;
    const key = crypto.randomUUID();
    vi.spyOn(Tenant.prototype, "create").mockRejectedValueOnce(new Error("broken"));
    expect(await create({ name }, key)).toMatchObject({ status: 503, code: 10001 });
    expect((await create({ name }, key)).status).toBe(200);
    expect(await listed(name)).toHaveLength(1);
  });
});

describe("while the Directory is down", () => {
  it("a tenant is deleted and renamed, which it hears of later", async () => {
    const [deleted, renamed] = [await createTenant(), await createTenant()];
    const name = `renamed ${crypto.randomUUID()}`;
    breakDirectory("remove", "put", "enterAudit");
    expect(await operate("DELETE", `/tenants/${deleted.tenantId}`)).toMatchObject({ status: 200 });
    expect(await operate("PATCH", `/tenants/${renamed.tenantId}`, { name })).toMatchObject({ status: 200 });
    vi.restoreAllMocks();
    expect(await operate("GET", `/tenants/${deleted.tenantId}`)).toMatchObject({ status: 404 });
    expect(await listed(deleted.tenantId)).toEqual([]);
    await expect.poll(async () => (await listed(name)).length, { timeout: 15_000 }).toBe(1);
  }, 30_000);

  it("tenants submit, portal links are created, and metrics show that it is down", async () => {
    const tenant = await createTenant();
    breakDirectory("overview", "report", "enterAudit", "put");
    expect(await submitImage(tenant.auth, "", { size: IMAGE.size })).toMatchObject({ status: 200 });
    expect(await operate("POST", `/tenants/${tenant.tenantId}/portal-links`)).toMatchObject({ status: 200 });
    const metrics = await call("GET", "/metrics", { headers: OPERATOR });
    expect(metrics.status).toBe(200);
    expect(metrics.text).toContain("paddock_directory_up 0");
    expect(metrics.text).toContain("paddock_master_key_usable");
  });
});

it("answers 503 for any call of an object that is still of the previous release and lacks the method", async () => {
  const missing = new TypeError('The RPC receiver does not implement the method "margins".');
  for (const [method, path] of [
    ["margins", "/margins"],
    ["findOperator", "/operators/op_0123456789abcdef"],
  ] as const) {
    vi.spyOn(Directory.prototype, method).mockRejectedValueOnce(missing);
    const answer = await operate("GET", path);
    expect(answer).toMatchObject({ status: 503, code: 10001, msg: "Not available during a deployment" });
    expect(answer.headers.get("retry-after")).toBe("60");
  }
});
