import { env } from "cloudflare:workers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type CopyRequest, copyToBucket, startsSlowly } from "../../src/courier/copy.ts";
import { encodeBase64 } from "../../src/lib/bytes.ts";
import { chunked, declared, endless, stream } from "../support/bodies.ts";
import { filler, join, jpeg, mp4, pieces, png, text } from "../support/media.ts";
import { pass } from "../support/until.ts";

const bucket = (env as unknown as { FILES: R2Bucket }).FILES;
const URL_SECRET = "https://upstream.example/tasks/file.png?sig=SECRET";
const limits = { headersMs: 100, windowMs: 60, minBytes: 1, totalMs: 5_000 };
let next = 0;

type Answer = (request: { url: string; init: RequestInit }) => Response | Promise<Response>;

async function copy(answer: Answer, options: Partial<CopyRequest> = {}) {
  const requests: { url: string; init: RequestInit }[] = [];
  const key = `results/t/copy/${next++}`;
  const outcome = await copyToBucket({
    url: URL_SECRET,
    bucket,
    key,
    declaredKind: "image",
    maxBytes: 64 * 2 ** 20,
    limits,
    takePlace: async () => ({ onLost: () => {}, count: () => {}, free: () => {} }),
    fetch: async (input, init = {}) => {
      requests.push({ url: String(input), init });
      return await answer({ url: String(input), init });
    },
    ...options,
  });
  return { outcome, key, requests };
}

/** Nothing under the key, and no half-done multipart upload that would be paid for. */
async function expectNothing(key: string) {
  expect(await bucket.head(key)).toBeNull();
}

