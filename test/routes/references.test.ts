/** References of a submission that are uploads or bytes. */
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { encodeBase64 } from "../../src/lib/bytes.ts";
import { type Answer, BASE, call, createTenant, getBytes, IMAGE, type TestTenant } from "../support/gateway.ts";
import { mp3, mp4, png } from "../support/media.ts";
import { balanceOf, giveCredits, tokenFor } from "../support/operator.ts";
import { sqlIn } from "../support/tenant-object.ts";
import { uniqueTag, upstreamRequests } from "../support/upstream.ts";

const { FILES } = env as unknown as Bindings;
const VIDEO = {
  model: "Seedance 2.0",
  taskName: "video",
  type: "img_vid_aud_txt",
  prompt: "a cat",
  durationSeconds: 5,
};
const GONE = "is no file of yours, or it has expired or was deleted";

type Auth = Readonly<Record<string, string>>;
interface Refused {
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}

afterEach(() => void vi.useRealTimers());

const dataUri = (bytes: Uint8Array, type = "image/png") => `data:${type};base64,${encodeBase64(bytes)}`;

function submit(headers: Auth, body: object, path = "generate"): Promise<Answer<{ taskId: number } & Refused>> {
  return call("POST", `/api/v1/task/${path}`, { headers, body: { ...IMAGE, type: "img_txt", ...body } });
}

async function upload(headers: Auth, body: Uint8Array<ArrayBuffer>): Promise<{ fileId: string; url: string }> {
  const response = await exports.default.fetch(new Request(`${BASE}/api/v1/files`, { method: "POST", headers, body }));
  return ((await response.json()) as { data: { fileId: string; url: string } }).data;
}

/** The references that the upstream got with this prompt. */
async function submitted(prompt: string, field = "refImageUrls"): Promise<string[]> {
  const [request] = await upstreamRequests(prompt);
  return (JSON.parse(request?.body ?? "{}") as Record<string, string[]>)[field] ?? [];
}

const rows = ({ tenantId }: TestTenant) =>
  sqlIn<{ file_id: string; under_way: number; expires_at: number; bytes: number }>(tenantId, "SELECT * FROM uploads");
const stored = async ({ tenantId }: TestTenant) =>
  (await FILES.list({ prefix: `uploads/${tenantId}/` })).objects.map(({ key }) => key);

