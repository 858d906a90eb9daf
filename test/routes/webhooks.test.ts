import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { mintClientToken } from "../../src/domain/client-token.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { BASE, call, createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { bodyOf, openInbox } from "../support/webhook-inbox.ts";

interface Endpoint {
  url: string;
  enabled: boolean;
  createdAt: string;
  disabledAt: string | null;
  previousSecretExpiresAt: string | null;
  secret?: string;
}

const webhook = <T = Endpoint>(tenant: Pick<TestTenant, "auth">, method: string, path = "", body?: unknown) =>
  call<T>(method, `/api/v1/webhook${path}`, { headers: tenant.auth, body });

const SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/);

describe("PUT, GET and DELETE /api/v1/webhook", () => {
  it("show the secret once, when it is made, and never again", async () => {
    const tenant = await createTenant();
    const made = await webhook(tenant, "PUT", "", { url: "https://example.com/hook" });
    expect(made).toMatchObject({ status: 200, code: 0 });
    expect(made.data).toEqual({
      url: "https://example.com/hook",
      events: null,
      enabled: true,
      failing: false,
      failingSince: null,
      createdAt: expect.any(String),
      disabledAt: null,
      previousSecretExpiresAt: null,
      secret: SECRET,
    });
    const { secret: _, ...view } = made.data;
    expect((await webhook(tenant, "GET")).data).toEqual(view);
    const moved = await webhook(tenant, "PUT", "", { url: "https://example.com/other" });
    expect(moved.data).toEqual({ ...view, url: "https://example.com/other" });
  });

  it("delete the endpoint with its secret", async () => {
    const tenant = await createTenant();
    const { secret } = (await webhook(tenant, "PUT", "", { url: "https://example.com/hook" })).data;
    expect(await webhook(tenant, "DELETE")).toMatchObject({ status: 200, data: { deleted: true } });
    for (const [method, path] of [["GET"], ["DELETE"], ["POST", "/rotate"], ["POST", "/test"]] as const) {
      expect(await webhook(tenant, method, path), `${method} ${path}`).toMatchObject({ status: 404, code: 40002 });
    }
    const again = await webhook(tenant, "PUT", "", { url: "https://example.com/hook" });
    expect(again.data.secret).toEqual(SECRET);
    expect(again.data.secret).not.toBe(secret);
  });

  it.each([
    ["no url", {}, "url"],
    ["a url of another type", { url: 5 }, "url"],
    ["an empty url", { url: "" }, "url"],
    ["text that is no URL", { url: "example.com/hook" }, "url"],
    ["another scheme", { url: "ftp://example.com/" }, "url"],
    ["a URL with a password", { url: "https://u:p@example.com/" }, "url"],
    ["the gateway itself", { url: `${BASE}/api/v1/webhook/test` }, "url"],
    ["a list", [], ""],
    ["null", null, ""],
  ])("refuse %s", async (_, body, path) => {
    const tenant = await createTenant();
    const refused = await webhook<{ issues: { path: string }[] }>(tenant, "PUT", "", JSON.stringify(body));
    expect(refused).toMatchObject({ status: 400, code: 30001, data: { issues: [{ path }] } });
    expect(refused.headers.get("ratelimit")).not.toBeNull();
    expect((await webhook(tenant, "GET")).status).toBe(404);
  });

  it("refuse a body that is no JSON, or too large", async () => {
    const tenant = await createTenant();
    expect(await webhook(tenant, "PUT", "", "{")).toMatchObject({ status: 400, code: 30001 });
    expect(await webhook(tenant, "PUT", "", `{"url":"${"x".repeat(300_000)}"}`)).toMatchObject({
      status: 413,
      code: 70006,
    });
  });

  it.each([
    "http://example.com/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https://printer.local/",
  ])("refuse %s outside development", async (url) => {
    const tenant = await createTenant();
    const strict = { ...(env as object), ALLOW_PRIVATE_URLS: "false" };
    const request = new Request(`${BASE}/api/v1/webhook`, {
      method: "PUT",
      headers: tenant.auth,
      body: JSON.stringify({ url }),
    });
    const refused = await createApp().fetch(request, strict as never, createExecutionContext());
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 30001, data: { issues: [{ path: "url" }] } });
  });
});

describe("POST /api/v1/webhook/rotate", () => {
  it("shows a new secret once, and the time until which the previous one also signs", async () => {
    const tenant = await createTenant();
    const made = await webhook(tenant, "PUT", "", { url: "https://example.com/hook" });
    const rotated = await webhook(tenant, "POST", "/rotate");
    expect(rotated.data).toMatchObject({ url: "https://example.com/hook", secret: SECRET });
    expect(rotated.data.secret).not.toBe(made.data.secret);
    const untilMs = Date.parse(rotated.data.previousSecretExpiresAt ?? "") - Date.now();
    expect(Math.abs(untilMs - 24 * 3_600_000)).toBeLessThan(10_000);
    const shown = await webhook(tenant, "GET");
    expect(shown.data).toMatchObject({ previousSecretExpiresAt: rotated.data.previousSecretExpiresAt });
    expect(shown.text).not.toContain("whsec_");
  });
});

