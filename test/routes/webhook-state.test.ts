/** A webhook endpoint that fails: where that shows, and how the failed deliveries are sent again. */
import { describe, expect, it } from "vitest";
import { call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage } from "../support/operator.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";
import { until } from "../support/until.ts";
import { bodyOf, openInbox } from "../support/webhook-inbox.ts";

interface Endpoint {
  readonly failing: boolean;
  readonly failingSince: string | null;
}
interface Detail {
  readonly deliveryId: string;
  readonly state: string;
  readonly body: string | null;
  readonly log: readonly { readonly status: number; readonly response: string }[];
}

const own = <T>({ auth }: TestTenant, method: string, path: string, body?: object) =>
  call<T>(method, `/api/v1${path}`, { headers: auth, body });
const endpointOf = async (tenant: TestTenant) => (await own<Endpoint>(tenant, "GET", "/webhook")).data;

/** A tenant with an endpoint, and tasks whose deliveries it got. */
async function tenantWithTasks(url: string, tasks: number): Promise<{ tenant: TestTenant; taskIds: number[] }> {
  const tenant = await createTenant();
  await own(tenant, "PUT", "/webhook", { url });
  const taskIds: number[] = [];
  for (let task = 0; task < tasks; task += 1) {
    const { data } = await submitImage(tenant.auth);
    await untilEnded(tenant, data.taskId);
    taskIds.push(data.taskId);
  }
  return { tenant, taskIds };
}

/** Waits until each of these tasks' deliveries has an attempt on record. */
async function untilAttempted(tenant: TestTenant, taskIds: readonly number[], attempts = 1): Promise<void> {
  await until("the attempts", async () => {
    const logs = await Promise.all(
      taskIds.map((taskId) => own<{ attempts: unknown[] }>(tenant, "GET", `/tasks/${taskId}/deliveries`)),
    );
    return logs.every(({ data }) => data.attempts.length >= attempts);
  });
}

describe("a webhook endpoint", () => {
  it("is failing after three failed attempts in a row, in all views, and no more after the first success", async () => {
    const inbox = await openInbox({ status: 500 });
    const { tenant, taskIds } = await tenantWithTasks(inbox.url, 3);
    await until("the endpoint to fail", async () => (await endpointOf(tenant)).failing);
    expect((await endpointOf(tenant)).failingSince).toMatch(/^20\d\d-/);
    const path = `/tenants/${tenant.tenantId}`;
    expect((await operate("GET", `${path}/webhook`)).data).toMatchObject({ failing: true });
    expect((await operate("GET", path)).data).toMatchObject({ webhook: "failing" });
    const session = await signIn(tenant);
    const portal = await call("GET", portalPath(session, "/webhook"), { headers: { ...session, ...SAME_ORIGIN } });
    expect(portal.data).toMatchObject({ failing: true });
    await until("the Directory to know", async () => {
      const { data } = await operate<{ webhooksFailing: number }>("GET", "/overview");
      return data.webhooksFailing > 0;
    });
    await inbox.reply({ status: 204 });
    await own(tenant, "POST", `/tasks/${taskIds[0]}/deliveries/redeliver`);
    await until("the endpoint to work", async () => !(await endpointOf(tenant)).failing);
    expect((await operate("GET", path)).data).toMatchObject({ webhook: null });
  });

  it("is no longer failing after a test that succeeds, and a failed test counts for nothing", async () => {
    const inbox = await openInbox({ status: 500 });
    const { tenant, taskIds } = await tenantWithTasks(inbox.url, 3);
    await untilAttempted(tenant, taskIds);
    expect(await endpointOf(tenant)).toMatchObject({ failing: true });
    await own(tenant, "POST", "/webhook/test");
    expect(await endpointOf(tenant)).toMatchObject({ failing: true });
    await inbox.reply({ status: 200 });
    await own(tenant, "POST", "/webhook/test");
    expect(await endpointOf(tenant)).toMatchObject({ failing: false });
  });

  it("is off after 410, which is not failing, and another URL begins anew", async () => {
    const inbox = await openInbox({ status: 410 });
    const { tenant } = await tenantWithTasks(inbox.url, 1);
    await until(
      "the endpoint to be off",
      async () => ((await endpointOf(tenant)) as unknown as { enabled: boolean }).enabled === false,
    );
    expect(await endpointOf(tenant)).toMatchObject({ failing: false });
    expect((await operate("GET", `/tenants/${tenant.tenantId}`)).data).toMatchObject({ webhook: "off" });
    expect(await own(tenant, "POST", "/deliveries/redeliver")).toMatchObject({ status: 400, code: 30001 });
    await own(tenant, "PUT", "/webhook", { url: `${inbox.url}x` });
    expect((await operate("GET", `/tenants/${tenant.tenantId}`)).data).toMatchObject({ webhook: null });
  });
});