describe("a fileId as a reference", () => {
  it("reaches the upstream as the upload's URL with its extension, and lives as long as the task may", async () => {
    const tenant = await createTenant();
    const { fileId, url } = await upload(tenant.auth, png(300));
    await sqlIn(tenant.tenantId, "UPDATE uploads SET expires_at = ?", Date.now() + 60_000);
    const prompt = uniqueTag("file-id");
    const answer = await submit(tenant.auth, { prompt, refImageUrls: ["https://example.com/a.jpg", fileId] });
    expect(answer).toMatchObject({ status: 200, code: 0 });
    expect(await submitted(prompt)).toEqual(["https://example.com/a.jpg", url]);
    expect((await getBytes(url)).bytes).toEqual(png(300));
    expect((await rows(tenant))[0]?.expires_at).toBeGreaterThan(Date.now() + 5 * 3_600_000);
    const shown = await call<{ refImageUrls: string[] }>("GET", `/api/v1/query/${answer.data.taskId}`, {
      headers: tenant.auth,
    });
    expect(shown.data.refImageUrls).toEqual(["https://example.com/a.jpg", url]);
  });

  it("works in all three fields of a video", async () => {
    const tenant = await createTenant();
    const files = { image: png(300), video: mp4(400), audio: mp3(4) };
    const image = await upload(tenant.auth, files.image);
    const video = await upload(tenant.auth, files.video);
    const audio = await upload(tenant.auth, files.audio);
    const prompt = uniqueTag("three");
    const body = { ...VIDEO, prompt, refImageUrls: [image.fileId], refVideoUrls: [video.fileId] };
    const answer = await submit(tenant.auth, { ...body, refAudioUrls: [audio.fileId, dataUri(files.audio)] });
    expect(answer).toMatchObject({ status: 200 });
    expect(await submitted(prompt)).toEqual([image.url]);
    expect(await submitted(prompt, "refVideoUrls")).toEqual([video.url]);
    const sound = await submitted(prompt, "refAudioUrls");
    expect(sound[0]).toBe(audio.url);
    expect(sound[1]).toMatch(/^https:\/\/gateway\.test\/uploads\/[\w-]{40}\.mp3$/);
  });

  it.each([
    "generate",
    "estimate",
  ])("of another tenant, end user or kind, expired or deleted is 30001 (%s)", async (path) => {
    const tenant = await createTenant();
    const other = await createTenant();
    const ann = await tokenFor(tenant, { endUser: "ann" });
    const bob = await tokenFor(tenant, { endUser: "bob" });
    const own = await upload(tenant.auth, png(300));
    const ofAnn = await upload(ann, png(300));
    const video = await upload(tenant.auth, mp4(400));
    const refused = async (headers: Auth, ids: string[], message: RegExp | string, index = 0) => {
      const answer = await submit(headers, { refImageUrls: ids }, path);
      expect(answer).toMatchObject({ status: 400, code: 30001 });
      expect(answer.data.issues).toEqual([{ path: `refImageUrls.${index}`, message: expect.stringMatching(message) }]);
    };
    await refused(other.auth, [own.fileId], GONE);
    await refused(bob, [ofAnn.fileId], GONE);
    await refused(ann, [ofAnn.fileId, own.fileId], GONE, 1);
    await refused(tenant.auth, [own.fileId, "file_0000000000000000"], GONE, 1);
    await refused(tenant.auth, [video.fileId], /video\/mp4/);
    expect((await submit(ann, { refImageUrls: [ofAnn.fileId] }, path)).status).toBe(200);
    expect((await submit(tenant.auth, { refImageUrls: [ofAnn.fileId] }, path)).status).toBe(200);
    await call("DELETE", `/api/v1/files/${own.fileId}`, { headers: tenant.auth });
    await refused(tenant.auth, [own.fileId], GONE);
    await sqlIn(tenant.tenantId, "UPDATE uploads SET expires_at = ?", Date.now() - 1);
    await refused(ann, [ofAnn.fileId], GONE);
  });

  it("that is not complete is refused", async () => {
    const tenant = await createTenant();
    const { fileId } = await upload(tenant.auth, png(300));
    await sqlIn(tenant.tenantId, "UPDATE uploads SET under_way = 1");
    const answer = await submit(tenant.auth, { refImageUrls: [fileId] });
    expect(answer).toMatchObject({ status: 400, msg: "refImageUrls.0: is not uploaded yet" });
  });

  it("has a signed URL where the tenant's links are signed", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { fileId } = await upload(tenant.auth, png(300));
    const prompt = uniqueTag("signed");
    expect((await submit(tenant.auth, { prompt, refImageUrls: [fileId] })).status).toBe(200);
    const [url = ""] = await submitted(prompt);
    expect(url).toMatch(/\.png\?expires=\d+&signature=/);
    expect((await getBytes(url)).status).toBe(200);
  });

  it("has the origin of the operator, whatever host the caller chose", async () => {
    const tenant = await createTenant();
    const { fileId } = await upload(tenant.auth, png(300));
    const prompt = uniqueTag("host");
    await call("POST", "https://chosen.example/api/v1/task/generate", {
      headers: tenant.auth,
      body: { ...IMAGE, type: "img_txt", prompt, refImageUrls: [fileId] },
    });
    expect((await submitted(prompt))[0]).toMatch(/^https:\/\/gateway\.test\//);
  });

  it("is replaced in a replay by nothing: the first answer counts, though the file is gone", async () => {
    const tenant = await createTenant();
    const { fileId } = await upload(tenant.auth, png(300));
    const headers = { ...tenant.auth, "x-idempotency-key": "one" };
    const first = await submit(headers, { refImageUrls: [fileId] });
    await call("DELETE", `/api/v1/files/${fileId}`, { headers: tenant.auth });
    const again = await submit(headers, { refImageUrls: [fileId] });
    expect(again).toMatchObject({ status: 200, data: { taskId: first.data.taskId } });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
  });
});

