import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { hashKey } from "../../src/domain/key-format.ts";
import { BASE, call, createTenant, IMAGE, type TestTenant } from "../support/gateway.ts";
import { jpeg, mp3, mp4, pieces, png, text } from "../support/media.ts";
import { operate, tokenFor } from "../support/operator.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";
import { uniqueTag, upstreamFiles, upstreamTasks } from "../support/upstream.ts";

const { FILES } = env as unknown as Bindings;
const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

interface Uploaded {
  fileId: string;
  url: string;
  contentType: string;
  bytes: number;
  expiresAt: string;
}

interface Answer {
  status: number;
  code: number;
  msg: string;
  data: Uploaded & { issues?: { path: string; message: string }[] };
  headers: Headers;
}

afterEach(() => void vi.useRealTimers());

async function upload(
  tenant: Pick<TestTenant, "auth">,
  body: Uint8Array<ArrayBuffer> | FormData | ReadableStream<Uint8Array> | null,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request = new Request(`${BASE}/api/v1/files`, {
    method: "POST",
    body,
    headers: { ...tenant.auth, ...headers },
  });
  const response = await exports.default.fetch(request);
  const envelope = (await response.json()) as Omit<Answer, "status" | "headers">;
  return { ...envelope, status: response.status, headers: response.headers };
}

function form(data: Uint8Array<ArrayBuffer>, name = "file", type = "image/png"): FormData {
  const fields = new FormData();
  fields.set("note", "before the file");
  fields.set(name, new File([data], "cat.png", { type }));
  return fields;
}

/** The keys of everything in R2 that belongs to uploads. */
const storedUploads = async () =>
  (await FILES.list({ prefix: "uploads/", limit: 1_000 })).objects.map(({ key }) => key);

describe("a form with more than one file", () => {
  it.each(["file", "image"])("is refused, and nothing of it is stored: `file` and `%s`", async (second) => {
    const tenant = await createTenant();
    const before = await storedUploads();
    for (const order of [0, 1]) {
      const fields = new FormData();
      const names = order === 0 ? ["file", second] : [second, "file"];
      for (const name of names) fields.append(name, new File([png(300)], "cat.png", { type: "image/png" }));
      fields.append("note", "behind the files");
      const refused = await upload(tenant, fields);
      expect(refused).toMatchObject({ status: 400, code: 30001 });
      expect(refused.msg).toMatch(/^file: must be the only file/);
    }
    expect(await storedUploads()).toEqual(before);
  });

  it("is accepted if the others are inputs in which nothing was chosen", async () => {
    const fields = form(png(300));
    fields.append("other", new File([], "", { type: "application/octet-stream" }));
    expect(await upload(await createTenant(), fields)).toMatchObject({ status: 200, data: { bytes: 300 } });
  });
});

const get = (url: string, headers: Record<string, string> = {}, method = "GET") =>
  exports.default.fetch(new Request(url, { method, headers }));

const statusOf = async (url: string) => {
  const response = await get(url);
  await response.body?.cancel();
  return response.status;
};

async function stored({ tenantId }: TestTenant): Promise<number> {
  return (await FILES.list({ prefix: `uploads/${tenantId}/` })).objects.length;
}

const rows = ({ tenantId }: TestTenant) =>
  sqlIn<{ file_id: string; bytes: number; expires_at: number }>(tenantId, "SELECT * FROM uploads");

/** The object forgets its memory and its alarm runs, until the condition holds. */
async function alarmUntil({ tenantId }: TestTenant, holds: () => Promise<boolean>): Promise<void> {
  await evictDurableObject(tenantStub(tenantId));
  await until("the alarm's work", async () => {
    await runInDurableObject(tenantStub(tenantId), (_instance, state) => state.storage.setAlarm(Date.now()));
    await runDurableObjectAlarm(tenantStub(tenantId));
    return holds();
  });
}

