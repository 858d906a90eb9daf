/**
 * `/mcp`: the Model Context Protocol over streamable HTTP, stateless (contract section 8). No session is kept, so each request has all
 * that it needs, and GET and DELETE do not exist. Written by hand, because the SDK adds 109 kB to the script.
 */
import type { AppContext, AppRoutes } from "../context.ts";
import { MCP_TOOLS } from "../generated/openapi.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from "../lib/json.ts";
import { once } from "../lib/once.ts";
import { readText } from "./static.ts";
import { readJsonBody } from "./support/body.ts";
import { type Dispatch, follow, HttpRefusal, type Sent, send, WAIT_SECONDS } from "./support/mcp-requests.ts";
import { type ApiCall, argumentProblem, type Envelope, errorText, TOOLS, type Tool } from "./support/mcp-tools.ts";
import { tenantOf, unwrap } from "./support/responses.ts";

/** Protocol versions, newest first; a client that asks for another one gets the newest. */
const VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
const INSTRUCTIONS =
  "Generate images and videos. Every generation costs credits: use estimate when the price matters. URLs in results " +
  "never change; signed ones expire, and get_task returns fresh ones. Videos take minutes: call get_task until the task has ended.";

/** Codes of JSON-RPC 2.0. */
const RPC_ERROR = { parse: -32_700, invalidRequest: -32_600, methodNotFound: -32_601, invalidParams: -32_602 } as const;

type RpcId = string | number;

/** Adds the route `/mcp`. @param dispatch sends a request of a tool to the tenant API */
export function addMcpRoutes(routes: AppRoutes, dispatch: Dispatch): void {
  routes.post("/mcp", (c) => receive(c, dispatch));
}

async function receive(c: AppContext, dispatch: Dispatch): Promise<Response> {
  const body = await readJsonBody(c);
  if (!body.ok) {
    const { status, msg } = body.error;
    return respondChecked(c, rpcError(null, RPC_ERROR.parse, msg), status);
  }
  const version = c.req.header("mcp-protocol-version");
  if (version !== undefined && !VERSIONS.some((known) => known === version)) {
    const msg = `MCP-Protocol-Version is one of ${VERSIONS.join(", ")}`;
    return respondChecked(c, rpcError(null, RPC_ERROR.invalidRequest, msg), 400);
  }
  const message = body.value;
  if (!isJsonObject(message) || message.jsonrpc !== "2.0") {
    return respondChecked(
      c,
      rpcError(null, RPC_ERROR.invalidRequest, "The body must be one JSON-RPC 2.0 message"),
      400,
    );
  }
  const { id = null, method } = message;
  const isNotification = message.id === undefined && typeof method === "string";
  const isResponse = method === undefined && (message.result !== undefined || message.error !== undefined);
  // Nothing follows from a notification, nor from a response to a request that this server never sends.
  if (isNotification || isResponse) return respondChecked(c, null);
  if (typeof id !== "string" && typeof id !== "number") {
    return respondChecked(c, rpcError(null, RPC_ERROR.invalidRequest, "id must be a string or a number"), 400);
  }
  if (typeof method !== "string")
    return respondChecked(c, rpcError(id, RPC_ERROR.invalidRequest, "method is missing"), 400);
  const parameters = isJsonObject(message.params) ? message.params : {};
  try {
    return await handle(c, dispatch, { id, method, parameters });
  } catch (error) {
    if (error instanceof HttpRefusal) return error.response;
    throw error;
  }
}

interface RpcCall {
  readonly id: RpcId;
  readonly method: string;
  readonly parameters: JsonObject;
}

async function handle(c: AppContext, dispatch: Dispatch, { id, method, parameters }: RpcCall): Promise<Response> {
  if (method === "tools/call") return callTool(c, dispatch, id, parameters);
  if (method === "initialize") {
    const asked = VERSIONS.find((version) => version === parameters.protocolVersion);
    const result = {
      protocolVersion: asked ?? VERSIONS[0],
      capabilities: { tools: { listChanged: false } },
      serverInfo: { name: "paddock", title: "Paddock", version: "1.0.0" },
      instructions: INSTRUCTIONS,
    };
    return respondChecked(c, rpcResult(id, result));
  }
  if (method === "ping") return respondChecked(c, rpcResult(id, {}));
  if (method === "tools/list") return respondChecked(c, rpcResult(id, { tools: await toolList() }));
  return respondChecked(c, rpcError(id, RPC_ERROR.methodNotFound, `${method.slice(0, 100)} does not exist here`));
}

/** Returns the entries of `tools/list`. */
const toolList = once(async (): Promise<JsonValue[]> => {
  return (await readText(MCP_TOOLS)).trim().split("\n").map(parseJson);
});

async function callTool(c: AppContext, dispatch: Dispatch, id: RpcId, parameters: JsonObject): Promise<Response> {
  const { name, _meta: meta } = parameters;
  const given = parameters.arguments ?? {};
  const tool = typeof name === "string" && Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined || typeof name !== "string") {
    const msg = `Unknown tool: there are ${Object.keys(TOOLS).join(", ")}`;
    return respondChecked(c, rpcError(id, RPC_ERROR.invalidParams, msg));
  }
  if (!isJsonObject(given)) return respondChecked(c, rpcResult(id, errorResult("arguments must be an object")));
  const problem = (await wrongArguments(name, given)) ?? argumentProblem(name, given);
  if (problem !== null) return respondChecked(c, rpcResult(id, errorResult(problem)));
  const progressToken = readProgressToken(meta);
  const accepts = (c.req.header("accept") ?? "").includes("text/event-stream");
  const waits = name === "generate_image";
  const run = { tool, call: tool.request(given), waits };
  if (!waits || progressToken === null || !accepts) {
    return respondRpc(c, rpcResult(id, await toolResult(c, dispatch, run)));
  }
  const first = await send(c, dispatch, run.call);
  return streamResult(c, dispatch, { id, tool, first, progressToken });
}

