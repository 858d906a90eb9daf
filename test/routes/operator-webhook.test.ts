/** The operator's webhook through the API: the endpoint, what it is sent, and when. One endpoint for the whole deployment. */
import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { DIRECTORY_NAME } from "../../src/config.ts";
import { FAILING_AFTER } from "../../src/domain/delivery.ts";
import { BASE, call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import { giveCredits, operate, submitImage } from "../support/operator.ts";
import { until } from "../support/until.ts";
import { bodyOf, openInbox } from "../support/webhook-inbox.ts";

const { DIRECTORY } = env as unknown as Bindings;

interface Endpoint {
  readonly url: string;
  readonly enabled: boolean;
  readonly secret?: string;
  readonly previousSecretExpiresAt: string | null;
}

const SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/);
const put = (body: object) => operate<Endpoint>("PUT", "/webhook", body);
const audit = async () => (await operate<{ entries: Record<string, unknown>[] }>("GET", "/audit?limit=5")).data.entries;

afterEach(async () => {
  await operate("DELETE", "/webhook");
});

describe("PUT, GET and DELETE /admin/v1/webhook", () => {
  it("show the secret once and record who set which host", async () => {
    const url = "https://hooks.example/services/T1/secret-path";
    const made = await put({ url });
    expect(made.data).toEqual({
      url,
      events: null,
      format: "standard",
      enabled: true,
      failing: false,
      failingSince: null,
      createdAt: expect.any(String),
      disabledAt: null,
      previousSecretExpiresAt: null,
      secret: SECRET,
    });
    const { secret: _, ...view } = made.data;
    expect((await operate("GET", "/webhook")).data).toEqual(view);
    const moved = await put({ url, events: ["tenant.cap", "work.overdue"], format: "slack" });
    expect(moved.data).toEqual({ ...view, events: ["work.overdue", "tenant.cap"], format: "slack" });
    expect((await operate("DELETE", "/webhook")).data).toEqual({ deleted: true });
    for (const [method, path] of [["GET"], ["DELETE"], ["POST", "/rotate"], ["POST", "/test"]] as const) {
      expect(await operate(method, `/webhook${path ?? ""}`)).toMatchObject({ status: 404, code: 40002 });
    }
    const entries = await audit();
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["operator_webhook.delete", "operator_webhook.update"]),
    );
    expect(JSON.stringify(entries)).toContain("hooks.example");
    expect(JSON.stringify(entries)).not.toContain("secret-path");
  });

  it.each([
    ["no url", {}, "url"],
    ["an unknown event", { url: "https://example.com/", events: ["task.completed"] }, "events.0"],
    ["no event", { url: "https://example.com/", events: [] }, "events"],
    ["an unknown format", { url: "https://example.com/", format: "teams" }, "format"],
    ["an unknown field", { url: "https://example.com/", secret: "x" }, "secret"],
    ["the gateway itself", { url: `${BASE}/admin/v1/webhook/test` }, "url"],
  ])("refuse %s", async (_, body, path) => {
    const refused = await operate<{ issues: { path: string }[] }>("PUT", "/webhook", body);
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    expect(refused.data.issues.map((issue) => issue.path)).toContain(path);
  });

  it.each([
    "http://example.com/",
    "https://127.0.0.1/",
    "https://169.254.169.254/latest",
  ])("refuse %s outside development", async (url) => {
    const strict = { ...(env as object), ALLOW_PRIVATE_URLS: "false" };
    const request = new Request(`${BASE}/admin/v1/webhook`, {
      method: "PUT",
      headers: OPERATOR,
      body: JSON.stringify({ url }),
    });
    const refused = await createApp().fetch(request, strict as never, createExecutionContext());
    expect(refused.status).toBe(400);
  });

  it("sign with both secrets after a rotation", async () => {
    const inbox = await openInbox();
    const first = (await put({ url: inbox.url })).data.secret ?? "";
    const rotated = (await operate<Endpoint>("POST", "/webhook/rotate")).data;
    expect(rotated).toMatchObject({ secret: SECRET, previousSecretExpiresAt: expect.any(String) });
    const tested = await operate<{ webhookId: string }>("POST", "/webhook/test");
    expect(tested.data).toMatchObject({ delivered: true, status: 200, error: null });
    const [webhook] = await inbox.until(1);
    const headers = webhook?.headers as Record<string, string>;
    for (const secret of [first, rotated.secret ?? ""]) {
      expect(new Webhook(secret).verify(webhook?.body ?? "", headers)).toMatchObject({ type: "webhook.test" });
    }
    expect(headers["webhook-id"]).toBe(tested.data.webhookId);
  });

  it("wait for a receiver that is slower than an object may be", async () => {
    const inbox = await openInbox({ delayMs: 6_000 });
    await put({ url: inbox.url });
    expect((await operate("POST", "/webhook/test")).data).toMatchObject({ delivered: true, status: 200 });
  });

  it("stop showing a failing endpoint after a test that succeeds", async () => {
    const inbox = await openInbox();
    await put({ url: inbox.url });
    await runInDurableObject(DIRECTORY.getByName(DIRECTORY_NAME), (_, state) => {
      const failures = JSON.stringify({ count: FAILING_AFTER, since: Date.now() });
      const failing = "UPDATE settings SET value = json_set(value, '$.failures', json(?)) WHERE name = 'webhook'";
      state.storage.sql.exec(failing, failures);
    });
    expect((await operate("GET", "/webhook")).data).toMatchObject({ failing: true });
    expect((await operate("POST", "/webhook/test")).data).toMatchObject({ delivered: true });
    expect((await operate("GET", "/webhook")).data).toMatchObject({ failing: false, failingSince: null });
  });
});

