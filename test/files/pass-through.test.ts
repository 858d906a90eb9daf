import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { takePassThrough } from "../../src/files/pass-through-places.ts";
import { encodeBase64 } from "../../src/lib/bytes.ts";
import { chunked, declared, outcomeOf, sameBytes, stream } from "../support/bodies.ts";
import { CODINGS, NO_CODINGS, UNKNOWN_CODINGS } from "../support/codings.ts";
import { createWorld } from "../support/file-world.ts";
import { filler, jpeg, mp4, pieces, png, text } from "../support/media.ts";

const UPSTREAM = "https://secret-host.example/tasks/1.png?sig=1";
const SMALL = png(1_000);
const LARGE = mp4(2_400_000);

/** A world whose files are still upstream, which answers as `respond` says. */
function upstream(respond: () => Response | Promise<Response>, reported = false) {
  return createWorld({
    source: { state: "upstream", url: UPSTREAM, reported },
    fetchResult: async () => await respond(),
  });
}

async function expectNotReady(response: Response) {
  expect(response.status).toBe(202);
  expect(response.headers.get("retry-after")).toBe("5");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.text()).toBe("not ready yet\n");
}

describe("a file that is still upstream", () => {
  it.each([
    ["small", SMALL, "0.png", "image/png"],
    ["large", LARGE, "0.mp4", "video/mp4"],
  ])("is streamed through, %s, with nothing of the upstream showing", async (_, data, name, type) => {
    const world = upstream(() =>
      declared(data, data.length, {
        "Content-Type": type,
        ETag: '"up"',
        Server: "secret-host",
        "Set-Cookie": "a=b",
        "X-Oss-Request-Id": "1",
        "Cache-Control": "public",
      }),
    );
    const response = await world.get(name);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("content-length")).toBe(String(data.length));
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("etag")).toBeNull();
    expect(JSON.stringify([...response.headers])).not.toMatch(/secret-host|x-oss|cookie/i);
    expect(sameBytes(await response.bytes(), data)).toBe(true);
    expect(world.calls.fetchResult).toEqual([UPSTREAM]);
    expect(world.calls.repair).toEqual([]);
  });

  it("is streamed through with no length if it has none, or one that is of its encoded form", async () => {
    for (const headers of [{}, { "Content-Encoding": "gzip", "Content-Length": "77" }] as Record<string, string>[]) {
      const response = await upstream(() => chunked(LARGE, headers)).get("0.mp4");
      expect(response.headers.has("content-length")).toBe(false);
      expect(response.headers.has("content-encoding")).toBe(false);
      expect(sameBytes(await response.bytes(), LARGE)).toBe(true);
    }
  });

  it("is sent to 20 readers at once of one tenant and 32 of all; to others it is not ready yet", {
    timeout: 60_000,
  }, async () => {
    const world = upstream(() => new Response(stream([mp4(2_000_000).slice(0, 1_500_000)], "hang").body));
    const waiting = await Promise.all(Array.from({ length: 20 }, () => world.get("0.mp4")));
    expect(waiting.map(({ status }) => status)).toEqual(waiting.map(() => 200));
    await expectNotReady(await world.get("0.mp4"));
    // Another tenant's readers are let in.
    const places = Array.from({ length: 13 }, () => takePassThrough("another"));
    expect(places.filter((place) => place === null)).toHaveLength(1);
    for (const place of places) place?.free();
    await Promise.all(waiting.map((response) => response.body?.cancel()));
    const again = async () => {
      const response = await world.get("0.mp4");
      await response.body?.cancel();
      return response.status;
    };
    // Each waits for the upstream's next bytes, for 13 s at most.
    await expect.poll(again, { timeout: 40_000 }).toBe(200);
  });

  it("is sent to a new reader in the place of one that reads nothing, of the tenant with the most", async () => {
    const takeAll = () =>
      ["one", "another"].flatMap((tenant) => Array.from({ length: 16 }, () => takePassThrough(tenant)));
    // The readers of the test before wait for the upstream's next bytes.
    const free = () => {
      const all = takeAll();
      for (const place of all) place?.free();
      return all.filter((place) => place !== null).length;
    };
    await expect.poll(free, { timeout: 40_000 }).toBe(32);
    vi.useFakeTimers({ toFake: ["Date"] });
    const taken = Array.from({ length: 12 }, () => takePassThrough("another"));
    const busy = upstream(() => declared(mp4(20_000_000)));
    const stalled = await Promise.all(Array.from({ length: 20 }, () => busy.get("0.mp4")));
    const quiet = upstream(() => declared(LARGE));
    await expectNotReady(await quiet.get("0.mp4"));
    vi.setSystemTime(Date.now() + 10_000);
    for (let reader = 0; reader < 3; reader += 1) {
      const response = await quiet.get("0.mp4");
      expect([response.status, (await response.bytes()).length]).toEqual([200, LARGE.length]);
    }
    for (const place of taken) place?.free();
    const read = async (response: Response) => (await response.bytes().catch(() => null))?.length ?? "broken off";
    const lengths = await Promise.all(stalled.map(read));
    expect(lengths.filter((length) => length === "broken off")).toHaveLength(1);
    vi.useRealTimers();
  });

  it("is sent to a new reader in the place of one that drips, also if every tenant has one reader", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const readers = Array.from({ length: 32 }, (_, reader) => takePassThrough(`tenant ${reader}`));
    const lost: number[] = [];
    for (const [reader, place] of readers.entries()) if (place) place.onLost = () => void lost.push(reader);
    for (let seconds = 0; seconds < 16; seconds += 1) {
      expect(takePassThrough("quiet")).toBeNull();
      for (const [reader, place] of readers.entries()) place?.count(reader === 7 ? 10_000 : 100_000);
      vi.setSystemTime(Date.now() + 1_000);
    }
    const taken = takePassThrough("quiet");
    expect([taken !== null, lost]).toEqual([true, [7]]);
    expect(takePassThrough("another quiet")).toBeNull();
    for (const place of [...readers, taken]) place?.free();
    vi.useRealTimers();
  });

  it("is described by HEAD, from a GET: a presigned URL may be good for that alone", async () => {
    for (const [data, name, type] of [
      [SMALL, "0.png", "image/png"],
      [LARGE, "0.mp4", "video/mp4"],
    ] as const) {
      const world = upstream(() => declared(data));
      const response = await world.get(name, { Range: "bytes=0-1" }, "HEAD");
      expect(response.status).toBe(200);
      expect(response.headers.get("content-length")).toBe(String(data.length));
      expect(response.headers.get("content-type")).toBe(type);
      expect((await response.bytes()).length).toBe(0);
      expect(world.calls.fetchResult).toHaveLength(1);
    }
  });

  it("has the type of its content, if it is seen from the start", async () => {
    const response = await upstream(() => declared(SMALL, 1_000, { "Content-Type": "text/html" })).get("0.png");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/png");
    await response.body?.cancel();
  });

  it("is offered under a name with ?download, which has the extension of what it is", async () => {
    for (const [query, data, name] of [
      ["download=a.png", SMALL, "a.png"],
      ["download=a.png", jpeg(1_000), "a.jpg"],
      ["download", jpeg(1_000), "0.jpg"],
      ["download=holiday", jpeg(1_000), "holiday"],
    ] as const) {
      const response = await upstream(() => declared(data)).get(`0.png?${query}`);
      expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${name}"`);
      await response.body?.cancel();
    }
  });

  it("is given up when the caller goes away", async () => {
    const source = stream(pieces(LARGE, 10_000));
    const world = upstream(() => new Response(source.body, { headers: { "Content-Length": String(LARGE.length) } }));
    const response = await world.get("0.mp4");
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(() => source.state.cancelled).toBe(true);
    expect(source.state.sent).toBeLessThan(LARGE.length);
  });
});

