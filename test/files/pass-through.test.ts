import { describe, expect, it } from "vitest";
import { chunked, declared, outcomeOf, stream } from "../support/bodies.ts";
import { createWorld } from "../support/file-world.ts";
import { filler, mp4, pieces, png, text } from "../support/media.ts";

const UPSTREAM = "https://secret-host.example/tasks/1.png?sig=1";
const SMALL = png(1_000);
const LARGE = mp4(3_000_000);

/** A world whose files are still upstream, which answers as `respond` says. */
function upstream(respond: (headers: Headers) => Response | Promise<Response>, reported = false) {
  return createWorld({
    source: { state: "upstream", url: UPSTREAM, reported },
    fetchResult: async (_, init) => await respond(new Headers(init.headers)),
  });
}

/** A file server that honours ranges. */
function rangeServer(data: Uint8Array, type: string) {
  return (headers: Headers): Response => {
    const match = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "");
    if (match === null) return declared(data, data.length, { "Content-Type": type });
    const suffix = match[1] === "";
    const first = suffix ? Math.max(0, data.length - Number(match[2])) : Number(match[1]);
    const last = suffix || match[2] === "" ? data.length - 1 : Math.min(Number(match[2]), data.length - 1);
    if (first >= data.length) {
      return new Response("no", { status: 416, headers: { "Content-Range": `bytes */${data.length}` } });
    }
    const part = data.slice(first, last + 1);
    return new Response(stream(pieces(part, 1_000)).body, {
      status: 206,
      headers: {
        "Content-Type": type,
        "Content-Length": String(part.length),
        "Content-Range": `bytes ${first}-${last}/${data.length}`,
        "Set-Cookie": "a=b",
      },
    });
  };
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
    expect(await response.bytes()).toEqual(data);
    const [request] = world.calls.fetchResult;
    expect(request?.url).toBe(UPSTREAM);
    expect([...(request?.headers ?? [])]).toEqual([["accept-encoding", "identity"]]);
  });

  it("is streamed through with no length if it has none, or one that is of its encoded form", async () => {
    for (const headers of [{}, { "Content-Encoding": "gzip", "Content-Length": "77" }] as Record<string, string>[]) {
      const response = await upstream(() => chunked(LARGE, headers)).get("0.mp4");
      expect(response.headers.has("content-length")).toBe(false);
      expect(response.headers.has("content-encoding")).toBe(false);
      expect(await response.bytes()).toEqual(LARGE);
    }
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
      expect(world.calls.fetchResult[0]?.headers.has("range")).toBe(false);
    }
  });

  it("has the type its content tells, if it is seen from the start", async () => {
    const response = await upstream(() => declared(SMALL, 1_000, { "Content-Type": "text/html" })).get("0.png");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/png");
    await response.body?.cancel();
  });

  it("is offered under a name with ?download", async () => {
    const response = await upstream(() => declared(SMALL)).get("0.png?download=a.png");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="a.png"');
    await response.body?.cancel();
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

describe("ranges of a file that is still upstream", () => {
  const cases = [
    ["bytes=0-9", 0, 10],
    ["bytes=100000-199999", 100_000, 100_000],
    ["bytes=-10", LARGE.length - 10, 10],
    ["bytes=2999990-", 2_999_990, 10],
    ["bytes=0-", 0, LARGE.length],
  ] as const;

  it.each(cases)("%s comes from an upstream that honours it", async (range, offset, length) => {
    const world = upstream(rangeServer(LARGE, "video/mp4"));
    const response = await world.get("0.mp4", { Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${offset}-${offset + length - 1}/${LARGE.length}`);
    expect(response.headers.get("content-length")).toBe(String(length));
    expect(response.headers.get("content-type")).toBe("video/mp4");
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(await response.bytes()).toEqual(LARGE.slice(offset, offset + length));
    expect(world.calls.fetchResult.map(({ headers }) => headers.get("range"))).toEqual([range]);
  });

  it.each(cases)("%s is cut out for an upstream that does not", async (range, offset, length) => {
    for (const data of [LARGE, png(LARGE.length)]) {
      const response = await upstream(() => declared(data)).get("0.mp4", { Range: range });
      expect(response.status).toBe(206);
      expect(response.headers.get("content-range")).toBe(`bytes ${offset}-${offset + length - 1}/${data.length}`);
      expect(response.headers.get("content-length")).toBe(String(length));
      expect(await response.bytes()).toEqual(data.slice(offset, offset + length));
    }
  });

  it("is the whole, if the whole's length is not known", async () => {
    const response = await upstream(() => chunked(LARGE)).get("0.mp4", { Range: "bytes=0-9" });
    expect(response.status).toBe(200);
    expect((await response.bytes()).length).toBe(LARGE.length);
  });

  it("that cannot be satisfied is 416, by the upstream's word or ours", async () => {
    for (const respond of [rangeServer(SMALL, "image/png"), () => declared(SMALL)]) {
      const response = await upstream(respond).get("0.png", { Range: "bytes=1000-" });
      expect(response.status).toBe(416);
      expect(response.headers.get("content-range")).toBe("bytes */1000");
    }
  });

  it("is not asked for with an If-Range: there is nothing it could match", async () => {
    const world = upstream(rangeServer(SMALL, "image/png"));
    const response = await world.get("0.png", { Range: "bytes=0-9", "If-Range": '"x"' });
    expect(response.status).toBe(200);
    expect(world.calls.fetchResult[0]?.headers.has("range")).toBe(false);
    await response.body?.cancel();
  });

  it.each([
    ["another part", { "Content-Range": "bytes 5-14/1000" }],
    ["no Content-Range", {}],
    ["no size", { "Content-Range": "bytes 0-9/*" }],
    ["an encoded part", { "Content-Range": "bytes 0-9/1000", "Content-Encoding": "gzip" }],
    ["a part of a page", { "Content-Range": "bytes 0-9/1000", "Content-Type": "text/html" }],
  ])("is cut from the whole when the upstream answers with %s", async (_, headers) => {
    const world = upstream((asked) =>
      asked.has("range") ? new Response(filler(10), { status: 206, headers: headers as HeadersInit }) : declared(SMALL),
    );
    const response = await world.get("0.png", { Range: "bytes=0-9" });
    expect(response.status).toBe(206);
    expect(await response.bytes()).toEqual(SMALL.slice(0, 10));
    expect(world.calls.fetchResult).toHaveLength(2);
  });

  it.each([
    ["0.png", "application/octet-stream", "image/png"],
    ["0.mp4", "binary/octet-stream", "video/mp4"],
    ["0.png", "image/webp", "image/webp"],
  ])("of %s declared as %s has type %s", async (name, type, expected) => {
    const response = await upstream(rangeServer(SMALL, type)).get(name, { Range: "bytes=5-9" });
    expect(response.headers.get("content-type")).toBe(expected);
    await response.body?.cancel();
  });

  it("that is the whole is judged like the whole", async () => {
    const half = LARGE.slice(0, 2_000_000);
    for (const respond of [rangeServer(half, "video/mp4"), () => declared(half)]) {
      const response = await upstream(respond).get("0.mp4", { Range: "bytes=0-" });
      expect(response.status).toBe(206);
      expect(await outcomeOf(response)).toBeInstanceOf(Error);
    }
    await expectNotReady(
      await upstream(rangeServer(SMALL.slice(0, 500), "image/png")).get("0.png", { Range: "bytes=0-" }),
    );
  });

  it("that ends too early is a broken transfer", async () => {
    const headers = { "Content-Range": "bytes 0-99/1000", "Content-Length": "100" };
    const world = upstream(() => new Response(filler(50), { status: 206, headers }));
    expect(await outcomeOf(await world.get("0.png", { Range: "bytes=0-99" }))).toBeInstanceOf(Error);
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
  });

  it("is 503 once the tenant has been told that the task is completed", async () => {
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

  it("a small file that is cut is never served", async () => {
    const half = png(400_000).slice(0, 200_000);
    await expectNotReady(await upstream(() => declared(half)).get("0.png"));
    await expectNotReady(await upstream(() => declared(half, 400_000)).get("0.png"));
    await expectNotReady(await upstream(() => chunked(SMALL.slice(0, 500))).get("0.png"));
  });

  it.each([
    ["shorter than declared", () => declared(LARGE.slice(0, -1), LARGE.length)],
    ["cut at its source", () => declared(LARGE.slice(0, 2_000_000))],
    ["cut at its source, without a length", () => chunked(LARGE.slice(0, 2_000_000))],
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
