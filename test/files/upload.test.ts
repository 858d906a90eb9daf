import { describe, expect, it } from "vitest";
import { receiveUpload, serveUpload, UPLOAD_LIMITS, UPLOAD_PACE, type UploadTarget } from "../../src/files/upload.ts";
import { endless, sameBytes, stream } from "../support/bodies.ts";
import { bucket } from "../support/file-world.ts";
import {
  aac,
  box,
  filler,
  ftyp,
  join,
  jpeg,
  movie,
  mp3,
  mp4,
  pieces,
  png,
  text,
  wav,
  webm,
  webp,
} from "../support/media.ts";

const URL = "https://gateway.example/api/v1/files";
let next = 0;

async function upload(
  body: BodyInit | null,
  headers: Record<string, string> = {},
  target: Partial<UploadTarget> = {},
  pace = UPLOAD_PACE,
) {
  const key = `uploads/t/${next++}`;
  const request = new Request(URL, { method: "POST", body, headers });
  const outcome = await receiveUpload(request, { bucket, key, ...target }, pace);
  const stored = await bucket.get(key);
  if (!outcome.ok) expect(stored).toBeNull();
  return { outcome, stored, key };
}

/** A form with a text in front of its files. */
function form(...parts: [name: string, content: Uint8Array, type?: string][]): FormData {
  const data = new FormData();
  data.append("note", "hello");
  for (const [name, content, type = "application/octet-stream"] of parts) {
    data.append(name, new File([content as Uint8Array<ArrayBuffer>], "x.bin", { type }));
  }
  return data;
}

