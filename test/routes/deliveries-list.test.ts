/** The list of a tenant's deliveries, for the tenant and the operator. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { responses } from "../../openapi/responses/all.ts";
import { call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage } from "../support/operator.ts";
import { countRowsRead } from "../support/row-meter.ts";
import { tenantStub } from "../support/tenant-object.ts";
import { openInbox } from "../support/webhook-inbox.ts";

interface Delivery {
  readonly deliveryId: string;
  readonly taskId: number | null;
  readonly state: string;
  readonly attempts: number;
}
interface Page {
  readonly deliveries: Delivery[];
  readonly nextCursor: string | null;
}

const list = ({ auth }: Pick<TestTenant, "auth">, query = "") =>
  call<Page>("GET", `/api/v1/deliveries${query}`, { headers: auth });

/** Deliveries as many tasks leave them: of ten, eight were delivered, one failed and one is pending. */
const seed = ({ tenantId }: TestTenant, count: number) =>
  runInDurableObject(tenantStub(tenantId), (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO deliveries (event_id, webhook_id, type, at, url, due_at, attempts, data, files, log)
       SELECT i, 'msg_' || i, 'task.completed', i, 'https://example.com/' || i,
         CASE i % 10 WHEN 0 THEN 99999999999999 END, 1, NULL, NULL,
         json_array(json_object('at', '2026-11-22T11:00:00.000Z', 'type', 'task.completed', 'webhookId', 'msg_' || i,
           'url', 'https://example.com/' || i, 'status', CASE i % 10 WHEN 1 THEN 500 ELSE 200 END, 'durationMs', 1,
           'error', NULL, 'response', 'never shown'))
       FROM n`,
    );
  });

async function all(tenant: TestTenant, query: string): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  let cursor = "";
  for (;;) {
    const { data, status } = await list(tenant, `?${query}${cursor}`);
    expect(status).toBe(200);
    deliveries.push(...data.deliveries);
    if (data.nextCursor === null) return deliveries;
    cursor = `&cursor=${data.nextCursor}`;
  }
}

describe("GET /api/v1/deliveries", () => {
  it("has each delivery once, newest first, in its state", async () => {
    const tenant = await createTenant();
    await seed(tenant, 250);
    const everything = await all(tenant, "limit=100");
    expect(everything.map(({ taskId }) => taskId)).toEqual(Array.from({ length: 250 }, (_, index) => 250 - index));
    for (const state of ["pending", "failed", "delivered"]) {
      const wanted = everything.filter((one) => one.state === state);
      expect(wanted).toHaveLength(state === "delivered" ? 200 : 25);
      expect(await all(tenant, `limit=7&state=${state}`)).toEqual(wanted);
    }
    const { text, data } = await list(tenant, "?limit=1");
    expect(responses().deliveryList.parse(data)).toEqual(data);
    expect(text).not.toContain("never shown");
  });

  it.each(["pending", "failed"] as const)("finds the few that are %s without reading the others", async (state) => {
    const tenant = await createTenant();
    await seed(tenant, 5_000);
    await runInDurableObject(tenantStub(tenant.tenantId), async (object, { storage }) => {
      const read = countRowsRead(storage.sql);
      const page = await object.operatorDeliveries({ state, limit: 20, before: 2_000 });
      expect(page?.deliveries).toHaveLength(20);
      expect(read()).toBeLessThanOrEqual(400);
    });
  });

  it("has a real delivery with its attempts, and the operator sees and repeats it", async () => {
    const tenant = await createTenant();
    const inbox = await openInbox();
    const put = await call("PUT", "/api/v1/webhook", { headers: tenant.auth, body: { url: inbox.url } });
    expect(put.status).toBe(200);
    const { taskId } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    const found = async (query = "") => (await list(tenant, query)).data.deliveries[0];
    await expect.poll(async () => (await found())?.state, { timeout: 10_000 }).toBe("delivered");
    expect(await found("?state=delivered")).toMatchObject({
      ...{ taskId, type: "task.completed", state: "delivered", attempts: 1, nextAttemptAt: null, url: inbox.url },
      lastAttempt: { error: null },
    });
    const path = `/tenants/${tenant.tenantId}`;
    const seen = await operate<Page>("GET", `${path}/deliveries?state=delivered`);
    expect(seen.data.deliveries).toMatchObject([{ taskId }]);
    const endpoint = await operate("GET", `${path}/webhook`);
    expect(endpoint).toMatchObject({ status: 200, data: { url: inbox.url, enabled: true } });
    expect(endpoint.text).not.toContain("whsec_");
    const again = await operate("POST", `${path}/tasks/${taskId}/deliveries/redeliver`);
    expect(again).toMatchObject({ status: 200, data: { delivered: true } });
    await expect.poll(async () => (await found())?.attempts, { timeout: 10_000 }).toBe(2);
    const log = await operate<{ entries: object[] }>("GET", `/audit?tenantId=${tenant.tenantId}`);
    const entry = expect.objectContaining({ action: "webhook.redeliver", target: String(taskId) });
    expect(log.data.entries).toContainEqual(entry);
  }, 30_000);

  it.each([
    "state=done",
    "state=",
    "limit=0",
    "cursor=x",
    "status=1",
    "state=failed&state=pending",
  ])("refuses %s", async (query) => {
    const tenant = await createTenant();
    expect(await list(tenant, `?${query}`)).toMatchObject({ status: 400, code: 30001 });
    const path = `/tenants/${tenant.tenantId}/deliveries?${query}`;
    expect(await operate("GET", path)).toMatchObject({ status: 400, code: 30001 });
  });

  it("is empty for another tenant, and 404 for none", async () => {
    const [one, two] = [await createTenant(), await createTenant()];
    await seed(one, 3);
    expect((await list(two)).data).toEqual({ deliveries: [], nextCursor: null });
    const path = `/tenants/${two.tenantId}`;
    expect(await operate("GET", `${path}/webhook`)).toMatchObject({ status: 404, code: 40002 });
    const unknown = await operate("POST", `${path}/tasks/1/deliveries/redeliver`);
    expect(unknown).toMatchObject({ status: 404, code: 40002 });
    const nobody = "/tenants/ten_00112233445566778899";
    for (const rest of ["/webhook", "/deliveries"]) {
      expect(await operate("GET", nobody + rest)).toMatchObject({ status: 404, code: 40002 });
    }
  });
});
