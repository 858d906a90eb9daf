/** Signing in to the portal by a secret key with the scope `portal`, and the list of who is signed in. */
import { describe, expect, it } from "vitest";
import { type Answer, call, createTenant, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { createOperator, operate, tokenFor } from "../support/operator.ts";
import { newLink, portalPath, press, SAME_ORIGIN } from "../support/portal.ts";
import { until } from "../support/until.ts";

const portalTenant = (key: object = {}) => createTenant({}, { scopes: ["portal"], name: "desk", ...key });
const keyPath = ({ tenantId, keyId }: TestTenant) => `/tenants/${tenantId}/keys/${keyId}`;

let lastAddress = 0;
/** Signs in by a key, from an address of its own. */
async function byKey(key: unknown, headers: Record<string, string> = SAME_ORIGIN) {
  lastAddress += 1;
  const address = { "cf-connecting-ip": `203.0.113.${lastAddress}` };
  const answer = await call<{ tenantId: string } | null>("POST", "/portal/session", {
    headers: { "content-type": "application/json", ...address, ...headers },
    body: { key },
  });
  const setCookie = answer.headers.get("set-cookie") ?? "";
  return { ...answer, setCookie, session: { cookie: setCookie.split(";")[0] ?? "" } };
}
const ask = <T = Record<string, unknown>>(session: { cookie: string }, method: string, path: string, body?: object) =>
  call<T>(method, portalPath(session, path), { headers: { ...session, ...SAME_ORIGIN }, body });

interface Session {
  readonly sessionId: string;
  readonly person: string | null;
  readonly role: string;
  readonly method: string;
  readonly keyId: string | null;
  readonly current: boolean;
}
interface Page {
  readonly sessions: readonly Session[];
  readonly nextCursor: string | null;
}
const sessionsOf = ({ tenantId }: Pick<TestTenant, "tenantId">, query = "") =>
  operate<Page>("GET", `/tenants/${tenantId}/portal-sessions${query}`);

/** Opens a link. @returns the header with the session's cookie */
async function byLink(tenant: TestTenant, person?: object): Promise<{ cookie: string }> {
  const { data } = await operate<{ url: string }>("POST", `/tenants/${tenant.tenantId}/portal-links`, person ?? {});
  const response = await press(new URL(data.url).searchParams.get("code") ?? "");
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}

describe("POST /portal/session with a key", () => {
  it("signs in an administrator for 12 hours, by a cookie that no script can read", async () => {
    const tenant = await portalTenant();
    const { status, data, setCookie, session, text } = await byKey(`  ${tenant.key}\n`);
    expect({ status, data }).toEqual({ status: 200, data: { tenantId: tenant.tenantId } });
    expect(setCookie).toMatch(/; Max-Age=(43200|43199); Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(text).not.toContain(tenant.key);
    const account = await ask(session, "GET", "/account");
    expect(account.data).toMatchObject({ tenantId: tenant.tenantId, role: "admin", person: "key desk" });
    expect((await ask(session, "POST", "/keys", { name: "made here" })).status).toBe(200);
    const log = await operate<{ entries: { action: string; actor: object; after: object }[] }>(
      "GET",
      `/audit?tenantId=${tenant.tenantId}`,
    );
    const entry = (action: string) => log.data.entries.find((one) => one.action === action);
    expect(entry("portal.sign-in")).toMatchObject({
      actor: { id: "portal", name: "key desk" },
      after: { method: "key", keyId: tenant.keyId, role: "admin" },
    });
    expect(entry("key.create")?.actor).toBeDefined();
    expect(log.text).not.toContain(tenant.key);
  });

  it("ends no later than its key expires", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { session, setCookie } = await byKey((await portalTenant({ expiresAt })).key);
    expect(Number(/Max-Age=(\d+)/.exec(setCookie)?.[1])).toBeLessThanOrEqual(3_600);
    expect((await ask<{ sessionExpiresAt: string }>(session, "GET", "/account")).data.sessionExpiresAt).toBe(expiresAt);
  });

  it("names the scope that a key lacks", async () => {
    const refused = await byKey((await createTenant()).key);
    expect(refused).toMatchObject({ status: 403, code: 20002, setCookie: "" });
    expect(refused.msg).toContain("scope `portal`");
  });

  it("refuses every other credential, names an obvious mistake and not the upstream", async () => {
    const tenant = await portalTenant({ scopes: ["portal", "tokens"] });
    const publishable = await operate<{ key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
      kind: "publishable",
      allowedOrigins: ["https://app.example"],
    });
    const token = (await tokenFor(tenant)).authorization.slice("Bearer ".length);
    const operator = await createOperator(["tenants"]);
    const revoked = await portalTenant();
    await operate("DELETE", keyPath(revoked));
    const deleted = await portalTenant();
    await operate("DELETE", `/tenants/${deleted.tenantId}`);
    const cases: readonly [string, number, RegExp][] = [
      [publishable.data.key, 403, /publishable/],
      [token, 401, /client token/],
      [operator.token, 401, /operator's token/],
      [OPERATOR.authorization.slice("Bearer ".length), 401, /not a key of this service/],
      ["sh-abcdefghijklmnop", 401, /not a key of this service/],
      [tenant.key.slice(0, -1), 401, /not a key of this service/],
      ["", 401, /not a key of this service/],
      [revoked.key, 401, /revoked/],
      [deleted.key, 401, /revoked/],
    ];
    for (const [credential, status, message] of cases) {
      const refused = await byKey(credential);
      expect({ message: refused.msg, status: refused.status }).toEqual({
        message: expect.stringMatching(message),
        status,
      });
      expect(refused.setCookie).toBe("");
      expect(refused.msg).not.toMatch(/seedhorse/i);
    }
  });

  it.each([
    ["another site's page", { "sec-fetch-site": "cross-site" }],
    ["another origin", { origin: "https://evil.example" }],
    ["nobody knows where", {}],
  ])("is refused from %s", async (_, headers) => {
    const { key } = await portalTenant();
    const refused = await byKey(key, headers as Record<string, string>);
    expect(refused).toMatchObject({ status: 403, code: 20002, setCookie: "" });
  });

  it.each([
    [{}],
    [{ key: 5 }],
    [{ key: null }],
    [{ key: "x", more: 1 }],
    [{ key: "x".repeat(5_000) }],
    [[]],
  ])("refuses the body %j", async (body) => {
    const headers = { "content-type": "application/json", ...SAME_ORIGIN };
    expect(await call("POST", "/portal/session", { headers, body })).toMatchObject({ status: 400, code: 30001 });
  });

  it("is bound to the addresses of the key", async () => {
    const { key } = await portalTenant({ allowedIps: ["198.51.100.0/24"] });
    expect(await byKey(key)).toMatchObject({ status: 403, code: 20002 });
    const inside = await byKey(key, { ...SAME_ORIGIN, "cf-connecting-ip": "198.51.100.7" });
    expect(inside.status).toBe(200);
  });

  it("lets people of a suspended tenant look and nothing else, as a link does", async () => {
    const tenant = await portalTenant();
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    const { session, status } = await byKey(tenant.key);
    expect(status).toBe(200);
    expect((await ask(session, "GET", "/account")).status).toBe(200);
    expect(await ask(session, "POST", "/keys", { name: "no" })).toMatchObject({ status: 403, code: 70004 });
  });

  it("is limited for each key, because each sign-in is in the audit log", async () => {
    const { key } = await portalTenant();
    let last = await byKey(key);
    for (let time = 0; time < 25 && last.status === 200; time += 1) last = await byKey(key);
    expect(last).toMatchObject({ status: 429, code: 70001 });
  });
});

describe("a session by a key", () => {
  it.each([
    ["a revocation", (tenant: TestTenant) => operate("DELETE", keyPath(tenant))],
    ["a rotation without overlap", (tenant: TestTenant) => operate("POST", `${keyPath(tenant)}/rotate`, {})],
    ["the loss of the scope", (tenant: TestTenant) => operate("PATCH", keyPath(tenant), { scopes: ["read"] })],
    ["an expiry", (tenant: TestTenant) => operate("PATCH", keyPath(tenant), { expiresAt: soon() })],
  ])("ends with %s", async (_, end) => {
    const tenant = await portalTenant();
    const { session } = await byKey(tenant.key);
    const link = await byLink(tenant);
    expect((await ask(session, "GET", "/account")).status).toBe(200);
    expect((await end(tenant)).status).toBe(200);
    const isOver = async () => (await ask(session, "GET", "/account")).code === 20001;
    await until("the session to end", isOver, 10_000);
    expect((await ask(link, "GET", "/account")).status).toBe(200);
    expect((await sessionsOf(tenant)).data.sessions.map(({ method }) => method)).toEqual(["link"]);
  });

  it("goes on while a rotation keeps its text working", async () => {
    const tenant = await portalTenant();
    const { session } = await byKey(tenant.key);
    await operate("POST", `${keyPath(tenant)}/rotate`, { overlapSeconds: 600 });
    expect((await ask(session, "GET", "/account")).status).toBe(200);
  });

  it("invites people whose sessions end with the same text of the key", async () => {
    const tenant = await portalTenant();
    const { session } = await byKey(tenant.key);
    const body = { role: "viewer", person: "Bo" };
    const invited = await ask<{ url: string }>(session, "POST", "/portal-links", body);
    expect(invited.status).toBe(200);
    const opened = await press(new URL(invited.data.url).searchParams.get("code") ?? "");
    const guest = { cookie: (opened.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
    expect((await ask(guest, "GET", "/account")).data).toMatchObject(body);
    expect(await ask(guest, "POST", "/portal-links", {})).toMatchObject({ status: 403, code: 20002 });
    await operate("POST", `${keyPath(tenant)}/rotate`, {});
    expect((await ask(guest, "GET", "/account")).status).toBe(401);
  });
});

const soon = () => new Date(Date.now() + 1_000).toISOString();

describe("the list of portal sessions", () => {
  it("has who is signed in, since when and how, for the operator and for administrators of the tenant", async () => {
    const tenant = await portalTenant();
    const other = await portalTenant();
    await byKey(other.key);
    const viewer = await byLink(tenant, { role: "viewer", person: "Ann" });
    const { session } = await byKey(tenant.key);
    await newLink(tenant);
    const { data } = await sessionsOf(tenant);
    expect(data).toMatchObject({
      sessions: [
        { role: "admin", person: "key desk", method: "key", keyId: tenant.keyId, current: false },
        { role: "viewer", person: "Ann", method: "link", keyId: null, current: false },
      ],
      nextCursor: null,
    });
    const own = await ask<Page>(session, "GET", "/sessions");
    expect(own.data.sessions.map(({ current, person }) => [person, current])).toEqual([
      ["key desk", true],
      ["Ann", false],
    ]);
    expect(await ask(viewer, "GET", "/sessions")).toMatchObject({ status: 403, code: 20002 });
  });

  it("is paged without gaps and repetitions", async () => {
    const tenant = await portalTenant();
    for (let time = 0; time < 5; time += 1) await byLink(tenant, { person: `P${time}` });
    const people: (string | null)[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Answer<Page> = await sessionsOf(tenant, `?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.data.sessions.length).toBeLessThanOrEqual(2);
      people.push(...page.data.sessions.map(({ person }) => person));
      cursor = page.data.nextCursor;
    }
    expect(people.toSorted()).toEqual(["P0", "P1", "P2", "P3", "P4"]);
    for (const cursor of ["x", "1", "1.xyz", `${"9".repeat(20)}.0123456789abcdef`]) {
      expect(await sessionsOf(tenant, `?cursor=${cursor}`)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("ends one session by its id, of this tenant only, and not by a viewer", async () => {
    const [tenant, other] = [await portalTenant(), await portalTenant()];
    const admin = (await byKey(tenant.key)).session;
    const viewer = await byLink(tenant, { role: "viewer", person: "Ann" });
    const stranger = (await byKey(other.key)).session;
    const ids = Object.fromEntries(
      (await sessionsOf(tenant)).data.sessions.map(({ person, sessionId }) => [person, sessionId]),
    );
    const path = `/sessions/${ids.Ann}`;
    expect(await ask(viewer, "DELETE", path)).toMatchObject({ status: 403, code: 20002 });
    expect(await ask(stranger, "DELETE", path)).toMatchObject({ status: 404, code: 40002 });
    const elsewhere = `/tenants/${other.tenantId}/portal-sessions/${ids.Ann}`;
    expect(await operate("DELETE", elsewhere)).toMatchObject({ status: 404, code: 40002 });
    expect((await ask(viewer, "GET", "/account")).status).toBe(200);
    expect((await ask(admin, "DELETE", path)).data).toEqual({ sessionId: ids.Ann, ended: true });
    expect((await ask(viewer, "GET", "/account")).status).toBe(401);
    const last = `/tenants/${tenant.tenantId}/portal-sessions/${ids["key desk"]}`;
    expect((await operate("DELETE", last)).status).toBe(200);
    expect((await ask(admin, "GET", "/account")).status).toBe(401);
    expect(await operate("DELETE", last)).toMatchObject({ status: 404, code: 40002 });
  });

  it("keeps 50 sessions of one person, and takes none of another's for them", async () => {
    const tenant = await portalTenant();
    const ann = await byLink(tenant, { person: "Ann" });
    const first = await byLink(tenant, { person: "Bo" });
    for (let time = 0; time < 50; time += 1) await byLink(tenant, { person: "Bo" });
    expect((await ask(first, "GET", "/account")).status).toBe(401);
    expect((await ask(ann, "GET", "/account")).status).toBe(200);
    expect((await sessionsOf(tenant, "?limit=100")).data.sessions).toHaveLength(51);
  });
});
