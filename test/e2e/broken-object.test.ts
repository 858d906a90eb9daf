/** One object whose database is damaged stops nothing but itself, over HTTP: a tenant's, and the Directory. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayClient, type NewTenant, type Submission } from "../../scripts/gateway-client.ts";
import { damageObjects } from "../support/node/object-files.ts";
import { World } from "../support/node/world.ts";

const BODY = { model: "Seedance 2.0", taskName: "t", type: "img_txt", prompt: "a sea [[sim: delayMs=100]]" };
/** What a program gets that asks a part which does not respond. */
const TRY_LATER = { status: 503, code: 10001 };

interface Shown {
  readonly tenantId: string;
  readonly name?: string;
  readonly status: string;
  readonly unavailable?: true;
}

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const clientOf = ({ key }: NewTenant) => new GatewayClient(world.gateway.url, key);
const pathOf = ({ tenantId }: NewTenant) => `/admin/v1/tenants/${tenantId}`;
const operate = <T>(method: string, path: string, body?: object, headers = {}) =>
  world.operator.call<T>(method, path, body, headers);
/** Status by tenant id of all tenants in the list; "unavailable" is added to those that did not respond. */
async function listed(): Promise<Record<string, string>> {
  const { tenants } = await operate<{ tenants: Shown[] }>("GET", "/admin/v1/tenants?limit=100");
  return Object.fromEntries(tenants.map((one) => [one.tenantId, one.status + (one.unavailable ? " unavailable" : "")]));
}
/** The status of a response; 503 needs Retry-After. */
async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, headers, body } = await response;
  await body?.cancel();
  if (status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  return status;
}
async function completedTask(tenant: NewTenant): Promise<Submission> {
  const submission = await clientOf(tenant).submit(BODY);
  await clientOf(tenant).untilEnded(submission.taskId, { everyMs: 50 });
  return submission;
}
/** Damages objects while the gateway is stopped. @returns a function that restores them in the same way */
async function damage(...which: [className: "Tenant" | "Directory", ...texts: string[]]): Promise<() => Promise<void>> {
  const [className, ...texts] = which;
  await world.crash();
  const restore = damageObjects(world.storage, className, texts);
  await world.restart();
  return async () => {
    await world.crash();
    restore();
    await world.restart();
  };
}

describe("two tenants whose objects are damaged", () => {
  let [suspended, deleted, whole]: NewTenant[] = [];
  let files: readonly string[];
  let restore: () => Promise<void>;
  beforeAll(async () => {
    [suspended, deleted, whole] = [
      await world.newTenant({ name: "suspended while damaged" }),
      await world.newTenant({ name: "deleted while damaged" }),
      await world.newTenant({ name: "whole" }),
    ];
    const submissions = [await completedTask(suspended), await completedTask(deleted)];
    files = submissions.map(({ resultUrls }) => resultUrls[0] ?? "");
    restore = await damage("Tenant", "suspended while damaged", "deleted while damaged");
  });

  it("are listed as unavailable beside the others, and every view of all tenants has its figures", async () => {
    if (!suspended || !deleted || !whole) throw new Error("no tenants");
    expect(await listed()).toEqual({
      [suspended.tenantId]: "active unavailable",
      [deleted.tenantId]: "active unavailable",
      [whole.tenantId]: "active",
    });
    expect(await operate("GET", pathOf(suspended))).toMatchObject({ unavailable: true });
    const search = await operate<{ results: Shown[] }>(
      "GET",
      `/admin/v1/search?q=${encodeURIComponent("while damaged")}`,
    );
    expect(search.results.map(({ tenantId }) => tenantId).toSorted()).toEqual(
      [suspended.tenantId, deleted.tenantId].toSorted(),
    );
    expect(await operate("GET", "/admin/v1/overview")).toMatchObject({ tenants: { total: 3, active: 3 } });
    const metrics = await (await world.operator.fetch("/metrics")).text();
    for (const line of ["paddock_directory_up 1", 'paddock_tenants{status="active"} 3'])
      expect(metrics).toContain(line);
    for (const path of [
      "/admin/v1/audit",
      "/admin/v1/tenant-summaries",
      "/admin/v1/tenant-counts",
      "/admin/v1/margins",
    ]) {
      expect(await statusOf(world.operator.fetch(path)), path).toBe(200);
    }
    const csv = await world.operator.fetch("/admin/v1/tenants", { headers: { accept: "text/csv" } });
    expect((await csv.text()).trim().split("\n")).toHaveLength(4);
  });

  it("are 503 with Retry-After to their own callers and pages, and the other tenant works", async () => {
    if (!suspended || !whole) throw new Error("no tenants");
    for (const part of ["/keys", "/ledger", "/tasks", "/usage", "/webhook", "/deliveries"]) {
      expect(await statusOf(world.operator.fetch(pathOf(suspended) + part)), part).toBe(503);
    }
    await expect(operate("PATCH", pathOf(suspended), { markup: 2 })).rejects.toMatchObject(TRY_LATER);
    const client = clientOf(suspended);
    await expect(client.submit(BODY)).rejects.toMatchObject(TRY_LATER);
    for (const path of ["/api/v1/account", "/api/v1/tasks", "/v1/models"]) {
      expect(await statusOf(client.fetch(path)), path).toBe(503);
    }
    expect(await statusOf(fetch(files[0] ?? ""))).toBe(503);
    await completedTask(whole);
  });

  it("are suspended and deleted, also once they respond again", async () => {
    if (!suspended || !deleted || !whole) throw new Error("no tenants");
    const asked = await operate<Shown>("PATCH", pathOf(suspended), { status: "suspended" });
    expect(asked).toMatchObject({ status: "suspended", unavailable: true });
    expect(await operate("DELETE", pathOf(deleted))).toMatchObject({ status: "deleted" });
    await expect(operate("DELETE", pathOf(deleted))).rejects.toMatchObject({ status: 404 });
    const left = { [whole.tenantId]: "active" };
    expect(await listed()).toEqual({ ...left, [suspended.tenantId]: "suspended unavailable" });

    await restore();
    const submitting = async () =>
      statusOf(
        clientOf(suspended as NewTenant).fetch("/api/v1/task/generate", { method: "POST", body: JSON.stringify(BODY) }),
      );
    await expect.poll(submitting, { timeout: 60_000 }).toBe(403);
    await expect
      .poll(() => statusOf(clientOf(deleted as NewTenant).fetch("/api/v1/account")), { timeout: 60_000 })
      .toBe(401);
    expect(await statusOf(fetch(files[0] ?? ""))).toBe(200);
    await expect.poll(() => statusOf(fetch(files[1] ?? ""))).toBe(410);
    expect(await listed()).toEqual({ ...left, [suspended.tenantId]: "suspended" });
  });
});

