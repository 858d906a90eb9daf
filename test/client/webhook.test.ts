import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { verifyWebhook, WebhookVerificationError } from "../../packages/client/src/index.ts";
import { signWebhook } from "../../src/domain/standard-webhook.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const ID = "msg_1";
const BODY = JSON.stringify({
  type: "task.completed",
  timestamp: "2026-11-22T11:59:59.000Z",
  data: { taskId: 1, taskStatus: 2, prompt: "中文 – “quoted”" },
});

/** Headers as the public library of the specification makes them. */
function headersOf(body = BODY, { secret = SECRET, at = NOW, id = ID } = {}): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, new Date(at), body),
  };
}

const verify = (
  headers: Parameters<typeof verifyWebhook>[1],
  body: Parameters<typeof verifyWebhook>[0] = BODY,
  secret: string | string[] = SECRET,
) => verifyWebhook(body, headers, secret, { now: NOW });

async function problem(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WebhookVerificationError);
  return (error as Error).message;
}

describe("verifyWebhook", () => {
  it("accepts and parses a body signed by the standardwebhooks library", async () => {
    expect(await verify(headersOf())).toEqual(JSON.parse(BODY));
  });

  it("accepts the gateway's signature with one secret and during a rotation", async () => {
    const sign = (secrets: string[]) => signWebhook({ id: ID, timestampSeconds: NOW / 1_000, body: BODY, secrets });
    expect((await verify(await sign([SECRET]))).type).toBe("task.completed");
    const both = await sign([OTHER, SECRET]);
    expect(both["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect((await verify(both)).type).toBe("task.completed");
    // And the other way round: the receiver knows both, the sender one.
    expect((await verify(await sign([OTHER]), BODY, [SECRET, OTHER])).type).toBe("task.completed");
  });

  it("accepts text and bytes, and headers as objects of any case, Headers and Node's lists", async () => {
    const plain = headersOf();
    const bytes = new TextEncoder().encode(BODY);
    for (const body of [BODY, bytes, bytes.buffer]) expect((await verify(plain, body)).type).toBe("task.completed");
    const capital = Object.fromEntries(
      Object.entries(plain).map(([name, value]) => [name.replace(/(^|-)./g, (text) => text.toUpperCase()), value]),
    );
    const lists = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, [value]]));
    for (const headers of [new Headers(plain), capital, lists]) {
      expect((await verify(headers)).type).toBe("task.completed");
    }
  });

  it("accepts a secret with and without its prefix", async () => {
    expect((await verify(headersOf(), BODY, SECRET.slice("whsec_".length))).type).toBe("task.completed");
  });

  it("rejects another body, id, time or secret", async () => {
    const headers = headersOf();
    expect(await problem(verify(headers, BODY.replace("1", "2")))).toBe("no signature matches");
    expect(await problem(verify(headers, `${BODY} `))).toBe("no signature matches");
    expect(await problem(verify({ ...headers, "webhook-id": "msg_2" }))).toBe("no signature matches");
    expect(await problem(verify({ ...headers, "webhook-timestamp": String(NOW / 1_000 - 1) }))).toBe(
      "no signature matches",
    );
    expect(await problem(verify(headers, BODY, OTHER))).toBe("no signature matches");
  });

  it.each([
    ["", "webhook-signature is missing"],
    ["v1,", "no signature matches"],
    ["v1,not base64!", "no signature matches"],
    ["v1a,AAAA", "no signature matches"],
    ["v2,AAAA v1,AAAA", "no signature matches"],
  ])("rejects the signature %j", async (signature, message) => {
    expect(await problem(verify({ ...headersOf(), "webhook-signature": signature }))).toBe(message);
  });

  it("accepts its signature among those of other versions and secrets", async () => {
    const { "webhook-signature": own = "", ...rest } = headersOf();
    const foreign = headersOf(BODY, { secret: OTHER })["webhook-signature"];
    const listed = { ...rest, "webhook-signature": `v1a,AAAA ${foreign} nonsense ${own}` };
    expect((await verify(listed)).type).toBe("task.completed");
  });

  it("rejects a time outside the tolerance, past or future", async () => {
    for (const [offset, message] of [
      [-301_000, "the webhook is from too long ago"],
      [301_000, "the webhook is from the future"],
    ] as const) {
      const headers = headersOf(BODY, { at: NOW + offset });
      expect(await problem(verify(headers))).toBe(message);
      const lenient = verifyWebhook(BODY, headers, SECRET, { now: NOW, toleranceSeconds: 400 });
      expect((await lenient).type).toBe("task.completed");
    }
    expect((await verify(headersOf(BODY, { at: NOW - 299_000 }))).type).toBe("task.completed");
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("rejects a request without %s", async (name) => {
    const { [name]: _, ...headers } = headersOf();
    expect(await problem(verify(headers))).toBe(`${name} is missing`);
  });

  it("rejects a malformed time", async () => {
    for (const timestamp of ["soon", "1e9", "-1", "99999999999999"]) {
      expect(await problem(verify({ ...headersOf(), "webhook-timestamp": timestamp }))).toMatch(/webhook-timestamp/);
    }
  });

  it("throws a TypeError for a malformed secret", async () => {
    await expect(verify(headersOf(), BODY, "whsec_")).rejects.toThrow(TypeError);
    await expect(verify(headersOf(), BODY, "whsec_!!")).rejects.toThrow(TypeError);
  });
});
