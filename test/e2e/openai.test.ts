/** The published `openai` package over real connections: what only they show. */
import { createHash } from "node:crypto";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatBytes } from "../../scripts/table.ts";
import { png } from "../support/media.ts";
import { growthDuring } from "../support/node/resident-memory.ts";
import { World } from "../support/node/world.ts";

const MB = 1_000_000;
const IMAGE_BYTES = 20 * MB;
const ALLOWED_BYTES = 64 * MB;

describe("the openai package against a real gateway", () => {
  let world: World;
  let key: string;
  let client: OpenAI;

  const openAi = (options: ConstructorParameters<typeof OpenAI>[0] = {}): OpenAI => {
    const made = new OpenAI({ apiKey: key, baseURL: `${world.gateway.url}/v1`, ...options });
    // Without it the package sends no idempotency key.
    (made as unknown as { idempotencyHeader: string }).idempotencyHeader = "Idempotency-Key";
    return made;
  };
  const made = (prompt: string) => world.simulator.tasks({ prompt }).length;
  const settled = async (name: string) => {
    const response = await fetch(`${world.gateway.url}/api/v1/tasks?q=${encodeURIComponent(name)}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { data } = (await response.json()) as { data: { tasks: { taskStatus: number }[] } };
    return data.tasks.map(({ taskStatus }) => taskStatus);
  };

  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "openai" })).key;
    client = openAi();
  });
  afterAll(() => world.stop());

  it("generates images, edits one, and makes a video of it", async () => {
    const [image] = (await client.images.generate({ prompt: "a cat", size: "1792x1024" })).data ?? [];
    const bytes = Buffer.from(image?.b64_json ?? "", "base64");
    expect(Buffer.compare(bytes, Buffer.from(await (await fetch(image?.url ?? "")).arrayBuffer()))).toBe(0);
    const files = [await toFile(bytes, "cat.png"), await toFile(png(300), "dog.png")];
    const edited = await client.images.edit({ image: files, prompt: "closer", response_format: "url" });
    expect(edited.data).toHaveLength(1);
    const video = await client.videos.create({
      ...{
        model: "seedance-2.0" as OpenAI.VideoModel,
        prompt: "a walk",
        input_reference: await toFile(bytes, "cat.png"),
      },
    });
    await expect.poll(async () => (await client.videos.retrieve(video.id)).status).toBe("completed");
    const content = await client.videos.downloadContent(video.id);
    expect(content.headers.get("content-type")).toBe("video/mp4");
    expect((await client.videos.list()).data.map(({ id }) => id)).toContain(video.id);
    expect(await client.models.retrieve("nano-banana-2")).toMatchObject({ id: "nano-banana-2", object: "model" });
  });

  it("makes one task although the response is lost twice and the package repeats the request", async () => {
    let lost = 0;
    const keys = new Set<string | null>();
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      keys.add(new Headers(init?.headers).get("idempotency-key"));
      if (lost === 2) return response;
      lost += 1;
      await response.body?.cancel();
      throw new TypeError("fetch failed");
    };
    const patient = openAi({ fetch: losing });
    const prompt = "openai lost responses";
    const { data } = await patient.images.generate({ prompt, response_format: "url" });
    expect(data).toHaveLength(1);
    expect([lost, keys.size, made(prompt)]).toEqual([2, 1, 1]);
  });

  it("lets the task of an aborted request go on, and charges it once", async () => {
    const prompt = "openai aborted [[sim: delayMs=2000]]";
    const stop = new AbortController();
    const waiting = client.images.generate({ prompt }, { signal: stop.signal });
    await expect.poll(() => made(prompt)).toBe(1);
    stop.abort();
    await expect(waiting).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await expect.poll(() => settled("openai aborted")).toEqual([2]);
    expect(made(prompt)).toBe(1);
  });

  it("returns the task of a request whose client gave up to the next request with its key", async () => {
    const prompt = "openai timeout [[sim: delayMs=4000]]";
    const options = { idempotencyKey: "openai-timeout", maxRetries: 0 };
    const impatient = client.images.generate({ prompt, response_format: "url" }, { ...options, timeout: 3_000 });
    await expect(impatient).rejects.toMatchObject({ status: 504, code: "timeout" });
    const { data } = await client.images.generate({ prompt, response_format: "url" }, options);
    expect([data?.length, made(prompt)]).toEqual([1, 1]);
  });

  it("has the package's class for each error, with the request's id", async () => {
    const limited = openAi({ apiKey: (await world.newTenant({ name: "limited", requestsPerMinute: 1 })).key });
    const untilLimited = async () => {
      for (;;) await limited.models.list({ maxRetries: 0 });
    };
    const suspended = await world.newTenant({ name: "suspended" });
    await world.operator.call("PATCH", `/admin/v1/tenants/${suspended.tenantId}`, { status: "suspended" });
    const running = await client.videos.create({ prompt: "openai running [[sim: never]]" });
    const fail = { prompt: 'openai failing [[sim: fail="no luck"]]' };
    const cases: [new (...args: never[]) => Error, () => Promise<unknown>, object][] = [
      [OpenAI.BadRequestError, () => client.images.generate({ prompt: "a", n: 9 }), { status: 400, param: "n" }],
      [OpenAI.AuthenticationError, () => openAi({ apiKey: "sk-x" }).models.list(), { code: "invalid_api_key" }],
      [OpenAI.PermissionDeniedError, () => openAi({ apiKey: suspended.key }).videos.create({ prompt: "a" }), {}],
      [OpenAI.NotFoundError, () => client.models.retrieve("gpt-image-1"), { code: "model_not_found" }],
      [OpenAI.NotFoundError, () => client.videos.retrieve("video_7"), { code: "not_found" }],
      [OpenAI.ConflictError, () => client.videos.delete(running.id), { code: "conflict" }],
      [OpenAI.UnprocessableEntityError, () => client.images.generate(fail), { code: "generation_failed" }],
      [OpenAI.RateLimitError, untilLimited, { code: "rate_limit_exceeded" }],
      [OpenAI.APIError, () => client.post("/images/generations", { body: "{" }), { status: 400 }],
      [OpenAI.NotFoundError, () => client.chat.completions.create({ model: "x", messages: [] }), { status: 404 }],
    ];
    for (const [kind, request, fields] of cases) {
      const error = await request().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ ...fields, requestID: expect.any(String), type: expect.any(String) });
    }
  });

  it.runIf(process.platform === "linux")("streams four images of 20 MB as base64 in 64 MB more memory", async () => {
    const prompt = `openai large [[sim: bytes=${IMAGE_BYTES}]]`;
    const request = { prompt, n: 4, response_format: "b64_json" as const };
    const options = { idempotencyKey: "openai-large" };
    // The copies themselves are measured elsewhere: the simulated R2 holds files in the same process while they pass.
    const { data: links = [] } = await client.images.generate({ ...request, response_format: "url" });
    const sums: string[] = [];
    for (const { url = "" } of links) {
      await expect.poll(async () => (await fetch(url, { method: "HEAD" })).headers.get("etag")).not.toBeNull();
      sums.push(
        createHash("sha256")
          .update(new Uint8Array(await (await fetch(url)).arrayBuffer()))
          .digest("hex"),
      );
    }
    expect(sums).toHaveLength(4);
    await client.images.generate(request, options);
    const { result, growth } = await growthDuring(world.gateway.processes.id, () =>
      client.images.generate(request, options),
    );
    console.log(`four images of 20 MB as base64: workerd grew by ${formatBytes(growth)}`);
    expect(growth).toBeLessThan(ALLOWED_BYTES);
    const images = (result.data ?? []).map(({ b64_json = "" }) => Buffer.from(b64_json, "base64"));
    expect(images.map(({ length }) => length)).toEqual([1, 2, 3, 4].map(() => IMAGE_BYTES));
  });
});
