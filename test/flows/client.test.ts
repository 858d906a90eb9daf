import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Paddock, PaddockError, verifyWebhook } from "../../packages/client/src/index.ts";
import { newWebhookSecret, signWebhook } from "../../src/domain/standard-webhook.ts";
import { BASE, createTenant, type TestTenant } from "../support/gateway.ts";

/** paddock-client as another Worker would use it, its requests going to this one. */
function clientOf({ key }: TestTenant): Paddock {
  const toGateway = (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init));
  return new Paddock({ baseUrl: BASE, credential: key, fetch: toGateway as typeof fetch });
}

const image = (plan: string) =>
  ({ model: "Imagen Nano Banana 2", taskName: "In a Worker", type: "txt", prompt: `a cat [[sim: ${plan}]]` }) as const;

describe("paddock-client in a Worker", () => {
  it.each(["events", "polling"] as const)("generates, and waits by %s", async (by) => {
    const client = clientOf(await createTenant());
    const { taskId } = await client.generate(image("delayMs=300"));
    const progress: number[] = [];
    const task = await client.wait(taskId, { by, onProgress: (seen) => progress.push(seen.progress) });
    expect(task.taskStatus).toBe(2);
    expect(progress.at(-1)).toBe(100);
  });

  it("is refused with its typed error", async () => {
    const client = clientOf(await createTenant());
    const request = client.generate({ ...image(""), imageCount: 9 });
    await expect(request).rejects.toMatchObject({ constructor: PaddockError, code: 50_010, status: 400 });
  });

  it("verifies webhooks", async () => {
    const secret = newWebhookSecret(new Uint8Array(32).fill(1));
    const body = '{"type":"credits.low","timestamp":"2026-11-22T12:00:00.000Z","data":{"balance":5}}';
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const headers = await signWebhook({ id: "msg_1", timestampSeconds, body, secrets: [secret] });
    expect(await verifyWebhook(body, new Headers(headers), secret)).toMatchObject({ data: { balance: 5 } });
    await expect(verifyWebhook(`${body} `, new Headers(headers), secret)).rejects.toThrow("no signature matches");
  });
});
