import { describe, expect, it } from "vitest";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { giveCredits, operate, submitImage } from "../support/operator.ts";

interface Account {
  readonly name: string;
  readonly balance: number;
  readonly limits: Record<string, unknown>;
  readonly usage: { month: string; tasks: number; credits: number };
  readonly key: Record<string, unknown>;
}

describe("GET /api/v1/account", () => {
  it("returns the tenant's name, status, balance, limits and this month's usage", async () => {
    const tenant = await createTenant(
      {
        name: "Umbrella",
        billing: "prepaid",
        monthlyCredits: 500,
        concurrentTasks: 7,
        prices: [{ model: IMAGE.model, credits: 6 }],
      },
      { name: "backend", monthlyCredits: 90 },
    );
    await giveCredits(tenant.tenantId, 100);
    const { taskId } = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, taskId);
    const { data } = await call<Account>("GET", "/api/v1/account", { headers: tenant.auth });
    expect(data).toMatchObject({
      tenantId: tenant.tenantId,
      name: "Umbrella",
      status: "active",
      billing: "prepaid",
      balance: 94,
      runningTasks: 0,
      limits: { requestsPerMinute: 100_000, concurrentTasks: 7, monthlyCredits: 500, models: null },
      usage: { month: new Date().toISOString().slice(0, 7), tasks: 1, credits: 6 },
      key: { keyId: tenant.keyId, name: "backend", monthlyCredits: 90, monthCredits: 6 },
    });
  });

  it("is for secret keys with the scope to read", async () => {
    const origin = "https://app.example";
    const publishable = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    const narrow = await createTenant({}, { scopes: ["generate"] });
    for (const headers of [{ ...publishable.auth, origin }, narrow.auth]) {
      expect(await call("GET", "/api/v1/account", { headers })).toMatchObject({ status: 403, code: 20002 });
    }
  });
});

describe("GET /api/v1/models", () => {
  interface Model {
    readonly name: string;
    readonly types: string[];
    readonly parameters: Record<string, unknown>;
    readonly prices: Record<string, unknown>[];
  }
  const models = async (headers: Record<string, string>) =>
    (await call<{ models: Model[]; defaultHoldCredits: number }>("GET", "/api/v1/models", { headers })).data;

  it("lists what the documentation lists, and the default hold", async () => {
    const { auth } = await createTenant();
    const answer = await call("GET", "/api/v1/models", { headers: auth });
    expect(answer.text).toContain('"maximum":9223372036854775807');
    const data = await models(auth);
    expect(data.defaultHoldCredits).toBe(10);
    expect(data.models.map(({ name, types }) => [name, types.length])).toEqual([
      ["Imagen Nano Banana 2", 2],
      ["Seedance 2.0", 4],
    ]);
    expect(data.models[0]?.parameters).toMatchObject({
      imageCount: { minimum: 1, maximum: 4 },
      size: { enum: ["1K", "2K", "4K"] },
    });
    expect(data.models[1]?.parameters).toMatchObject({ durationSeconds: { minimum: 4, maximum: 15 } });
  });

  it("shows the tenant's own prices once the upstream has returned them, with the markup", async () => {
    const tenant = await createTenant({ markup: 2.5 });
    const quality = 71;
    await untilEnded(tenant, (await submitImage(tenant.auth, "price=3", { quality })).data.taskId);
    const [image] = (await models(tenant.auth)).models;
    expect(image?.prices).toEqual([{ type: "txt", imageCount: 1, size: "4K", quality, credits: 8, final: false }]);
  });

  it("shows the price list in place of what it overrides, and only models that are allowed", async () => {
    const tenant = await createTenant({ models: ["Imagen Nano Banana 2"] });
    await untilEnded(tenant, (await submitImage(tenant.auth, "price=3", { quality: 72 })).data.taskId);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, {
      prices: [{ model: IMAGE.model, size: "4k", credits: 40 }],
    });
    const { models: shown } = await models(tenant.auth);
    expect(shown.map(({ name }) => name)).toEqual(["Imagen Nano Banana 2"]);
    expect(shown[0]?.prices).toEqual([{ size: "4K", credits: 40, final: true }]);
  });
});