describe("a data: URI as a reference", () => {
  it("is stored as an upload and reaches the upstream as its URL", async () => {
    const tenant = await createTenant();
    const prompt = uniqueTag("data");
    const file = png(600_000);
    const answer = await submit(tenant.auth, { prompt, refImageUrls: [dataUri(file), dataUri(file)] });
    expect(answer).toMatchObject({ status: 200, code: 0 });
    const urls = await submitted(prompt);
    expect(urls).toHaveLength(2);
    expect(urls[0]).toMatch(/^https:\/\/gateway\.test\/uploads\/[\w-]{40}\.png$/);
    expect(urls[1]).toBe(urls[0]);
    const served = await getBytes(urls[0] ?? "");
    expect(served.headers.get("content-type")).toBe("image/png");
    expect(served.bytes).toEqual(file);
    expect(await rows(tenant)).toMatchObject([{ under_way: 0, bytes: file.length }]);
  });

  it("is stored once however often it is sent, and a repeated submission is a replay", async () => {
    const tenant = await createTenant();
    const headers = { ...tenant.auth, "x-idempotency-key": "again" };
    const body = { refImageUrls: [dataUri(png(900))] };
    const answers = await Promise.all([1, 2, 3].map(() => submit(headers, body)));
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const again = await submit(headers, body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.data.taskId).toBe(accepted[0]?.data.taskId);
    expect(await submit(headers, { refImageUrls: [dataUri(png(901))] })).toMatchObject({ status: 422, code: 70003 });
    expect((await submit(tenant.auth, body)).data.taskId).not.toBe(again.data.taskId);
    const complete = (await rows(tenant)).filter(({ under_way }) => under_way === 0);
    expect(complete).toHaveLength(1);
  });

  it("is stored apart for each end user and tenant", async () => {
    const tenant = await createTenant();
    const users = [await tokenFor(tenant, { endUser: "ann" }), await tokenFor(tenant, { endUser: "bob" }), tenant.auth];
    const urls = new Set<string | undefined>();
    for (const headers of [...users, (await createTenant()).auth]) {
      const prompt = uniqueTag("owners");
      expect((await submit(headers, { prompt, refImageUrls: [dataUri(png(500))] })).status).toBe(200);
      urls.add((await submitted(prompt))[0]);
    }
    expect(urls.size).toBe(4);
  });

  it("of a refused submission is deleted within minutes, and does not block others", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    for (const size of [300, 301, 302]) {
      expect(await submit(tenant.auth, { refImageUrls: [dataUri(png(size))] })).toMatchObject({ code: 60001 });
    }
    for (const { under_way, expires_at } of await rows(tenant)) {
      expect(under_way).toBe(2);
      expect(expires_at).toBeLessThanOrEqual(Date.now() + 6 * 60_000);
    }
    await giveCredits(tenant.tenantId, 1_000);
    expect((await submit(tenant.auth, { refImageUrls: [dataUri(png(300))] })).status).toBe(200);
    expect((await rows(tenant)).filter(({ under_way }) => under_way === 0)).toHaveLength(1);
    expect(await stored(tenant)).toHaveLength(3);
  });

  it.each([
    "generate",
    "estimate",
  ])("that is no file of its kind is refused, and nothing is stored (%s)", async (path) => {
    const tenant = await createTenant();
    const bad = [dataUri(png(300)), dataUri(mp4(400)), "data:image/png;base64,AA*A", dataUri(png(300).slice(0, 200))];
    const answer = await submit(tenant.auth, { refImageUrls: bad }, path);
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(answer.data.issues?.map((issue) => issue.path)).toEqual([
      "refImageUrls.1",
      "refImageUrls.2",
      "refImageUrls.3",
    ]);
    expect(await submit(tenant.auth, { refImageUrls: Array(6).fill(dataUri(png(300))) }, path)).toMatchObject({
      code: 30001,
      msg: "refImageUrls: at most 5 entries",
    });
    expect(await rows(tenant)).toEqual([]);
  });

  it("costs nothing and is not stored in an estimate", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    await giveCredits(tenant.tenantId, 100);
    const answer = await submit(tenant.auth, { refImageUrls: [dataUri(png(300_000))] }, "estimate");
    expect(answer).toMatchObject({ status: 200, data: { affordable: true } });
    expect(await rows(tenant)).toEqual([]);
    expect(await balanceOf(tenant.tenantId)).toBe(100);
  });

  it("raises the limit of the body to 4 MiB, for its own bytes only", async () => {
    const tenant = await createTenant();
    const large = { status: 413, code: 70006 };
    const file = dataUri(png(2_900_000));
    expect((await submit(tenant.auth, { refImageUrls: [file] })).status).toBe(200);
    expect(await submit(tenant.auth, { refImageUrls: [file, dataUri(png(400_000))] })).toMatchObject(large);
    expect(await submit(tenant.auth, { refImageUrls: [dataUri(png(300))], prompt: "x".repeat(300_000) })).toMatchObject(
      large,
    );
    expect(await submit(tenant.auth, { type: "txt", prompt: `${"x".repeat(300_000)} "data:` })).toMatchObject(large);
    expect(await submit(tenant.auth, { type: "txt", refVideoUrls: [dataUri(mp4(400_000))] })).toMatchObject(large);
    expect(await submit(tenant.auth, { prompt: "x".repeat(5_000_000) })).toMatchObject(large);
  });

  it("takes memory that a tenant has only a part of", async () => {
    const tenant = await createTenant();
    const body = { refImageUrls: [dataUri(png(2_900_000))] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit(tenant.auth, body)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 429]);
    for (const { status, headers } of answers) if (status === 429) expect(headers.get("retry-after")).toBeTruthy();
    expect((await submit(tenant.auth, body)).status).toBe(200);
  });

  it("of a publishable key is its own", async () => {
    const origin = "https://shop.example";
    const tenant = await createTenant({}, { kind: "publishable", allowedOrigins: [origin] });
    const answer = await submit({ ...tenant.auth, origin }, { refImageUrls: [dataUri(png(300))] });
    expect(answer).toMatchObject({ status: 200 });
  });
});
