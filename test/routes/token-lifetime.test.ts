/** A client token has less than the key that minted it, and ends with the text of that key. */
import { describe, expect, inject, it } from "vitest";
import { mintClientToken } from "../../src/domain/client-token.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { call, createTenant, IMAGE, type TestTenant } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const statusOf = async (headers: Record<string, string>) => (await call("GET", "/api/v1/tasks", { headers })).status;

interface Minted {
  token: string;
  tokenId: string;
  expiresAt: string;
}

async function mint(headers: Record<string, string>, body: object = {}): Promise<Minted> {
  const minted = await call<Minted>("POST", "/api/v1/client-tokens", { headers, body });
  expect(minted.code).toBe(0);
  return minted.data;
}

async function rotate({ tenantId, keyId }: TestTenant, overlapSeconds: number): Promise<string> {
  const rotated = await operate<{ key: string }>("POST", `/tenants/${tenantId}/keys/${keyId}/rotate`, {
    overlapSeconds,
  });
  expect(rotated.code).toBe(0);
  return rotated.data.key;
}

/** A token as release 0.1 made it. */
async function oldToken({ tenantId, keyId }: TestTenant, issuedAt: number): Promise<string> {
  const [secret] = await importSigningSecrets([(inject("gatewaySettings").SIGNING_SECRETS ?? "").split(",")[0] ?? ""]);
  const bounds = { maxTasks: null, maxCredits: null, requestsPerMinute: null, concurrentTasks: null };
  const claims = {
    tenantId,
    keyId,
    mintedBy: null,
    tokenId: "tok_0011223344556677",
    endUser: "old",
    issuedAt,
    ...bounds,
  };
  const token =
    secret &&
    (await mintClientToken({ ...claims, expiresAt: Date.now() + 60_000, models: null, allowedOrigins: null }, secret));
  return token ?? "";
}

