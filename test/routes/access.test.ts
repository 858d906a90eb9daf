/** Cloudflare Access: people are operators by a verified assertion and their e-mail address (contract section 6). */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { encodeBase64Url, utf8 } from "../../src/lib/bytes.ts";
import { BASE, OPERATOR } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";

const team = inject("accessTeam");
const app = createApp();
const SETTINGS = {
  ACCESS_TEAM_DOMAIN: team.url,
  ACCESS_AUD: "console-app,api-app",
  ACCESS_OPERATORS: "ann@example.com=root,@example.com=read+metrics,eve@example.com=metrics",
};
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const claims = (email: string) => ({
  iss: team.url,
  aud: ["console-app"],
  email,
  type: "app",
  exp: inSeconds(600),
  iat: inSeconds(0),
  nbf: inSeconds(-5),
});
const json = (value: object) => encodeBase64Url(utf8(JSON.stringify(value)));

async function assertionOf(payload: object, key: JsonWebKey = team.current, header: object = {}): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const signer = await crypto.subtle.importKey("jwk", key, algorithm, false, ["sign"]);
  const kid = (key as { kid?: string }).kid;
  const text = `${json({ alg: "RS256", typ: "JWT", kid, ...header })}.${json(payload)}`;
  return `${text}.${encodeBase64Url(new Uint8Array(await crypto.subtle.sign(algorithm.name, signer, utf8(text))))}`;
}

async function ask(assertion: string, init: RequestInit = {}, path = "/console/session", settings: object = SETTINGS) {
  const headers = { "cf-access-jwt-assertion": assertion, "cf-connecting-ip": crypto.randomUUID(), ...init.headers };
  const request = new Request(BASE + path, { ...init, headers });
  const response = await app.fetch(request, { ...env, ...settings } as never, createExecutionContext());
  const body = await response.json<{ code: number; msg: string; data: Record<string, unknown> }>();
  return { status: response.status, ...body };
}

