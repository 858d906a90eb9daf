import { evictDurableObject } from "cloudflare:test";
import { afterAll, describe, expect, it, vi } from "vitest";
import { call, createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { balanceOf, giveCredits, operate, submitImage, wholeLedger } from "../support/operator.ts";
import { reportNow } from "../support/report.ts";
import { tenantStub } from "../support/tenant-object.ts";

const VIDEO = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "a kitten", durationSeconds: 6 };

function setPrices(tenant: TestTenant, prices: unknown) {
  return operate<{ prices: unknown }>("PATCH", `/tenants/${tenant.tenantId}`, { prices });
}

async function estimate(tenant: TestTenant, body: object = IMAGE): Promise<number> {
  const answer = await call<{ estimatedCredits: number }>("POST", "/api/v1/task/estimate", {
    headers: tenant.auth,
    body,
  });
  return answer.data.estimatedCredits;
}

describe("a tenant's price list", () => {
  it("is estimated, held and captured, whatever the upstream charges", async () => {
    const tenant = await createTenant({ markup: 3, billing: "prepaid" });
    await giveCredits(tenant.tenantId, 100);
    await setPrices(tenant, [{ model: IMAGE.model, size: "4K", credits: 30 }]);
    expect(await estimate(tenant)).toBe(30);
    const submitted = await submitImage(tenant.auth, "price=1");
    expect(submitted.data.estimatedCredits).toBe(30);
    expect(await balanceOf(tenant.tenantId)).toBe(70);
    await untilEnded(tenant, submitted.data.taskId);
    const entries = (await wholeLedger(tenant.tenantId)).filter(({ taskId }) => taskId === submitted.data.taskId);
    expect(entries.map(({ kind, credits }) => [kind, credits])).toEqual([
      ["capture", 0],
      ["hold", -30],
    ]);
  });

  it("leaves shapes without a rule at the upstream's price", async () => {
    const tenant = await createTenant();
    await setPrices(tenant, [{ model: IMAGE.model, quality: 99, credits: 1 }]);
    expect((await submitImage(tenant.auth, "price=8")).data.estimatedCredits).toBe(8);
    expect((await submitImage(tenant.auth, "price=8", { quality: 99 })).data.estimatedCredits).toBe(1);
  });

  it("takes the most specific rule, and is removed by null", async () => {
    const tenant = await createTenant({
      prices: [
        { model: VIDEO.model, credits: 50 },
        { model: VIDEO.model, durationSeconds: 6, credits: 40 },
        { model: VIDEO.model, durationSeconds: 6, generateAudio: false, credits: 35 },
      ],
    });
    expect(await estimate(tenant, VIDEO)).toBe(40);
    expect(await estimate(tenant, { ...VIDEO, generateAudio: false })).toBe(35);
    expect(await estimate(tenant, { ...VIDEO, durationSeconds: 7 })).toBe(50);
    expect((await setPrices(tenant, null)).data.prices).toBeNull();
    expect(await estimate(tenant, { ...VIDEO, quality: 53 })).toBeGreaterThanOrEqual(10);
    expect(await estimate(tenant, { ...VIDEO, quality: 53 })).not.toBe(50);
  });

  it("may be free: a prepaid tenant still needs something on the balance", async () => {
    const tenant = await createTenant({ billing: "prepaid", prices: [{ model: IMAGE.model, credits: 0 }] });
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 402, code: 60001 });
    await giveCredits(tenant.tenantId, 1);
    expect(await submitImage(tenant.auth)).toMatchObject({ status: 200 });
    expect(await balanceOf(tenant.tenantId)).toBe(1);
  });

  it.each<[string, unknown]>([
    ["prices.0.model", [{ model: "Sora", credits: 1 }]],
    ["prices.0.credits", [{ model: IMAGE.model }]],
    ["prices.0.credits", [{ model: IMAGE.model, credits: -1 }]],
    ["prices.0.credits", [{ model: IMAGE.model, credits: 1.5 }]],
    ["prices.0.size", [{ model: IMAGE.model, size: "8K", credits: 1 }]],
    ["prices.0.durationSeconds", [{ model: IMAGE.model, durationSeconds: 5, credits: 1 }]],
    ["prices.0.durationSeconds", [{ model: VIDEO.model, durationSeconds: 16, credits: 1 }]],
    ["prices.0.type", [{ model: VIDEO.model, type: "txt", credits: 1 }]],
    [
      "prices.1",
      [
        { model: IMAGE.model, size: "4K", credits: 1 },
        { model: IMAGE.model, size: "4k", credits: 2 },
      ],
    ],
    ["prices.0.sizes", [{ model: IMAGE.model, sizes: "4K", credits: 1 }]],
    ["prices", "free"],
  ])("is refused with a wrong %s", async (path, prices) => {
    const refused = await setPrices(await createTenant(), prices);
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    const { issues } = refused.data as unknown as { issues: { path: string }[] };
    expect(issues.map((issue) => issue.path)).toContain(path);
  });
});

