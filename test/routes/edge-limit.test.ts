import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { BASE, call, createTenant, OPERATOR } from "../support/gateway.ts";
import { tenantStub } from "../support/tenant-object.ts";
import { pass, until } from "../support/until.ts";

const app = createApp();

/** Sends requests from one address to an app whose EDGE_LIMIT lets `most` failures pass and counts what it is asked. */
function client(address: string, most: number, more: Record<string, string> = {}) {
  const asked: string[] = [];
  const EDGE_LIMIT = {
    async limit({ key }: { key: string }) {
      asked.push(key);
      return { success: asked.length <= most };
    },
  };
  const send = async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const request = new Request(BASE + path, {
      ...init,
      headers: { ...headers, ...more, "cf-connecting-ip": address },
    });
    const response = await app.fetch(request, { ...env, EDGE_LIMIT } as never);
    const text = await response.text();
    return { status: response.status, retryAfter: response.headers.get("retry-after"), text };
  };
  return { asked, send };
}

let lastAddress = 0;
const newAddress = () => `198.51.100.${++lastAddress}`;
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const JSON_BODY = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
const FORM = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };

describe("an address over its limit of failed attempts", () => {
  it.each<[string, string, Record<string, string>, RequestInit]>([
    ["operator token", "/admin/v1/tenants", bearer("wrong"), {}],
    ["token of an operator with a name", "/admin/v1/tenants", bearer(`pdo_${"A".repeat(54)}`), {}],
    ["operator token for /metrics", "/metrics", bearer("wrong"), {}],
    ["key", "/api/v1/tasks", bearer(`pdk_${"A".repeat(68)}`), {}],
    ["client token", "/api/v1/tasks", bearer("pdt_x.y"), {}],
    ["event source token", "/api/v1/tasks/1/events?token=pdt_x.y", {}, {}],
    ["portal session", "/portal/t/ten_x/api/account", { cookie: "__Host-paddock-portal-ten_x=pps_x" }, {}],
    ["portal key", "/portal/session", JSON_BODY, { method: "POST", body: JSON.stringify({ key: "pdk_x" }) }],
    ["portal code", "/portal/session", FORM, { method: "POST", body: "code=ppl_x" }],
  ])("has every attempt refused, right or wrong, after guesses of a %s", async (_kind, path, headers, init) => {
    const tenant = await createTenant();
    const { asked, send } = client(newAddress(), 3);
    for (let guess = 0; guess < 3; guess += 1) expect((await send(path, headers, init)).status).not.toBe(429);
    expect((await send(path, headers, init)).status).toBe(429);
    expect(asked).toHaveLength(4);
    for (const right of [OPERATOR, tenant.auth]) {
      const refused = await send(
        "authorization" in right && right === OPERATOR ? "/admin/v1/tenants" : "/api/v1/tasks",
        {
          ...right,
        },
      );
      expect(refused).toMatchObject({ status: 429 });
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      expect(JSON.parse(refused.text)).toMatchObject({ code: 70001, ok: false });
    }
    // Nothing else is asked, not even the binding.
    expect(asked).toHaveLength(4);
  });

  it("is the whole /64 of IPv6, and IPv4 in IPv6 form is IPv4", async () => {
    const first = client("2001:db8:9:9::1", 0);
    expect((await first.send("/admin/v1/tenants", bearer("wrong"))).status).toBe(429);
    expect((await client("2001:db8:9:9:ffff::2", 9).send("/admin/v1/tenants", OPERATOR)).status).toBe(429);
    expect((await client("2001:db8:9:a::1", 9).send("/admin/v1/tenants", OPERATOR)).status).toBe(200);
    const address = newAddress();
    await client(address, 0).send("/admin/v1/tenants", bearer("wrong"));
    expect((await client(`::ffff:${address}`, 9).send("/admin/v1/tenants", OPERATOR)).status).toBe(429);
  });

  it("is one zone of Cloudflare Workers, which all have one address", async () => {
    const { auth } = await createTenant();
    const fromZone = (zone: string, most: number) => client("2a06:98c0:3600::103", most, { "cf-worker": zone });
    expect((await fromZone("one.example", 0).send("/api/v1/tasks", bearer("wrong"))).status).toBe(429);
    expect((await fromZone("one.example", 9).send("/api/v1/tasks", auth)).status).toBe(429);
    expect((await fromZone("other.example", 9).send("/api/v1/tasks", auth)).status).toBe(200);
    // From any other address the header counts for nothing.
    const address = newAddress();
    await client(address, 0, { "cf-worker": "one.example" }).send("/api/v1/tasks", bearer("wrong"));
    expect((await client(address, 9, { "cf-worker": "other.example" }).send("/api/v1/tasks", auth)).status).toBe(429);
  });

  it("can still read what needs no credential", async () => {
    const { send } = client(newAddress(), 0);
    await send("/admin/v1/tenants", bearer("wrong"));
    for (const path of ["/healthz", "/docs", "/portal", "/openapi.json"]) expect((await send(path)).status).toBe(200);
  });
});