describe("a range of a file that is still upstream", () => {
  it.each([
    "bytes=0-9",
    "bytes=100000-199999",
    "bytes=-10",
    "bytes=2999990-",
    "bytes=0-",
    "bytes=99999999-",
    "bytes=0-1,5-6",
  ])("%s is answered with the whole file", async (range) => {
    for (const respond of [() => declared(LARGE), () => chunked(LARGE)]) {
      const response = await upstream(respond).get("0.mp4", { Range: range, "If-Range": '"x"' });
      expect(response.status).toBe(200);
      expect(response.headers.has("content-range")).toBe(false);
      expect(response.headers.get("accept-ranges")).toBe("none");
      expect(sameBytes(await response.bytes(), LARGE)).toBe(true);
    }
  });
});

describe("content codings of a file that is still upstream", () => {
  it.each([
    ...CODINGS,
    ...NO_CODINGS.map((coding) => [coding, (data: Uint8Array) => data] as const),
  ])("%s: the decoded file is served", async (coding, encode) => {
    const encoded = encode(SMALL);
    const headers = { "Content-Encoding": coding, "Content-Type": "text/html" };
    const response = await upstream(() => declared(encoded, encoded.length, headers)).get("0.png");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.has("content-encoding")).toBe(false);
    expect(response.headers.get("content-length")).toBe("1000");
    expect(await response.bytes()).toEqual(SMALL);
  });

  it("of a large file are taken off as it streams", async () => {
    const [coding, encode] = CODINGS[0] ?? ["", (data: Uint8Array) => data];
    const respond = (data: Uint8Array) => () => chunked(encode(data), { "Content-Encoding": coding });
    const response = await upstream(respond(LARGE)).get("0.mp4");
    expect(response.headers.has("content-length")).toBe(false);
    expect(sameBytes(await response.bytes(), LARGE)).toBe(true);
    expect(await outcomeOf(await upstream(respond(LARGE.slice(0, 2_000_000))).get("0.mp4"))).toBeInstanceOf(Error);
  });

  it("that do not decode leave the file not ready", async () => {
    for (const [coding, encode] of CODINGS) {
      const headers = { "Content-Encoding": coding, "Content-Type": "image/png" };
      const twice = encode(gzipSync(brotliCompressSync(SMALL)));
      for (const bytes of [filler(1_000), twice]) {
        if (coding === "gzip, gzip" && bytes === twice) continue;
        await expectNotReady(await upstream(() => declared(bytes, bytes.length, headers)).get("0.png"));
      }
    }
  });

  it("of which one is unknown are ignored if the content is media, and leave any other file not ready", async () => {
    for (const coding of UNKNOWN_CODINGS) {
      const send = (data: Uint8Array) =>
        upstream(() => declared(data, data.length, { "Content-Encoding": coding, "Content-Type": "image/png" })).get(
          "0.png",
        );
      expect(sameBytes(await (await send(SMALL)).bytes(), SMALL)).toBe(true);
      for (const data of [filler(1_000), SMALL.slice(0, 500)]) await expectNotReady(await send(data));
    }
  });

  it("of a page are taken off too, and the page is never served", async () => {
    for (const [coding, encode] of CODINGS) {
      const page = encode(text("<!doctype html><h1>Sign in</h1>"));
      const respond = () => declared(page, page.length, { "Content-Encoding": coding });
      await expectNotReady(await upstream(respond).get("0.png"));
      await expectNotReady(await upstream(respond).get("0.png", { Range: "bytes=0-9" }));
    }
  });
});

