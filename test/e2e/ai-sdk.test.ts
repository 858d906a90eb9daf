import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { APICallError } from "@ai-sdk/provider";
import {
  generateImage,
  experimental_generateVideo as generateVideo,
  experimental_getVideoStatus as getVideoStatus,
  NoSuchModelError,
  experimental_startVideo as startVideo,
} from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createPaddock,
  type PaddockImageOptions,
  type PaddockProvider,
} from "../../packages/ai-sdk-provider/src/index.ts";
import { Paddock, verifyWebhook } from "../../packages/client/src/index.ts";
import { World } from "../support/node/world.ts";

/** The SDK's own download refuses loopback addresses. */
const download = async ({ url }: { url: URL }) => {
  const response = await fetch(url);
  return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get("content-type") ?? "" };
};
const planned = (name: string, plan = "") => `${name} [[sim: ${plan}]]`;
const isPng = (data: Uint8Array) => Buffer.from(data.subarray(1, 4)).toString("latin1") === "PNG";

/** `fetch` that sends a request and then loses the first response to each path that matches. */
function losing(path: RegExp): { fetch: typeof fetch; lost: () => number } {
  let lost = 0;
  return {
    lost: () => lost,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (lost > 0 || !path.test(String(input))) return response;
      lost += 1;
      throw new TypeError("fetch failed");
    },
  };
}

async function thrown(promise: Promise<unknown>): Promise<APICallError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!APICallError.isInstance(error)) throw new Error(`no APICallError: ${error}`);
  return error;
}

