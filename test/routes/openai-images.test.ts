/** Images of the OpenAI-compatible surface, by the published `openai` package and by hand. */
import { env } from "cloudflare:workers";
import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { BASE, call, createTenant, getBytes } from "../support/gateway.ts";
import { png } from "../support/media.ts";
import { openAiClient, sendOpenAi } from "../support/openai-client.ts";
import { uniqueTag, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

const sentBody = async (tag: string) => {
  const [request] = await upstreamRequests(tag);
  return JSON.parse(request?.body ?? "null") as Record<string, unknown>;
};

const { FILES } = env as unknown as Bindings;

describe("images.generate", () => {
  it("returns n images with their stable URLs, at the size asked for", async () => {
    const tag = uniqueTag("openai");
    const { client } = openAiClient(await createTenant());
    const images = await client.images.generate({
      ...{ model: "nano-banana-2", prompt: tag, n: 2, size: "1792x1024", quality: "high", response_format: "url" },
    });
    expect(images.data).toHaveLength(2);
    for (const { url, b64_json } of images.data ?? []) {
      expect(b64_json).toBeUndefined();
      expect((await getBytes(url ?? "")).headers.get("content-type")).toBe("image/png");
    }
    expect(await sentBody(tag)).toMatchObject({
      ...{ model: "Imagen Nano Banana 2", type: "txt", prompt: tag, imageCount: 2 },
      ...{ size: "1K", aspectRatio: "16:9", quality: 100 },
    });
  });

  it("returns the bytes and the URL without response_format, and only the bytes for b64_json", async () => {
    const { client } = openAiClient(await createTenant());
    const prompt = "[[sim: bytes=700001]]";
    const [both] = (await client.images.generate({ model: "Imagen Nano Banana 2", prompt })).data ?? [];
    const file = await getBytes(both?.url ?? "");
    expect(file.bytes).toHaveLength(700_001);
    expect(Buffer.from(both?.b64_json ?? "", "base64").equals(file.bytes)).toBe(true);
    const [bytes] = (await client.images.generate({ prompt: "a cat", response_format: "b64_json" })).data ?? [];
    expect(Object.keys(bytes ?? {})).toEqual(["b64_json"]);
  });

  it("makes one task of a repeated request with the same idempotency key, and refuses another body under it", async () => {
    const tag = uniqueTag("openai");
    const { client } = openAiClient(await createTenant());
    const options = { idempotencyKey: tag };
    const one = await client.images.generate({ prompt: tag, response_format: "url" }, options);
    const two = await client.images.generate({ prompt: tag, response_format: "url" }, options);
    expect(two.data).toEqual(one.data);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    const other = client.images.generate({ prompt: `${tag} more`, response_format: "url" }, options);
    await expect(other).rejects.toMatchObject({ status: 422, code: "idempotency_error" });
  });

  it("answers 504 shortly before the client gives up, and the client does not repeat the request", async () => {
    const tag = uniqueTag("openai");
    const { client, requests } = openAiClient(await createTenant());
    const request = client.images.generate({ prompt: `${tag} [[sim: never]]` }, { timeout: 3_000 });
    const error = await request.catch((reason: unknown) => reason as InstanceType<typeof OpenAI.APIError>);
    expect(error).toMatchObject({ status: 504, code: "timeout", type: "server_error" });
    expect((error as Error).message).toMatch(/Task \d+ has not finished yet/);
    expect(requests).toHaveLength(1);
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });

  it("answers 504 before the read time-out that the Python package sends", async () => {
    const { client } = openAiClient(await createTenant(), { "x-stainless-read-timeout": "2.5" });
    await expect(client.images.generate({ prompt: "[[sim: never]]" })).rejects.toMatchObject({
      status: 504,
      code: "timeout",
    });
  });

  it.each([
    ['fail="no luck"', "no luck"],
    ["cancel", "The task was cancelled"],
  ])("answers 422 generation_failed, which the client does not repeat: %s", async (plan, reason) => {
    const { client, requests } = openAiClient(await createTenant());
    const request = client.images.generate({ prompt: `a cat [[sim: ${plan}]]` });
    await expect(request).rejects.toBeInstanceOf(OpenAI.UnprocessableEntityError);
    await expect(request).rejects.toMatchObject({
      code: "generation_failed",
      message: expect.stringContaining(reason),
    });
    expect(requests).toHaveLength(1);
  });

  it("answers 422 moderation_blocked for references that the upstream refuses", async () => {
    const { client } = openAiClient(await createTenant());
    const request = client.images.generate({ prompt: "a cat [[sim: generate=code:50014]]" });
    await expect(request).rejects.toMatchObject({ status: 422, code: "moderation_blocked" });
  });

  it.each([
    ["auto", {}],
    ["1024x1024", { size: "1K" }],
    ["2048x2048", { size: "2K" }],
    ["4096x4096", { size: "4K" }],
    ["1024x1792", { size: "1K", aspectRatio: "9:16" }],
    ["1536x1024", { size: "1K", aspectRatio: "16:9" }],
    ["2560x1440", { size: "2K", aspectRatio: "16:9" }],
    ["3072x5504", { size: "4K", aspectRatio: "9:16" }],
    ["2K", { size: "2K" }],
    ["9:16", { aspectRatio: "9:16" }],
  ])("maps the size %s", async (size, fields) => {
    const tag = uniqueTag("openai");
    const { status } = await sendOpenAi(await createTenant(), "/v1/images/generations", {
      ...{ prompt: `${tag} [[sim: fail]]`, size, n: null },
    });
    expect(status).toBe(422);
    const { size: sent, aspectRatio } = await sentBody(tag);
    expect({ size: sent, aspectRatio }).toEqual({ size: undefined, aspectRatio: undefined, ...fields });
  });

  it("accepts fields that ask for what is done anyway, as programs for older models of OpenAI send them", async () => {
    const fields = { style: "vivid", quality: "standard", moderation: "low", output_format: "png", background: "auto" };
    const { error } = await sendOpenAi(await createTenant(), "/v1/images/generations", {
      prompt: "a cat [[sim: fail]]",
      ...fields,
    });
    expect(error.code).toBe("generation_failed");
  });

  it.each([
    [{ prompt: undefined }, "prompt", "invalid_request"],
    [{ prompt: 5 }, "prompt", "invalid_request"],
    [{ prompt: "  " }, "prompt", "invalid_request"],
    [{ n: 0 }, "n", "invalid_request"],
    [{ n: 5 }, "n", "invalid_request"],
    [{ n: "2" }, "n", "invalid_request"],
    [{ n: 1.5 }, "n", "invalid_request"],
    [{ size: "512x5120" }, "size", "invalid_size"],
    [{ size: "800x600" }, "size", "invalid_size"],
    [{ size: "9000x5063" }, "size", "invalid_size"],
    [{ size: 1024 }, "size", "invalid_size"],
    [{ quality: "best" }, "quality", "invalid_request"],
    [{ quality: ["low"] }, "quality", "invalid_request"],
    [{ quality: {} }, "quality", "invalid_request"],
    [{ response_format: "png" }, "response_format", "invalid_request"],
    [{ stream: true }, "stream", "invalid_request"],
    [{ mask: "x" }, "mask", "invalid_request"],
    [{ background: "transparent" }, "background", "invalid_request"],
    [{ output_format: "webp" }, "output_format", "invalid_request"],
    [{ style: "natural" }, "style", "invalid_request"],
    [{ cfg_scale: 7 }, "cfg_scale", "invalid_request"],
    // Names that every JavaScript object has.
    [{ constructor: 1 }, "constructor", "invalid_request"],
    [{ toString: "x" }, "toString", "invalid_request"],
    [JSON.parse('{"__proto__":{"n":3}}') as object, "__proto__", "invalid_request"],
    [{ model: "seedance-2.0" }, "model", "invalid_request"],
    [{ model: 7 }, "model", "invalid_request"],
    [{ seed: "x" }, "seed", "invalid_request"],
    [{ metadata: { a: 1 } }, "metadata", "invalid_request"],
  ])("refuses %j and names the field", async (fields, param, code) => {
    const { status, error } = await sendOpenAi(await createTenant(), "/v1/images/generations", {
      ...{ prompt: "a cat" },
      ...fields,
    });
    expect({ status, ...error }).toMatchObject({ status: 400, type: "invalid_request_error", code, param });
    expect(error.message).toContain(param);
  });
});

describe("images.edit", () => {
  it("stores files as uploads of the tenant and passes their URLs to the upstream", async () => {
    const tag = uniqueTag("openai");
    const { client } = openAiClient(await createTenant());
    const files = [await toFile(png(300), "a.png"), await toFile(png(400), "b.png", { type: "image/png" })];
    const images = await client.images.edit({
      ...{ model: "nano-banana-2", image: files, prompt: tag, n: 1 },
      ...{ response_format: "url" as const },
    });
    expect(images.data).toHaveLength(1);
    const { type, refImageUrls } = await sentBody(tag);
    expect(type).toBe("img_txt");
    const urls = refImageUrls as string[];
    expect(urls).toHaveLength(2);
    expect((await getBytes(urls[1] ?? "")).bytes).toEqual(png(400));
  });

  it("compares the bytes of files, not their upload, under one idempotency key", async () => {
    const tag = uniqueTag("openai");
    const { client } = openAiClient(await createTenant());
    const edit = async (bytes: Uint8Array<ArrayBuffer>) =>
      client.images.edit(
        { image: await toFile(bytes, "a.png"), prompt: tag, response_format: "url" },
        { idempotencyKey: tag },
      );
    const one = await edit(png(300));
    expect((await edit(png(300))).data).toEqual(one.data);
    await expect(edit(png(301))).rejects.toMatchObject({ status: 422, code: "idempotency_error" });
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });

  it.each([
    [{ images: [{ image_url: "https://a.example/cat.png" }, "https://a.example/dog.png"] }, 2],
    [{ image: "https://a.example/cat.png" }, 1],
    [{ images: { image_url: { url: "https://a.example/cat.png" } } }, 1],
  ])("takes URLs in JSON: %j", async (fields, count) => {
    const tag = uniqueTag("openai");
    await sendOpenAi(await createTenant(), "/v1/images/edits", { prompt: `${tag} [[sim: fail]]`, ...fields });
    expect((await sentBody(tag)).refImageUrls).toHaveLength(count);
  });

  it.each([
    [{}, "image"],
    [{ image: 5 }, "image"],
    [{ images: [{}] }, "images"],
    [{ image: "cat.png" }, "image"],
    [{ images: [{ image_url: "https://a.example/cat.png", file_id: "file_0" }] }, "images"],
    [{ image: Array.from({ length: 6 }, (_, at) => `https://a.example/${at}.png`) }, "image"],
  ])("refuses %j", async (fields, param) => {
    const { status, error } = await sendOpenAi(await createTenant(), "/v1/images/edits", {
      prompt: "a cat",
      ...fields,
    });
    expect({ status, ...error }).toMatchObject({ status: 400, code: "invalid_request", param });
  });

  const form = (fields: Record<string, string | Blob>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return data;
  };
  it.each([
    ["text as an image", { prompt: "a", image: new File(["plain text"], "a.png") }, 400, "image"],
    ["an empty file", { prompt: "a", image: new File([], "a.png") }, 400, "image"],
    ["a mask", { prompt: "a", image: new File([png()], "a.png"), mask: new File([png()], "m.png") }, 400, "mask"],
    ["n out of range", { prompt: "a", image: new File([png()], "a.png"), n: "9" }, 400, "n"],
    ["a large text", { prompt: "a".repeat(300_000), image: new File([png()], "a.png") }, 413, null],
  ])("refuses a form with %s and keeps no upload", async (_name, fields, expected, param) => {
    const tenant = await createTenant();
    const { status, error } = await sendOpenAi(tenant, "/v1/images/edits", form(fields));
    expect({ status, param: error.param }).toEqual({ status: expected, param });
    expect(error.code).toBe("invalid_request");
    const listed = await FILES.list({ prefix: `uploads/${tenant.tenantId}` });
    expect(listed.objects).toEqual([]);
  });

  it("takes numbers as the text of a form", async () => {
    const tag = uniqueTag("openai");
    const fields = { prompt: `${tag} [[sim: fail]]`, n: "2", seed: "7", image: new File([png()], "a.png") };
    await sendOpenAi(await createTenant(), "/v1/images/edits", form(fields));
    expect(await sentBody(tag)).toMatchObject({ imageCount: 2, seed: 7 });
  });

  it.each(["image", "image[]", "image[0]", "images[]"])("takes files under the name %s", async (name) => {
    const tag = uniqueTag("openai");
    const data = form({ prompt: `${tag} [[sim: fail]]`, model: "nano-banana-2" });
    for (const file of ["a.png", "b.png"]) data.append(name, new File([png()], file, { type: "image/png" }));
    const { status } = await sendOpenAi(await createTenant(), "/v1/images/edits", data);
    expect(status).toBe(422);
    expect((await sentBody(tag)).refImageUrls).toHaveLength(2);
  });

  it("takes a URL as a text field of a form beside a file", async () => {
    const tag = uniqueTag("openai");
    const data = form({ prompt: `${tag} [[sim: fail]]`, "image[]": "https://a.example/cat.png" });
    data.append("image[]", new File([png()], "b.png"));
    await sendOpenAi(await createTenant(), "/v1/images/edits", data);
    const urls = (await sentBody(tag)).refImageUrls as string[];
    expect([urls[0], urls.length]).toEqual(["https://a.example/cat.png", 2]);
  });

  it("refuses a form that is cut short", async () => {
    const tenant = await createTenant();
    const { status, text } = await call("POST", `${BASE}/v1/images/edits`, {
      headers: { ...tenant.auth, "content-type": "multipart/form-data; boundary=x" },
      body: '--x\r\ncontent-disposition: form-data; name="prompt"\r\n\r\na cat',
    });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "invalid_request", param: null } });
  });
});