describe("POST /api/v1/files", () => {
  it("takes the bytes as the body and returns their type, whatever type was declared", async () => {
    const tenant = await createTenant();
    const data = jpeg(5_000);
    const before = Date.now();
    const answer = await upload(tenant, data, { "content-type": "video/mp4" });
    expect(answer).toMatchObject({ status: 200, code: 0 });
    expect(answer.data).toEqual({
      fileId: expect.stringMatching(/^file_[0-9a-f]{16}$/),
      url: expect.stringMatching(/^https:\/\/gateway\.test\/uploads\/[A-Za-z0-9_-]{40}\.[a-z0-9]+$/),
      contentType: "image/jpeg",
      bytes: 5_000,
      expiresAt: expect.any(String),
    });
    expect(Date.parse(answer.data.expiresAt) - before).toBeGreaterThan(6.9 * DAY_MS);
    expect(answer.headers.get("ratelimit")).toBeTruthy();
    const response = await get(answer.data.url);
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.bytes()).toEqual(data);
    const part = await get(answer.data.url, { range: "bytes=0-9" });
    expect(part.status).toBe(206);
    expect(await part.bytes()).toEqual(data.slice(0, 10));
    expect((await get(answer.data.url, {}, "HEAD")).headers.get("content-length")).toBe("5000");
    expect((await get(answer.data.url, {}, "DELETE")).status).toBe(405);
    const unknown = answer.data.url.replace(/[^/]+$/, "x");
    for (const method of ["DELETE", "PUT"]) expect((await get(unknown, {}, method)).status).toBe(405);
    expect((await get(unknown)).status).toBe(404);
  });

  it.each([
    ["video/mp4", mp4(4_000), "mp4"],
    ["audio/mpeg", mp3(20), "mp3"],
  ])("takes %s; its URL has an extension, and works with any other and none", async (contentType, data, extension) => {
    const { data: file } = await upload(await createTenant(), data);
    expect(file).toMatchObject({ contentType, bytes: data.length });
    expect(file.url).toMatch(new RegExp(`/uploads/[\\w-]{40}\\.${extension}$`));
    expect(await (await get(file.url)).bytes()).toEqual(data);
    for (const other of ["", ".PNG", ".x"]) {
      const url = file.url.replace(`.${extension}`, other);
      expect(await statusOf(url)).toBe(200);
      const { headers } = await get(`${url}?download`, {}, "HEAD");
      expect(headers.get("content-type")).toBe(contentType);
      expect(headers.get("content-disposition")).toMatch(
        new RegExp(`^attachment; filename="[\\w-]{40}\\.${extension}"$`),
      );
    }
  });

  it("takes a form with a field `file`", async () => {
    const data = png(3_000);
    const answer = await upload(await createTenant(), form(data, "file", "text/html"));
    expect(answer.data).toMatchObject({ contentType: "image/png", bytes: 3_000 });
    expect(await (await get(answer.data.url)).bytes()).toEqual(data);
  });

  it("takes a body without a declared length", async () => {
    const left = pieces(png(200_000), 50_000);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = left.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    expect((await upload(await createTenant(), body)).data).toMatchObject({ bytes: 200_000 });
  });

  it.each([
    ["HTML", text("<!doctype html><script>alert(1)</script>"), "image/png"],
    ["SVG", text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "image/svg+xml"],
    ["XML with SVG in it", text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), "image/svg+xml"],
    ["JavaScript", text("alert(document.domain)"), "text/javascript"],
    ["PDF", text("%PDF-1.7\n1 0 obj"), "image/png"],
    ["a program", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), "image/png"],
    ["a cut PNG", png(3_000).slice(0, 2_000), "image/png"],
  ])("refuses %s and stores nothing", async (_name, data, contentType) => {
    const tenant = await createTenant();
    for (const body of [data, form(data, "file", contentType)]) {
      const answer = await upload(tenant, body, body instanceof FormData ? {} : { "content-type": contentType });
      expect(answer).toMatchObject({ status: 400, code: 30001 });
      expect(answer.data.issues).toEqual([{ path: "file", message: expect.any(String) }]);
    }
    expect(await stored(tenant)).toBe(0);
    expect(await rows(tenant)).toEqual([]);
  });

  it("refuses nothing at all, and a form without the field", async () => {
    const tenant = await createTenant();
    for (const body of [null, new Uint8Array(0), form(png(300), "image"), form(new Uint8Array(0))]) {
      expect(await upload(tenant, body)).toMatchObject({ status: 400, code: 30001 });
    }
    const unfinished = text('--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc');
    const broken = await upload(tenant, unfinished, { "content-type": "multipart/form-data; boundary=x" });
    expect(broken).toMatchObject({ status: 400, code: 30001 });
    expect(await rows(tenant)).toEqual([]);
  });

  it("refuses an image over 30 MiB, declared or not, but not one of 30 MiB", async () => {
    const tenant = await createTenant();
    const limit = 30 * 2 ** 20;
    const large = png(limit + 1);
    expect(await upload(tenant, large)).toMatchObject({ status: 413, code: 70006, msg: "The file exceeds 30 MiB" });
    expect(await upload(tenant, form(large))).toMatchObject({ status: 413, code: 70006 });
    expect(await upload(tenant, png(limit))).toMatchObject({ status: 200, data: { bytes: limit } });
    expect(await stored(tenant)).toBe(1);
  });

  it("refuses over 200 MiB before it is sent", async () => {
    const tenant = await createTenant();
    const answer = await upload(tenant, png(300), { "content-length": String(201 * 2 ** 20) });
    expect(answer).toMatchObject({ status: 413, code: 70006 });
  });

  it("is for keys with the scope `files`, and for tokens of such keys", async () => {
    const without = await createTenant({}, { scopes: ["generate", "read"] });
    expect(await upload(without, png(300))).toMatchObject({ status: 403, code: 20002 });
    const publishable = await createTenant({}, { kind: "publishable", allowedOrigins: ["https://shop.example"] });
    expect(await upload(publishable, png(300), { origin: "https://shop.example" })).toMatchObject({ code: 20002 });
    const tenant = await createTenant();
    expect((await upload({ auth: await tokenFor(tenant, { endUser: "ann" }) }, png(300))).status).toBe(200);
    expect(await upload({ auth: { authorization: "Bearer pdk_x" } }, png(300))).toMatchObject({ status: 401 });
  });

  it("is counted against the tenant's quota, as much as it may become while it is coming", async () => {
    const tenant = await createTenant();
    await upload(tenant, png(300));
    const [row] = await rows(tenant);
    await sqlIn(tenant.tenantId, "UPDATE uploads SET bytes = ? WHERE file_id = ?", 20 * GIB - 1_000, row?.file_id);
    expect(await upload(tenant, png(1_001))).toMatchObject({ status: 413, code: 70006 });
    expect((await upload(tenant, png(600))).status).toBe(200);
    expect(await upload(tenant, png(600))).toMatchObject({ status: 413, code: 70006 });
    // Without a length a whole step is reserved.
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(10)) });
    expect(await upload(tenant, endless)).toMatchObject({ status: 413, code: 70006 });
    expect((await upload(await createTenant(), png(600))).status).toBe(200);
  });

  it("frees what a refused upload had reserved", async () => {
    const tenant = await createTenant();
    await upload(tenant, text("no media file"));
    expect(await rows(tenant)).toEqual([]);
  });
});