describe("the price list for all tenants", () => {
  const putShared = (prices: unknown) => operate<{ prices: unknown[] }>("PUT", "/prices", { prices });
  // Shapes of this file's own: every other tenant's price stays as it is.
  const quality = 97;
  const asked = { ...IMAGE, quality };

  afterAll(() => putShared([]));

  it("reaches tenants that are there and tenants to come, and is kept through an eviction", async () => {
    const before = await createTenant();
    expect((await putShared([{ model: IMAGE.model, quality, credits: 123 }])).data.prices).toHaveLength(1);
    expect((await operate<{ prices: unknown[] }>("GET", "/prices")).data.prices).toHaveLength(1);
    const after = await createTenant();
    for (const tenant of [before, after]) {
      await expect.poll(() => estimate(tenant, asked)).toBe(123);
    }
    expect((await submitImage(after.auth, "price=2", { quality })).data.estimatedCredits).toBe(123);
    await evictDurableObject(tenantStub(before.tenantId));
    expect(await estimate(before, asked)).toBe(123);
    await putShared([{ model: IMAGE.model, quality, credits: 124 }]);
    await expect.poll(() => estimate(before, asked)).toBe(124);
  });

  it("gives way to the tenant's own list, however broad its rule is", async () => {
    const tenant = await createTenant({ prices: [{ model: IMAGE.model, credits: 2 }] });
    await putShared([{ model: IMAGE.model, quality, size: "4K", credits: 125 }]);
    expect(await estimate(tenant, asked)).toBe(2);
  });

  it("shows how far it has come, and ends with every tenant counted", async () => {
    const rollout = async () =>
      (
        await operate<{ tenants: number; updated: number; startedAt: string; endedAt: string | null }>(
          "GET",
          "/prices/rollout",
        )
      ).data;
    const total = (await operate<{ total: number }>("GET", "/tenant-counts")).data.total;
    const since = Date.now();
    await putShared([{ model: IMAGE.model, quality, credits: 126 }]);
    await expect.poll(async () => (await rollout()).endedAt, { timeout: 20_000 }).not.toBeNull();
    const { startedAt, ...ended } = await rollout();
    expect(ended).toMatchObject({ tenants: total, updated: total, unreachable: 0 });
    expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(since);
    expect(await operate("GET", "/prices/rollout?tenant=x")).toMatchObject({ status: 400, code: 30001 });
  });

  it("is checked like a tenant's own", async () => {
    expect(await putShared([{ model: "Sora", credits: 1 }])).toMatchObject({ status: 400, code: 30001 });
    expect(await putShared(null)).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("the upstream's price", () => {
  it("is what the next submission of the same shape holds, for another tenant too, × its own markup", async () => {
    const quality = 93;
    const first = await createTenant();
    expect(await estimate(first, { ...IMAGE, quality })).not.toBe(21);
    await submitImage(first.auth, "price=21", { quality });
    expect(await estimate(first, { ...IMAGE, quality })).toBe(21);
    await vi.waitFor(
      async () => {
        // A new tenant each time: what nobody knew, a tenant does not ask again within the minute.
        const second = await createTenant({ markup: 2 });
        expect(await estimate(second, { ...IMAGE, quality })).toBe(42);
      },
      { timeout: 60_000, interval: 200 },
    );
  });

  it("is a tenant's own, and not that of its plain requests, if the request had undocumented fields", async () => {
    const quality = 92;
    const [first, second] = [await createTenant(), await createTenant()];
    await submitImage(first.auth, "price=21", { quality });
    await submitImage(first.auth, "price=2100", { quality, priority: "high" });
    expect(await estimate(first, { ...IMAGE, quality })).toBe(21);
    expect(await estimate(first, { ...IMAGE, quality, speed: 1 })).toBe(2100);
    await untilReported(first);
    expect(await estimate(second, { ...IMAGE, quality })).toBe(21);
    expect(await estimate(second, { ...IMAGE, quality, priority: "high" })).toBe(21);
  });
});

/** Waits until the Directory has heard of this tenant's use. */
async function untilReported({ tenantId }: TestTenant): Promise<void> {
  await vi.waitFor(
    async () => {
      const { data } = await operate<{ topTenants: { tenantId: string }[] }>("GET", "/overview?days=1");
      expect(data.topTenants.map((top) => top.tenantId)).toContain(tenantId);
    },
    { timeout: 60_000, interval: 200 },
  );
}

describe("GET /admin/v1/upstream-prices", () => {
  interface Page {
    readonly prices: readonly { readonly model: string; readonly quality: number | null; readonly credits: number }[];
    readonly nextCursor: string | null;
  }
  const page = (query: string) => operate<Page>("GET", `/upstream-prices?${query}`);

  it("lists what the upstream last said to any tenant, page by page", async () => {
    const tenant = await createTenant();
    for (const quality of [81, 82]) await submitImage(tenant.auth, `price=${quality}`, { quality });
    await reportNow(tenant.tenantId);
    const found = async () => {
      const prices: Page["prices"][number][] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const { data }: { data: Page } = await page(`model=${encodeURIComponent(IMAGE.model)}&limit=1${next}`);
        prices.push(...data.prices);
        cursor = data.nextCursor;
      }
      return prices.filter(({ quality }) => quality === 81 || quality === 82);
    };
    await expect.poll(found, { timeout: 20_000 }).toMatchObject([
      { model: IMAGE.model, credits: 81 },
      { model: IMAGE.model, credits: 82 },
    ]);
  });

  it.each(["model=Sora", "limit=0", "limit=101", "cursor=%00", "q=x"])("refuses %s", async (query) => {
    expect(await page(query)).toMatchObject({ status: 400, code: 30001 });
  });
});