describe("what the operator is sent", () => {
  const mine = async (inbox: Awaited<ReturnType<typeof openInbox>>, tenantId: string) =>
    (await inbox.received()).map((one) => bodyOf(one)).filter(({ data }) => data.tenantId === tenantId);

  it("is one tenant.credits_low for each fall below lowBalance, signed, with a link to the console", async () => {
    const inbox = await openInbox();
    const { secret = "" } = (await put({ url: inbox.url })).data;
    const { tenantId } = await createTenant({ name: "Nearly empty", billing: "prepaid", lowBalance: 50 });
    await giveCredits(tenantId, 100);
    await giveCredits(tenantId, -60);
    await giveCredits(tenantId, -10);
    await until("the event", async () => ((await mine(inbox, tenantId)).length > 0 ? true : null), 40_000);
    await giveCredits(tenantId, 100);
    await giveCredits(tenantId, -100);
    await until("the second", async () => ((await mine(inbox, tenantId)).length > 1 ? true : null), 40_000);
    const [first, second] = await mine(inbox, tenantId);
    expect(first).toMatchObject({
      type: "tenant.credits_low",
      data: { tenantId, name: "Nearly empty", balance: 40, lowBalance: 50, url: `${BASE}/console` },
    });
    expect(second?.data).toMatchObject({ balance: 30 });
    const [webhook] = await inbox.received();
    expect(new Webhook(secret).verify(webhook?.body ?? "", webhook?.headers as never)).toBeDefined();
  });

  it("is tenant.cap at 80 and at 100 % of the tenant's month", async () => {
    const inbox = await openInbox();
    await put({ url: inbox.url, events: ["tenant.cap"] });
    const tenant = await createTenant({ monthlyCredits: 30 });
    for (let task = 0; task < 3; task++) {
      await untilEnded(tenant, (await submitImage(tenant.auth, "price=10")).data.taskId);
    }
    const both = async () => {
      const events = await mine(inbox, tenant.tenantId);
      return events.length >= 2 ? events : null;
    };
    const events = await until("both events", both, 60_000);
    // 20 of 30 are 67 %, 30 are 100 %: the third task crosses both at once.
    expect(events.map(({ data }) => [data.percent, data.spent, data.monthlyCredits])).toEqual([
      [80, 30, 30],
      [100, 30, 30],
    ]);
  });

  it("is tenant.webhook_disabled when a receiver answers 410, as text for a chat service", async () => {
    const inbox = await openInbox();
    await put({ url: inbox.url, events: ["tenant.webhook_disabled"], format: "slack" });
    const gone = await openInbox({ status: 410 });
    const tenant = await createTenant({ name: "<!channel> & co" });
    await call("PUT", "/api/v1/webhook", { headers: tenant.auth, body: { url: gone.url } });
    await call("POST", "/api/v1/webhook/test", { headers: tenant.auth });
    const [webhook] = await inbox.until(1);
    const { text, ...rest } = JSON.parse(webhook?.body ?? "{}") as { text: string };
    expect(rest).toEqual({});
    expect(text).toContain("tenant.webhook_disabled");
    expect(text).toContain(tenant.tenantId);
    expect(text).toContain("&lt;!channel&gt; &amp; co");
    expect(text).toContain(`${BASE}/console`);
  });

  it("is tried again after a failure, and never again after 410", async () => {
    const inbox = await openInbox({ status: 500 }, { status: 410 });
    await put({ url: inbox.url, events: ["tenant.webhook_disabled"] });
    const gone = await openInbox({ status: 410 });
    const tenant = await createTenant();
    await call("PUT", "/api/v1/webhook", { headers: tenant.auth, body: { url: gone.url } });
    await call("POST", "/api/v1/webhook/test", { headers: tenant.auth });
    const [first, second] = await inbox.until(2);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    const off = async () => ((await operate<Endpoint>("GET", "/webhook")).data.enabled ? null : true);
    await until("the endpoint to be off", off, 20_000);
  });

  it("is not sent for a tenant's own requests when no endpoint is set", async () => {
    const tenant = await createTenant({ lowBalance: 50 });
    const { status } = await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body: IMAGE });
    expect(status).toBe(200);
    expect((await operate("GET", "/webhook")).status).toBe(404);
  });
});
