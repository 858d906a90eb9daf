/** Uploads in parts, over their signed URLs. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Answer, BASE, call, createTenant, getBytes, IMAGE, type TestTenant } from "../support/gateway.ts";
import { mp4, png, text } from "../support/media.ts";
import { operate, tokenFor } from "../support/operator.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";

const { FILES } = env as unknown as Bindings;
const MIB = 2 ** 20;
const PART = 16 * MIB;

interface Begun {
  uploadId: string;
  partBytes: number;
  parts: { partNumber: number; url: string }[];
  completeUrl: string;
  expiresAt: string;
}
interface Uploaded {
  fileId: string;
  url: string;
  contentType: string;
  bytes: number;
  expiresAt: string;
}
type Auth = Readonly<Record<string, string>>;

afterEach(() => void vi.useRealTimers());

const begin = (headers: Auth, body: object): Promise<Answer<Begun>> =>
  call("POST", "/api/v1/files/uploads", { headers, body });

async function begun(headers: Auth, bytes: number, contentType = "video/mp4"): Promise<Begun> {
  const answer = await begin(headers, { bytes, contentType });
  expect(answer).toMatchObject({ status: 200, code: 0 });
  return answer.data;
}

async function put(url: string, body: Uint8Array<ArrayBuffer> | ReadableStream, headers: Auth = {}) {
  const response = await exports.default.fetch(new Request(url, { method: "PUT", body, headers }));
  return {
    status: response.status,
    code: ((await response.json()) as { code: number }).code,
    headers: response.headers,
  };
}

const complete = (url: string) => call<Uploaded>("POST", url);

async function sendAll({ parts, partBytes }: Begun, file: Uint8Array<ArrayBuffer>): Promise<void> {
  for (const { partNumber, url } of parts) {
    const part = file.slice((partNumber - 1) * partBytes, partNumber * partBytes);
    expect(await put(url, part)).toMatchObject({ status: 200, code: 0 });
  }
}

const rows = ({ tenantId }: TestTenant) =>
  sqlIn<{ under_way: number; parts: string | null; bytes: number }>(tenantId, "SELECT * FROM uploads");
const keys = async ({ tenantId }: TestTenant) =>
  (await FILES.list({ prefix: `uploads/${tenantId}/` })).objects.map(({ key }) => key);
const sweep = ({ tenantId }: TestTenant, holds: () => Promise<boolean>) =>
  until("the sweep", async () => {
    await runInDurableObject(tenantStub(tenantId), (_instance, state) => state.storage.setAlarm(Date.now()));
    await runDurableObjectAlarm(tenantStub(tenantId));
    return holds();
  });

describe("an upload in parts", () => {
  it("is one file of parts in any order, also sent again, whose kind is known to submissions", {
    timeout: 180_000,
  }, async () => {
    const tenant = await createTenant();
    const file = mp4(2 * PART + 1_000);
    const upload = await begun(tenant.auth, file.length);
    expect(upload).toMatchObject({ uploadId: expect.stringMatching(/^file_/), partBytes: PART });
    expect(upload.parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3]);
    for (const at of [2, 0, 1, 2]) {
      expect((await put(upload.parts[at]?.url ?? "", file.slice(at * PART, (at + 1) * PART))).status).toBe(200);
    }
    const answer = await complete(upload.completeUrl);
    expect(answer).toMatchObject({
      status: 200,
      data: { fileId: upload.uploadId, contentType: "video/mp4", bytes: file.length },
    });
    expect(answer.data.url).toMatch(/^https:\/\/gateway\.test\/uploads\/[\w-]{40}\.mp4$/);
    expect(Date.parse(answer.data.expiresAt) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const served = await getBytes(answer.data.url);
    expect(served.headers.get("content-type")).toBe("video/mp4");
    expect(served.bytes.length).toBe(file.length);
    expect(served.bytes.every((byte, at) => byte === file[at])).toBe(true);
    expect(await keys(tenant)).toHaveLength(1);
    expect(await rows(tenant)).toMatchObject([{ under_way: 0, parts: null, bytes: file.length }]);
    const again = await complete(upload.completeUrl);
    expect(again.data).toEqual(answer.data);
    expect(await put(upload.parts[0]?.url ?? "", file.slice(0, PART))).toMatchObject({ status: 404, code: 40002 });
    const body = { ...IMAGE, type: "img_txt", refImageUrls: [upload.uploadId] };
    const wrongKind = await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body });
    expect(wrongKind).toMatchObject({ status: 400, code: 30001 });
  });

  it("is one file when several requests complete it at once", async () => {
    const tenant = await createTenant();
    const upload = await begun(tenant.auth, 5_000, "image/png");
    await sendAll(upload, png(5_000));
    const answers = await Promise.all([1, 2, 3, 4].map(() => complete(upload.completeUrl)));
    for (const { status, data } of answers) {
      expect(status).toBe(200);
      expect(data).toEqual(answers[0]?.data);
    }
    expect(await keys(tenant)).toHaveLength(1);
  });

  it("names the parts that are not there, and goes on", async () => {
    const tenant = await createTenant();
    const upload = await begun(tenant.auth, PART + 1_000);
    const file = mp4(PART + 1_000);
    expect((await put(upload.parts[1]?.url ?? "", file.slice(PART))).status).toBe(200);
    const answer = await complete(upload.completeUrl);
    expect(answer).toMatchObject({ status: 400, code: 30001, msg: "parts: part 1 is not uploaded" });
    expect((await put(upload.parts[0]?.url ?? "", file.slice(0, PART))).status).toBe(200);
    expect((await complete(upload.completeUrl)).status).toBe(200);
  });

  it("is refused by its content: at part 1 if that shows, otherwise at the end, and nothing stays", async () => {
    const tenant = await createTenant();
    const upload = await begun(tenant.auth, 10_000, "image/png");
    const page = new Uint8Array(10_000).fill(32);
    page.set(text("<!doctype html><p>hello"));
    expect(await put(upload.parts[0]?.url ?? "", page)).toMatchObject({ status: 400, code: 30001 });
    expect(await keys(tenant)).toEqual([]);
    const cut = await begun(tenant.auth, 10_000, "image/png");
    await sendAll(cut, png(12_000).slice(0, 10_000));
    expect(await complete(cut.completeUrl)).toMatchObject({ status: 400, code: 30001, msg: "file: is cut short" });
    expect(await keys(tenant)).toEqual([]);
    expect(await complete(cut.completeUrl)).toMatchObject({ status: 404, code: 40002 });
    const large = await begun(tenant.auth, 31 * MIB);
    const image = png(31 * MIB).slice(0, PART);
    expect(await put(large.parts[0]?.url ?? "", image)).toMatchObject({ status: 413, code: 70006 });
  });

  it("needs a length, and exactly that of the part", async () => {
    const tenant = await createTenant();
    const { parts } = await begun(tenant.auth, 1_000, "image/png");
    const url = parts[0]?.url ?? "";
    const body = new Response(png(1_000)).body?.pipeThrough(new TransformStream()) as ReadableStream;
    expect(await put(url, body)).toMatchObject({ status: 411, code: 30001 });
    expect(await put(url, png(1_001))).toMatchObject({ status: 413, code: 70006 });
    expect(await put(url, png(999))).toMatchObject({ status: 400, code: 30001 });
    expect(await put(url, png(1_000), { "content-encoding": "gzip" })).toMatchObject({ status: 415, code: 70008 });
    expect(await keys(tenant)).toEqual([]);
  });

  it("has URLs that nobody can change, with CORS, which end with the upload", async () => {
    const tenant = await createTenant();
    const other = await begun((await createTenant()).auth, 1_000, "image/png");
    const upload = await begun(tenant.auth, 1_000, "image/png");
    const url = upload.parts[0]?.url ?? "";
    const forged = [
      url.replace("/parts/1", "/parts/2"),
      url.replace("bytes=1000", "bytes=2000"),
      url.replace(upload.uploadId, other.uploadId),
      url.replace(/token=[\w-]+/, `token=${new URL(other.completeUrl).searchParams.get("token")}`),
      url.replace(/expires=1/, "expires=2"),
      url.replace(/signature=.*/, ""),
      upload.completeUrl.replace("/complete", "/parts/1"),
    ];
    for (const bad of forged) expect(await put(bad, png(1_000))).toMatchObject({ status: 403, code: 20002 });
    expect(await complete(url.replace("/parts/1", "/complete"))).toMatchObject({ status: 403, code: 20002 });
    const preflight = await exports.default.fetch(
      new Request(url, {
        method: "OPTIONS",
        headers: { origin: "https://shop.example", "access-control-request-method": "PUT" },
      }),
    );
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    const stored = await put(url, png(1_000), { origin: "https://shop.example" });
    expect(stored.headers.get("access-control-allow-origin")).toBe("*");
    await call("DELETE", `/api/v1/files/${upload.uploadId}`, { headers: tenant.auth });
    expect(await keys(tenant)).toEqual([]);
    expect(await put(url, png(1_000))).toMatchObject({ status: 404, code: 40002 });
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    vi.setSystemTime(Date.parse(other.expiresAt) + 1_000);
    expect(await complete(other.completeUrl)).toMatchObject({ status: 403, code: 20002 });
  });

  it.each([
    { bytes: 0, contentType: "image/png" },
    { bytes: 1.5, contentType: "image/png" },
    { bytes: "5", contentType: "image/png" },
    { contentType: "image/png" },
    { bytes: 5 },
    { bytes: 5, contentType: "text/html" },
    { bytes: 5, contentType: "image/png", name: "x" },
  ])("refuses %j", async (body) => {
    expect(await begin((await createTenant()).auth, body)).toMatchObject({ status: 400, code: 30001 });
  });

  it.each([
    "image/png",
    "audio/webm;codecs=opus",
    'VIDEO/MP4; codecs="avc1.42E01E, mp4a.40.2"',
    "application/octet-stream",
    "application/ogg",
  ])("takes what browsers and recorders declare: %s", async (contentType) => {
    const tenant = await createTenant();
    const upload = await begun(tenant.auth, 1_000, contentType);
    await put(upload.parts[0]?.url ?? "", png(1_000));
    expect(await complete(upload.completeUrl)).toMatchObject({
      code: 0,
      data: { contentType: "image/png", bytes: 1_000 },
    });
  });

  it("has bounds, and is for credentials that may upload", async () => {
    const tenant = await createTenant();
    const ann = await tokenFor(tenant, { endUser: "ann" });
    expect(await begin(tenant.auth, { bytes: 200 * MIB + 1, contentType: "video/mp4" })).toMatchObject({ status: 413 });
    const without = await createTenant({}, { scopes: ["generate", "read"] });
    expect(await begin(without.auth, { bytes: 5, contentType: "image/png" })).toMatchObject({
      status: 403,
      code: 20002,
    });
    const uploads = [];
    for (let at = 0; at < 4; at += 1) uploads.push(await begun(ann, 100 * MIB));
    expect(await begin(ann, { bytes: 5, contentType: "image/png" })).toMatchObject({ status: 429, code: 70002 });
    await call("DELETE", `/api/v1/files/${uploads[0]?.uploadId}`, { headers: ann });
    await begun(ann, 5, "image/png");
    expect(await rows(tenant)).toHaveLength(4);
    const bob = await tokenFor(tenant, { endUser: "bob" });
    expect((await call("DELETE", `/api/v1/files/${uploads[1]?.uploadId}`, { headers: bob })).status).toBe(404);
  });

  it("allows ten requests a part", async () => {
    const tenant = await createTenant();
    const { parts } = await begun(tenant.auth, 200, "image/png");
    await sqlIn(tenant.tenantId, "UPDATE uploads SET parts = json_set(parts, '$.tries', 19)");
    expect((await put(parts[0]?.url ?? "", png(200))).status).toBe(200);
    expect(await put(parts[0]?.url ?? "", png(200))).toMatchObject({ status: 429, code: 70002 });
  });

  it("ends with the key that began it, and with its tenant", async () => {
    const tenant = await createTenant();
    const { parts } = await begun(tenant.auth, 200, "image/png");
    const url = parts[0]?.url ?? "";
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "suspended" });
    expect(await put(url, png(200))).toMatchObject({ status: 403, code: 70004 });
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { status: "active" });
    expect((await put(url, png(200))).status).toBe(200);
    await operate("DELETE", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`);
    expect(await put(url, png(200))).toMatchObject({ status: 401, code: 20008 });
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect(await put(url, png(200))).toMatchObject({ status: 401, code: 20008 });
    await until("the files to be deleted", async () => (await keys(tenant)).length === 0);
  });

  it("ends with the text, the scope or the portal session that began it", async () => {
    const tenant = await createTenant();
    const { cookie } = await signIn(tenant);
    const token = await tokenFor(tenant, { endUser: "ann" });
    const inPortal = { cookie, ...SAME_ORIGIN };
    const portal = await call<Begun>("POST", portalPath({ cookie }, "/files/uploads"), {
      headers: inPortal,
      body: { bytes: 200, contentType: "image/png" },
    });
    const uploads = [await begun(tenant.auth, 200, "image/png"), await begun(token, 200, "image/png"), portal.data];
    const statuses = async () => {
      const sent = [];
      for (const { parts } of uploads) sent.push((await put(parts[0]?.url ?? "", png(200))).status);
      return sent;
    };
    const key = `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`;
    expect(await statuses()).toEqual([200, 200, 200]);
    await operate("PATCH", key, { scopes: ["generate", "read"] });
    expect(await statuses()).toEqual([401, 401, 200]);
    await operate("PATCH", key, { scopes: ["generate", "files"] });
    await operate("POST", `${key}/rotate`, { overlapSeconds: 3_600 });
    expect(await statuses()).toEqual([200, 200, 200]);
    await operate("POST", `${key}/rotate`, { overlapSeconds: 0 });
    expect(await statuses()).toEqual([401, 401, 200]);
    await operate("DELETE", `/tenants/${tenant.tenantId}/portal-sessions`);
    expect(await statuses()).toEqual([401, 401, 401]);
    for (const { completeUrl } of uploads)
      expect(await complete(completeUrl)).toMatchObject({ status: 401, code: 20008 });
  });

  it("that nobody completes is gone within a day, and parts left by a crash at the next sweep", async () => {
    const tenant = await createTenant();
    const left = await begun(tenant.auth, 200, "image/png");
    await sendAll(left, png(200));
    const done = await begun(tenant.auth, 300, "image/png");
    await sendAll(done, png(300));
    // The Worker ends between the completion of the row and the deletion of the parts.
    const state = "UPDATE uploads SET under_way = 0, content_type = 'image/png' WHERE file_id = ?";
    await sqlIn(tenant.tenantId, state, done.uploadId);
    await evictDurableObject(tenantStub(tenant.tenantId));
    await sweep(tenant, async () => (await keys(tenant)).length === 1);
    expect((await rows(tenant)).every(({ under_way, parts }) => under_way === 3 || parts === null)).toBe(true);
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    await evictDurableObject(tenantStub(tenant.tenantId));
    await sweep(tenant, async () => (await rows(tenant)).length === 0);
    expect(await keys(tenant)).toEqual([]);
  });

  it("that was interrupted while it was joined can be completed again", async () => {
    const tenant = await createTenant();
    const upload = await begun(tenant.auth, 400, "image/png");
    await sendAll(upload, png(400));
    const token = new URL(upload.completeUrl).searchParams.get("token") ?? "";
    // The Worker that joined the parts is gone, and the object was evicted.
    expect(await tenantStub(tenant.tenantId).beginCompletion(upload.uploadId, token, BASE)).toMatchObject({
      state: "ready",
    });
    expect(await tenantStub(tenant.tenantId).beginCompletion(upload.uploadId, token, BASE)).toEqual({ state: "busy" });
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect(await complete(upload.completeUrl)).toMatchObject({ status: 200, data: { bytes: 400 } });
  });
});
