import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWebhookReceiver } from "../support/node/webhook-receiver.ts";
import { World } from "../support/node/world.ts";
import type { ReceivedWebhook, ReceiverReply } from "../support/received-webhook.ts";

describe("a power cut between the end of a task and its webhook", () => {
  let world: World;
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    world = await World.start({ ALLOW_PRIVATE_URLS: "true", WEBHOOK_RETRY_SECONDS: "8,1" });
  });
  afterAll(async () => {
    await world.stop();
    await receiver.close();
  });

  const reply = (inbox: string, ...replies: ReceiverReply[]) =>
    fetch(`${receiver.url}/inbox/${inbox}`, { method: "POST", body: JSON.stringify(replies) });
  const received = async (inbox: string) =>
    (await (await fetch(`${receiver.url}/inbox/${inbox}`)).json()) as ReceivedWebhook[];

  it("loses none: the alarm finds what is still to be sent, with no request from anyone", async () => {
    const client = await world.tenant();
    const { secret } = await client.call<{ secret: string }>("PUT", "/api/v1/webhook", {
      url: `${receiver.url}/hooks/unused`,
    });
    // One is never answered, one was answered with a failure and waits for its next attempt.
    await reply("hanging", { fault: "hang" }, { status: 200 });
    await reply("failing", { status: 500 }, { status: 200 });
    const body = {
      model: "Imagen Nano Banana 2",
      taskName: "power cut",
      type: "txt",
      prompt: "a cat [[sim: delayMs=50]]",
    };
    for (const inbox of ["hanging", "failing"])
      await client.submit({ ...body, webhookUrl: `${receiver.url}/hooks/${inbox}` });
    for (const inbox of ["hanging", "failing"]) {
      await expect.poll(async () => (await received(inbox)).length, { timeout: 15_000 }).toBe(1);
    }
    await world.crash();
    await world.restart();
    for (const inbox of ["hanging", "failing"]) {
      await expect.poll(async () => (await received(inbox)).length, { timeout: 40_000 }).toBeGreaterThanOrEqual(2);
      const [first, second] = await received(inbox);
      expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
      expect(second?.body).toBe(first?.body);
      expect(() => new Webhook(secret).verify(second?.body ?? "", { ...second?.headers })).not.toThrow();
    }
  });
});