describe("an uploaded file", () => {
  it("can be a reference of a task", async () => {
    const tenant = await createTenant();
    const { url } = (await upload(tenant, png(300))).data;
    const body = { ...IMAGE, type: "img_txt", refImageUrls: [url] };
    expect((await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body })).status).toBe(200);
  });

  it("is gone when deleted, which only its owner can do", async () => {
    const tenant = await createTenant();
    const { fileId, url } = (await upload(tenant, png(300))).data;
    const remove = (auth: { authorization: string }, id: string) =>
      call<{ fileId: string }>("DELETE", `/api/v1/files/${id}`, { headers: auth });
    const unknown = { status: 404, code: 40002 };
    expect(await remove((await createTenant()).auth, fileId)).toMatchObject(unknown);
    expect(await remove(await tokenFor(tenant, { endUser: "ann" }), fileId)).toMatchObject(unknown);
    expect(await statusOf(url)).toBe(200);
    expect(await remove(tenant.auth, fileId)).toMatchObject({ status: 200, data: { fileId } });
    expect(await statusOf(url)).toBe(410);
    expect(await stored(tenant)).toBe(0);
    expect(await remove(tenant.auth, fileId)).toMatchObject(unknown);
    expect(await remove(tenant.auth, "file_0")).toMatchObject(unknown);
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const own = await upload({ auth: ann }, png(300));
    expect((await remove(ann, own.data.fileId)).status).toBe(200);
  });

  it("goes by itself when it expires, and not before", async () => {
    const tenant = await createTenant();
    const { url, expiresAt } = (await upload(tenant, png(300))).data;
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    vi.setSystemTime(Date.parse(expiresAt) - 60_000);
    for (const _ of [1, 2]) await alarmUntil(tenant, async () => true);
    expect(await statusOf(url)).toBe(200);
    vi.setSystemTime(Date.parse(expiresAt) + 1_000);
    await alarmUntil(tenant, async () => (await rows(tenant)).length === 0);
    expect(await stored(tenant)).toBe(0);
    expect(await statusOf(url)).toBe(410);
  });

  it("that never arrived gives its place back within an hour, with whatever came of it", async () => {
    const tenant = await createTenant();
    const caller = await callerOf(tenant);
    const place = await tenantStub(tenant.tenantId).beginUpload(caller, 1_000);
    if (!place.ok) throw new Error(place.error.msg);
    await FILES.put(place.data.key, png(300));
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    vi.setSystemTime(Date.now() + 3_601_000);
    await alarmUntil(tenant, async () => (await rows(tenant)).length === 0);
    expect(await stored(tenant)).toBe(0);
    // The bytes turn up after all: nothing may stay that no row knows of.
    expect(await tenantStub(tenant.tenantId).finishUpload(place.data.fileId, 300, BASE)).toBeNull();
  });

  it("that is deleted while it is coming does not come into being", async () => {
    const tenant = await createTenant();
    const caller = await callerOf(tenant);
    const place = await tenantStub(tenant.tenantId).beginUpload(caller, 1_000);
    if (!place.ok) throw new Error(place.error.msg);
    await call("DELETE", `/api/v1/files/${place.data.fileId}`, { headers: tenant.auth });
    expect(await tenantStub(tenant.tenantId).finishUpload(place.data.fileId, 300, BASE)).toBeNull();
  });

  it("of a deleted tenant is gone", { timeout: 30_000 }, async () => {
    const tenant = await createTenant();
    const { url } = (await upload(tenant, png(300))).data;
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    await expect.poll(() => statusOf(url), { timeout: 12_000, interval: 200 }).toBe(410);
  });

  it.each([
    "/uploads/",
    "/uploads/abc",
    `/uploads/${"A".repeat(40)}`,
    `/uploads/${"A".repeat(40)}/x`,
    "/uploads/%00",
  ])("is nothing at %s", async (path) => {
    expect(await statusOf(BASE + path)).toBe(404);
  });
});