describe("POST /deliveries/redeliver", () => {
  it("sends all failed deliveries of this tenant again, and no other", async () => {
    const inbox = await openInbox({ status: 410 });
    const tenant = await createTenant();
    const taskIds: number[] = [];
    for (let task = 0; task < 2; task += 1) {
      // Its own URL: a 410 ends the delivery at once, and no endpoint is needed.
      const { data } = await submitImage(tenant.auth, "", { webhookUrl: inbox.url });
      await untilEnded(tenant, data.taskId);
      taskIds.push(data.taskId);
    }
    await untilAttempted(tenant, taskIds);
    expect((await own(await createTenant(), "POST", "/deliveries/redeliver")).data).toEqual({
      redelivered: 0,
      remaining: false,
    });
    await inbox.reply({ status: 204 });
    const sent = await operate("POST", `/tenants/${tenant.tenantId}/deliveries/redeliver`);
    expect(sent.data).toEqual({ redelivered: 2, remaining: false });
    await untilAttempted(tenant, taskIds, 2);
    const { data } = await own<{ deliveries: { state: string }[] }>(tenant, "GET", "/deliveries");
    expect(data.deliveries.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
    const audit = await operate<{ entries: object[] }>(
      "GET",
      `/audit?tenantId=${tenant.tenantId}&action=webhook.redeliver`,
    );
    expect(audit.data.entries).toMatchObject([{ after: { redelivered: 2 } }]);
  });
});

describe("GET /deliveries/{deliveryId}", () => {
  it("has the body that was sent and the response that came back, for tenant, operator and portal", async () => {
    const inbox = await openInbox({ status: 500, body: "out of order" });
    const { tenant, taskIds } = await tenantWithTasks(inbox.url, 1);
    await untilAttempted(tenant, taskIds);
    const [received] = await inbox.until(1);
    const { data } = await own<{ deliveries: Detail[] }>(tenant, "GET", "/deliveries");
    const id = data.deliveries[0]?.deliveryId ?? "";
    const session = await signIn(tenant);
    const views = [
      await own<Detail>(tenant, "GET", `/deliveries/${id}`),
      await operate<Detail>("GET", `/tenants/${tenant.tenantId}/deliveries/${id}`),
      await call<Detail>("GET", portalPath(session, `/deliveries/${id}`), { headers: { ...session, ...SAME_ORIGIN } }),
    ];
    for (const { status, data: view } of views) {
      expect(status).toBe(200);
      expect(view).toMatchObject({ deliveryId: id, log: [{ status: 500, response: "out of order" }] });
      expect(view.body).toBe(received?.body);
    }
    expect(bodyOf(received).type).toBe("task.completed");
    const other = await createTenant();
    for (const path of [`/deliveries/${id}`, "/deliveries/msg_x", "/deliveries/'"]) {
      expect(await own(other, "GET", path), path).toMatchObject({ status: 404, code: 40002 });
    }
  });
});