describe("POST /api/v1/webhook/test", () => {
  interface Test {
    delivered: boolean;
    webhookId: string;
    status: number | null;
    durationMs: number;
    error: string | null;
    response: string;
  }

  it("sends one signed webhook.test and returns the receiver's response", async () => {
    const inbox = await openInbox({ status: 202, body: "queued" });
    const tenant = await createTenant();
    const { secret = "" } = (await webhook(tenant, "PUT", "", { url: inbox.url })).data;
    const { data } = await webhook<Test>(tenant, "POST", "/test");
    expect(data).toEqual({
      delivered: true,
      webhookId: expect.any(String),
      status: 202,
      durationMs: expect.any(Number),
      error: null,
      response: "queued",
    });
    const [sent] = await inbox.received();
    new Webhook(secret).verify(sent?.body ?? "", { ...sent?.headers });
    expect(bodyOf(sent)).toEqual({ type: "webhook.test", timestamp: expect.any(String), data: expect.any(Object) });
    expect(sent?.headers["webhook-id"]).toBe(data.webhookId);
  });

  it.each([
    [
      { status: 500, body: "broken" },
      { status: 500, response: "broken", error: null },
    ],
    [{ status: 302, headers: { location: "https://example.com/" } }, { status: 302 }],
    [{ fault: "drop" as const }, { status: null, error: "connection failed", response: "" }],
  ])("is not delivered when the receiver answers %j, and is not repeated", async (reply, expected) => {
    const inbox = await openInbox(reply);
    const tenant = await createTenant();
    await webhook(tenant, "PUT", "", { url: inbox.url });
    const { status, data } = await webhook<Test>(tenant, "POST", "/test");
    expect(status).toBe(200);
    expect(data).toMatchObject({ delivered: false, ...expected });
    expect(await inbox.received()).toHaveLength(1);
  });

  it("turns the endpoint off with 410, and may still be sent to try one that is off", async () => {
    const inbox = await openInbox({ status: 410 }, { status: 200 });
    const tenant = await createTenant();
    await webhook(tenant, "PUT", "", { url: inbox.url });
    expect((await webhook<Test>(tenant, "POST", "/test")).data).toMatchObject({ delivered: false, status: 410 });
    expect((await webhook(tenant, "GET")).data).toMatchObject({ enabled: false });
    expect((await webhook<Test>(tenant, "POST", "/test")).data).toMatchObject({ delivered: true });
    expect((await webhook(tenant, "GET")).data).toMatchObject({ enabled: false });
  });
});

describe("who may", () => {
  interface Call {
    method: string;
    path: string;
    body?: object;
  }
  const CALLS: Call[] = [
    { method: "PUT", path: "/api/v1/webhook", body: { url: "https://example.com/stolen" } },
    { method: "GET", path: "/api/v1/webhook" },
    { method: "DELETE", path: "/api/v1/webhook" },
    { method: "POST", path: "/api/v1/webhook/rotate" },
    { method: "POST", path: "/api/v1/webhook/test" },
    { method: "GET", path: "/api/v1/tasks/{task}/deliveries" },
    { method: "POST", path: "/api/v1/tasks/{task}/deliveries/redeliver" },
  ];
  let tenant: TestTenant;
  let taskId: number;

  beforeAll(async () => {
    tenant = await createTenant();
    await webhook(tenant, "PUT", "", { url: (await openInbox()).url });
    const submitted = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: IMAGE,
    });
    taskId = submitted.data.taskId;
    await untilEnded(tenant, taskId);
  });

  const ask = ({ method, path, body }: Call, headers: Record<string, string>) =>
    call(method, path.replace("{task}", String(taskId)), { headers, body });

  it.each(CALLS)("$method $path is for secret keys with the scope", async (one) => {
    expect(await ask(one, {})).toMatchObject({ status: 401, code: 20001 });
    expect(await ask(one, { authorization: "Bearer pdk_forged" })).toMatchObject({ status: 401, code: 20008 });
    const weak = await createTenant({}, { scopes: ["generate", "read", "files", "tokens"] });
    expect(await ask(one, weak.auth)).toMatchObject({ status: 403, code: 20002 });
    const origin = "https://app.example";
    const page = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    expect(await ask(one, { ...page.auth, origin })).toMatchObject({ status: 403, code: 20002 });
    const [signer] = await importSigningSecrets(inject("gatewaySettings").SIGNING_SECRETS?.split(",") ?? []);
    if (!signer) throw new Error("no signing secret");
    const claims = {
      tenantId: tenant.tenantId,
      keyId: tenant.keyId,
      tokenId: "tok_0123456789abcdef",
      endUser: null,
      issuedAt: Date.now(),
      expiresAt: Date.now() + 60_000,
      maxTasks: null,
      maxCredits: null,
      mintedBy: null,
      requestsPerMinute: null,
      concurrentTasks: null,
      models: null,
      allowedOrigins: null,
    };
    const token = await mintClientToken(claims, signer);
    expect(await ask(one, { authorization: `Bearer ${token}` })).toMatchObject({ status: 403, code: 20002 });
  });

  it.each(
    CALLS.filter(({ path }) => path.includes("{task}")),
  )("$method $path knows only the tenant's own tasks", async (one) => {
    const stranger = await createTenant();
    await webhook(stranger, "PUT", "", { url: (await openInbox()).url });
    expect(await ask(one, stranger.auth)).toMatchObject({ status: 404, code: 40002 });
    for (const id of ["1", "0x1", "-1", "9".repeat(30), "%00"]) {
      const answer = await call(one.method, one.path.replace("{task}", id), { headers: tenant.auth });
      expect(answer, id).toMatchObject({ status: 404, code: 40002 });
    }
    expect(await ask(one, tenant.auth)).toMatchObject({ status: 200, code: 0 });
  });
});