describe("an upload of a tenant with signed links", () => {
  it("has a link that works until it expires, and no other does", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { url, expiresAt } = (await upload(tenant, png(300))).data;
    const link = new URL(url);
    expect(Number(link.searchParams.get("expires")) * 1_000).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toContain("private");
    await response.body?.cancel();
    expect(await statusOf(url.replace(/\?.*/, ""))).toBe(403);
    expect(await statusOf(url.replace("expires=1", "expires=2"))).toBe(403);
    const other = (await upload(tenant, png(300))).data;
    expect(await statusOf(other.url.replace(/\?.*/, "") + link.search)).toBe(403);
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    vi.setSystemTime(Date.parse(expiresAt) + 2_000);
    expect(await statusOf(url)).toBe(403);
  });
});

/** The tenant's key as the Worker hands it to the object. */
async function callerOf(tenant: TestTenant) {
  return { kind: "key" as const, keyId: tenant.keyId, keyHash: await hashKey(tenant.key), origin: null };
}

describe("POST /api/v1/files/import", () => {
  const importFile = (tenant: Pick<TestTenant, "auth">, body: unknown) =>
    call<Uploaded & { issues?: { path: string; message: string }[] }>("POST", "/api/v1/files/import", {
      headers: tenant.auth,
      body,
    });
  const source = (path: string) => `${inject("simulatorUrl")}${path}`;

  it("stores what a URL has as an upload, which can be a reference by its fileId", async () => {
    const tenant = await createTenant();
    const prompt = uniqueTag("import");
    await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body: { ...IMAGE, prompt } });
    const [task] = await until("the upstream's task to end", async () => {
      const tasks = await upstreamTasks(prompt);
      return tasks[0]?.ended ? tasks : null;
    });
    const [file] = await upstreamFiles(task?.taskId ?? "");
    const answer = await importFile(tenant, { url: file?.url });
    expect(answer).toMatchObject({ status: 200, data: { contentType: file?.contentType, bytes: file?.bytes } });
    expect(await statusOf(answer.data.url)).toBe(200);
    expect(answer.headers.get("ratelimit")).toBeTruthy();
    const body = { ...IMAGE, type: "img_txt", refImageUrls: [answer.data.fileId] };
    expect((await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body })).status).toBe(200);
  });

  it("names what is wrong with the source, and keeps nothing", async () => {
    const tenant = await createTenant();
    const missing = await importFile(tenant, { url: source("/files/none.png") });
    expect(missing).toMatchObject({ status: 400, code: 30001 });
    expect(missing.data.issues).toEqual([
      { path: "url", message: expect.stringMatching(/^the source answered 4\d\d$/) },
    ]);
    const page = await importFile(tenant, { url: source("/_sim/tasks") });
    expect(page).toMatchObject({ status: 400, code: 30001, data: { issues: [{ path: "url" }] } });
    for (const url of [`${BASE}/files/x/0.png`, "ftp://example.com/a", "https://", "not a url", 5, undefined]) {
      const answer = await importFile(tenant, { url });
      expect(answer).toMatchObject({ status: 400, code: 30001, data: { issues: [{ path: "url" }] } });
    }
    expect(await importFile(tenant, { url: source("/x"), name: "x" })).toMatchObject({ code: 30001 });
    expect(await rows(tenant)).toEqual([]);
  });

  it("is for credentials that may upload", async () => {
    const without = await createTenant({}, { scopes: ["generate", "read"] });
    expect(await importFile(without, { url: source("/x") })).toMatchObject({ status: 403, code: 20002 });
    const tenant = await createTenant();
    const auth = await tokenFor(tenant, { endUser: "ann" });
    expect(await importFile({ auth }, { url: source("/x") })).toMatchObject({ status: 400, code: 30001 });
  });
});