describe("while the Directory's database is damaged", () => {
  it("tenants are deleted, suspended, given keys and work, and creating one leaves nothing and can be repeated", async () => {
    const [deleted, suspended, whole] = [await world.newTenant(), await world.newTenant(), await world.newTenant()];
    const { keys } = await operate<{ keys: { keyId: string }[] }>("GET", `${pathOf(whole)}/keys`);
    const before = await listed();
    const restore = await damage("Directory", whole.tenantId);

    const create = (key?: string) =>
      operate<Shown>(
        "POST",
        "/admin/v1/tenants",
        { name: "new" },
        key === undefined ? {} : { "x-idempotency-key": key },
      );
    for (const key of [undefined, "new-1", "new-1"]) await expect(create(key)).rejects.toMatchObject(TRY_LATER);
    expect(await operate("DELETE", pathOf(deleted))).toMatchObject({ status: "deleted" });
    await expect(operate("DELETE", pathOf(deleted))).rejects.toMatchObject({ status: 404 });
    expect(await operate("PATCH", pathOf(suspended), { status: "suspended" })).toMatchObject({ status: "suspended" });
    const rotation = `${pathOf(whole)}/keys/${keys[0]?.keyId}/rotate`;
    const { key } = await operate<{ key: string }>("POST", rotation, { overlapSeconds: 0 });
    await expect(clientOf(whole).submit(BODY)).rejects.toMatchObject({ status: 401 });
    await completedTask({ ...whole, key });
    await expect(clientOf(suspended).submit(BODY)).rejects.toMatchObject({ status: 403, code: 70004 });
    expect(await operate("POST", `${pathOf(whole)}/portal-links`, {})).toMatchObject({ url: expect.any(String) });
    expect(await (await world.operator.fetch("/metrics")).text()).toContain("paddock_directory_up 0");
    expect(await statusOf(world.operator.fetch("/healthz"))).toBe(200);
    for (const path of ["/admin/v1/tenants", "/admin/v1/overview", "/admin/v1/audit", "/admin/v1/operators"]) {
      expect(await statusOf(world.operator.fetch(path)), path).toBe(503);
    }

    await restore();
    const { tenantId } = await create("new-1");
    expect((await create("new-1")).tenantId).toBe(tenantId);
    const { [deleted.tenantId]: _, ...others } = before;
    await expect.poll(listed, { timeout: 60_000 }).toEqual({
      ...others,
      [suspended.tenantId]: "suspended",
      [tenantId]: "active",
    });
  });
});