describe("EDGE_LIMIT", () => {
  it("is not asked for attempts that are right", async () => {
    const tenant = await createTenant();
    const { asked, send } = client(newAddress(), 0);
    expect((await send("/admin/v1/tenants", OPERATOR)).status).toBe(200);
    expect((await send("/api/v1/tasks", tenant.auth)).status).toBe(200);
    expect((await send("/api/v1/tasks")).status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe("what a browser sends by itself", () => {
  it("is not counted if it is a client token that has expired", async () => {
    const { auth } = await createTenant();
    const minted = await call<{ token: string }>("POST", "/api/v1/client-tokens", {
      headers: auth,
      body: { expiresInSeconds: 1 },
    });
    const { token } = minted.data;
    const { asked, send } = client(newAddress(), 0);
    await until(
      "the token has expired",
      async () => (await send("/api/v1/client-token", bearer(token))).status === 401,
    );
    expect((await send(`/api/v1/tasks/1/events?token=${token}`)).status).toBe(401);
    expect((await send("/v1/models", bearer(token))).status).toBe(401);
    expect(asked).toEqual([]);
    // A guess is counted as before.
    expect(
      (await send("/api/v1/client-token", bearer(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`))).status,
    ).toBe(429);
  });

  it("is not counted if it is a client token that expires on its way to the tenant's object", async () => {
    const { auth, tenantId } = await createTenant();
    const body = { expiresInSeconds: 1 };
    const minted = await call<{ token: string }>("POST", "/api/v1/client-tokens", { headers: auth, body });
    const busy = runInDurableObject(tenantStub(tenantId), (_instance, state) =>
      state.blockConcurrencyWhile(() => pass(1_500)),
    );
    const { asked, send } = client(newAddress(), 0);
    expect((await send("/api/v1/client-token", bearer(minted.data.token))).status).toBe(401);
    expect(asked).toEqual([]);
    await busy;
  });

  it.each([
    ["console", "/admin/v1/tenants", "__Host-paddock-console=pds_x"],
    ["portal", "/portal/t/ten_x/api/account", "__Host-paddock-portal-ten_x=pps_x"],
  ])("is a cookie of the %s that works no more: it is removed with the first response", async (_, path, cookie) => {
    const headers = { cookie, "sec-fetch-site": "same-origin", "cf-connecting-ip": newAddress() };
    const response = await app.fetch(new Request(BASE + path, { headers }), env as never);
    await response.text();
    expect(response.status).toBe(401);
    expect(response.headers.get("set-cookie")).toContain(`${cookie.split("=")[0]}=; Max-Age=0`);
  });
});

describe("a revoked key", () => {
  it("is refused for two seconds without asking the tenant's object again", async () => {
    const tenant = await createTenant();
    const { send } = client(newAddress(), 100);
    await send(`/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}`, OPERATOR, { method: "DELETE" });
    expect((await send("/api/v1/tasks", tenant.auth)).status).toBe(401);
    const unreachable = { getByName: () => expect.unreachable("the object was asked") };
    const refused = await app.fetch(new Request(`${BASE}/api/v1/tasks`, { headers: tenant.auth }), {
      ...env,
      TENANTS: unreachable,
    } as never);
    expect(refused.status).toBe(401);
    await refused.text();
  });
});
