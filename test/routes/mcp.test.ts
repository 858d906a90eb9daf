/** What a client may send to `/mcp` that is not what a tool expects: always a result, never an error of the gateway. */
import { beforeAll, describe, expect, it } from "vitest";
import { call, createTenant, type TestTenant } from "../support/gateway.ts";

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
