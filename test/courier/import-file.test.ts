import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type ImportRequest, importFile } from "../../src/courier/import-file.ts";
import { filler, jpeg, mp4, png, text } from "../support/media.ts";

const { FILES } = env as unknown as Bindings;
const RULE = { allowPrivate: false, ownOrigins: ["https://gateway.test"] };
const START = "https://source.example/cat";

type Reply = (url: string) => Response | Promise<Response>;

/** Memory that nobody takes. */
const memory = (release: () => void) => ({ count: () => {}, isLost: false, release });

/** Imports START from a source that replies so. */
async function importFrom(
  reply: Reply,
  limits?: { image: number; audio: number; video: number },
  takeMemory: ImportRequest["takeMemory"] = () => memory(() => {}),
) {
  const key = `uploads/import/${crypto.randomUUID()}`;
  const asked: string[] = [];
  const fetcher = (async (url: string) => {
    asked.push(url);
    return reply(url);
  }) as typeof fetch;
  const outcome = await importFile({
    url: START,
    rule: RULE,
    fetch: fetcher,
    takeMemory,
    bucket: FILES,
    key,
    ...(limits && { limits }),
  });
  return { outcome, asked, object: await FILES.get(key) };
}

const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });

describe("an import", () => {
  it("stores a file of known and of unknown length, with its type by content", async () => {
    const file = jpeg(70_000);
    const headers = { "content-type": "text/plain" };
    for (const body of [file, new Response(file).body?.pipeThrough(new TransformStream())]) {
      const { outcome, object } = await importFrom(() => new Response(body ?? null, { headers }));
      expect(outcome).toMatchObject({ ok: true, contentType: "image/jpeg", bytes: file.length });
      expect(object?.httpMetadata?.contentType).toBe("image/jpeg");
      expect(await object?.bytes()).toEqual(file);
    }
  });

  it("takes memory once the file's length is known, and gives it back", async () => {
    const lengths: (number | null)[] = [];
    let taken = 0;
    const takeMemory = (length: number | null) => {
      lengths.push(length);
      taken += 1;
      return memory(() => {
        taken -= 1;
      });
    };
    const file = jpeg(70_000);
    const headers = { "content-length": String(file.length) };
    expect((await importFrom(() => new Response(file, { headers }), undefined, takeMemory)).outcome.ok).toBe(true);
    const streamed = new Response(file).body?.pipeThrough(new TransformStream()) ?? null;
    expect((await importFrom(() => new Response(streamed), undefined, takeMemory)).outcome.ok).toBe(true);
    await importFrom(() => new Response(text("no media"), { headers: {} }), undefined, takeMemory);
    await importFrom(() => new Response(null, { status: 404 }), undefined, takeMemory);
    expect({ lengths: lengths.slice(0, 2), taken }).toEqual({ lengths: [file.length, null], taken: 0 });
    const refused = await importFrom(
      () => new Response(file, { headers }),
      undefined,
      () => "tenant",
    );
    expect(refused).toMatchObject({ outcome: { ok: false, reason: "no-memory", usedUpBy: "tenant" }, object: null });
  });

  it("follows three redirects, relative ones too, and no fourth", async () => {
    const chain =
      (hops: number): Reply =>
      (url) => {
        const at = Number(new URL(url).searchParams.get("n") ?? 0);
        return at < hops ? redirect(`/cat?n=${at + 1}`, [301, 303, 307, 308][at]) : new Response(png(300));
      };
    expect((await importFrom(chain(3))).outcome.ok).toBe(true);
    const { outcome, asked, object } = await importFrom(chain(4));
    expect(outcome).toMatchObject({ ok: false, reason: "unreachable", detail: expect.stringContaining("redirects") });
    expect(asked).toHaveLength(4);
    expect(object).toBeNull();
  });

  it.each([
    "http://source.example/cat",
    "https://127.0.0.1/cat",
    "https://[::1]/cat",
    "https://169.254.169.254/latest",
    "https://2130706433/",
    "https://metadata.internal/",
    "https://user:secret@source.example/",
    "https://gateway.test/files/x",
    "file:///etc/passwd",
    "https://",
  ])("does not follow a redirect to %s", async (location) => {
    const { outcome, asked } = await importFrom((url) => (url === START ? redirect(location) : new Response(png(300))));
    expect(outcome).toMatchObject({ ok: false, reason: "unreachable", detail: expect.stringContaining("redirect") });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(asked).toEqual([START]);
  });

  it.each([404, 403, 500, 204])("names the status %i", async (status) => {
    const { outcome } = await importFrom(() => new Response(status === 204 ? null : "no", { status }));
    expect(outcome).toEqual({ ok: false, reason: "unreachable", detail: `answered ${status}` });
  });

  it.each<[string, Reply, string]>([
    ["text", () => new Response(text("<!doctype html>")), "unsupported"],
    ["a program", () => new Response(text("\x7fELF\x02\x01\x01\0")), "unsupported"],
    ["a cut file", () => new Response(png(3_000).slice(0, 2_000)), "cut"],
    ["nothing", () => new Response(""), "empty"],
    ["an image over its limit", () => new Response(png(5_000)), "too-large"],
    [
      "an unknown coding",
      () => new Response(filler(300), { headers: { "content-encoding": "lzma", "content-type": "image/png" } }),
      "unsupported",
    ],
    ["no connection", () => Promise.reject(new Error("secret of the platform")), "unreachable"],
  ])("stores nothing of %s", async (_name, reply, reason) => {
    const { outcome, object } = await importFrom(reply, { image: 4_000, audio: 4_000, video: 4_000 });
    expect(outcome).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(object).toBeNull();
  });

  it("stores nothing of a body that breaks off", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(mp4(4_000).slice(0, 3_000)),
      pull: (controller) => controller.error(new Error("gone")),
    });
    const { outcome, object } = await importFrom(() => new Response(broken));
    expect(outcome).toMatchObject({ ok: false, reason: "unreachable" });
    expect(object).toBeNull();
  });
});
