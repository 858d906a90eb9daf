import { describe, expect, it } from "vitest";
import { deliverWebhook } from "../../src/courier/webhook.ts";
import type { ReceiverReply } from "../support/received-webhook.ts";
import { type Inbox, openInbox } from "../support/webhook-inbox.ts";

const development = { allowPrivate: true, ownOrigins: ["https://gw.example"] };

async function attempt(reply: ReceiverReply, timeoutMs = 5_000) {
  const inbox = await openInbox(reply);
  return { inbox, answer: await deliver(inbox, timeoutMs) };
}

function deliver(inbox: Inbox, timeoutMs = 5_000) {
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,abc" };
  const request = { url: inbox.url, body: '{"type":"webhook.test"}', headers };
  return deliverWebhook(request, { rule: development, fetch, timeoutMs });
}

describe("deliverWebhook", () => {
  it("posts the body as it is, as JSON, under its own name, with the headers it was given", async () => {
    const { inbox, answer } = await attempt({ status: 201, body: "created" });
    const [got] = await inbox.received();
    expect(got).toMatchObject({ method: "POST", body: '{"type":"webhook.test"}' });
    expect(got?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Paddock-Webhooks/1",
      "webhook-id": "msg_1",
      "webhook-signature": "v1,abc",
    });
    expect(answer).toMatchObject({ status: 201, response: "created", error: null, retryAfterMs: null });
    expect(answer.durationMs).toBeGreaterThanOrEqual(0);
  });

  it.each([301, 302, 303, 307, 308])("does not follow a %i", async (status) => {
    const elsewhere = await openInbox();
    const { answer } = await attempt({ status, headers: { location: elsewhere.url } });
    expect(answer.status).toBe(status);
    expect(await elsewhere.received()).toEqual([]);
  });

  it("keeps the first KB of the answer, and does not wait for more of one that has no end", async () => {
    const { answer } = await attempt({ body: "x".repeat(2_000), fault: "hang-in-body" });
    expect(answer).toMatchObject({ status: 200, response: "x".repeat(1_024) });
  });

  it("counts bytes, not characters", async () => {
    const { answer } = await attempt({ body: "é".repeat(600) });
    expect(answer.response).toMatch(/^é{512}$/);
  });

  it("reports Retry-After", async () => {
    const { answer } = await attempt({ status: 503, headers: { "retry-after": "7" } });
    expect(answer).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  });

  it("gives up when no answer comes in time", async () => {
    const { answer } = await attempt({ fault: "hang" }, 100);
    expect(answer).toMatchObject({ status: null, error: "no response in time" });
    expect(answer.durationMs).toBeGreaterThanOrEqual(90);
    expect(answer.durationMs).toBeLessThan(20_000);
  });

  it("has its answer once the headers have come, though the body never ends", async () => {
    const { answer } = await attempt({ body: "so far", fault: "hang-in-body" }, 300);
    expect(answer).toMatchObject({ status: 200, response: "so far", error: null });
    expect(answer.durationMs).toBeLessThan(20_000);
  });

  it("returns an error when the connection is cut or refused", async () => {
    expect((await attempt({ fault: "drop" })).answer).toMatchObject({ status: null, error: "connection failed" });
    const request = { url: "http://127.0.0.1:1/", body: "{}", headers: {} };
    const answer = await deliverWebhook(request, { rule: development, fetch, timeoutMs: 5_000 });
    expect(answer).toMatchObject({ status: null, error: "connection failed" });
  });

  it("checks the URL before it connects", async () => {
    const inbox = await openInbox();
    const dependencies = { fetch, timeoutMs: 5_000 };
    const strict = { allowPrivate: false, ownOrigins: [] };
    const request = { url: inbox.url, body: "{}", headers: {} };
    const refused = await deliverWebhook(request, { ...dependencies, rule: strict });
    expect(refused).toMatchObject({ status: null, error: "the URL must be an https URL" });
    const own = { ...request, url: "https://gw.example/api/v1/webhook/test" };
    const looped = await deliverWebhook(own, { ...dependencies, rule: development });
    expect(looped).toMatchObject({ status: null, error: "the URL must not point at this gateway" });
    expect(await inbox.received()).toEqual([]);
  });
});
