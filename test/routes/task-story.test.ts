/** `GET /admin/v1/tenants/{tenantId}/tasks/{taskId}`: everything about one task. */
import { evictDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { describe, expect, inject, it } from "vitest";
import { breakObject } from "../support/break-object.ts";
import { call, createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";

interface Story {
  readonly task: Record<string, unknown>;
  readonly request: Record<string, unknown>;
  readonly keyId: string;
  readonly endUser: string | null;
  readonly credits: number;
  readonly ledger: readonly { readonly kind: string; readonly credits: number }[];
  readonly deliveries: readonly { readonly state: string; readonly log: readonly unknown[] }[];
  readonly timeline: readonly ({ readonly at: string; readonly event: string } & Record<string, unknown>)[];
}

const storyOf = async ({ tenantId }: Pick<TestTenant, "tenantId">, taskId: number | string) =>
  operate<Story>("GET", `/tenants/${tenantId}/tasks/${taskId}`);
const eventsOf = ({ timeline }: Story) => timeline.map(({ event }) => event);

describe("the story of a task", () => {
  it("has the tenant's view, the request, who asked, the money, the deliveries and the time line in order", async () => {
    const tenant = await createTenant({ markup: 2 });
    const webhookUrl = `${inject("webhookReceiverUrl")}/${crypto.randomUUID()}`;
    const metadata = { order: "4711" };
    const { taskId } = (await submitImage(tenant.auth, "", { webhookUrl, metadata })).data;
    await untilEnded(tenant, taskId);
    const { data } = await until("the delivery", async () => {
      const story = await storyOf(tenant, taskId);
      return story.data.deliveries[0]?.state === "delivered" ? story : null;
    });
    const query = await call("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth });
    expect(data.task).toEqual(query.data);
    expect(data.request).toEqual(IMAGE);
    expect(data).toMatchObject({ keyId: tenant.keyId, endUser: null, tokenId: null, settlement: "captured" });
    expect(data.ledger.map(({ kind }) => kind)).toEqual(["hold", "correct", "capture"]);
    expect(data.ledger.reduce((sum, { credits }) => sum + credits, 0)).toBe(-data.credits);
    expect(data.deliveries).toMatchObject([{ taskId, type: "task.completed", url: webhookUrl, attempts: 1 }]);
    expect(eventsOf(data).filter((event) => event !== "copied")).toEqual([
      "accepted",
      "submitted",
      "polls",
      "ended",
      "delivered",
    ]);
    expect(data.timeline).toContainEqual({ at: expect.any(String), event: "copied", file: "0" });
    expect(data.timeline.find(({ event }) => event === "ended")).toMatchObject({ status: "completed" });
    expect(data.timeline.find(({ event }) => event === "polls")?.count).toBeGreaterThan(0);
    const times = data.timeline.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("of a failed task of an end user has the release and no copies", async () => {
    const tenant = await createTenant();
    const { taskId } = (await submitImage(await tokenFor(tenant, { endUser: "ann" }), "fail")).data;
    await untilEnded(tenant, taskId);
    const { data } = await storyOf(tenant, taskId);
    expect(data).toMatchObject({ endUser: "ann", credits: 0, settlement: "released", deliveries: [] });
    expect(eventsOf(data)).toEqual(["accepted", "submitted", "polls", "ended"]);
    expect(data.timeline.at(-1)).toMatchObject({ status: "failed" });
  });

  it("counts polls that changed nothing without writing them", async () => {
    const tenant = await createTenant();
    const { taskId } = (await submitImage(tenant.auth, "never")).data;
    const polls = async () => {
      const { data } = await storyOf(tenant, taskId);
      return Number(data.timeline.find(({ event }) => event === "polls")?.count ?? 0);
    };
    const statement = "SELECT polls FROM tasks WHERE task_id = ?";
    await until("a poll that is counted and not written", async () => {
      const counted = await polls();
      const [row] = await sqlIn<{ polls: number }>(tenant.tenantId, statement, taskId);
      return row !== undefined && row.polls < counted ? true : null;
    });
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(await polls()).toBeGreaterThan(0);
  });

  it("has signed URLs for a tenant with signed files", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { taskId } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    const { text } = await storyOf(tenant, taskId);
    expect(text).toMatch(/0\.png\?expires=\d+&signature=/);
  });

  it("of a task of release 0.1 has the events that were recorded", async () => {
    const tenant = await createTenant();
    const { taskId } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    const files = "json_remove(files, '$[0].storedAt', '$[1].storedAt')";
    const columns = `submitted_at = NULL, polls = 0, polled_at = NULL, files = ${files}`;
    await sqlIn(tenant.tenantId, `UPDATE tasks SET ${columns} WHERE task_id = ?`, taskId);
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(eventsOf((await storyOf(tenant, taskId)).data)).toEqual(["accepted", "ended"]);
  });

  it("is 404 for a task of another tenant, a deleted one and anything else", async () => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    const { taskId } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    expect(await storyOf(other, taskId)).toMatchObject({ status: 404, code: 40002 });
    expect(await storyOf({ tenantId: "ten_00000000000000000000" }, taskId)).toMatchObject({ status: 404 });
    for (const id of ["0", "x", `0${taskId}`, "9".repeat(20)]) {
      expect(await storyOf(tenant, id)).toMatchObject({ status: 404, code: 40002 });
    }
    expect(await storyOf(tenant, `${taskId}?limit=1`)).toMatchObject({ status: 400, code: 30001 });
    await call("DELETE", `/api/v1/tasks/${taskId}`, { headers: tenant.auth });
    expect(await storyOf(tenant, taskId)).toMatchObject({ status: 404, code: 40002 });
  });

  it("is 503 while the tenant does not answer", async () => {
    const tenant = await createTenant();
    const { taskId } = (await submitImage(tenant.auth)).data;
    const mend = await breakObject(tenant, "fails");
    expect(await storyOf(tenant, taskId)).toMatchObject({ status: 503, code: 10001 });
    mend();
    expect(await storyOf(tenant, taskId)).toMatchObject({ status: 200 });
  });
});

describe("DELETE /admin/v1/tenants/{tenantId}/tasks/{taskId}", () => {
  it("deletes an ended task with its files, keeps its money, and names the operator in the audit log", async () => {
    const tenant = await createTenant();
    const { taskId, resultUrls } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    const path = `/tenants/${tenant.tenantId}/tasks/${taskId}`;
    const fileStatus = async () => (await exports.default.fetch(resultUrls[0] ?? "")).status;
    const { balance } = (await operate<{ balance: number }>("GET", `/tenants/${tenant.tenantId}`)).data;
    expect(await fileStatus()).toBe(200);
    expect(await operate("DELETE", path)).toMatchObject({ status: 200, data: { taskId } });
    expect(await fileStatus()).toBe(410);
    expect(await call("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth })).toMatchObject({ status: 404 });
    expect((await operate("GET", `/tenants/${tenant.tenantId}`)).data).toMatchObject({ balance });
    const audit = await until("the audit event", async () => {
      const { data } = await operate<{ entries: object[] }>(
        "GET",
        `/audit?action=task.delete&tenantId=${tenant.tenantId}`,
      );
      return data.entries.length > 0 ? data.entries : null;
    });
    expect(audit).toMatchObject([{ actor: { id: "root" }, action: "task.delete", target: String(taskId) }]);
    expect(await operate("DELETE", path)).toMatchObject({ status: 404, code: 40002 });
  });

  it("refuses a running task, and another tenant's", async () => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    const { taskId } = (await submitImage(tenant.auth, "never")).data;
    const remove = ({ tenantId }: Pick<TestTenant, "tenantId">) =>
      operate("DELETE", `/tenants/${tenantId}/tasks/${taskId}`);
    expect(await remove(tenant)).toMatchObject({ status: 409, code: 70005 });
    expect(await remove(other)).toMatchObject({ status: 404, code: 40002 });
    expect(await remove({ tenantId: "ten_00000000000000000000" })).toMatchObject({ status: 404, code: 40002 });
  });
});
