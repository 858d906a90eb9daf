/** What a client may send to `/mcp` that is not what a tool expects: always a result, never an error of the gateway. */
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { EventStream } from "../support/event-stream.ts";
import { BASE, call, createTenant, type TestTenant } from "../support/gateway.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await createTenant();
});

interface ToolResult {
  readonly result: { readonly isError?: boolean; readonly content: readonly { readonly text: string }[] };
}

/** Calls a tool; `input` is JSON text, because some of it is not what JSON.stringify writes. */
async function use(name: string, input: string) {
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${input}}}`;
  const { status, text } = await call("POST", "/mcp", { headers: tenant.auth, body });
  return { status, text };
}

const REFERENCE = "https://example.com/cat.png";
const OBJECT = '{"toString":1,"valueOf":1}';

describe("arguments of a tool", () => {
  it.each([
    ["get_task", '{"taskId":"\\ud800"}', "does not exist"],
    ["get_task", `{"taskId":${OBJECT}}`, "does not exist"],
    ["get_task", '{"taskId":12345678901234567890}', "does not exist"],
    ["get_task", '{"taskId":1.5}', "does not exist"],
    ["get_task", '{"taskId":".."}', "Task does not exist"],
    ["get_task", '{"taskId":"../account"}', "Task does not exist"],
    ["get_task", '{"taskId":"1/../../account"}', "Task does not exist"],
    ["get_task", "{}", "Missing: taskId"],
    ["get_task", '{"taskId":null}', "Missing: taskId"],
    ["estimate", "{}", "Missing: model, prompt"],
    ["upload_from_url", "{}", "Missing: url"],
    ["generate_image", "{}", "Missing: prompt"],
    ["generate_image", '{"prompt":" "}', "prompt: must not be empty (code 30001)\nprompt: must not be empty"],
    ["generate_image", '{"prompt":5}', "prompt: is required and must be a string (code 30001)"],
    ["list_tasks", '{"status":"2"}', "status: must be one of queued, running, completed, failed, in_review, cancelled"],
    ["list_tasks", `{"q":"a","limit":${OBJECT}}`, "limit: must be 1 to 100"],
    ["list_tasks", '{"limit":1.5}', "limit: must be 1 to 100"],
    ["list_tasks", '{"cursor":12345678901234567890}', "cursor: "],
    ["generate_image", '{"prompt":"x","idempotencyKey":"a\\r\\nX-Evil: 1"}', "idempotencyKey: "],
    ["generate_image", '{"prompt":"x","idempotencyKey":"\\ud83d\\ude00"}', "idempotencyKey: "],
    ["generate_image", '{"prompt":"x","idempotencyKey":""}', "idempotencyKey: "],
    ["generate_image", '{"prompt":"x","idempotencyKey":5}', "idempotencyKey: must be a string"],
    ["generate_video", '{"prompt":"x","idempotencyKey":["a"]}', "idempotencyKey: must be a string"],
  ])("%s %s: the result says what is wrong", async (name, input, problem) => {
    const { status, text } = await use(name, input);
    expect(status, text).toBe(200);
    const { result } = JSON.parse(text) as ToolResult;
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toContain(problem);
  });

  it("make one task with the idempotency key of the request's header, which must agree with the tool's own", async () => {
    const key = { "idempotency-key": crypto.randomUUID() };
    const video = async (input: object, headers: Record<string, string>) => {
      const params = { name: "generate_video", arguments: { prompt: "once", refImageUrls: [REFERENCE], ...input } };
      const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
      const { text } = await call("POST", "/mcp", { headers: { ...tenant.auth, ...headers }, body });
      const { result } = JSON.parse(text) as ToolResult & { result: { structuredContent?: { taskId: number } } };
      return result.structuredContent?.taskId ?? result.content[0]?.text;
    };
    const first = await video({}, key);
    expect(typeof first).toBe("number");
    expect(await video({}, key)).toBe(first);
    expect(await video({ idempotencyKey: key["idempotency-key"] }, key)).toBe(first);
    expect(await video({}, { "x-idempotency-key": key["idempotency-key"] })).toBe(first);
    expect(await video({ idempotencyKey: "another" }, key)).toContain("different idempotency keys");
  });

  it("that a failed generation had lead to a result without URLs", async () => {
    const { text } = await use("generate_image", '{"prompt":"a cat [[sim: fail]]"}');
    const { result } = JSON.parse(text) as { result: { structuredContent: { status: string; urls: unknown } } };
    expect(result.structuredContent).toMatchObject({ status: "failed", urls: [] });
  });

  it.each([
    [undefined, ["text"]],
    ["2024-11-05", ["text"]],
    ["2025-03-26", ["text"]],
    ["2025-06-18", ["text", "resource_link"]],
    ["2025-11-25", ["text", "resource_link"]],
  ])("have links in their result only if the protocol version has them: %s", async (version, types) => {
    const params = { name: "generate_video", arguments: { prompt: "a cat" } };
    const { text } = await call("POST", "/mcp", {
      headers: { ...tenant.auth, ...(version !== undefined && { "mcp-protocol-version": version }) },
      body: { jsonrpc: "2.0", id: 1, method: "tools/call", params },
    });
    const { result } = JSON.parse(text) as { result: { content: { type: string }[]; structuredContent: object } };
    expect(result.content.map(({ type }) => type)).toEqual(types);
    expect(result.structuredContent).toMatchObject({ urls: [expect.stringMatching(/\.mp4$/)] });
  });

  it("that are null count as none", async () => {
    const { text } = await use("list_tasks", "null");
    expect((JSON.parse(text) as ToolResult).result.isError).toBeUndefined();
  });

  it("that a task is followed with have its final URLs, also if the wait ends before the task", async () => {
    const minted = await call<{ token: string }>("POST", "/api/v1/client-tokens", {
      headers: tenant.auth,
      body: { endUser: "watcher" },
    });
    const params = {
      name: "generate_image",
      arguments: { prompt: "a cat [[sim: never]]", imageCount: 2 },
      _meta: { progressToken: 1 },
    };
    const request = new Request(`${BASE}/mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${minted.data.token}`, accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    const stream = new EventStream((await exports.default.fetch(request)).body);
    await stream.until(({ data }) => data?.includes("notifications/progress") ?? false);
    await call("PUT", "/api/v1/end-users/watcher", { headers: tenant.auth, body: { blocked: true } });
    const last = JSON.parse((await stream.rest()).at(-1)?.data ?? "") as {
      result: { structuredContent: { status: string; urls: string[] }; content: object[] };
    };
    expect(last.result.structuredContent.status).toMatch(/queued|running/);
    expect(last.result.structuredContent.urls).toEqual([
      expect.stringMatching(/\/0\.png$/),
      expect.stringMatching(/\/1\.png$/),
    ]);
  });

  it("are repeated to the client as a progress token only if they are text or a number, and short", async () => {
    for (const progressToken of [{ large: "x".repeat(1_000) }, "x".repeat(1_001), ["a"], true]) {
      const { text, headers } = await call("POST", "/mcp", {
        headers: { ...tenant.auth, accept: "application/json, text/event-stream" },
        body: {
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name: "generate_image", arguments: { prompt: "progress" }, _meta: { progressToken } },
        },
      });
      expect(headers.get("content-type")).toBe("application/json");
      expect(text).not.toContain("progressToken");
    }
  });
});

describe("messages", () => {
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    call("POST", "/mcp", {
      headers: { ...tenant.auth, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  it.each([
    ["a notification", { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } }],
    ["a response", { jsonrpc: "2.0", id: 7, result: {} }],
    ["an error response", { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "no" } }],
  ])("are accepted with 202 and no body: %s", async (_name, message) => {
    const { status, text } = await send(message);
    expect([status, text]).toEqual([202, ""]);
  });

  it.each([
    ["an id that is null", { jsonrpc: "2.0", id: null, method: "ping" }],
    ["an id that is an object", { jsonrpc: "2.0", id: {}, method: "ping" }],
    ["an id past 2^53", '{"jsonrpc":"2.0","id":90071992547409931234,"method":"ping"}'],
    ["no method", { jsonrpc: "2.0", id: 1 }],
    ["nothing at all", { jsonrpc: "2.0" }],
    ["a method that is no text", { jsonrpc: "2.0", id: 1, method: 5 }],
    ["another version of JSON-RPC", { jsonrpc: "1.0", id: 1, method: "ping" }],
    ["a batch", [{ jsonrpc: "2.0", id: 1, method: "ping" }]],
    ["an empty batch", []],
    ["text", '"ping"'],
  ])("with %s are 400 invalid requests", async (_name, message) => {
    const { status, text } = await send(message);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: "2.0", error: { code: -32_600 } });
  });

  it.each([
    ["0", 0],
    ['""', ""],
    ['"a-1"', "a-1"],
    ["-7", -7],
  ])("have their id repeated: %s", async (json, id) => {
    const { status, text } = await send(`{"jsonrpc":"2.0","id":${json},"method":"ping"}`);
    expect([status, JSON.parse(text)]).toEqual([200, { jsonrpc: "2.0", id, result: {} }]);
  });

  it("that are not JSON are parse errors", async () => {
    const { status, text } = await send("{");
    expect([status, JSON.parse(text)]).toMatchObject([400, { id: null, error: { code: -32_700 } }]);
  });

  it.each(["GET", "DELETE", "PUT"])("of another method than POST are 405 with Allow: %s", async (method) => {
    const { status, headers } = await call(method, "/mcp", { headers: tenant.auth });
    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
  });

  it.each([
    ["a notification", { jsonrpc: "2.0", method: "notifications/initialized" }],
    ["an unknown method", { jsonrpc: "2.0", id: 1, method: "resources/list" }],
    ["a batch", []],
    ["no JSON", "{"],
    ["an unknown tool", { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } }],
    ["a missing argument", { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "get_task" } }],
  ])("count as requests, and have the headers of rate limits: %s", async (_name, message) => {
    const { headers } = await send(message);
    expect(headers.get("ratelimit")).toContain("requests");
  });

  it("may be sent to the address with a slash at its end", async () => {
    const { status, text } = await call("POST", "/mcp/", {
      headers: tenant.auth,
      body: { jsonrpc: "2.0", id: 1, method: "ping" },
    });
    expect([status, JSON.parse(text)]).toEqual([200, { jsonrpc: "2.0", id: 1, result: {} }]);
  });

  it("agree on a version that both know", async () => {
    const initialize = async (protocolVersion: string) => {
      const { text } = await send({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion } });
      return (JSON.parse(text) as { result: { protocolVersion: string } }).result.protocolVersion;
    };
    expect(await initialize("2025-03-26")).toBe("2025-03-26");
    expect(await initialize("2099-01-01")).toBe("2025-11-25");
    expect(
      (await send({ jsonrpc: "2.0", id: 1, method: "ping" }, { "mcp-protocol-version": "2024-11-05" })).status,
    ).toBe(200);
  });

  it("from a page are answered only for credentials that list its origin", async () => {
    const origin = "https://app.example";
    const minted = await call<{ token: string }>("POST", "/api/v1/client-tokens", {
      headers: tenant.auth,
      body: { endUser: "ann", allowedOrigins: [origin] },
    });
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
    const bearer = { authorization: `Bearer ${minted.data.token}` };
    expect((await send(ping, { ...bearer, origin })).status).toBe(200);
    expect((await send(ping, { ...bearer, origin: "http://localhost:7777" })).status).toBe(403);
    expect((await send(ping, { origin })).status).toBe(403);
    const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18" } };
    expect((await send(initialize, { origin: "null" })).status).toBe(403);
  });
});