describe("paddock-ai-sdk-provider with the AI SDK against a real gateway", () => {
  let world: World;
  let key: string;
  let client: Paddock;
  let paddock: PaddockProvider;
  let picture: Uint8Array;
  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "sdk" })).key;
    client = new Paddock({ baseUrl: world.gateway.url, credential: key });
    paddock = createPaddock({ baseURL: world.gateway.url, apiKey: key });
    picture = (await generateImage({ model: paddock.image("nano-banana-2"), prompt: "a reference" })).image.uint8Array;
  });
  afterAll(() => world.stop());

  it("generates images with all parameters, their bytes, stable URLs, task and credits", async () => {
    const native: PaddockImageOptions = { quality: 80, metadata: { order: "4711" }, taskName: "Cats" };
    const prompt = planned("all parameters");
    const { images, warnings, providerMetadata, responses } = await generateImage({
      model: paddock.image("nano-banana-2"),
      prompt,
      n: 2,
      size: "2048x1152",
      seed: 7,
      providerOptions: { paddock: native },
    });
    expect(images.map(({ uint8Array, mediaType }) => [isPng(uint8Array), mediaType])).toEqual([
      [true, "image/png"],
      [true, "image/png"],
    ]);
    expect(warnings).toEqual([]);
    const [first] = (providerMetadata.paddock?.images ?? []) as { taskId: number; credits: number; url: string }[];
    const task = await client.query(first?.taskId ?? 0);
    expect(task).toMatchObject({
      ...{ prompt, taskName: "Cats", genMethod: "txt", imageCount: 2, size: "2K", aspectRatio: "16:9", seed: 7 },
      ...{ quality: 80, metadata: { order: "4711" }, estimatedCredits: first?.credits },
    });
    expect(providerMetadata.paddock?.images).toMatchObject(task.results.map(({ fileUrl }) => ({ url: fileUrl })));
    expect(responses[0]?.headers?.["x-request-id"]).toEqual(expect.any(String));
  });

  it("splits more images than a task has into several tasks", async () => {
    const { images } = await generateImage({ model: paddock.image("nano-banana-2"), prompt: planned("five"), n: 5 });
    expect(images).toHaveLength(5);
    expect(world.simulator.tasks({ prompt: planned("five") })).toHaveLength(2);
  });

  it("uploads images that are bytes or base64, and passes URLs on", async () => {
    const url = (await client.upload(new Blob([picture as Uint8Array<ArrayBuffer>]))).url;
    const text = planned("edit", "fetchReferences");
    const base64 = Buffer.from(picture).toString("base64");
    const { images, providerMetadata } = await generateImage({
      model: paddock.image("Imagen Nano Banana 2"),
      prompt: { text, images: [picture, `data:image/png;base64,${base64}`, url] },
    });
    expect(images.map(({ uint8Array }) => isPng(uint8Array))).toEqual([true]);
    const [made] = (providerMetadata.paddock?.images ?? []) as { taskId: number }[];
    const task = await client.query(made?.taskId ?? 0);
    expect(task.genMethod).toBe("img_txt");
    expect(task.refImageUrls).toHaveLength(3);
    expect(task.refImageUrls?.[2]).toBe(url);
    expect(world.simulator.tasks({ prompt: text })[0]?.references).toHaveLength(3);
  });

  it("warns of what the models do not have", async () => {
    const { warnings } = await generateImage({
      model: paddock.image("nano-banana-2"),
      prompt: { text: planned("warned"), images: [picture], mask: picture },
      size: "640x480",
      aspectRatio: "1:1",
    });
    expect(warnings.map((warning) => "feature" in warning && warning.feature)).toEqual(["size", "aspectRatio", "mask"]);
    const { warnings: ofVideo } = await startVideo({
      model: paddock.video("seedance-2.0"),
      prompt: planned("warned"),
      ...{ resolution: "1920x1080", aspectRatio: "1:1", fps: 30 },
      frameImages: [{ image: picture, frameType: "last_frame" }],
    });
    expect(ofVideo.map((warning) => "feature" in warning && warning.feature)).toEqual([
      ...["resolution", "aspectRatio", "fps", "frameImages"],
    ]);
  });

  it("throws an error without a retry for a failed generation, with its reason and task", async () => {
    const prompt = planned("failed", 'fail="out of paint"');
    const error = await thrown(generateImage({ model: paddock.image("nano-banana-2"), prompt }));
    expect([error.message, error.isRetryable]).toEqual(["out of paint", false]);
    expect(error.data).toMatchObject({ taskId: expect.any(Number), failReason: "out of paint" });
    expect(world.simulator.tasks({ prompt })).toHaveLength(1);
    const film = { model: paddock.video("seedance-2.0"), prompt: planned("failed film", 'fail="no film"') };
    expect(await thrown(generateVideo(film))).toMatchObject({ message: "no film", isRetryable: false });
    await expect(generateVideo({ ...film, poll: { intervalMs: 100 } })).rejects.toThrow("no film");
  });

  it("throws the gateway's refusals, of which only a limit is retryable", async () => {
    const wrong = createPaddock({ baseURL: world.gateway.url, apiKey: "pdk_wrong" });
    const prompt = planned("refused");
    expect(await thrown(generateImage({ model: wrong.image("nano-banana-2"), prompt }))).toMatchObject({
      statusCode: 401,
      isRetryable: false,
    });
    expect(await thrown(generateImage({ model: paddock.image("dall-e-9"), prompt }))).toMatchObject({
      statusCode: 404,
      isRetryable: false,
      data: { code: 40_003 },
    });
    const video = { model: paddock.video("seedance-2.0"), prompt, duration: 60 };
    expect(await thrown(generateVideo(video))).toMatchObject({ statusCode: 400, data: { code: 50_007 } });
    const { key: narrow } = await world.newTenant({ name: "narrow", concurrentTasks: 1 });
    const limited = createPaddock({ baseURL: world.gateway.url, apiKey: narrow }).video("seedance-2.0");
    await startVideo({ model: limited, prompt: planned("first", "never") });
    const second = await thrown(startVideo({ model: limited, prompt: planned("second"), maxRetries: 0 }));
    expect(second).toMatchObject({ statusCode: 429, isRetryable: true, data: { code: 70_002 } });
    expect(Number(second.responseHeaders?.["retry-after"])).toBeGreaterThan(0);
  });

  it("has no models of other kinds", () => {
    expect(() => paddock.image("seedance-2.0")).toThrow(NoSuchModelError);
    expect(() => paddock.video("Imagen Nano Banana 2")).toThrow(NoSuchModelError);
    expect(() => paddock.languageModel("nano-banana-2")).toThrow(NoSuchModelError);
  });

  it("creates one task when a response is lost and the SDK retries, uploads included", async () => {
    const wire = losing(/\/task\/generate$/);
    const unreliable = createPaddock({ baseURL: world.gateway.url, apiKey: key, fetch: wire.fetch });
    const text = planned("lost image");
    const prompt = { text, images: [picture] };
    const { images } = await generateImage({ model: unreliable.image("nano-banana-2"), prompt });
    expect([images.length, wire.lost(), world.simulator.tasks({ prompt: text }).length]).toEqual([1, 1, 1]);

    const film = losing(/\/task\/generate$/);
    const second = createPaddock({ baseURL: world.gateway.url, apiKey: key, fetch: film.fetch });
    const started = { text: planned("lost film"), image: picture };
    await startVideo({ model: second.video("seedance-2.0"), prompt: started });
    expect([film.lost(), world.simulator.tasks({ prompt: started.text }).length]).toEqual([1, 1]);
  });

  it.each(["", "/", "/v1", "/api/v1/"])("takes the base URL with %j behind the origin", async (path) => {
    const model = createPaddock({ baseURL: world.gateway.url + path, apiKey: async () => key }).video("seedance-2.0");
    const { operation } = await startVideo({ model, prompt: planned("base") });
    expect(operation).toEqual({ taskId: expect.any(Number) });
  });

  it("refuses a base URL without a scheme, and no key", () => {
    expect(() => createPaddock({ baseURL: "gateway.example", apiKey: key })).toThrow(/baseURL/);
    expect(() => createPaddock({ baseURL: world.gateway.url, apiKey: "" })).toThrow(/apiKey/);
  });

  it("generates a video from an image, in one call", async () => {
    const { video, warnings, providerMetadata } = await generateVideo({
      model: paddock.video("seedance-2.0"),
      prompt: { text: planned("film", "fetchReferences"), image: picture },
      ...{ resolution: "720x1280", duration: 5, seed: 3, generateAudio: false, download },
    });
    expect([video.mediaType, video.uint8Array.length > 0, warnings]).toEqual(["video/mp4", true, []]);
    const { taskId, credits, videos } = providerMetadata.paddock as unknown as {
      taskId: number;
      credits: number;
      videos: { url: string }[];
    };
    const task = await client.query(taskId);
    expect(task).toMatchObject({
      ...{ genMethod: "img_txt", resolution: "720p", durationSeconds: 5, seed: 3, generateAudio: false },
      ...{ estimatedCredits: credits, results: videos.map(({ url }) => ({ fileUrl: url })) },
    });
  });

  it("sends reference videos as such", async () => {
    const made = await generateVideo({ model: paddock.video("seedance-2.0"), prompt: planned("source"), download });
    const { operation } = await startVideo({
      model: paddock.video("seedance-2.0"),
      prompt: planned("remix"),
      inputReferences: [{ data: made.video.uint8Array, mediaType: "video/mp4" }, picture],
    });
    const task = await client.query((operation as { taskId: number }).taskId);
    expect([task.genMethod, task.refVideoUrls?.length, task.refImageUrls?.length]).toEqual(["img_vid_txt", 1, 1]);
  });

  it("starts a video and reports its status, and polls", async () => {
    const model = paddock.video("seedance-2.0");
    const { operation, providerMetadata } = await startVideo({ model, prompt: planned("later", "delayMs=500") });
    expect(providerMetadata?.paddock).toMatchObject({ ...(operation as object), credits: expect.any(Number) });
    expect((await getVideoStatus(model, { operation })).status).toBe("pending");
    await expect.poll(async () => (await getVideoStatus(model, { operation })).status).toBe("completed");
    const polled = { model, prompt: planned("polled"), poll: { intervalMs: 100 }, download };
    expect((await generateVideo(polled)).videos).toHaveLength(1);
  });

  it("waits for the gateway's webhook, which its secret verifies", async () => {
    let secret = "";
    const inbox = Promise.withResolvers<{ headers: Record<string, string>; body: string }>();
    const receiver: Server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      inbox.resolve({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/video`;
    try {
      const response = await fetch(`${world.gateway.url}/api/v1/webhook`, {
        method: "PUT",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ url: "http://127.0.0.1:9/unused" }),
      });
      ({ secret } = ((await response.json()) as { data: { secret: string } }).data);
      const { videos } = await generateVideo({
        model: paddock.video("seedance-2.0"),
        prompt: planned("hooked", "delayMs=300"),
        webhook: async () => ({ url, received: inbox.promise }),
        download,
      });
      expect(videos).toHaveLength(1);
      const { headers, body } = await inbox.promise;
      expect(await verifyWebhook(body, headers, secret)).toMatchObject({ type: "task.completed" });
    } finally {
      receiver.close();
    }
  });

  it("explains that a client token cannot set a webhook", async () => {
    const { token } = await client.createClientToken({ endUser: "ann" });
    const model = createPaddock({ baseURL: world.gateway.url, apiKey: token }).video("seedance-2.0");
    const error = await thrown(startVideo({ model, prompt: planned("mine"), webhookUrl: "https://shop.example/hook" }));
    expect(error).toMatchObject({ statusCode: 403, message: expect.stringContaining("client token") });
  });

  it("stops waiting when its signal is aborted", async () => {
    const controller = new AbortController();
    const prompt = planned("aborted", "never");
    const waiting = generateImage({
      model: paddock.image("nano-banana-2"),
      prompt,
      abortSignal: controller.signal,
    });
    waiting.catch(() => {});
    await expect.poll(() => world.simulator.tasks({ prompt })).toHaveLength(1);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });
});
