/** Every code of the gateway's own, once, with its status and its data (contract section 2). */
import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MODELS } from "../../src/domain/catalogue.ts";
import { CODES } from "../../src/errors.ts";
import { type Answer, BASE, call, createTenant, IMAGE, type TestTenant } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";
import { tenantStub } from "../support/tenant-object.ts";

const submit = ({ auth }: TestTenant, fields: object, headers: Record<string, string> = {}) =>
  call("POST", "/api/v1/task/generate", { headers: { ...auth, ...headers }, body: { ...IMAGE, ...fields } });
const VIDEO = { model: "Seedance 2.0", taskName: "t", type: "img_txt", prompt: "a cat" };
const withBody = (fields: object) => async () => submit(await createTenant(), fields);
const get = async (path: string) => call("GET", path, { headers: (await createTenant()).auth });

type Case = readonly [status: number, code: number, what: string, ask: () => Promise<Answer<unknown>>, data?: unknown];

const CASES: readonly Case[] = [
  [
    400,
    30001,
    "a wrong type",
    withBody({ quality: "5" }),
    { issues: [{ path: "quality", message: expect.any(String) }] },
  ],
  [400, 50003, "a type that the model does not have", withBody({ type: "img_vid_txt" })],
  [400, 50006, "an unknown resolution", withBody({ ...VIDEO, resolution: "9999p" })],
  [400, 50007, "a duration out of range", withBody({ ...VIDEO, durationSeconds: 600 })],
  [400, 50008, "an unknown size", withBody({ size: "9k" })],
  [400, 50009, "an unknown aspect ratio", withBody({ aspectRatio: "7:1" })],
  [400, 50010, "too many images", withBody({ imageCount: 99 })],
  [400, 50011, "img_txt without references", withBody({ type: "img_txt" })],
  [404, 40003, "an unknown model", withBody({ model: "Nobody 1" }), { models: MODELS.map(({ name }) => name) }],
  [401, 20001, "no credentials", () => call("GET", "/api/v1/account")],
  [
    401,
    20008,
    "an unknown key",
    () => call("GET", "/api/v1/account", { headers: { authorization: `Bearer pdk_${"A".repeat(68)}` } }),
  ],
  [
    403,
    20002,
    "a scope that the key does not have",
    async () => submit(await createTenant({}, { scopes: ["read"] }), {}),
  ],
  [404, 40002, "an unknown task", () => get("/api/v1/query/1")],
  [
    403,
    20003,
    "another end user's task",
    async () => {
      const tenant = await createTenant();
      const { taskId } = (await submitImage(await tokenFor(tenant, { endUser: "one" }), "never")).data;
      return call("GET", `/api/v1/query/${taskId}`, { headers: await tokenFor(tenant, { endUser: "two" }) });
    },
  ],
  [
    402,
    60001,
    "too few credits",
    async () => submit(await createTenant({ billing: "prepaid", prices: [{ model: IMAGE.model, credits: 7 }] }), {}),
    { required: 7, available: 0 },
  ],
  [405, 70007, "another method", async () => call("PUT", "/api/v1/account", { headers: (await createTenant()).auth })],
  [415, 70008, "a compressed body", async () => submit(await createTenant(), {}, { "content-encoding": "gzip" })],
  [
    429,
    70001,
    "too many requests",
    async () => call("GET", "/api/v1/account", { headers: (await createTenant({ requestsPerMinute: 0 })).auth }),
  ],
  [429, 70002, "too many tasks at once", async () => submit(await createTenant({ concurrentTasks: 0 }), {})],
  [
    422,
    70003,
    "an idempotency key of another body",
    async () => {
      const tenant = await createTenant();
      await submit(tenant, {}, { "x-idempotency-key": "k" });
      return submit(tenant, { taskName: "other" }, { "x-idempotency-key": "k" });
    },
  ],
  [403, 70004, "a suspended tenant", async () => submit(await createTenant({ status: "suspended" }), {})],
  [
    409,
    70005,
    "deleting a running task",
    async () => {
      const { auth } = await createTenant();
      const { taskId } = (await submitImage(auth, "never")).data;
      return call("DELETE", `/api/v1/tasks/${taskId}`, { headers: auth });
    },
  ],
  [413, 70006, "a body that is too large", withBody({ prompt: "x".repeat(300_000) })],
  [
    409,
    70010,
    "an externalId that is taken",
    async () => {
      const externalId = crypto.randomUUID();
      await createTenant({ externalId });
      return operate("POST", "/tenants", { name: "second", externalId });
    },
  ],
  [
    507,
    70009,
    "full storage",
    async () => {
      const tenant = await createTenant();
      await runInDurableObject(tenantStub(tenant.tenantId), async (instance) => {
        const { loader } = instance as unknown as { loader: { openLive(): Promise<{ storageLimit: object } | null> } };
        const services = await loader.openLive();
        if (services) Object.defineProperty(services.storageLimit, "used", { get: () => Number.MAX_SAFE_INTEGER });
      });
      return submit(tenant, {});
    },
  ],
  [
    503,
    10001,
    "an object that fails",
    async () => {
      const tenant = await createTenant();
      await runInDurableObject(tenantStub(tenant.tenantId), (instance) => {
        const { loader } = instance as unknown as { loader: Record<string, unknown> };
        loader.withAccess = () => Promise.reject(new Error("broken"));
      });
      return submit(tenant, {});
    },
  ],
];

describe("a response with an error", () => {
  it.each(
    CASES.map(([status, code, what, ask, data = null]) => ({ status, code, what, ask, data })),
  )("is $status/$code for $what", async ({ status, code, ask, data }) => {
    const response = await ask();
    expect({ status: response.status, code: response.code }).toEqual({ status, code });
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("x-request-id")).not.toBeNull();
    expect(response.msg.length).toBeGreaterThan(5);
    if (data !== null) expect(response.data).toMatchObject(data as object);
    expect(response.headers.has("retry-after")).toBe(status === 429 || status === 503);
    expect(response.headers.has("allow")).toBe(status === 405);
  });

  it("has each code of the gateway's own in this table", () => {
    const tested = new Set(CASES.map(([, code]) => code));
    expect(
      Object.keys(CODES)
        .map(Number)
        .filter((code) => !tested.has(code)),
    ).toEqual([]);
  });

  it.each([
    ["no Bearer", "xyz", "Bearer"],
    ["an upstream key", "Bearer sh-0123456789abcdef", "SeedHorse key"],
  ])("names an obvious mistake: %s", async (_what, authorization, hint) => {
    const response = await exports.default.fetch(new Request(`${BASE}/api/v1/account`, { headers: { authorization } }));
    expect(response.status).toBe(401);
    expect(((await response.json()) as { msg: string }).msg).toContain(hint);
  });
});
