import { describe, expect, it } from "vitest";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";

const HOUR_MS = 3_600_000;

function mint(headers: Record<string, string>, body?: unknown) {
  return call<{ token: string; expiresAt: string }>("POST", "/api/v1/client-tokens", { headers, body });
}

describe("POST /api/v1/client-tokens", () => {
  it("mints a token that works for an hour when nothing is asked for, with or without a body", async () => {
    const { auth } = await createTenant();
    for (const body of [undefined, {}]) {
      const minted = await mint(auth, body);
      expect(minted).toMatchObject({ status: 200, code: 0 });
      expect(minted.data.token).toMatch(/^pdt_/);
      expect(Math.abs(Date.parse(minted.data.expiresAt) - Date.now() - HOUR_MS)).toBeLessThan(5_000);
      const submitted = await submitImage({ authorization: `Bearer ${minted.data.token}` });
      expect(submitted).toMatchObject({ status: 200, code: 0 });
    }
  });

  it("never outlives the key that made it", async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { auth } = await createTenant({}, { expiresAt });
    expect((await mint(auth, { expiresInSeconds: 86_400 })).data.expiresAt).toBe(expiresAt);
  });

  it.each<[string, unknown]>([
    ["expiresInSeconds", { expiresInSeconds: 0 }],
    ["expiresInSeconds", { expiresInSeconds: 86_401 }],
    ["expiresInSeconds", { expiresInSeconds: "60" }],
    ["expiresInSeconds", { expiresInSeconds: 1.5 }],
    ["endUser", { endUser: "" }],
    ["endUser", { endUser: "a\nb" }],
    ["endUser", { endUser: 7 }],
    ["maxTasks", { maxTasks: -1 }],
    ["maxCredits", { maxCredits: "many" }],
    ["models.0", { models: ["Imagen"] }],
    ["models", { models: [] }],
    ["allowedOrigins.0", { allowedOrigins: ["https://app.example/path"] }],
    ["allowedOrigins", { allowedOrigins: [] }],
    ["maxTask", { maxTask: 3 }],
    ["", []],
  ])("refuses a wrong %s: %j", async (path, body) => {
    const { auth } = await createTenant();
    const refused = await mint(auth, body);
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    const { issues } = refused.data as unknown as { issues: { path: string }[] };
    expect(issues.map((issue) => issue.path)).toContain(path);
    expect(refused.headers.get("ratelimit")).not.toBeNull();
  });

  it("is refused to tokens, publishable keys, and keys without the scope", async () => {
    const tenant = await createTenant();
    const origin = "https://app.example";
    const publishable = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    const withoutScope = await createTenant({}, { scopes: ["generate", "read"] });
    for (const headers of [await tokenFor(tenant), { ...publishable.auth, origin }, withoutScope.auth]) {
      expect(await mint(headers, {})).toMatchObject({ status: 403, code: 20002 });
    }
  });

  it("is 30001, and no token, when its lists would make it too long for a header", async () => {
    const { auth } = await createTenant();
    const allowedOrigins = Array.from({ length: 20 }, (_, index) => `https://${"a".repeat(250)}${index}.example`);
    expect(await mint(auth, { allowedOrigins })).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("a client token", () => {
  it("sees and makes its own end user's tasks, whichever token made them, and no others", async () => {
    const tenant = await createTenant();
    const [alice, aliceAgain, bob, nobody] = await Promise.all([
      tokenFor(tenant, { endUser: "alice" }),
      tokenFor(tenant, { endUser: "alice" }),
      tokenFor(tenant, { endUser: "bob" }),
      tokenFor(tenant),
    ]);
    const { taskId } = (await submitImage(alice)).data;
    expect(await call("GET", `/api/v1/query/${taskId}`, { headers: aliceAgain })).toMatchObject({ status: 200 });
    for (const other of [bob, nobody]) {
      expect(await call("GET", `/api/v1/query/${taskId}`, { headers: other })).toMatchObject({
        status: 403,
        code: 20003,
      });
      expect((await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: other })).data.tasks).toEqual([]);
    }
    const seen = await call<{ tasks: { taskId: number }[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(seen.data.tasks.map((task) => task.taskId)).toEqual([taskId]);
  });

  it("lets exactly maxTasks through, in a burst too", async () => {
    const tenant = await createTenant();
    const headers = await tokenFor(tenant, { maxTasks: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => submitImage(headers)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status, code }) => status === 403 && code === 20002)).toHaveLength(9);
  });

  it("spends at most maxCredits, and gets back what a failed task held", async () => {
    const tenant = await createTenant({ prices: [{ model: IMAGE.model, credits: 4 }] });
    const headers = await tokenFor(tenant, { maxCredits: 8 });
    const failing = await submitImage(headers, "fail");
    expect(await submitImage(headers)).toMatchObject({ status: 200 });
    expect(await submitImage(headers)).toMatchObject({ status: 403, code: 20002 });
    await untilEnded(tenant, failing.data.taskId);
    expect(await submitImage(headers)).toMatchObject({ status: 200 });
    expect(await submitImage(headers)).toMatchObject({ status: 403, code: 20002 });
  });

  it("has the models of token, key and tenant that all three allow", async () => {
    const tenant = await createTenant({}, { models: ["Imagen Nano Banana 2"] });
    const headers = await tokenFor(tenant, { models: ["Seedance 2.0"] });
    expect(await submitImage(headers)).toMatchObject({ status: 403, code: 20002 });
    const { data } = await call<{ models: unknown[] }>("GET", "/api/v1/models", { headers });
    expect(data.models).toEqual([]);
  });

  it("works from its own origins, else from its parent key's, else anywhere", async () => {
    const own = "https://shop.example";
    const parents = "https://parent.example";
    const restricted = await createTenant({}, { allowedOrigins: [parents] });
    const free = await createTenant();
    const from = async (headers: { authorization: string }, origin?: string) =>
      (await submitImage({ ...headers, ...(origin === undefined ? {} : { origin }) })).code;
    const withOwn = await tokenFor(restricted, { allowedOrigins: [own] });
    expect([await from(withOwn, own), await from(withOwn, parents), await from(withOwn)]).toEqual([0, 20002, 20002]);
    const withParents = await tokenFor(restricted);
    expect([await from(withParents, parents), await from(withParents, own)]).toEqual([0, 20002]);
    const anywhere = await tokenFor(free);
    expect([await from(anywhere, own), await from(anywhere)]).toEqual([0, 0]);
  });

  it("ends when its parent key is revoked, and not when it is rotated with an overlap", async () => {
    const tenant = await createTenant();
    const headers = await tokenFor(tenant);
    await operate("POST", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}/rotate`, { overlapSeconds: 60 });
    expect(await submitImage(headers)).toMatchObject({ status: 200 });
    await operate("DELETE", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`);
    expect(await submitImage(headers)).toMatchObject({ status: 401, code: 20008 });
  });

  it("may not see the account, its usage, or mint tokens", async () => {
    const headers = await tokenFor(await createTenant());
    for (const path of ["/account", "/usage"]) {
      const msg = "This call needs a secret key";
      expect(await call("GET", `/api/v1${path}`, { headers })).toMatchObject({ status: 403, code: 20002, msg });
    }
  });

  it("alone sees what is left of itself: a key is told what the call needs", async () => {
    const { auth } = await createTenant();
    const msg = "This call needs a client token";
    expect(await call("GET", "/api/v1/client-token", { headers: auth })).toMatchObject({
      status: 403,
      code: 20002,
      msg,
    });
  });
});
