/** Portal links that a tenant makes itself, and what a viewer may do. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { call, createTenant, type TestTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { portalPath, press, SAME_ORIGIN } from "../support/portal.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";

const portalTenant = () => createTenant({}, { scopes: ["portal"] });
const ownLink = ({ auth }: Pick<TestTenant, "auth">, body?: object) =>
  call<{ url: string; expiresAt: string }>("POST", "/api/v1/portal-links", { headers: auth, body });

/** Opens a link. @returns the header with the session's cookie */
async function open(url: string): Promise<{ cookie: string }> {
  const response = await press(new URL(url).searchParams.get("code") ?? "");
  expect(response.status).toBe(303);
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}
const ask = (session: { cookie: string }, method: string, path: string, body?: object) =>
  call(method, portalPath(session, path), { headers: { ...session, ...SAME_ORIGIN }, body });

describe("POST /api/v1/portal-links", () => {
  it("signs in a viewer unless the body names another role, with the person and the way back", async () => {
    const tenant = await portalTenant();
    const { data, status } = await ownLink(tenant);
    expect(status).toBe(200);
    expect(data.url).toMatch(/^https:\/\/gateway\.test\/portal\?code=ppl_/);
    expect(Date.parse(data.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    const viewer = await ask(await open(data.url), "GET", "/account");
    expect(viewer.data).toMatchObject({ role: "viewer", person: null, returnUrl: null });
    const body = { role: "admin", person: "Front desk", returnUrl: "https://app.example/account?tab=1" };
    const admin = await ask(await open((await ownLink(tenant, body)).data.url), "GET", "/account");
    expect(admin.data).toMatchObject(body);
  });

  it("needs the scope portal, which no key has by default", async () => {
    const tenant = await createTenant();
    expect(await ownLink(tenant)).toMatchObject({ status: 403, code: 20002 });
    const { data } = await operate<{ keys: { scopes: string[] }[] }>("GET", `/tenants/${tenant.tenantId}/keys`);
    expect(data.keys[0]?.scopes).toEqual(["generate", "read", "files", "tokens", "webhooks"]);
  });

  it.each([
    ["role", "owner"],
    ["person", ""],
    ["person", "x".repeat(201)],
    ["person", "a\nb"],
    ["person", 5],
    ["returnUrl", "javascript:alert(1)"],
    ["returnUrl", "https://user:pass@app.example/"],
    ["returnUrl", "/portal"],
    ["returnUrl", `https://app.example/${"x".repeat(2_048)}`],
    ["expiresAt", "2999-01-01T00:00:00Z"],
  ])("refuses %s with a wrong value, as the operator's route does: %j", async (name, value) => {
    const tenant = await portalTenant();
    const own = await ownLink(tenant, { [name]: value });
    const operators = await operate("POST", `/tenants/${tenant.tenantId}/portal-links`, { [name]: value });
    for (const refused of [own, operators]) {
      expect(refused).toMatchObject({ status: 400, code: 30001 });
      expect(refused.msg).toContain(name);
    }
  });

  it("is bounded a minute, and in the links and sessions that exist at once", async () => {
    const tenant = await portalTenant();
    const made = await Promise.all(Array.from({ length: 80 }, () => ownLink(tenant)));
    const refused = made.filter(({ status, code }) => status === 429 && code === 70001);
    expect(refused.length).toBeGreaterThan(0);
    expect(made.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    const path = `/tenants/${tenant.tenantId}`;
    await operate("DELETE", `${path}/portal-sessions`);
    await runInDurableObject(tenantStub(tenant.tenantId), (_, { storage }) => {
      storage.sql.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO portal (hash, kind, expires_at) SELECT 'h' || i, 'viewer-session', 99999999999999 FROM n`);
    });
    expect(await operate("POST", `${path}/portal-links`)).toMatchObject({ status: 429, code: 70001 });
    expect((await operate("DELETE", `${path}/portal-sessions`)).data.ended).toBe(2_000);
    expect((await operate("POST", `${path}/portal-links`)).status).toBe(200);
  });
});

describe("a viewer", () => {
  const API = "/portal/t/:tenantId/api/";
  const registered = createApp()
    .routes.filter(({ method, path }) => path.startsWith(API) && !["GET", "ALL"].includes(method))
    .map(({ method, path }) => `${method} ${path}`);
  const changes = [...new Set(registered)].filter((route) => route !== `POST ${API}sign-out`);

  it("can change nothing by any route of the portal, and can look and sign out", async () => {
    const tenant = await portalTenant();
    const session = await open((await ownLink(tenant, { role: "viewer" })).data.url);
    expect(changes.length).toBeGreaterThanOrEqual(8);
    for (const route of changes) {
      const [method = "", path = ""] = route.split(" ");
      const address = path
        .replace(API, "/")
        .replace(":taskId", "1")
        .replace(/:(key|session|token|endUser)(Id)?/, (_, name) =>
          name === "key" ? tenant.keyId : "0011223344556677",
        );
      const put = address.startsWith("/end-users/") ? {} : { url: "https://example.com/" };
      const body = route.startsWith("PUT ") ? put : address === "/keys" ? {} : undefined;
      const refused = await ask(session, method, address, body);
      expect({ route, status: refused.status, code: refused.code }).toEqual({ route, status: 403, code: 20002 });
    }
    for (const path of ["/account", "/keys", "/webhook", "/tasks", "/ledger", "/usage", "/end-users", "/deliveries"]) {
      expect((await ask(session, "GET", path)).status, path).toBe(200);
    }
    expect((await ask(session, "POST", "/sign-out")).status).toBe(200);
    expect(await ask(session, "GET", "/account")).toMatchObject({ status: 401 });
  });

  it("has a session of a kind that a release without roles does not accept", async () => {
    const tenant = await portalTenant();
    await open((await ownLink(tenant)).data.url);
    expect(await sqlIn(tenant.tenantId, "SELECT kind FROM portal")).toEqual([{ kind: "viewer-session" }]);
  });
});

describe("a link that a key made, and its session", () => {
  const admin = { role: "admin" };
  const keyPath = ({ tenantId, keyId }: TestTenant) => `/tenants/${tenantId}/keys/${keyId}`;

  it.each([
    ["a revocation", (tenant: TestTenant) => operate("DELETE", keyPath(tenant))],
    ["a rotation without overlap", (tenant: TestTenant) => operate("POST", `${keyPath(tenant)}/rotate`, {})],
    ["a key without the scope", (tenant: TestTenant) => operate("PATCH", keyPath(tenant), { scopes: ["read"] })],
  ])("end with %s", async (_, end) => {
    const tenant = await portalTenant();
    const session = await open((await ownLink(tenant, admin)).data.url);
    const unopened = (await ownLink(tenant, admin)).data.url;
    const operators = await operate<{ url: string }>("POST", `/tenants/${tenant.tenantId}/portal-links`, {});
    expect((await ask(session, "GET", "/account")).status).toBe(200);
    expect((await end(tenant)).status).toBe(200);
    expect(await ask(session, "POST", "/keys", { name: "kept" })).toMatchObject({ status: 401, code: 20001 });
    expect((await press(new URL(unopened).searchParams.get("code") ?? "")).status).toBe(410);
    expect((await ask(await open(operators.data.url), "GET", "/account")).status).toBe(200);
  });

  it("go on while the key's earlier text works", async () => {
    const tenant = await portalTenant();
    const session = await open((await ownLink(tenant, admin)).data.url);
    expect((await operate("POST", `${keyPath(tenant)}/rotate`, { overlapSeconds: 600 })).status).toBe(200);
    expect((await ask(session, "POST", "/keys", { name: "more" })).status).toBe(200);
  });
});

describe("the audit log", () => {
  it("names the key that made a link, and the person who signed in and acted", async () => {
    const tenant = await createTenant({}, { name: "backend", scopes: ["portal"] });
    const session = await open((await ownLink(tenant, { role: "admin", person: "Front desk" })).data.url);
    expect((await ask(session, "POST", "/keys", { name: "mine" })).status).toBe(200);
    const { data } = await operate<{ entries: { action: string; actor: { id: string; name: string } }[] }>(
      "GET",
      `/audit?tenantId=${tenant.tenantId}`,
    );
    const actorOf = (action: string) => data.entries.find((entry) => entry.action === action)?.actor;
    expect(actorOf("portal-link.create")).toEqual({ id: "portal", name: "key backend" });
    expect(actorOf("portal.sign-in")).toEqual({ id: "portal", name: "Front desk" });
    expect(actorOf("key.create")).toEqual({ id: "portal", name: "Front desk" });
  });
});