async function expectFault(answer: Answer, reason: string, options: Partial<CopyRequest> = {}) {
  const { outcome, key } = await copy(answer, options);
  expect(outcome).toMatchObject({ ok: false, reason });
  expect(JSON.stringify(outcome)).not.toMatch(/SECRET|upstream\.example|results\//);
  await expectNothing(key);
  return outcome;
}

describe("a good file", () => {
  it("of known length is stored with the type of its content", async () => {
    const data = mp4(300_000);
    const { outcome, key, requests } = await copy(() => declared(data), {
      declaredKind: "video",
      metadata: { task: "1" },
    });
    const object = await bucket.get(key);
    expect(outcome).toEqual({ ok: true, bytes: data.length, contentType: "video/mp4", etag: object?.etag });
    expect(await object?.bytes()).toEqual(data);
    expect(object?.httpMetadata?.contentType).toBe("video/mp4");
    expect(object?.customMetadata).toEqual({ task: "1", kind: "video" });
    expect(new Headers(requests[0]?.init.headers).get("accept-encoding")).toBe("identity");
  });

  it("of unknown length takes one place for parts over 1.25 MiB, and frees it", async () => {
    let places = 0;
    let taken = 0;
    const takePlace = async () => {
      places += 1;
      taken += 1;
      const free = () => {
        taken -= 1;
      };
      return { onLost: () => {}, count: () => {}, free };
    };
    for (const [size, expected] of [
      [1_300_000, 0],
      [1_400_000, 1],
      [5 * 2 ** 20 + 1, 1],
      [12_000_000, 1],
    ] as const) {
      places = 0;
      const { outcome } = await copy(() => chunked(mp4(size)), { takePlace });
      expect(outcome).toMatchObject({ ok: true, bytes: size });
      expect({ size, places, taken }).toEqual({ size, places: expected, taken: 0 });
    }
    await copy(() => declared(mp4(3_000_000)), { takePlace });
    expect(places).toBe(1);
    const cut = await copy(() => chunked(mp4(12_000_000).subarray(0, 7_000_000)), { takePlace });
    expect(cut.outcome).toMatchObject({ ok: false, reason: "corrupt" });
    expect(taken).toBe(0);
  });

  it("of unknown length is tried again later if there is no place for its part", () =>
    expectFault(() => chunked(mp4(3_000_000)), "unavailable", { takePlace: async () => null }));

  it.each([
    57, 200, 4_095, 4_096, 4_097, 100_000,
  ])("of %i bytes is stored, whatever the length is declared as", async (size) => {
    for (const respond of [declared, chunked]) {
      const { outcome, key } = await copy(() => respond(png(size)));
      expect(outcome).toMatchObject({ ok: true, bytes: size, contentType: "image/png" });
      expect(await (await bucket.get(key))?.bytes()).toEqual(png(size));
    }
  });

  it.each([
    5 * 2 ** 20 - 1,
    5 * 2 ** 20,
    5 * 2 ** 20 + 1,
    10 * 2 ** 20,
    20_000_000,
  ])("of %i bytes and unknown length is stored in parts", async (size) => {
    const data = mp4(size);
    const { outcome, key } = await copy(() => chunked(data), { declaredKind: "video" });
    expect(outcome).toMatchObject({ ok: true, bytes: size, contentType: "video/mp4" });
    const stored = await (await bucket.get(key))?.bytes();
    expect(stored?.length).toBe(size);
    expect(await crypto.subtle.digest("SHA-256", stored ?? new Uint8Array())).toEqual(
      await crypto.subtle.digest("SHA-256", data),
    );
  });

  it("that comes as a range of all its bytes is stored", async () => {
    const data = png(1_000);
    const range = (value: string) => ({
      status: 206,
      headers: { "Content-Type": "image/png", "Content-Range": value },
    });
    const { outcome, key } = await copy(() => new Response(data, range("bytes 0-999/1000")));
    expect(outcome).toMatchObject({ ok: true, bytes: 1_000 });
    expect(await (await bucket.get(key))?.bytes()).toEqual(data);
    for (const part of ["bytes 0-999/2000", "bytes 1-1000/1001", "bytes 0-999/*"]) {
      await expectFault(() => new Response(data, range(part)), "corrupt");
    }
  });

  it.each([
    ["encoded", gzipSync],
    ["not encoded", (data: Uint8Array) => data],
  ])("under Content-Encoding gzip is stored decoded, if it is %s", async (_, encode) => {
    const data = jpeg(50_000);
    const headers = { "Content-Encoding": "gzip", "Content-Type": "text/html" };
    const { outcome, key, requests } = await copy(() => declared(encode(data), undefined, headers));
    expect(outcome).toMatchObject({ ok: true, bytes: data.length, contentType: "image/jpeg" });
    expect((await bucket.head(key))?.size).toBe(data.length);
    // The runtime would fail for bytes that are not encoded.
    expect(requests[0]?.init.encodeResponseBody).toBe("manual");
  });

  it("with a wrong declared type is stored under the type of its content", async () => {
    const { outcome } = await copy(() => declared(png(), 200, { "Content-Type": "text/html" }));
    expect(outcome).toMatchObject({ ok: true, contentType: "image/png" });
  });

  it("of unknown format keeps its declared type, if that is harmless", async () => {
    expect((await copy(() => declared(filler(500)))).outcome).toMatchObject({ ok: true, contentType: "image/png" });
    const svg = { "Content-Type": "image/svg+xml" };
    expect((await copy(() => declared(filler(500), 500, svg))).outcome).toMatchObject({
      contentType: "application/octet-stream",
    });
  });

  it("under an unknown content coding is stored if its content is recognised, and only then", async () => {
    const coded = { "Content-Encoding": "base64" };
    expect((await copy(() => declared(png(500), 500, coded))).outcome).toMatchObject({ contentType: "image/png" });
    await expectFault(() => declared(filler(500), 500, coded), "corrupt");
  });

  it("replaces what an earlier attempt left", async () => {
    const { key } = await copy(() => declared(png(500)));
    await copy(() => declared(png(600)), { key });
    expect((await bucket.head(key))?.size).toBe(600);
  });

  it("whose Content-MD5 is right is stored", async () => {
    const data = png(30_000);
    const md5 = encodeBase64(new Uint8Array(await crypto.subtle.digest("MD5", data)));
    const { outcome } = await copy(() => declared(data, data.length, { "Content-MD5": md5 }));
    expect(outcome).toMatchObject({ ok: true, bytes: data.length });
  });
});

describe("a bad file is not stored", () => {
  it("when it ends before its declared length", async () => {
    await expectFault(() => declared(png(5_000), 6_000), "corrupt");
    await expectFault(() => declared(png(500), 6_000), "corrupt");
  });

  it("when it is longer than declared", async () => {
    await expectFault(() => declared(png(5_000), 4_000), "corrupt");
  });

  it.each([10_000, 300_000, 12_000_000])("when it was cut at its source, at %i bytes", async (size) => {
    const half = png(size).slice(0, size / 2);
    await expectFault(() => declared(half), "corrupt");
    await expectFault(() => chunked(half), "corrupt");
  });

  it.each([1_000, 100_000, 12_000_000])("when the connection breaks after %i bytes", async (size) => {
    const cut = (headers: Record<string, string>) => () =>
      new Response(stream(pieces(png(size).slice(0, -100), 50_000), "error").body, { headers });
    await expectFault(cut({}), "unavailable");
    await expectFault(cut({ "Content-Length": String(size) }), "unavailable");
  });

  it("when all its bytes came but its structure is cut: R2 keeps an object at its last byte, closed or not", async () => {
    const half = mp4(600_000).slice(0, 400_000);
    for (const chunkSize of [1_000, 400_000]) {
      const body = stream(pieces(half, chunkSize)).body;
      await expectFault(() => new Response(body, { headers: { "Content-Length": "400000" } }), "corrupt");
    }
  });

  it("when it is empty", async () => {
    await expectFault(() => declared(new Uint8Array(0)), "corrupt");
    await expectFault(() => chunked(new Uint8Array(0)), "corrupt");
    await expectFault(() => new Response(null), "corrupt");
    await expectFault(() => new Response(null, { status: 204 }), "corrupt");
  });

  it.each([
    ["<!doctype html><h1>Maintenance</h1>", "image/png"],
    ["<html>", "text/html"],
    ['{"code":10001,"msg":"System busy"}', "image/png"],
    ['<?xml version="1.0"?><Error/>', "application/xml"],
    ["not found", "text/plain"],
  ])("when it is %j as %s", async (content, type) => {
    await expectFault(() => declared(text(content), content.length, { "Content-Type": type }), "corrupt");
    await expectFault(() => chunked(text(content), { "Content-Type": type }), "corrupt");
  });

  it("when its Content-MD5 is another's", async () => {
    const data = png(30_000);
    const md5 = encodeBase64(new Uint8Array(16));
    const outcome = await expectFault(() => declared(data, data.length, { "Content-MD5": md5 }), "corrupt");
    expect(outcome).toMatchObject({ detail: "checksum mismatch" });
  });

  it("when it is too large, as declared or in fact, and its body is cancelled", async () => {
    const maxBytes = 100_000;
    await expectFault(() => declared(png(200_000)), "too-large", { maxBytes });
    await expectFault(() => chunked(png(200_000)), "too-large", { maxBytes });
    const source = endless(filler(64_000));
    await expectFault(() => new Response(source.body), "too-large", { maxBytes: 20_000_000 });
    expect(source.state.cancelled).toBe(true);
    expect(source.state.sent).toBeLessThan(21_000_000);
  });
});

describe("an upstream that cannot be read", () => {
  it.each([
    [400, "expired"],
    [401, "expired"],
    [403, "expired"],
    [404, "expired"],
    [410, "expired"],
    [429, "unavailable"],
    [500, "unavailable"],
    [503, "unavailable"],
    [202, "unavailable"],
    [206, "corrupt"],
    [304, "unavailable"],
  ])("%i is %s", async (status, reason) => {
    const source = stream([png()]);
    const body = status === 304 ? null : source.body;
    await expectFault(() => new Response(body, { status }), reason);
    if (body !== null) expect(source.state.cancelled).toBe(true);
  });

  it("a refused connection is unavailable", async () => {
    await expectFault(() => Promise.reject(new TypeError(`connect ECONNREFUSED ${URL_SECRET}`)), "unavailable");
  });

  it("no headers in time is unavailable, and the request is aborted", async () => {
    let signal: AbortSignal | null | undefined;
    const outcome = await expectFault(({ init }) => {
      signal = init.signal;
      return new Promise(() => {});
    }, "unavailable");
    expect(outcome).toMatchObject({ detail: "no response in time" });
    expect(signal?.aborted).toBe(true);
  });

  it.each([
    {},
    { "Content-Length": "100000" },
  ])("silence in the body is unavailable, and the body is given up: %j", async (headers) => {
    const source = stream([png(50_000)], "hang");
    const outcome = await expectFault(() => new Response(source.body, { headers }), "unavailable");
    expect(outcome).toMatchObject({ detail: "no bytes for too long" });
    expect(source.state.cancelled).toBe(true);
  });

  it.each([
    ["the transfer took too long", { headersMs: 100, windowMs: 100, minBytes: 1, totalMs: 300 }],
    ["too few bytes for too long", { headersMs: 100, windowMs: 100, minBytes: 1_000, totalMs: 60_000 }],
  ])("a body that drips is unavailable, and the body is given up: %s", async (detail, pace) => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pass(10);
        controller.enqueue(filler(10));
      },
      cancel() {
        cancelled = true;
      },
    });
    expect(await expectFault(() => new Response(body), "unavailable", { limits: pace })).toMatchObject({ detail });
    expect(cancelled).toBe(true);
  });

  it("a bucket that fails is unavailable", async () => {
    const broken = {
      ...bucket,
      put: () => Promise.reject(new Error("put: internal error (10001)")),
    } as unknown as R2Bucket;
    await expectFault(() => chunked(png()), "unavailable", { bucket: broken });
  });

  it("a bucket that stores another size is not believed", async () => {
    let deleted: unknown;
    const short = {
      put: async (key: string, value: Uint8Array) => await bucket.put(key, value.subarray(1)),
      delete: async (key: string) => {
        deleted = key;
        await bucket.delete(key);
      },
    } as unknown as R2Bucket;
    await expectFault(() => chunked(png()), "corrupt", { bucket: short });
    expect(deleted).toBeDefined();
  });
});