it("a file that comes as a range of all its bytes is served whole", async () => {
  const whole = { "Content-Type": "image/png", "Content-Range": `bytes 0-${SMALL.length - 1}/${SMALL.length}` };
  const response = await upstream(() => new Response(SMALL, { status: 206, headers: whole })).get("0.png");
  expect(response.status).toBe(200);
  expect(response.headers.has("content-range")).toBe(false);
  expect(await response.bytes()).toEqual(SMALL);
  const part = { ...whole, "Content-Range": `bytes 0-${SMALL.length - 1}/${SMALL.length + 1}` };
  await expectNotReady(await upstream(() => new Response(SMALL, { status: 206, headers: part })).get("0.png"));
});

describe("an upstream with nothing fit to be served", () => {
  it.each([403, 404, 500, 503, 302, 204])("%i leaves the file not ready", async (status) => {
    const body = status === 204 ? null : "<html>";
    const world = upstream(() => new Response(body, { status }));
    await expectNotReady(await world.get("0.png"));
    expect(String(world.calls.reports[0])).not.toContain("secret-host");
    expect(world.calls.repair).toEqual([[world.tenantId, 12_345, world.secret, "0.png"]]);
  });

  it("is 503 once the task is reported as completed", async () => {
    const response = await upstream(() => new Response("no", { status: 500 }), true).get("0.png");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.text()).toBe("temporarily unavailable\n");
  });

  it("a failing connection leaves it not ready", async () => {
    await expectNotReady(await upstream(() => Promise.reject(new TypeError("reset"))).get("0.png"));
  });

  it.each([
    ["<!doctype html>", "text/html"],
    ["<html>", "image/png"],
    ['{"code":10001}', "application/json"],
    ['{"code":10001}', "image/png"],
    ["", "image/png"],
  ])("%j as %s is never served, whole or in part", async (content, type) => {
    const data = text(content);
    for (const respond of [declared, (d: Uint8Array, _: number, h: Record<string, string>) => chunked(d, h)]) {
      const world = upstream(() => respond(data, data.length, { "Content-Type": type }));
      await expectNotReady(await world.get("0.png"));
      await expectNotReady(await world.get("0.png", { Range: "bytes=0-9" }));
      expect((await world.get("0.png", {}, "HEAD")).status).toBe(202);
    }
  });

  it("a file of up to 1 MiB that is cut, or has another Content-MD5, is never served, whole or in part", async () => {
    const data = png(400_000);
    const half = data.slice(0, 200_000);
    const wrong = { "Content-MD5": encodeBase64(new Uint8Array(16)) };
    for (const respond of [
      () => declared(half),
      () => declared(half, 400_000),
      () => chunked(half),
      () => chunked(SMALL.slice(0, 500)),
      () => declared(data, data.length, wrong),
      () => chunked(data, wrong),
    ]) {
      await expectNotReady(await upstream(respond).get("0.png"));
      await expectNotReady(await upstream(respond).get("0.png", { Range: "bytes=0-9" }));
      expect((await upstream(respond).get("0.png", {}, "HEAD")).status).toBe(202);
    }
  });

  it("a body that drips is not waited for", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    try {
      const drips = () =>
        new Response(
          new ReadableStream<Uint8Array>({
            async pull(controller) {
              await vi.advanceTimersByTimeAsync(2_000);
              controller.enqueue(SMALL.slice(0, 1));
            },
          }),
        );
      await expectNotReady(await upstream(drips).get("0.png"));
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ["shorter than declared", () => declared(LARGE.slice(0, -1), LARGE.length)],
    ["cut at its source", () => declared(LARGE.slice(0, 2_000_000))],
    ["cut at its source, without a length", () => chunked(LARGE.slice(0, 2_000_000))],
    [
      "not what its Content-MD5 names",
      () => declared(LARGE, LARGE.length, { "Content-MD5": encodeBase64(new Uint8Array(16)) }),
    ],
    ["cut on the way", () => new Response(stream(pieces(LARGE.slice(0, 2_000_000), 50_000), "error").body)],
    ["longer than declared", () => declared(LARGE, LARGE.length - 1)],
  ])("a large file that is %s is a broken transfer, never a complete answer", async (_, respond) => {
    const response = await upstream(respond).get("0.mp4");
    expect(response.status).toBe(200);
    expect(await outcomeOf(response)).toBeInstanceOf(Error);
  });
});

describe("conditions on a file that is still upstream", () => {
  it.each([
    [{ "If-None-Match": '"x"' }, 200],
    [{ "If-None-Match": "*" }, 304],
    [{ "If-Match": '"x"' }, 412],
    [{ "If-Match": "*" }, 200],
    [{ "If-Modified-Since": "Sun, 22 Nov 2026 10:00:00 GMT" }, 200],
  ])("%j is %i: there is no validator yet", async (headers, status) => {
    const response = await upstream(() => declared(SMALL)).get("0.png", headers as Record<string, string>);
    expect(response.status).toBe(status);
    await response.body?.cancel();
  });
});
