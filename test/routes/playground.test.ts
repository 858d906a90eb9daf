/** The calls behind the portal's Playground: what a person may submit, estimate, upload and follow by session. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { BASE, call, createTenant, IMAGE, type TaskData, type TestTenant } from "../support/gateway.ts";
import { png } from "../support/media.ts";
import { operate } from "../support/operator.ts";
import { portalPath, press, SAME_ORIGIN } from "../support/portal.ts";
import { sqlIn } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";
import { uniqueTag, upstreamTasks } from "../support/upstream.ts";

interface Session {
  readonly cookie: string;
}
interface Submitted {
  readonly taskId: number;
  readonly estimatedCredits: number;
}

async function signInAs(tenant: Pick<TestTenant, "tenantId">, person: object = {}): Promise<Session> {
  const { data } = await operate<{ url: string }>("POST", `/tenants/${tenant.tenantId}/portal-links`, person);
  const response = await press(new URL(data.url).searchParams.get("code") ?? "");
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}
const ask = <T>(session: Session, method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  call<T>(method, portalPath({ cookie: session.cookie }, path), {
    headers: { cookie: session.cookie, ...SAME_ORIGIN, ...headers },
    body,
  });
const planned = (more: object = {}) => ({ ...IMAGE, prompt: uniqueTag("playground"), ...more });

describe("a person in the portal", () => {
  it("submits a task that the tenant pays for, and follows it to its end", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    await operate("POST", `/tenants/${tenant.tenantId}/credits`, { credits: 100, note: "start" });
    const session = await signInAs(tenant, { person: "Front desk" });
    const body = planned();
    const price = await ask<{ estimatedCredits: number; affordable: boolean }>(session, "POST", "/task/estimate", body);
    expect(price).toMatchObject({ status: 200, data: { affordable: true } });
    const { status, data, text } = await ask<Submitted>(session, "POST", "/task/generate", body);
    expect(status, text).toBe(200);
    const task = await until("the task to end", async () => {
      const seen = await ask<TaskData>(session, "GET", `/tasks/${data.taskId}`);
      return seen.data.taskStatus === 2 ? seen.data : null;
    });
    const account = await ask<{ balance: number }>(session, "GET", "/account");
    expect(account.data.balance).toBe(100 - task.estimatedCredits);
    const events = await ask<unknown>(session, "GET", `/tasks/${data.taskId}/events`);
    expect(events.headers.get("content-type")).toContain("text/event-stream");
    expect(events.text).toContain("event: completed");
    expect((await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth })).status).toBe(200);
  });

  it("is charged once for a request that is sent again with the same idempotency key", async () => {
    const session = await signInAs(await createTenant());
    const body = planned();
    const press = () => ask<Submitted>(session, "POST", "/task/generate", body, { "x-idempotency-key": "one-press" });
    const answers = await Promise.all([press(), press(), press()]);
    const last = await press();
    expect(last.status).toBe(200);
    const taskIds = [...answers, last].flatMap(({ status, data }) => (status === 200 ? [data.taskId] : []));
    expect(new Set(taskIds)).toEqual(new Set([last.data.taskId]));
    expect(await upstreamTasks(body.prompt)).toHaveLength(1);
  });

  it("is named in the audit log, with the task and its price, and the use is the portal's", async () => {
    const tenant = await createTenant();
    const session = await signInAs(tenant, { person: "Front desk" });
    const { data } = await ask<Submitted>(session, "POST", "/task/generate", planned());
    const entry = await until("the audit event", async () => {
      const { data: log } = await operate<{
        entries: { action: string; actor: object; target: string; after: object }[];
      }>("GET", `/audit?tenantId=${tenant.tenantId}&action=task.generate`);
      return log.entries[0] ?? null;
    });
    expect(entry).toMatchObject({
      actor: { id: "portal", name: "Front desk" },
      target: String(data.taskId),
      after: { taskId: data.taskId, model: IMAGE.model },
    });
    const usage = await operate<{ rows: { key: string; tasks: number }[] }>(
      "GET",
      `/tenants/${tenant.tenantId}/usage?groupBy=key`,
    );
    expect(usage.data.rows).toMatchObject([{ key: "portal", tasks: 1 }]);
  });

  it("uploads a reference and submits it by its fileId", async () => {
    const session = await signInAs(await createTenant());
    const bytes = png();
    const begun = await ask<{ parts: { url: string }[]; completeUrl: string }>(session, "POST", "/files/uploads", {
      bytes: bytes.length,
      contentType: "image/png",
    });
    expect(begun.status, begun.text).toBe(200);
    const put = await exports.default.fetch(
      new Request(begun.data.parts[0]?.url ?? "", { method: "PUT", body: bytes }),
    );
    expect(put.status, await put.text()).toBe(200);
    const done = await call<{ fileId: string }>("POST", begun.data.completeUrl);
    expect(done.status, done.text).toBe(200);
    const body = planned({ type: "img_txt", refImageUrls: [done.data.fileId] });
    expect((await ask(session, "POST", "/task/estimate", body)).status).toBe(200);
    expect((await ask(session, "POST", "/task/generate", body)).status).toBe(200);
  });

  it("gets each wrong field by its path, as the API does", async () => {
    const session = await signInAs(await createTenant());
    for (const call of ["/task/estimate", "/task/generate"]) {
      const { status, code, data } = await ask<{ issues: { path: string }[] }>(
        session,
        "POST",
        call,
        planned({ type: "img_vid_txt", quality: 5 }),
      );
      expect({ status, code }).toEqual({ status: 400, code: 30001 });
      expect(data.issues.map(({ path }) => path).toSorted()).toEqual(["quality", "type"]);
    }
  });

  it("reads the request of any task of the tenant as it was sent, to send it again", async () => {
    const tenant = await createTenant();
    const session = await signInAs(tenant);
    const text = `{"model":"Imagen Nano Banana 2","taskName":"t","type":"txt","prompt":"${uniqueTag("again")}","seed":1234567890123456789}`;
    const made = await call<Submitted>("POST", "/api/v1/task/generate", { headers: tenant.auth, body: text });
    const path = `/tasks/${made.data.taskId}/story`;
    expect((await ask(session, "GET", path)).text).toContain(`"request":${text}`);
    expect(await ask(session, "GET", "/tasks/1/story")).toMatchObject({ status: 404, code: 40002 });
    const other = await signInAs(await createTenant());
    expect(await ask(other, "GET", path)).toMatchObject({ status: 404, code: 40002 });
  });

  it("sees the models that the tenant may use, with their parameters", async () => {
    const session = await signInAs(await createTenant({ models: ["Seedance 2.0"] }));
    const { data } = await ask<{ models: { name: string; parameters: object }[] }>(session, "GET", "/models");
    expect(data.models.map(({ name }) => name)).toEqual(["Seedance 2.0"]);
    expect(data.models[0]?.parameters).toHaveProperty("durationSeconds");
    expect(await ask(session, "POST", "/task/generate", planned())).toMatchObject({ status: 403, code: 20002 });
  });

  it("may not set a webhook for one task", async () => {
    const session = await signInAs(await createTenant());
    const body = planned({ webhookUrl: "https://example.com/hook" });
    expect(await ask(session, "POST", "/task/generate", body)).toMatchObject({ status: 403, code: 20002 });
  });
});

describe("a portal link with a view", () => {
  it.each([
    ["playground", "#/playground"],
    ["playground%3Ffrom%3D123", "#/playground?from=123"],
    ["playground%3Ffrom%3D123%26to%3Dx", ""],
    ["//evil.example", ""],
    ["playground%0d%0aset-cookie:x", ""],
    ["", ""],
  ])("leads to that page of the portal and nowhere else: %j", async (view, hash) => {
    const tenant = await createTenant();
    const { data } = await operate<{ url: string }>("POST", `/tenants/${tenant.tenantId}/portal-links`);
    const code = new URL(data.url).searchParams.get("code") ?? "";
    const page = await call("GET", `/portal?code=${code}&view=${view}`);
    expect(page.text).toContain(`name="view" value="${hash.slice(2)}"`);
    const response = await exports.default.fetch(
      new Request(`${BASE}/portal/session`, {
        method: "POST",
        redirect: "manual",
        headers: SAME_ORIGIN,
        body: new URLSearchParams({ code, view: decodeURIComponent(view) }),
      }),
    );
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(`/portal/t/${tenant.tenantId}${hash}`);
  });
});

describe("without the right to spend", () => {
  it("a viewer sees models and follows tasks, and neither submits, estimates nor uploads", async () => {
    const tenant = await createTenant();
    const admin = await signInAs(tenant);
    const viewer = await signInAs(tenant, { role: "viewer" });
    const body = planned();
    for (const path of ["/task/generate", "/task/estimate"]) {
      expect(await ask(viewer, "POST", path, body)).toMatchObject({ status: 403, code: 20002 });
    }
    const upload = { bytes: 10, contentType: "image/png" };
    expect(await ask(viewer, "POST", "/files/uploads", upload)).toMatchObject({ status: 403, code: 20002 });
    expect(await sqlIn(tenant.tenantId, "SELECT task_id FROM tasks")).toEqual([]);
    expect((await ask(viewer, "GET", "/models")).status).toBe(200);
    const { data } = await ask<Submitted>(admin, "POST", "/task/generate", body);
    const events = await ask(viewer, "GET", `/tasks/${data.taskId}/events`);
    expect(events.text).toContain("event: completed");
  });

  it("a suspended tenant's people submit nothing", async () => {
    const tenant = await createTenant();
    const session = await signInAs(tenant);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    expect(await ask(session, "POST", "/task/generate", planned())).toMatchObject({ status: 403, code: 70004 });
  });

  it("a session that has ended submits nothing, and is no failed attempt", async () => {
    const tenant = await createTenant();
    const session = await signInAs(tenant);
    await operate("DELETE", `/tenants/${tenant.tenantId}/portal-sessions`);
    for (let at = 0; at < 30; at += 1) {
      expect(await ask(session, "POST", "/task/generate", planned())).toMatchObject({ status: 401, code: 20001 });
    }
    expect((await ask(await signInAs(tenant), "GET", "/models")).status).toBe(200);
  });

  it("another tenant's session submits nothing here", async () => {
    const [mine, theirs] = [await createTenant(), await createTenant()];
    const { cookie } = await signInAs(theirs);
    const path = `/portal/t/${mine.tenantId}/api/task/generate`;
    const headers = { ...SAME_ORIGIN, cookie: cookie.replace(theirs.tenantId, mine.tenantId) };
    expect(await call("POST", path, { headers, body: planned() })).toMatchObject({ status: 403, code: 20002 });
    expect(await call("POST", path, { headers: { ...SAME_ORIGIN, cookie }, body: planned() })).toMatchObject({
      status: 401,
    });
  });

  it("more than 30 tasks a minute are refused, because each is an event in the audit log", async () => {
    const session = await signInAs(await createTenant());
    const answers = await Promise.all(
      Array.from({ length: 45 }, () => ask(session, "POST", "/task/generate", planned())),
    );
    const refused = answers.filter(({ status, code }) => status === 429 && code === 70001);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect((await ask(session, "POST", "/task/estimate", planned())).status).toBe(200);
  });
});