describe("redirects", () => {
  const redirect = (location: string | null, status = 302) =>
    new Response(null, { status, headers: location === null ? {} : { Location: location } });

  it("are followed, relative ones too", async () => {
    const { outcome, requests } = await copy(({ url }) => {
      if (url === URL_SECRET) return redirect("/next?x=1", 307);
      if (url === "https://upstream.example/next?x=1") return redirect("http://other.example/final.png", 301);
      return declared(png());
    });
    expect(outcome).toMatchObject({ ok: true });
    expect(requests.map(({ url }) => url).at(-1)).toBe("http://other.example/final.png");
    expect(requests.every(({ init }) => init.redirect === "manual")).toBe(true);
  });

  it.each([["ftp://x.example/"], ["javascript:1"], ["http://"], [null]])("to %j are not", async (location) => {
    await expectFault(() => redirect(location), "unavailable");
  });

  it("are followed five times and no more", async () => {
    const { requests } = await copy(() => redirect("https://upstream.example/again"));
    expect(requests).toHaveLength(6);
    await expectFault(() => redirect("https://upstream.example/again"), "unavailable");
  });

  it("an address that is none is unavailable", async () => {
    await expectFault(() => declared(png()), "unavailable", { url: "file:///etc/passwd" });
    await expectFault(() => declared(png()), "unavailable", { url: "nonsense SECRET" });
  });
});