describe("a person behind Cloudflare Access", () => {
  it("is an operator with the scopes of the e-mail address, before those of its domain", async () => {
    const ann = await ask(await assertionOf(claims("Ann@Example.com")));
    expect(ann.data).toMatchObject({ id: "ann@example.com", name: "ann@example.com", isRoot: true });
    const bob = await ask(await assertionOf({ ...claims("bob@example.com"), aud: ["other", "api-app"] }));
    expect(bob.data).toMatchObject({ id: "bob@example.com", isRoot: false, scopes: ["metrics", "read"] });
    expect((await ask(await assertionOf(claims("eve@example.com")))).data).toMatchObject({ scopes: ["metrics"] });
    const stranger = await ask(await assertionOf(claims("bob@sub.example.com")));
    expect(stranger).toMatchObject({ status: 403, code: 20002 });
    expect(stranger.msg).toContain("ACCESS_OPERATORS");
  });

  it("is let in beside a cookie of the console that works no more, which is no failed attempt", async () => {
    const asked: string[] = [];
    const EDGE_LIMIT = {
      async limit({ key }: { key: string }) {
        asked.push(key);
        return { success: true };
      },
    };
    const headers = { cookie: "__Host-paddock-console=pds_stale", "sec-fetch-site": "same-origin" };
    const assertion = await assertionOf(claims("ann@example.com"));
    const ann = await ask(assertion, { headers }, "/console/session", { ...SETTINGS, EDGE_LIMIT });
    expect(ann).toMatchObject({ status: 200, data: { id: "ann@example.com" } });
    expect(asked).toEqual([]);
  });

  it("is named in the audit log, and changes things from this host's own pages only", async () => {
    const assertion = await assertionOf(claims("ann@example.com"));
    const create = (headers: Record<string, string>) =>
      ask(assertion, { method: "POST", headers, body: JSON.stringify({ name: "by Ann" }) }, "/admin/v1/tenants");
    for (const headers of [{}, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
      expect(await create(headers as never)).toMatchObject({ status: 403, code: 20002 });
    }
    const made = await create({ origin: BASE });
    expect(made.status).toBe(200);
    const log = await operate<{ entries: object[] }>(
      "GET",
      `/audit?tenantId=${made.data.tenantId}&actor=ann@example.com`,
    );
    expect(log.data.entries).toMatchObject([
      { action: "tenant.create", actor: { id: "ann@example.com", name: "ann@example.com" } },
    ]);
  });

  it("is refused what the scopes do not allow", async () => {
    const assertion = await assertionOf(claims("bob@example.com"));
    expect((await ask(assertion, {}, "/admin/v1/tenants")).status).toBe(200);
    const refused = await ask(assertion, { method: "PUT", headers: { origin: BASE } }, "/admin/v1/prices");
    expect(refused).toMatchObject({ status: 403, code: 20002 });
  });
});

describe("an assertion", () => {
  it.each<[string, () => Promise<string>]>([
    ["another key", () => assertionOf(claims("ann@example.com"), team.foreign)],
    ["another issuer", () => assertionOf({ ...claims("ann@example.com"), iss: "https://evil.cloudflareaccess.com" })],
    ["another audience", () => assertionOf({ ...claims("ann@example.com"), aud: ["other"] })],
    ["no audience", () => assertionOf({ ...claims("ann@example.com"), aud: undefined })],
    ["an expiry in the past", () => assertionOf({ ...claims("ann@example.com"), exp: inSeconds(-1) })],
    ["no expiry", () => assertionOf({ ...claims("ann@example.com"), exp: undefined })],
    ["a start in the future", () => assertionOf({ ...claims("ann@example.com"), nbf: inSeconds(60) })],
    ["another type", () => assertionOf({ ...claims("ann@example.com"), type: "org" })],
    ["no e-mail address, as of a program", () => assertionOf({ ...claims(""), email: undefined, common_name: "x" })],
    ["another algorithm", () => assertionOf(claims("ann@example.com"), team.current, { alg: "HS256" })],
    ["no algorithm", () => assertionOf(claims("ann@example.com"), team.current, { alg: "none" })],
    ["no key id", () => assertionOf(claims("ann@example.com"), team.current, { kid: undefined })],
    ["a key id that is no text", () => assertionOf(claims("ann@example.com"), team.current, { kid: 7 })],
    ["no signature", async () => `${(await assertionOf(claims("ann@example.com"))).split(".").slice(0, 2).join(".")}.`],
    ["no form", async () => "x.y"],
    ["too many characters", async () => "x".repeat(20_000)],
  ])("with %s is refused", async (_what, make) => {
    expect(await ask(await make())).toMatchObject({ status: 401, code: 20008 });
  });

  it("signed with a new key works once the team publishes it, and unknown keys cause few fetches", async () => {
    const fetches = async () => (await (await fetch(`${team.url}/fetches`)).json<{ fetches: number }>()).fetches;
    const assertion = await assertionOf(claims("ann@example.com"), team.next);
    const clock = vi.spyOn(Date, "now");
    try {
      const start = Date.now();
      clock.mockImplementation(() => start + 31_000);
      const before = await fetches();
      for (let time = 0; time < 5; time += 1) expect((await ask(assertion)).status).toBe(401);
      expect((await fetches()) - before).toBe(1);
      await fetch(`${team.url}/publish`);
      clock.mockImplementation(() => start + 62_000);
      expect((await ask(assertion)).status).toBe(200);
    } finally {
      clock.mockRestore();
    }
  });

  it("is ignored without the settings, and does not replace a token", async () => {
    const assertion = await assertionOf(claims("ann@example.com"));
    const off = { ACCESS_TEAM_DOMAIN: "", ACCESS_AUD: "", ACCESS_OPERATORS: "" };
    expect(await ask(assertion, {}, "/console/session", off)).toMatchObject({ status: 401, code: 20001 });
    const bad = await ask(assertion, { headers: { authorization: "Bearer not-the-token" } });
    expect(bad).toMatchObject({ status: 401, code: 20008 });
    const root = await ask("x.y.z", { headers: OPERATOR });
    expect(root.data).toMatchObject({ id: "root" });
  });

  it("is answered 503 while the team's keys cannot be fetched", async () => {
    const down = { ...SETTINGS, ACCESS_TEAM_DOMAIN: "http://127.0.0.1:9" };
    const assertion = await assertionOf({ ...claims("ann@example.com"), iss: "http://127.0.0.1:9" });
    expect(await ask(assertion, {}, "/console/session", down)).toMatchObject({ status: 503, code: 10001 });
  });
});
