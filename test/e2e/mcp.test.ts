import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../support/node/world.ts";

interface Output {
  readonly taskId: number;
  readonly status: string;
  readonly urls: string[];
}

describe("/mcp with the official client", () => {
  let world: World;
  let key: string;
  let client: Client;

  async function connect(credential: string, headers: Record<string, string> = {}): Promise<Client> {
    const connected = new Client({ name: "test", version: "1.0.0" });
    const transport = new StreamableHTTPClientTransport(new URL("/mcp", world.gateway.url), {
      requestInit: { headers: { authorization: `Bearer ${credential}`, ...headers } },
    });
    await connected.connect(transport as never);
    return connected;
  }

  async function use(name: string, input: object, by = client) {
    const result = await by.callTool({ name, arguments: { ...input } });
    const [first] = result.content as { type: string; text: string }[];
    return {
      isError: result.isError === true,
      text: first?.text ?? "",
      output: result.structuredContent as unknown as Output,
    };
  }

  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "mcp" })).key;
    client = await connect(key);
  });
  afterAll(async () => {
    await client.close();
    await world.stop();
  });

  it("lists its tools with schemas, and names no upstream", async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "generate_image",
      "generate_video",
      "get_task",
      "list_tasks",
      "estimate",
      "upload_from_url",
    ]);
    expect(JSON.stringify(tools)).not.toMatch(/seedhorse|imagen/i);
    const [image] = tools;
    expect(image?.inputSchema.required).toEqual(["prompt"]);
    expect(Object.keys(image?.inputSchema.properties ?? {})).toContain("imageCount");
    expect(await client.ping()).toEqual({});
  });

  it("generates images and returns their stable URLs at the end", async () => {
    const { output, isError } = await use("generate_image", { prompt: "mcp [[sim: delayMs=300]]", imageCount: 2 });
    expect(isError).toBe(false);
    expect(output).toMatchObject({ status: "completed" });
    expect(output.urls).toHaveLength(2);
    expect((await fetch(output.urls[0] ?? "")).headers.get("content-type")).toBe("image/png");
    expect((await use("get_task", { taskId: output.taskId })).output).toMatchObject({
      taskId: output.taskId,
      status: "completed",
    });
  });

  it("reports progress while it waits", async () => {
    const progress: number[] = [];
    const result = await client.callTool(
      { name: "generate_image", arguments: { prompt: "mcp [[sim: delayMs=1500]]" } },
      undefined,
      { onprogress: (seen) => progress.push(seen.progress) },
    );
    expect(result.structuredContent).toMatchObject({ status: "completed" });
    expect(progress.length).toBeGreaterThan(1);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
    expect(progress.at(-1)).toBe(100);
  });

  it("starts a video at once, which get_task and list_tasks find", async () => {
    const { output } = await use("generate_video", { prompt: "mcp film [[sim: never]]" });
    expect(output.urls[0]).toMatch(/\.mp4$/);
    expect((await use("get_task", { taskId: output.taskId })).output.status).toMatch(/queued|running/);
    const listed = (await use("list_tasks", { q: "MCP FILM" })).output as unknown as {
      tasks: Output[];
      nextCursor: null;
    };
    expect(listed.tasks.map(({ taskId }) => taskId)).toEqual([output.taskId]);
    expect(listed.nextCursor).toBeNull();
  });

  it("makes one task of a repeated idempotencyKey", async () => {
    const input = { prompt: "mcp once", idempotencyKey: "mcp-1" };
    const [one, other] = [await use("generate_image", input), await use("generate_image", input)];
    expect(other.output.taskId).toBe(one.output.taskId);
    expect((await use("generate_image", { ...input, prompt: "another" })).isError).toBe(true);
  });

  it("estimates by alias and by own name", async () => {
    for (const model of ["nano-banana-2", "Imagen Nano Banana 2"]) {
      expect((await use("estimate", { model, prompt: "mcp" })).output).toMatchObject({
        estimatedCredits: expect.any(Number),
      });
    }
  });

  it("returns a failed generation and bad arguments as results with isError", async () => {
    const failed = await use("generate_image", { prompt: 'mcp [[sim: fail="out of paint"]]' });
    expect(failed).toMatchObject({ isError: true, output: { status: "failed" } });
    expect(failed.text).toContain("out of paint");
    const wrong = await use("generate_image", { prompt: "", imageCount: 9 });
    expect(wrong.isError).toBe(true);
    expect(wrong.text).toMatch(/imageCount: must be 1 to 4/);
    expect((await use("generate_image", { prompt: "x", colour: "red" })).text).toContain("colour: not known here");
    expect((await use("get_task", { taskId: 1 })).isError).toBe(true);
    expect((await use("get_task", {})).isError).toBe(true);
    expect((await use("list_tasks", { status: "lost" })).isError).toBe(true);
    await expect(client.callTool({ name: "no_such_tool" })).rejects.toThrow("Unknown tool");
  });

  it("stops waiting when the client cancels; the task goes on", async () => {
    const stop = new AbortController();
    const waiting = client.callTool(
      { name: "generate_image", arguments: { prompt: "mcp cancelled [[sim: never]]" } },
      undefined,
      {
        signal: stop.signal,
      },
    );
    const listed = async () =>
      ((await use("list_tasks", { q: "mcp cancelled" })).output as unknown as { tasks: Output[] }).tasks;
    await expect.poll(async () => (await listed()).length).toBe(1);
    stop.abort();
    await expect(waiting).rejects.toThrow();
    expect((await listed())[0]?.status).toMatch(/queued|running/);
  });

  it("shows a client token its own end user's tasks only", async () => {
    const minted = await fetch(new URL("/api/v1/client-tokens", world.gateway.url), {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ endUser: "ann" }),
    });
    const { data } = (await minted.json()) as { data: { token: string } };
    const ann = await connect(data.token);
    const own = await use("generate_image", { prompt: "mcp of ann" }, ann);
    const listed = (await use("list_tasks", {}, ann)).output as unknown as { tasks: Output[] };
    expect(listed.tasks.map(({ taskId }) => taskId)).toEqual([own.output.taskId]);
    await ann.close();
  });

  it("refuses wrong credentials with 401, and a secret key from a page with 403", async () => {
    const post = (headers: Record<string, string>, body: unknown = { jsonrpc: "2.0", id: 1, method: "ping" }) =>
      fetch(new URL("/mcp", world.gateway.url), {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
        body: JSON.stringify(body),
      });
    const auth = { authorization: `Bearer ${key}` };
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: "Bearer pdk_made-up" })).status).toBe(401);
    expect((await post({ ...auth, origin: "https://evil.example" })).status).toBe(403);
    const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "list_tasks", arguments: {} } };
    expect((await post({ ...auth, origin: "https://evil.example" }, call)).status).toBe(403);
    expect((await fetch(new URL("/mcp", world.gateway.url), { headers: auth })).status).toBe(405);
    expect((await post(auth, [{ jsonrpc: "2.0", id: 1, method: "ping" }])).status).toBe(400);
    expect((await post(auth, { id: 1, method: "ping" })).status).toBe(400);
    expect((await post({ ...auth, "mcp-protocol-version": "1999-01-01" })).status).toBe(400);
    expect((await post(auth, { jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
    const unknown = (await (await post(auth, { jsonrpc: "2.0", id: 3, method: "resources/list" })).json()) as object;
    expect(unknown).toMatchObject({ id: 3, error: { code: -32_601 } });
    const preflight = await fetch(new URL("/mcp", world.gateway.url), {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
  });
});