describe("an upload", () => {
  it.each([
    ["image", "image/png", png(100_000)],
    ["image", "image/jpeg", jpeg()],
    ["image", "image/webp", webp()],
    ["audio", "audio/mpeg", mp3(20)],
    ["audio", "audio/wav", wav()],
    ["audio", "audio/aac", aac(60)],
    ["audio", "audio/mp4", join(ftyp("M4A "), movie("soun"), box("mdat", filler(90)))],
    ["video", "video/mp4", mp4(7_000_000)],
    ["video", "video/webm", webm()],
  ])("of %s is typed %s by its content, raw or in a form, whatever it claims to be", async (kind, contentType, data) => {
    const expected = { ok: true, kind, contentType, bytes: data.length };
    for (const [body, headers] of [
      [data, { "Content-Type": "application/x-www-form-urlencoded" }],
      [stream(pieces(data, 33_333)).body, { "Content-Type": "audio/mpeg" }],
      [form(["file", data, "text/html"]), {}],
    ] as [BodyInit, Record<string, string>][]) {
      const { outcome, stored } = await upload(body, headers, { metadata: { tenant: "t" } });
      expect(outcome).toEqual({ ...expected, etag: stored?.etag });
      expect(stored?.httpMetadata?.contentType).toBe(contentType);
      expect(stored?.customMetadata).toEqual({ tenant: "t" });
      expect(sameBytes(await stored?.bytes(), data)).toBe(true);
    }
  });

  it.each([
    ["html", text("<!doctype html><script>x()</script>")],
    ["svg", text('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["svg with a prologue", text('<?xml version="1.0"?><svg/>')],
    ["json", text('{"a":1}')],
    ["plain text", text("hello")],
    ["pdf", text("%PDF-1.7 ...")],
    ["zip", join(text("PK\x03\x04"), filler(5_000))],
    ["unknown", filler(10_000)],
  ])("of %s is refused, even as image/png", async (_, data) => {
    for (const body of [data, stream([data]).body, form(["file", data, "image/png"])] as BodyInit[]) {
      const headers = body instanceof FormData ? {} : { "Content-Type": "image/png" };
      expect((await upload(body, headers as Record<string, string>)).outcome).toEqual({
        ok: false,
        reason: "unsupported",
      });
    }
  });

  it("of nothing is refused as empty", async () => {
    const empty = { ok: false, reason: "empty" };
    expect((await upload(null)).outcome).toEqual(empty);
    expect((await upload("")).outcome).toEqual(empty);
    expect((await upload(stream([]).body)).outcome).toEqual(empty);
    expect((await upload(form(["file", new Uint8Array(0)]))).outcome).toEqual(empty);
  });

  it("that is cut is refused", async () => {
    const half = png(10_000).slice(0, 5_000);
    const cut = { ok: false, reason: "cut" };
    expect((await upload(half)).outcome).toEqual(cut);
    expect((await upload(form(["file", half]))).outcome).toEqual(cut);
    const broken = await upload(stream([png(10_000)], "error").body);
    expect(broken.outcome).toEqual({ ok: false, reason: "malformed" });
  });

  it("whose form is none, or has no such field, is refused", async () => {
    const malformed = { ok: false, reason: "malformed" };
    for (const type of ["multipart/form-data", "multipart/form-data; boundary=abc", "multipart/mixed; boundary=abc"]) {
      expect((await upload(png(), { "Content-Type": type })).outcome).toEqual(malformed);
    }
    expect((await upload(form(["image", png()]))).outcome).toEqual(malformed);
  });

  it("by a sender who falls silent is refused", async () => {
    for (const headers of [{}, { "Content-Type": "multipart/form-data; boundary=abc" }]) {
      const { outcome } = await upload(
        stream([png(9_000)], "hang").body,
        headers,
        {},
        { ...UPLOAD_PACE, windowMs: 30 },
      );
      expect(outcome).toEqual({ ok: false, reason: "malformed" });
    }
  });

  it("is limited by what it is, while it streams", async () => {
    const limits = { image: 5_000, audio: 50_000, video: 500_000 };
    expect((await upload(png(5_000), {}, { limits })).outcome.ok).toBe(true);
    for (const [data, limit] of [
      [png(5_001), limits.image],
      [png(200_000), limits.image],
      [mp3(121), limits.audio],
      [mp4(500_001), limits.video],
    ] as const) {
      for (const body of [data, stream(pieces(data, 1_000)).body, form(["file", data])] as BodyInit[]) {
        expect((await upload(body, {}, { limits })).outcome).toEqual({ ok: false, reason: "too-large", limit });
      }
    }
  });

  it("that declares more than any limit is refused before it is read", async () => {
    const source = stream([png()]);
    const request = new Request(URL, {
      method: "POST",
      body: source.body,
      headers: { "Content-Length": String(UPLOAD_LIMITS.video + 1_000_000) },
    });
    const outcome = await receiveUpload(request, { bucket, key: "uploads/t/never" });
    expect(outcome).toEqual({ ok: false, reason: "too-large", limit: UPLOAD_LIMITS.video });
    // Read to its end all the same: a sender that is cut off while sending never sees the answer.
    expect(source.state.sent).toBe(png().length);
  });

  it("without end is cut off", async () => {
    const source = endless(filler(100_000), mp4(100_000));
    const limits = { image: 1, audio: 1, video: 8_000_000 };
    const { outcome } = await upload(source.body, {}, { limits });
    expect(outcome).toEqual({ ok: false, reason: "too-large", limit: limits.video });
    expect(source.state.cancelled).toBe(true);
  });

  it("that the bucket does not take is not the sender's fault", async () => {
    const broken = { put: () => Promise.reject(new Error("down")) } as unknown as R2Bucket;
    expect((await upload(stream([png()]).body, {}, { bucket: broken })).outcome).toEqual({
      ok: false,
      reason: "unavailable",
    });
  });
});

describe("serveUpload", () => {
  const presentation = { cacheControl: "private, max-age=60", download: null, defaultName: "reference" };
  const serve = (key: string, init: RequestInit = {}) =>
    serveUpload(new Request(`${URL}/x`, init), bucket, key, presentation);

  it("serves what was uploaded like any file", async () => {
    const { key } = await upload(png(1_000));
    const whole = await serve(key);
    expect(whole.status).toBe(200);
    expect(whole.headers.get("cache-control")).toBe("private, max-age=60");
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await whole.bytes()).toEqual(png(1_000));
    const part = await serve(key, { headers: { Range: "bytes=1-3" } });
    expect(part.status).toBe(206);
    expect(await part.text()).toBe("PNG");
    expect((await serve(key, { method: "HEAD" })).headers.get("content-length")).toBe("1000");
  });

  it("knows nothing of what was not", async () => {
    expect((await serve("uploads/t/none")).status).toBe(404);
  });
});
