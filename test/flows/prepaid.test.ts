import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { balanceOf, giveCredits, submitImage, wholeLedger } from "../support/operator.ts";
import { expectBooksInOrder, tenantStub } from "../support/tenant-object.ts";
import { uniqueTag, upstreamTasks } from "../support/upstream.ts";

describe("a prepaid tenant", () => {
  it("gets 37 of 200 submissions at once with a balance for exactly 37, and is charged for 37 upstream", async () => {
    const tag = uniqueTag("prepaid");
    const tenant = await createTenant({ billing: "prepaid", prices: [{ model: IMAGE.model, credits: 4 }] });
    await giveCredits(tenant.tenantId, 37 * 4);
    const answers = await Promise.all(Array.from({ length: 200 }, () => submitImage(tenant.auth, "", { prompt: tag })));
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(37);
    expect(answers.filter(({ status, code }) => status === 402 && code === 60001)).toHaveLength(163);
    expect(await balanceOf(tenant.tenantId)).toBe(0);
    await Promise.all(accepted.map(({ data }) => untilEnded(tenant, data.taskId, 15_000)));
    expect(await upstreamTasks(tag)).toHaveLength(37);
    expect(await balanceOf(tenant.tenantId)).toBe(0);
    await expectBooksInOrder(tenant.tenantId);
  }, 60_000);

  it("pays what the upstream charged × markup for what completed, and nothing else, though its object dies meanwhile", async () => {
    const tag = uniqueTag("charged");
    const markup = 1.5;
    const tenant = await createTenant({ billing: "prepaid", markup });
    await giveCredits(tenant.tenantId, 10_000);
    const plans = [
      "",
      "price=7",
      "fail",
      "cancel",
      "price=11",
      "generate=http:503*2",
      "generate=drop-after*1",
      "price=0",
    ];
    for (const plan of plans) {
      await submitImage(tenant.auth, "", { prompt: `${tag} [[sim: ${plan}]]` });
      await evictDurableObject(tenantStub(tenant.tenantId));
    }
    const holds = (await wholeLedger(tenant.tenantId)).filter(({ kind }) => kind === "hold");
    expect(holds).toHaveLength(plans.length);
    const ended = await Promise.all(holds.map(({ taskId }) => untilEnded(tenant, taskId ?? 0, 30_000)));
    const tasks = await upstreamTasks(tag);
    expect(tasks).toHaveLength(plans.length);
    const completed = tasks.filter(({ refunded, status }) => status === 2 && !refunded);
    expect(ended.filter(({ taskStatus }) => taskStatus === 2)).toHaveLength(completed.length);
    const charged = completed.reduce((sum, { credits }) => sum + Math.ceil(credits * markup), 0);
    expect(await balanceOf(tenant.tenantId)).toBe(10_000 - charged);
    await expectBooksInOrder(tenant.tenantId);
  }, 60_000);
});

const SHAPE = { quality: 58, size: "2K" };

describe("what a prepaid tenant's submission holds", () => {
  it.each<[string, object]>([
    ["a field of the other medium", { resolution: "x1" }],
    ["all fields of the other medium", { resolution: "x2", durationSeconds: 99, generateAudio: "x" }],
    ["an undocumented field", { priority: "low" }],
    ["another spelling of the size", { size: "2k" }],
    ["another spelling of numbers", { imageCount: 1, quality: 58 }],
    ["fields that change no price", { seed: 5, aspectRatio: "16:9", taskName: "other" }],
    ["nulls", { resolution: null, priority: null, seed: null }],
  ])("is the known price, also with %s", async (_, fields) => {
    const tenant = await createTenant({ billing: "prepaid" });
    await giveCredits(tenant.tenantId, 1_010);
    const first = await submitImage(tenant.auth, "price=1000", SHAPE);
    expect(first.data.estimatedCredits).toBe(1_000);
    await expect.poll(() => balanceOf(tenant.tenantId)).toBe(10);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => submitImage(tenant.auth, "price=1000", { ...SHAPE, ...fields })),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array(10).fill(60001));
    expect(await balanceOf(tenant.tenantId)).toBe(10);
  });

  it("is the highest price of the day with undocumented fields, whatever such a request cost last", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    await giveCredits(tenant.tenantId, 2_200);
    const submit = (price: number, fields: object) =>
      submitImage(tenant.auth, `price=${price}`, { quality: 59, ...fields });
    for (const [price, fields] of [
      [10, {}],
      [1_000, { upscale: 4 }],
      [10, { upscale: 1 }],
    ] as const) {
      expect((await submit(price, fields)).data.estimatedCredits).toBe(price);
    }
    await expect.poll(() => balanceOf(tenant.tenantId)).toBe(1_180);
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(1_000, { upscale: 2 })));
    expect(answers.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(await balanceOf(tenant.tenantId)).toBe(180);
    expect((await submit(10, {})).data.estimatedCredits).toBe(10);
  });

  it("is the highest known price of the model for a shape without a price", async () => {
    const tenant = await createTenant({ billing: "prepaid", markup: 2 });
    await giveCredits(tenant.tenantId, 10_000);
    await submitImage(tenant.auth, "price=3000", { quality: 57 });
    await expect.poll(() => balanceOf(tenant.tenantId)).toBe(4_000);
    expect(await submitImage(tenant.auth, "price=3000", { quality: 56 })).toMatchObject({ status: 402, code: 60001 });
  });

  it("is exact: the upstream's price with every digit × markup, rounded up", async () => {
    const tenant = await createTenant({ billing: "prepaid", markup: 1.1 });
    await giveCredits(tenant.tenantId, 100_000);
    expect((await submitImage(tenant.auth, "price=10", { quality: 55 })).data.estimatedCredits).toBe(11);
  });
});