describe("the speed of a host", () => {
  /** Sends `chunk` every 10 ms, behind `head`. */
  function paced(chunk: Uint8Array, head: Uint8Array): Response {
    let isFirst = true;
    return new Response(
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (!isFirst) await pass(10);
          controller.enqueue(isFirst ? head : chunk);
          isFirst = false;
        },
      }),
    );
  }
  const brief = { headersMs: 100, windowMs: 10_000, minBytes: 1, totalMs: 300 };

  it.each([
    ["large", "steadily", 4_096, 4_096],
    ["slow", "in drops", 1, 4_096],
  ] as const)("is %s if the copy runs out of time while bytes come %s", async (speed, _, bytes, first) => {
    const outcome = await expectFault(() => paced(filler(bytes), png(first)), "unavailable", { limits: brief });
    expect(outcome).toMatchObject({ speed });
  });

  it("is slow if less than the least pace came, however much came before, and if no headers came", async () => {
    const limits = { headersMs: 50, windowMs: 100, minBytes: 1_000, totalMs: 5_000 };
    const body = () => paced(filler(1), png(500_000));
    expect(await expectFault(body, "unavailable", { limits })).toMatchObject({ speed: "slow" });
    const never = () => new Promise<Response>(() => {});
    expect(await expectFault(never, "unavailable", { limits })).toMatchObject({ speed: "slow" });
    expect(await expectFault(() => new Response(null, { status: 500 }), "unavailable")).not.toHaveProperty("speed");
  });

  it.each([
    ["slow", true, () => paced(filler(1), png(100))],
    ["silent", true, () => new Response(stream([png(100)], "hang").body)],
    ["fast", false, () => new Response(endless(filler(4_096), png(4_096)).body)],
    ["small and whole", false, () => declared(png())],
    ["an error", false, () => new Response("gone", { status: 404 })],
    ["empty", false, () => new Response(null, { status: 204 })],
  ] as const)("is told by the start of a file: %s", async (_, isSlow, answer) => {
    expect(await startsSlowly(URL_SECRET, async () => answer())).toBe(isSlow);
  });
});

describe("real responses", () => {
  it("are read in large chunks into the same bytes", async () => {
    const data = join(mp4(3_000_000), filler(1_000));
    const { outcome, key } = await copy(() => new Response(data));
    expect(outcome).toMatchObject({ ok: true, bytes: data.length });
    expect(await (await bucket.get(key))?.bytes()).toEqual(data);
  });
});