describe("a client token", () => {
  it("ends with the text that minted it when the key is rotated without overlap", async () => {
    const tenant = await createTenant();
    const stolen = bearer((await mint(tenant.auth)).token);
    expect(await statusOf(stolen)).toBe(200);
    const fresh = bearer(await rotate(tenant, 0));
    expect(await statusOf(stolen)).toBe(401);
    expect(await statusOf(bearer((await mint(fresh)).token))).toBe(200);
  });

  it("works during the overlap of a rotation, and ends with a later rotation without one", async () => {
    const tenant = await createTenant();
    const before = bearer((await mint(tenant.auth)).token);
    await rotate(tenant, 600);
    expect(await statusOf(before)).toBe(200);
    const late = await mint(tenant.auth, { expiresInSeconds: 86_400 });
    expect(Date.parse(late.expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
    await rotate(tenant, 0);
    expect(await statusOf(before)).toBe(401);
    expect(await statusOf(bearer(late.token))).toBe(401);
  });

  it("ends when the overlap of its text ends, though a younger text still works", async () => {
    const tenant = await createTenant();
    const before = bearer((await mint(tenant.auth)).token);
    const second = await rotate(tenant, 1);
    await rotate(tenant, 600);
    expect(await statusOf(before)).toBe(200);
    await expect.poll(() => statusOf(before), { timeout: 10_000 }).toBe(401);
    expect(await statusOf(bearer((await mint(bearer(second))).token))).toBe(200);
  });

  it("ends when its key is revoked", async () => {
    const tenant = await createTenant();
    const token = bearer((await mint(tenant.auth)).token);
    await operate("DELETE", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`);
    expect(await statusOf(token)).toBe(401);
  });

  it("of release 0.1 works until its key is rotated", async () => {
    const tenant = await createTenant();
    const old = bearer(await oldToken(tenant, Date.now() - 1_000));
    expect(await statusOf(old)).toBe(200);
    await rotate(tenant, 600);
    expect(await statusOf(old)).toBe(200);
    await rotate(tenant, 0);
    expect(await statusOf(old)).toBe(401);
  });

  it("can be ended by the tenant's backend, alone", async () => {
    const tenant = await createTenant();
    const [one, other] = [await mint(tenant.auth), await mint(tenant.auth)];
    for (let time = 0; time < 2; time += 1) {
      const ended = await call("DELETE", `/api/v1/client-tokens/${one.tokenId}`, { headers: tenant.auth });
      expect(ended).toMatchObject({ status: 200, data: { tokenId: one.tokenId, ended: true } });
    }
    expect(await statusOf(bearer(one.token))).toBe(401);
    expect(await statusOf(bearer(other.token))).toBe(200);
    const foreign = await createTenant();
    await call("DELETE", `/api/v1/client-tokens/${other.tokenId}`, { headers: foreign.auth });
    expect(await statusOf(bearer(other.token))).toBe(200);
    expect(await call("DELETE", "/api/v1/client-tokens/tok_x", { headers: tenant.auth })).toMatchObject({
      status: 404,
    });
  });

  it("sees what it has used and what it may use", async () => {
    const tenant = await createTenant({ prices: [{ model: IMAGE.model, credits: 4 }] });
    const { token, expiresAt } = await mint(tenant.auth, { endUser: "alice", maxTasks: 3, maxCredits: 100 });
    await submitImage(bearer(token), "delayMs=60000");
    const seen = await call("GET", "/api/v1/client-token", { headers: bearer(token) });
    expect(seen.data).toEqual({
      endUser: "alice",
      expiresAt,
      tasks: { used: 1, max: 3 },
      credits: { used: 4, max: 100 },
    });
    expect(await call("GET", "/api/v1/client-token", { headers: tenant.auth })).toMatchObject({
      status: 403,
      code: 20002,
    });
  });
});

describe("one end user", () => {
  it("cannot use up the tenant's requests, with however many tokens", async () => {
    const tenant = await createTenant({ requestsPerMinute: 40 });
    const tokens = [await tokenFor(tenant, { endUser: "greedy" }), await tokenFor(tenant, { endUser: "greedy" })];
    const statuses: number[] = [];
    for (let request = 0; request < 30; request += 1) statuses.push(await statusOf(tokens[request % 2] ?? {}));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(22);
    expect(statuses).toContain(429);
    expect(await statusOf(await tokenFor(tenant, { endUser: "other" }))).toBe(200);
    expect(await statusOf(tenant.auth)).toBe(200);
  });

  it("has the bounds of its token", async () => {
    const tenant = await createTenant();
    const headers = await tokenFor(tenant, { requestsPerMinute: 4, concurrentTasks: 1 });
    expect((await submitImage(headers, "delayMs=60000")).status).toBe(200);
    expect(await submitImage(headers, "delayMs=60000")).toMatchObject({ status: 429, code: 70002 });
    const limited = await call("GET", "/api/v1/tasks", { headers });
    expect(limited.headers.get("ratelimit-policy")).toContain('"token-requests";q=4;w=60');
    await statusOf(headers);
    expect(await call("GET", "/api/v1/tasks", { headers })).toMatchObject({ status: 429, code: 70001 });
    expect(await statusOf(tenant.auth)).toBe(200);
  });

  it("cannot take all of the tenant's places for tasks", async () => {
    const tenant = await createTenant({ concurrentTasks: 4 });
    const headers = await tokenFor(tenant, { endUser: "greedy" });
    const again = await tokenFor(tenant, { endUser: "greedy" });
    for (const by of [headers, again]) expect((await submitImage(by, "delayMs=60000")).status).toBe(200);
    for (const by of [headers, again]) expect(await submitImage(by)).toMatchObject({ status: 429, code: 70002 });
    expect((await submitImage(tenant.auth)).status).toBe(200);
  });
});

describe("an idempotency key", () => {
  it("is its owner's own: the backend's, each end user's and each publishable key's", async () => {
    const tenant = await createTenant();
    const origin = "https://app.example";
    const publishable = async () => {
      const made = await operate<{ key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
        kind: "publishable",
        allowedOrigins: [origin],
      });
      return { ...bearer(made.data.key), origin };
    };
    const owners = [
      tenant.auth,
      await tokenFor(tenant, { endUser: "alice" }),
      await tokenFor(tenant, { endUser: "bob" }),
      await tokenFor(tenant),
      await tokenFor(tenant),
      await publishable(),
      await publishable(),
    ];
    const send = (headers: Record<string, string>, prompt: string) =>
      call<{ taskId: number }>("POST", "/api/v1/task/generate", {
        headers: { ...headers, "x-idempotency-key": "shared" },
        body: { ...IMAGE, prompt },
      });
    const ids: number[] = [];
    for (const [index, headers] of owners.entries()) {
      const made = await send(headers, `prompt ${index}`);
      expect(made).toMatchObject({ status: 200 });
      ids.push(made.data.taskId);
    }
    expect(new Set(ids).size).toBe(owners.length);
    for (const [index, headers] of owners.entries()) {
      const again = await send(headers, `prompt ${index}`);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(again.data.taskId).toBe(ids[index]);
      expect(await send(headers, "another prompt")).toMatchObject({ status: 422, code: 70003 });
    }
    const aliceAgain = await tokenFor(tenant, { endUser: "alice" });
    expect((await send(aliceAgain, "prompt 1")).data.taskId).toBe(ids[1]);
  });
});

describe("webhookUrl", () => {
  it("is refused to client tokens and publishable keys, for submissions and estimates", async () => {
    const tenant = await createTenant();
    const origin = "https://app.example";
    const publishable = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    const body = { ...IMAGE, webhookUrl: "http://127.0.0.1:9/hook" };
    for (const headers of [await tokenFor(tenant), { ...publishable.auth, origin }]) {
      for (const path of ["/api/v1/task/generate", "/api/v1/task/estimate"]) {
        expect(await call("POST", path, { headers, body })).toMatchObject({ status: 403, code: 20002 });
      }
    }
    expect(await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body })).toMatchObject({ status: 200 });
  });
});
