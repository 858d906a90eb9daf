import { describe, expect, it } from "vitest";
import { type ClientOptions, Paddock, PaddockConnectionError, PaddockError } from "../../packages/client/src/index.ts";
import { pass } from "../support/until.ts";
import { apiError, lost, type Received, type Script, silent, startScripted, success } from "./scripted-server.ts";

const IMAGE = { model: "Imagen Nano Banana 2", taskName: "t", type: "txt", prompt: "a cat" } as const;
const SUBMISSION = { taskId: 1, taskNo: "0".repeat(32), estimatedCredits: 5, resultUrls: [] };

async function clientOf(scripts: Script[], options: Partial<ClientOptions> = {}) {
  const server = await startScripted(...scripts);
  return { ...server, client: new Paddock({ baseUrl: server.url, credential: "pdk_x", ...options }) };
}

async function errorOf(work: Promise<unknown>): Promise<PaddockError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PaddockError);
  return error as PaddockError;
}

const keyOf = ({ headers }: Received) => headers["x-idempotency-key"];

describe("a request", () => {
  it("carries the credential, and calls a credential function for each attempt", async () => {
    let count = 0;
    const { client, received } = await clientOf([apiError(503, 10_001), success({ models: [] })], {
      credential: async () => `pdt_${++count}`,
    });
    await client.models();
    expect(received.map(({ headers }) => headers.authorization)).toEqual(["Bearer pdt_1", "Bearer pdt_2"]);
  });

  it("goes to the base URL, with or without a slash or a path", async () => {
    const { url, received } = await startScripted(success({}));
    for (const base of [url, `${url}/`, `${url}/gateway/`]) {
      await new Paddock({ baseUrl: base, credential: "pdk_x" }).account();
    }
    expect(received.map(({ path }) => path)).toEqual(["/api/v1/account", "/api/v1/account", "/gateway/api/v1/account"]);
  });

  it("writes bigints as integers and reads long ones back", async () => {
    const { client, received } = await clientOf([success('{"code":0,"data":{"taskId":1,"seed":9223372036854775807}}')]);
    const response = await client.generate({ ...IMAGE, seed: 9_223_372_036_854_775_807n });
    expect(received[0]?.body).toContain('"seed":9223372036854775807');
    expect(response).toMatchObject({ taskId: 1, seed: 9_223_372_036_854_775_807n });
  });
});