/** A token is repeated with each notification. */
const MAX_TOKEN_CHARACTERS = 1_000;

/** @returns the token for notifications of progress; null without one, for one that is neither text nor number, and for a text that is too long */
function readProgressToken(meta: JsonValue | undefined): RpcId | null {
  const token = isJsonObject(meta) ? meta.progressToken : null;
  if (typeof token === "number") return token;
  return typeof token === "string" && token.length <= MAX_TOKEN_CHARACTERS ? token : null;
}

/** @returns which arguments are unknown or missing, or null */
async function wrongArguments(name: string, given: JsonObject): Promise<string | null> {
  const tools = await toolList();
  const tool = tools.find((one) => isJsonObject(one) && one.name === name);
  const schema = isJsonObject(tool) ? tool.inputSchema : null;
  const { properties = {}, required = [] } = isJsonObject(schema ?? undefined) ? (schema as JsonObject) : {};
  const known = Object.keys(properties as JsonObject);
  const unknown = Object.keys(given).filter((argument) => !known.includes(argument));
  if (unknown.length > 0) {
    return `${unknown.slice(0, 20).join(", ")}: not known here. The arguments are ${known.join(", ")}.`;
  }
  const missing = (required as string[]).filter((argument) => (given[argument] ?? null) === null);
  return missing.length === 0 ? null : `Missing: ${missing.join(", ")}`;
}

async function toolResult(
  c: AppContext,
  dispatch: Dispatch,
  { tool, call, waits }: { readonly tool: Tool; readonly call: ApiCall; readonly waits: boolean },
): Promise<JsonObject> {
  const request = waits ? { ...call, headers: { ...call.headers, prefer: `wait=${WAIT_SECONDS}` } } : call;
  return resultOf(c, tool, await send(c, dispatch, request));
}

function resultOf(c: AppContext, tool: Tool, { envelope, waitMs }: Sent): JsonObject {
  if (envelope.code !== 0) return errorResult(errorText(envelope, waitMs));
  const output = tool.output(isJsonObject(envelope.data) ? envelope.data : {});
  const urls = readsLinks(c) && Array.isArray(output.urls) ? output.urls : [];
  const links = urls.flatMap((uri): JsonObject[] =>
    typeof uri === "string" ? [{ type: "resource_link", uri, name: uri.slice(uri.lastIndexOf("/") + 1) }] : [],
  );
  const isError = output.status === "failed" || output.status === "cancelled";
  const content: JsonObject[] = [{ type: "text", text: stringifyJson(output) }, ...(isError ? [] : links)];
  return { content, structuredContent: output, ...(isError && { isError: true }) };
}

/** True if the client's protocol has links in results: one of an earlier version rejects the whole result, and sends no header. */
function readsLinks(c: AppContext): boolean {
  return (c.req.header("mcp-protocol-version") ?? "") >= "2025-06-18";
}

function errorResult(text: string): JsonObject {
  return { content: [{ type: "text", text }], isError: true };
}

interface Streamed {
  readonly id: RpcId;
  readonly tool: Tool;
  readonly first: Sent;
  readonly progressToken: RpcId;
}

/** Streams the progress of an accepted task, then the result: at its end, or as it is after the wait. */
function streamResult(c: AppContext, dispatch: Dispatch, { id, tool, first, progressToken }: Streamed): Response {
  const encoder = new TextEncoder();
  const stop = new AbortController();
  const timeLimit = setTimeout(() => stop.abort(), WAIT_SECONDS * 1_000);
  const body = new ReadableStream<Uint8Array>({
    // A client that is gone waits no longer; its task goes on.
    cancel: () => stop.abort(),
    async start(controller) {
      const write = (message: JsonObject) =>
        controller.enqueue(encoder.encode(`event: message\ndata: ${stringifyJson(message)}\n\n`));
      let reached = -1;
      const progress = (task: JsonObject) => {
        const percent = typeof task.progress === "number" ? task.progress : 0;
        if (percent <= reached) return;
        reached = percent;
        const params = { progressToken, progress: percent, total: 100 };
        write({ jsonrpc: "2.0", method: "notifications/progress", params });
      };
      const last = await follow(c, dispatch, first, stop.signal, progress).catch(() => null);
      clearTimeout(timeLimit);
      const envelope = last === null ? first.envelope : withTask(first.envelope, last);
      write(rpcResult(id, resultOf(c, tool, { envelope, waitMs: first.waitMs })));
      controller.close();
    },
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
}

/** Returns the envelope of a submission with its task, as after `Prefer: wait`: only the submission has the URLs before the end. */
function withTask(submission: Envelope, task: JsonObject): Envelope {
  return { ...submission, data: { ...(isJsonObject(submission.data) && submission.data), task } };
}

/**
 * Responds to a message that causes no request of the tenant API. Asks the object first, because only the object knows whether the
 * credential is still valid and which pages may use it.
 */
async function respondChecked(c: AppContext, message: JsonObject | null, status = 200): Promise<Response> {
  await unwrap(c, tenantOf(c).check(c.get("caller"), "listTasks"));
  return message === null ? c.body(null, 202) : respondRpc(c, message, status);
}

function respondRpc(c: AppContext, message: JsonObject, status = 200): Response {
  return c.body(stringifyJson(message), status as 200, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
}

function rpcResult(id: RpcId, result: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id, result };
}

function rpcError(id: RpcId | null, code: number, message: string): JsonObject {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
