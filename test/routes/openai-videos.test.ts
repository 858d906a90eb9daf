/** Videos, models and errors of the OpenAI-compatible surface, by the published `openai` package and by hand. */
import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { BASE, call, createTenant, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { png } from "../support/media.ts";
import { type OpenAiError, openAiClient, sendOpenAi } from "../support/openai-client.ts";
import { until } from "../support/until.ts";
import { uniqueTag, upstreamRequests, upstreamTasks } from "../support/upstream.ts";
import { openInbox } from "../support/webhook-inbox.ts";

const sentBody = async (tag: string) => {
  const [request] = await upstreamRequests(tag);
  return JSON.parse(request?.body ?? "null") as Record<string, unknown>;
};

const ended = (client: OpenAI, id: string) =>
  until(`video ${id} to end`, async () => {
    const video = await client.videos.retrieve(id);
    return video.status === "completed" || video.status === "failed" ? video : null;
  });

const get = async (tenant: Pick<TestTenant, "auth">, path: string, method = "GET") => {
  const response = await call(method, BASE + path, { headers: tenant.auth });
  return { ...response, error: (JSON.parse(response.text) as { error: OpenAiError }).error };
};

describe("videos", () => {
  it("are created, retrieved, downloaded and deleted", async () => {
    const tag = uniqueTag("openai");
    const { client, requests } = openAiClient(await createTenant());
    const video = await client.videos.create({
      ...{ model: "seedance-2.0" as OpenAI.VideoModel, prompt: `${tag} [[sim: thumbnail]]` },
      ...{ seconds: "8", size: "1280x720" },
    });
    expect(video).toMatchObject({
      object: "video",
      model: "seedance-2.0",
      seconds: "8",
      size: "1280x720",
      error: null,
    });
    expect(video.id).toMatch(/^video_\d+$/);
    expect(video.completed_at).toBeNull();
    await expect(client.videos.delete(video.id)).rejects.toMatchObject({ status: 409, code: "conflict" });
    expect(requests.filter((request) => request.startsWith("DELETE"))).toHaveLength(1);
    expect(await sentBody(tag)).toMatchObject({
      ...{ model: "Seedance 2.0", type: "img_txt", durationSeconds: 8, resolution: "720p", aspectRatio: "16:9" },
    });
    const done = await ended(client, video.id);
    expect(done).toMatchObject({ ...video, status: "completed", progress: 100, completed_at: expect.any(Number) });
    const content = await client.videos.downloadContent(video.id);
    expect(content.headers.get("content-type")).toBe("video/mp4");
    expect(content.headers.get("cache-control")).toBe("private, no-cache");
    expect(content.headers.get("ratelimit")).toContain("requests");
    expect(content.headers.get("access-control-expose-headers")).toMatch(/Content-Range.*RateLimit/);
    expect(content.headers.get("content-length")).not.toBeNull();
    expect((await content.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    const thumbnail = await client.videos.downloadContent(video.id, { variant: "thumbnail" });
    expect(thumbnail.headers.get("content-type")).toMatch(/^image\//);
    await thumbnail.body?.cancel();
    expect(await client.videos.delete(video.id)).toEqual({ id: video.id, object: "video.deleted", deleted: true });
    await expect(client.videos.retrieve(video.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("have the defaults of OpenAI, from JSON as well, with seconds as a number", async () => {
    const tag = uniqueTag("openai");
    const tenant = await createTenant();
    await sendOpenAi(tenant, "/v1/videos", { prompt: tag });
    expect(await sentBody(tag)).toMatchObject({ durationSeconds: 4, aspectRatio: "9:16" });
    const other = uniqueTag("openai");
    await sendOpenAi(tenant, "/v1/videos", { prompt: other, seconds: 15 });
    expect(await sentBody(other)).toMatchObject({ durationSeconds: 15 });
  });

  it("take the names of new-api's tasks, in JSON and in forms, but not both names of a field", async () => {
    const tenant = await createTenant();
    const [tag, other] = [uniqueTag("openai"), uniqueTag("openai")];
    const image = "https://a.example/cat.png";
    await sendOpenAi(tenant, "/v1/videos", { prompt: tag, duration: 6, images: [image], input_reference: null });
    expect(await sentBody(tag)).toMatchObject({ durationSeconds: 6, refImageUrls: [image] });
    const form = new FormData();
    for (const [name, value] of Object.entries({ prompt: other, duration: "7" })) form.append(name, value);
    form.append("image", new File([png()], "a.png"));
    await sendOpenAi(tenant, "/v1/videos", form);
    expect(await sentBody(other)).toMatchObject({
      durationSeconds: 7,
      refImageUrls: [expect.stringMatching(/\.png$/)],
    });
    const twice = await sendOpenAi(tenant, "/v1/videos", { prompt: tag, duration: 6, seconds: 8 });
    expect({ status: twice.status, ...twice.error }).toMatchObject({ status: 400, param: "seconds" });
  });

  it("take an input_reference as a file, or as a URL in brackets, under one idempotency key", async () => {
    const tag = uniqueTag("openai");
    const { client } = openAiClient(await createTenant());
    const create = async () =>
      client.videos.create({ prompt: tag, input_reference: await toFile(png(), "a.png") }, { idempotencyKey: tag });
    expect((await create()).id).toBe((await create()).id);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    const [url] = (await sentBody(tag)).refImageUrls as string[];
    expect(url).toMatch(/\/uploads\/.*\.png$/);
    const other = uniqueTag("openai");
    await client.videos.create({ prompt: other, input_reference: { image_url: "https://a.example/cat.png" } });
    expect((await sentBody(other)).refImageUrls).toEqual(["https://a.example/cat.png"]);
  });

  it("take an input_reference as a data: URI and as the id of an upload", async () => {
    const tag = uniqueTag("openai");
    const tenant = await createTenant();
    const image_url = `data:image/png;base64,${Buffer.from(png()).toString("base64")}`;
    await sendOpenAi(tenant, "/v1/videos", { prompt: tag, input_reference: { image_url } });
    expect(((await sentBody(tag)).refImageUrls as string[])[0]).toMatch(/\/uploads\//);
    const missing = await sendOpenAi(tenant, "/v1/videos", { prompt: tag, input_reference: { file_id: "file_0" } });
    expect({ status: missing.status, ...missing.error }).toMatchObject({ status: 400, param: "input_reference" });
  });

  it.each([
    ['fail="no luck"', { code: "generation_failed", message: "no luck" }],
    ["cancel", { code: "cancelled" }],
  ])("that fail show why: %s", async (plan, error) => {
    const { client } = openAiClient(await createTenant());
    const { id } = await client.videos.create({ prompt: `a cat [[sim: ${plan}]]` });
    expect(await ended(client, id)).toMatchObject({ status: "failed", error });
  });

  it("are listed without images, newest first or oldest first, page by page", async () => {
    const tenant = await createTenant();
    const { client } = openAiClient(tenant);
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.push((await client.videos.create({ prompt: "a cat [[sim: fail]]" })).id);
    await sendOpenAi(tenant, "/v1/images/generations", { prompt: "a cat [[sim: fail]]" });
    const all = async (order: "asc" | "desc") => {
      const found: string[] = [];
      for await (const { id } of client.videos.list({ limit: 2, order })) found.push(id);
      return found;
    };
    expect(await all("asc")).toEqual(ids);
    expect(await all("desc")).toEqual(ids.toReversed());
    const { text } = await call("GET", `${BASE}/v1/videos?limit=5`, { headers: tenant.auth });
    expect(JSON.parse(text)).toMatchObject({ object: "list", has_more: false, first_id: ids[4], last_id: ids[0] });
  });

  it.each([
    [{ seconds: 3 }, "seconds", "invalid_request"],
    [{ seconds: "16" }, "seconds", "invalid_request"],
    [{ seconds: "5.5" }, "seconds", "invalid_request"],
    [{ size: "1024x1792" }, "size", "invalid_size"],
    [{ prompt: "" }, "prompt", "invalid_request"],
    [{ model: "nano-banana-2" }, "model", "invalid_request"],
    [{ n: 1 }, "n", "invalid_request"],
    [{ input_reference: "http://[" }, "input_reference", "invalid_request"],
    [{ input_reference: ["https://a.example/1.png", "https://a.example/2.png"] }, "input_reference", "invalid_request"],
  ])("with %j are refused", async (fields, param, code) => {
    const { status, error } = await sendOpenAi(await createTenant(), "/v1/videos", { prompt: "a cat", ...fields });
    expect({ status, ...error }).toMatchObject({ status: 400, code, param });
  });

  it("have no content before their end, and only known variants", async () => {
    const tenant = await createTenant();
    const { id } = await openAiClient(tenant).client.videos.create({ prompt: "a cat [[sim: never]]" });
    const early = await get(tenant, `/v1/videos/${id}/content?video_id=x`);
    expect({ status: early.status, ...early.error }).toMatchObject({ status: 404, type: "invalid_request_error" });
    const variant = await get(tenant, `/v1/videos/${id}/content?variant=spritesheet`);
    expect({ status: variant.status, ...variant.error }).toMatchObject({ status: 400, param: "variant" });
  });

  it("are not found under the ids of images, of another tenant, or of nothing", async () => {
    const tenant = await createTenant();
    const { data } = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: { model: "Imagen Nano Banana 2", taskName: "a", type: "txt", prompt: "a cat [[sim: fail]]" },
    });
    const { id } = await openAiClient(await createTenant()).client.videos.create({ prompt: "a cat [[sim: fail]]" });
    for (const wrong of [`video_${data.taskId}`, id, "video_1", "1", "video_x"]) {
      for (const method of ["GET", "DELETE"]) {
        const { status, error } = await get(tenant, `/v1/videos/${wrong}`, method);
        expect({ status, ...error }, wrong).toMatchObject({ status: 404, code: "not_found" });
      }
    }
  });

  it.each([
    ...["limit=0", "limit=101", "limit=x", "limit=2&limit=3", "order=up", "order=", "after=7", "after="],
    ...["before=7", "status=completed", "model=sora-2", "x=1"],
  ])("refuse the list parameter %s", async (query) => {
    const { status, error } = await get(await createTenant(), `/v1/videos?${query}`);
    expect({ status, param: error.param }).toEqual({ status: 400, param: query.split("=")[0] });
  });
});

describe("models", () => {
  it("are listed by alias and found by alias or name", async () => {
    const { client } = openAiClient(await createTenant());
    const { data } = await client.models.list();
    expect(data.map(({ id, owned_by }) => [id, owned_by])).toEqual([
      ["nano-banana-2", "paddock"],
      ["seedance-2.0", "paddock"],
    ]);
    expect(await client.models.retrieve("Seedance 2.0")).toEqual(data[1]);
    const wrong = client.models.retrieve("gpt-image-1");
    await expect(wrong).rejects.toMatchObject({ status: 404, code: "model_not_found", param: "model" });
  });

  it("that the key may not use are not listed", async () => {
    const { client } = openAiClient(await createTenant({}, { models: ["Seedance 2.0"] }));
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["seedance-2.0"]);
    const wrong = client.images.generate({ prompt: "a cat" });
    await expect(wrong).rejects.toMatchObject({ status: 403, code: "permission_denied" });
  });

  it("that do not exist are 404 in a submission", async () => {
    const { client } = openAiClient(await createTenant());
    const wrong = client.images.generate({ model: "dall-e-3", prompt: "a cat" });
    await expect(wrong).rejects.toMatchObject({ status: 404, code: "model_not_found", param: "model" });
  });
});

describe("errors", () => {
  it("of credentials are AuthenticationError", async () => {
    for (const key of ["sk-none", "pdk_forged"]) {
      const wrong = openAiClient({ key }).client.models.list();
      await expect(wrong).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
      await expect(wrong).rejects.toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
    }
  });

  it("of a prepaid tenant without credits are 402 insufficient_quota", async () => {
    const { client, requests } = openAiClient(await createTenant({ billing: "prepaid" }));
    const wrong = client.images.generate({ prompt: "a cat" });
    await expect(wrong).rejects.toMatchObject({ status: 402, code: "insufficient_quota" });
    expect(requests).toHaveLength(1);
  });

  it("of a rate limit are RateLimitError, with the headers of the tenant API", async () => {
    const tenant = await createTenant({ requestsPerMinute: 1 });
    const { client } = openAiClient(tenant);
    const { response } = await client.models.list().withResponse();
    expect(response.headers.get("ratelimit")).toMatch(/"requests";r=0/);
    expect(response.headers.get("x-request-id")).not.toBeNull();
    const again = client.models.list({ maxRetries: 0 });
    await expect(again).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(again).rejects.toMatchObject({ code: "rate_limit_exceeded" });
  });

  it.each(["", "/api/v1"])("say what a base URL ends in that lacks it: %j", async (path) => {
    const { client } = openAiClient(await createTenant());
    const misled = client.withOptions({ baseURL: BASE + path });
    await expect(misled.images.generate({ prompt: "a cat" })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("the base URL of an OpenAI client ends in /v1"),
    });
  });

  it("of paths, methods and bodies have the same shape", async () => {
    const tenant = await createTenant();
    const path = await get(tenant, "/v1/chat/completions");
    expect({ status: path.status, ...path.error }).toMatchObject({ status: 404, code: "not_found" });
    expect(path.error.message).toContain("images/generations, images/edits, videos and models");
    const method = await get(tenant, "/v1/images/generations");
    expect({ status: method.status, ...method.error }).toMatchObject({ status: 405, code: "method_not_allowed" });
    expect(method.headers.get("allow")).toBe("POST");
    const body = await call("POST", `${BASE}/v1/videos`, { headers: tenant.auth, body: "{" });
    expect(JSON.parse(body.text)).toMatchObject({ error: { code: "invalid_request", param: null } });
    const filter = await get(tenant, "/v1/models?owned_by=paddock");
    expect({ status: filter.status, ...filter.error }).toMatchObject({ status: 400, param: "owned_by" });
    const none = await call("GET", `${BASE}/v1/models`);
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const large = await call("POST", `${BASE}/v1/videos`, {
      headers: tenant.auth,
      body: { prompt: "a".repeat(300_000) },
    });
    expect([large.status, (JSON.parse(large.text) as { error: OpenAiError }).error.code]).toEqual([
      413,
      "invalid_request",
    ]);
    const coded = await call("POST", `${BASE}/v1/videos`, {
      headers: { ...tenant.auth, "content-encoding": "gzip" },
      body: { prompt: "a cat" },
    });
    expect([coded.status, JSON.parse(coded.text)]).toMatchObject([415, { error: { type: "invalid_request_error" } }]);
  });

  it("of a suspended tenant are 403, and none is repeated", async () => {
    const tenant = await createTenant();
    await call("PATCH", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR, body: { status: "suspended" } });
    const { client, requests } = openAiClient(tenant);
    const wrong = client.videos.create({ prompt: "a cat" });
    await expect(wrong).rejects.toMatchObject({ status: 403, code: "permission_denied" });
    expect(requests).toHaveLength(1);
  });

  it("allow pages what the credential allows: preflights, and a token's own videos only", async () => {
    const tenant = await createTenant();
    const preflight = await call("OPTIONS", `${BASE}/v1/videos`, {
      headers: { origin: "https://a.example", "access-control-request-headers": "x-stainless-os,authorization" },
    });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("x-stainless-os");
    const mint = async (endUser: string) => {
      const body = { endUser, allowedOrigins: ["https://a.example"] };
      const { data } = await call<{ token: string }>("POST", "/api/v1/client-tokens", { headers: tenant.auth, body });
      return openAiClient({ key: data.token }, { origin: "https://a.example" }).client;
    };
    const [ann, ben] = [await mint("ann"), await mint("ben")];
    const { id } = await ann.videos.create({ prompt: "a cat [[sim: fail]]" });
    expect((await ann.videos.list()).data.map((video) => video.id)).toEqual([id]);
    expect((await ben.videos.list()).data).toEqual([]);
    await expect(ben.videos.retrieve(id)).rejects.toMatchObject({ status: 403, code: "permission_denied" });
    const secret = openAiClient(tenant, { origin: "https://a.example" }).client.models.list();
    await expect(secret).rejects.toMatchObject({ status: 403, code: "permission_denied" });
  });
});

describe("a publishable key", () => {
  it("creates and retrieves from its origins; lists, models and other origins are 403", async () => {
    const tenant = await createTenant();
    const origin = "https://a.example";
    const { data } = await call<{ key: string }>("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, {
      headers: OPERATOR,
      body: { name: "page", kind: "publishable", allowedOrigins: [origin] },
    });
    const { client } = openAiClient(data, { origin });
    const video = await client.videos.create({ prompt: "a cat [[sim: fail]]" });
    expect((await client.videos.retrieve(video.id)).id).toBe(video.id);
    const image = client.images.generate({ prompt: "a cat [[sim: fail]]" });
    await expect(image).rejects.toMatchObject({ status: 422, code: "generation_failed" });
    const elsewhere = openAiClient(data, { origin: "https://b.example" }).client;
    const refused = [
      () => client.videos.list(),
      () => client.models.list(),
      () => elsewhere.videos.create({ prompt: "a cat" }),
    ];
    for (const one of refused) await expect(one()).rejects.toMatchObject({ status: 403, code: "permission_denied" });
  });
});

describe("webhooks.unwrap", () => {
  it("verifies the gateway's webhooks, and refuses another secret", async () => {
    const tenant = await createTenant();
    const inbox = await openInbox();
    const hook = await call<{ secret: string }>("PUT", "/api/v1/webhook", {
      ...{ headers: tenant.auth, body: { url: inbox.url } },
    });
    const { client } = openAiClient(tenant);
    await client.videos.create({ prompt: "a cat" });
    const [webhook] = await inbox.until(1);
    const { body = "", headers = {} } = webhook ?? {};
    const event = await client.webhooks.unwrap(body, headers, hook.data.secret);
    expect((event as unknown as { type: string }).type).toBe("task.completed");
    await expect(client.webhooks.unwrap(body, headers, `whsec_${btoa("another")}`)).rejects.toThrow();
  });
});