describe("an idempotency key", () => {
  it("is generated per call and reused by its retries", async () => {
    const { client, received } = await clientOf([
      lost,
      apiError(503, 10_001),
      success(SUBMISSION),
      success(SUBMISSION),
    ]);
    await client.generate(IMAGE);
    await client.generate(IMAGE);
    const keys = received.map(keyOf);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it("is the caller's if given, and a replayed response is marked", async () => {
    const { client, received } = await clientOf([
      success(SUBMISSION, { "idempotent-replayed": "true" }),
      success(SUBMISSION),
    ]);
    expect((await client.generate(IMAGE, { idempotencyKey: "order-1" })).replayed).toBe(true);
    expect((await client.generate(IMAGE, { idempotencyKey: "order-1" })).replayed).toBe(false);
    expect(received.map(keyOf)).toEqual(["order-1", "order-1"]);
  });
});

describe("retries", () => {
  it("wait as long as Retry-After requires", async () => {
    const { client, received } = await clientOf([apiError(429, 70_001, { "retry-after": "1" }), success({})]);
    await client.account();
    expect((received[1]?.at ?? 0) - (received[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("end with the last error of the API", async () => {
    const { client, received } = await clientOf([apiError(503, 10_001, { "retry-after": "0" })], { maxRetries: 2 });
    expect(await errorOf(client.account())).toMatchObject({ status: 503, code: 10_001, retryAfter: 0 });
    expect(received).toHaveLength(3);
  });

  it("are not made for permanent errors", async () => {
    const issues = [{ path: "prompt", message: "must not be empty" }];
    const { client, received } = await clientOf([apiError(400, 30_001, {}, { issues })]);
    const error = await errorOf(client.generate(IMAGE));
    expect(error).toMatchObject({
      name: "PaddockError",
      status: 400,
      code: 30_001,
      msg: "no",
      issues,
      requestId: "request-1",
    });
    expect(error.message).toBe("no (HTTP 400, code 30001)");
    expect(received).toHaveLength(1);
  });

  it("repeat a submission that is still running after its response was lost", async () => {
    const stillRunning = apiError(409, 70_003, { "retry-after": "1" });
    const unlucky = await clientOf([lost, stillRunning, success(SUBMISSION, { "idempotent-replayed": "true" })]);
    expect((await unlucky.client.generate(IMAGE)).taskId).toBe(1);
    const anothers = await clientOf([stillRunning, success(SUBMISSION)]);
    expect(await errorOf(anothers.client.generate(IMAGE))).toMatchObject({ status: 409, code: 70_003 });
  });

  it("treat 'no such task' as success of a deletion that lost its response", async () => {
    const unlucky = await clientOf([lost, apiError(404, 40_002)]);
    await unlucky.client.tasks.delete(1);
    await (await clientOf([lost, apiError(404, 40_002)])).client.files.delete("file_1");
    const wrong = await clientOf([apiError(404, 40_002)]);
    expect(await errorOf(wrong.client.tasks.delete(1))).toMatchObject({ code: 40_002 });
    const running = await clientOf([lost, apiError(409, 70_005)]);
    expect(await errorOf(running.client.tasks.delete(1))).toMatchObject({ code: 70_005 });
  });

  it("are made for uploads of bytes and not for uploads of a stream", async () => {
    const uploaded = success({ fileId: "file_1" });
    const bytes = new Uint8Array([1, 2, 3]);
    for (const file of [bytes, bytes.buffer, new Blob([bytes])]) {
      const { client, received } = await clientOf([apiError(503, 10_001), uploaded]);
      expect((await client.upload(file)).fileId).toBe("file_1");
      expect(received.map(({ body }) => body.length)).toEqual([3, 3]);
    }
    const { client, received } = await clientOf([apiError(503, 10_001), uploaded]);
    const stream = new Blob([bytes]).stream();
    expect(await errorOf(client.upload(stream))).toMatchObject({ status: 503 });
    expect(received).toHaveLength(1);
  });
});

describe("a call without a response of the gateway", () => {
  it("throws an error with the status and code 0 for a foreign response", async () => {
    const page: Script = (response) =>
      void response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not here");
    const { client } = await clientOf([page]);
    expect(await errorOf(client.account())).toMatchObject({ status: 404, code: 0, issues: [], requestId: null });
    const other = await clientOf([success('"hello"')]);
    expect(await errorOf(other.client.account())).toMatchObject({ status: 200, code: 0 });
  });

  it("throws a PaddockConnectionError with fetch's error as its cause", async () => {
    const { client, received } = await clientOf([lost], { maxRetries: 1 });
    const error = await errorOf(client.account());
    expect(error).toBeInstanceOf(PaddockConnectionError);
    expect(error).toMatchObject({ name: "PaddockConnectionError", status: 0, code: 0, cause: expect.anything() });
    expect(received).toHaveLength(2);
  });

  it("throws a PaddockConnectionError if headers or body take too long", async () => {
    const half: Script = (response) => void response.writeHead(200, { "content-length": "100" }).write("{");
    for (const script of [silent, half]) {
      const { client, received } = await clientOf([script], { timeoutMs: 200, maxRetries: 1 });
      expect(await errorOf(client.account())).toMatchObject({ status: 0, msg: "No response in time" });
      expect(received).toHaveLength(2);
    }
  });

  it("has its time limit extended by the requested wait", async () => {
    const late: Script = async (response, request) => {
      await pass(500);
      await success(SUBMISSION)(response, request);
    };
    const { client, received } = await clientOf([late], { timeoutMs: 200, maxRetries: 0 });
    expect((await client.generate(IMAGE, { wait: 10 })).taskId).toBe(1);
    expect((await client.query(1, { wait: 10 })).taskId).toBe(1);
    expect(received.map(({ headers }) => headers.prefer)).toEqual(["wait=10", "wait=10"]);
    expect(await errorOf(client.query(1))).toBeInstanceOf(PaddockConnectionError);
  });
});

describe("a signal", () => {
  const reason = new Error("changed my mind");

  it("ends a running request and the delay before a retry with its reason", async () => {
    for (const script of [silent, apiError(503, 10_001, { "retry-after": "30" })]) {
      const { client, received } = await clientOf([script]);
      const controller = new AbortController();
      const ended = expect(client.generate(IMAGE, { signal: controller.signal })).rejects.toBe(reason);
      await expect.poll(() => received.length).toBe(1);
      // Time for the error to arrive, after which the client waits.
      await pass(100);
      controller.abort(reason);
      await ended;
      expect(received).toHaveLength(1);
    }
  });

  it("that is already aborted prevents the request", async () => {
    const { client, received } = await clientOf([success(SUBMISSION)]);
    await expect(client.generate(IMAGE, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(received).toEqual([]);
  });
});

describe("lists", () => {
  it("are requested page by page, as far as the caller reads", async () => {
    const page = (ids: number[], nextCursor: string | null) =>
      success({ tasks: ids.map((taskId) => ({ taskId })), nextCursor });
    const { client, received } = await clientOf([page([5, 4], "4"), page([3], null)]);
    const from = new Date(Date.UTC(2026, 10, 1));
    const seen: number[] = [];
    for await (const { taskId } of client.tasks.list({ status: 2, model: "Seedance 2.0", from, limit: 2 }))
      seen.push(taskId);
    expect(seen).toEqual([5, 4, 3]);
    expect(received.map(({ path }) => path)).toEqual([
      "/api/v1/tasks?status=2&model=Seedance+2.0&from=2026-11-01T00%3A00%3A00.000Z&limit=2",
      "/api/v1/tasks?status=2&model=Seedance+2.0&from=2026-11-01T00%3A00%3A00.000Z&limit=2&cursor=4",
    ]);
    const filtered = await clientOf([page([], null)]);
    await filtered.client.tasks.page({ endUser: "ann & bob", metadata: { "a.b": "1 2" }, q: "50% off" });
    expect(filtered.received.map(({ path }) => path)).toEqual([
      "/api/v1/tasks?endUser=ann+%26+bob&metadata.a.b=1+2&q=50%25+off",
    ]);
    const few = await clientOf([page([5, 4], "4"), page([3], null)]);
    for await (const _ of few.client.tasks.list()) break;
    expect(few.received.map(({ path }) => path)).toEqual(["/api/v1/tasks"]);
  });
});