describe("an urlencoded form", () => {
  const send = async (body: string, path = "/v1/images/generations") => {
    const tenant = await createTenant();
    const headers = { ...tenant.auth, "content-type": "application/x-www-form-urlencoded" };
    const { status, text } = await call("POST", BASE + path, { headers, body });
    return { status, ...(JSON.parse(text) as { error?: { message: string; param: string | null } }) };
  };

  it("is read like the texts of a multipart form", async () => {
    const tag = uniqueTag("openai");
    const fields = { prompt: `${tag} [[sim: fail]]`, n: "2", size: "1K", seed: "7", "metadata[order]": "4711" };
    expect((await send(String(new URLSearchParams(fields)))).status).toBe(422);
    expect(await sentBody(tag)).toMatchObject({ prompt: fields.prompt, imageCount: 2, size: "1K", seed: 7 });
  });

  it("has references as URLs", async () => {
    const tag = uniqueTag("openai");
    const fields = { prompt: `${tag} [[sim: fail]]`, "image[]": "https://a.example/cat.png" };
    await send(String(new URLSearchParams(fields)), "/v1/images/edits");
    expect((await sentBody(tag)).refImageUrls).toEqual(["https://a.example/cat.png"]);
  });

  it.each([
    ["prompt=a&prompt=b", 400, "prompt"],
    ["prompt=a&n=9", 400, "n"],
    ["prompt=a&colour=red", 400, "colour"],
    ["=a", 400, null],
    ["", 400, "prompt"],
    [`prompt=${"a".repeat(300_000)}`, 413, null],
  ])("is refused where its fields are wrong: %.30s", async (body, status, param) => {
    expect(await send(body)).toMatchObject({ status, error: { param } });
  });

  it("that is JSON, as curl labels it, is read as JSON", async () => {
    const tag = uniqueTag("openai");
    expect((await send(JSON.stringify({ prompt: `${tag} [[sim: fail]]`, n: 2 }))).status).toBe(422);
    expect((await send("{")).error?.message).toContain("not valid JSON");
  });
});
