import { describe, expect, it } from "vitest";
import type { FileSource } from "../../src/domain/file-source.ts";
import { bucket, createWorld } from "../support/file-world.ts";
import { filler, png, text } from "../support/media.ts";

const DATA = png(1_000);

/** A world whose 0.png is in R2, and the object. */
async function stored(options: Parameters<typeof createWorld>[0] = {}, data: Uint8Array = DATA, type = "image/png") {
  const world = createWorld(options);
  const object = await world.put("0.png", data, type);
  return { world, object };
}

/** What every answer under /files must have, whatever its status. */
function expectHarmless(response: Response) {
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("content-security-policy")).toMatch(/sandbox.*default-src 'none'/);
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(response.headers.get("content-type") ?? "image/").toMatch(/^(image|video|audio)\/|octet-stream|^text\/plain/);
}

describe("a stored file", () => {
  it("is answered whole, with everything a cache and a browser want to know", async () => {
    const { world, object } = await stored();
    const response = await world.get("0.png");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": expect.stringContaining("ETag"),
      "cache-control": "public, max-age=31536000, immutable",
      "content-length": "1000",
      "content-type": "image/png",
      "cross-origin-resource-policy": "cross-origin",
      etag: object.httpEtag,
      "last-modified": object.uploaded.toUTCString(),
    });
    expect(response.headers.has("content-disposition")).toBe(false);
    expectHarmless(response);
    expect(await response.bytes()).toEqual(DATA);
    expect(world.calls.fileSource).toEqual([]);
  });

  it("is described by HEAD, ranges being meaningless for it", async () => {
    const { world, object } = await stored();
    const response = await world.get("0.png", { Range: "bytes=0-9" }, "HEAD");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("1000");
    expect(response.headers.get("etag")).toBe(object.httpEtag);
    expect(response.headers.has("content-range")).toBe(false);
    expect((await response.bytes()).length).toBe(0);
  });

  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=990-", 990, 10],
    ["bytes=-10", 990, 10],
    ["bytes=0-", 0, 1_000],
    ["bytes=-5000", 0, 1_000],
    ["bytes=500-99999", 500, 500],
    ["bytes=0-9007199254740993", 0, 1_000],
    ["BYTES=999-999", 999, 1],
  ])("%s is 206", async (range, offset, length) => {
    const { world } = await stored();
    const response = await world.get("0.png", { Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${offset}-${offset + length - 1}/1000`);
    expect(response.headers.get("content-length")).toBe(String(length));
    expect(response.headers.get("content-type")).toBe("image/png");
    expectHarmless(response);
    expect(await response.bytes()).toEqual(DATA.slice(offset, offset + length));
  });

  it.each(["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=99999999999999999999-"])("%s is 416", async (range) => {
    const { world } = await stored();
    const response = await world.get("0.png", { Range: range });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */1000");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expectHarmless(response);
  });

  it.each(["bytes=0-1,4-5", "bytes=9-1", "bytes=x", "pages=1-2", ""])("%j is ignored", async (range) => {
    const { world } = await stored();
    const response = await world.get("0.png", { Range: range });
    expect(response.status).toBe(200);
    expect((await response.bytes()).length).toBe(1_000);
  });

  it("answers an If-Range with the part if it matches, else with the whole", async () => {
    const { world, object } = await stored();
    const date = object.uploaded.toUTCString();
    for (const [validator, status] of [
      [object.httpEtag, 206],
      [date, 206],
      ['"other"', 200],
      [`W/${object.httpEtag}`, 200],
      ["Sun, 01 Jan 2020 00:00:00 GMT", 200],
    ] as const) {
      const response = await world.get("0.png", { Range: "bytes=0-9", "If-Range": validator });
      expect([validator, response.status]).toEqual([validator, status]);
      expect((await response.bytes()).length).toBe(status === 206 ? 10 : 1_000);
      expect((await world.get("0.png", { Range: "bytes=1000-", "If-Range": validator })).status).toBe(
        status === 206 ? 416 : 200,
      );
    }
  });

  it("answers conditions with 304 and 412", async () => {
    const { world, object } = await stored();
    const etag = object.httpEtag;
    for (const [headers, status] of [
      [{ "If-None-Match": etag }, 304],
      [{ "If-None-Match": `W/${etag}, "x"` }, 304],
      [{ "If-None-Match": "*" }, 304],
      [{ "If-None-Match": '"x"' }, 200],
      [{ "If-None-Match": etag, Range: "bytes=0-9" }, 304],
      [{ "If-None-Match": '"x"', Range: "bytes=0-9" }, 206],
      [{ "If-Match": etag }, 200],
      [{ "If-Match": '"x"' }, 412],
      [{ "If-Modified-Since": object.uploaded.toUTCString() }, 304],
      [{ "If-Unmodified-Since": "Sun, 01 Jan 2020 00:00:00 GMT" }, 412],
    ] as const) {
      for (const method of ["GET", "HEAD"]) {
        const response = await world.get("0.png", headers, method);
        expect([headers, response.status]).toEqual([headers, method === "HEAD" && status === 206 ? 200 : status]);
        expectHarmless(response);
        await response.body?.cancel();
        if (status !== 304) continue;
        expect(response.headers.get("etag")).toBe(etag);
        expect(response.headers.get("cache-control")).toContain("immutable");
        expect(response.headers.has("content-length")).toBe(false);
      }
    }
  });

  it("is offered under a name with ?download", async () => {
    const { world } = await stored();
    for (const [query, expected] of [
      ["download=cat.png", 'attachment; filename="cat.png"'],
      ["download", 'attachment; filename="0.png"'],
      ["download=", 'attachment; filename="0.png"'],
      ["download=../%0d%0aSet-Cookie:x", 'attachment; filename="_Set-Cookie_x"'],
      ["download=%E7%8C%AB.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png"],
    ]) {
      const response = await world.get(`0.png?${query}`, { Range: "bytes=0-0" });
      expect(response.headers.get("content-disposition")).toBe(expected);
      await response.body?.cancel();
    }
  });

  it.each([
    ["text/html"],
    ["image/svg+xml"],
    ["application/xhtml+xml"],
    ["text/javascript"],
  ])("is never served as %s, even if it got into R2 as that", async (type) => {
    const { world } = await stored({}, text("<script>"), type);
    expect((await world.get("0.png")).headers.get("content-type")).toBe("application/octet-stream");
  });

  it("has the Content-Type of its content, whatever the extension", async () => {
    const { world } = await stored({}, filler(10), "image/webp");
    expect((await world.get("0.png")).headers.get("content-type")).toBe("image/webp");
  });

  it("has one URL: the other extension is another file, which does not exist", async () => {
    const { world } = await stored();
    expect((await world.get("0.mp4")).status).toBe(404);
    await world.put("1.mp4", DATA, "video/mp4");
    await world.put("t1.png", DATA, "image/png", "thumbnail");
    expect((await world.get("1.png")).status).toBe(404);
    expect((await world.get("1.mp4")).status).toBe(200);
    expect((await world.get("t1.png")).status).toBe(200);
  });

  it("of no bytes has no ranges", async () => {
    const { world } = await stored({}, new Uint8Array(0));
    expect((await world.get("0.png")).headers.get("content-length")).toBe("0");
    expect((await world.get("0.png", { Range: "bytes=0-" })).status).toBe(416);
    expect((await world.get("0.png", { Range: "bytes=-5" })).status).toBe(200);
  });

  it.each([
    [{}, ["get"]],
    [{ Range: "bytes=0-9" }, ["get"]],
    [{ Range: "bytes=-9" }, ["get"]],
    [{ Range: "bytes=1000-" }, ["get", "head"]],
    [{ "If-None-Match": "*" }, ["head"]],
  ])("costs as few operations as can be: %j", async (headers, expected) => {
    const operations: string[] = [];
    const counting = {
      get: (...args: Parameters<R2Bucket["get"]>) => {
        operations.push("get");
        return bucket.get(...args);
      },
      head: (key: string) => {
        operations.push("head");
        return bucket.head(key);
      },
    } as unknown as R2Bucket;
    const { world } = await stored({ bucket: counting });
    await (await world.get("0.png", headers as Record<string, string>)).body?.cancel();
    expect(operations).toEqual(expected);
  });
});

describe("who may have it", () => {
  const signed = { visibility: "signed" as const, deleted: false };

  it("nobody, of a tenant that does not exist (404) or was deleted (410)", async () => {
    expect((await (await stored({ facts: null })).world.get("0.png")).status).toBe(404);
    const { world } = await stored({ facts: { visibility: "public", deleted: true } });
    const response = await world.get("0.png");
    expect(response.status).toBe(410);
    expectHarmless(response);
  });

  it("of a signed tenant, only who has a valid signature", async () => {
    const { world } = await stored({ facts: signed });
    for (const method of ["GET", "HEAD"]) {
      const response = await world.get("0.png?expires=1&signature=x", {}, method);
      expect(response.status).toBe(403);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expectHarmless(response);
    }
    expect(world.calls.fileSource).toEqual([]);
  });

  it("of a signed tenant, until the link expires and in no shared cache", async () => {
    const asked: string[] = [];
    const { world } = await stored({
      facts: signed,
      now: () => 1_000_000_500,
      verifySignature: async (path, query) => {
        asked.push(`${path} ${query.get("signature")}`);
        return true;
      },
    });
    const response = await world.get("0.png?expires=1000600&signature=s&download=x");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("private, max-age=599");
    expect(asked).toEqual([`${world.pathOf("0.png")} s`]);
    await response.body?.cancel();
  });

  it("of a signed tenant, a missing file is 403 without a signature", async () => {
    const { get, calls } = createWorld({ facts: signed, source: { state: "pending" } });
    expect((await get("0.png")).status).toBe(403);
    expect(calls.fileSource).toEqual([]);
  });
});

describe("a file that is not stored", () => {
  it.each([
    [{ state: "unknown" }, 404],
    [{ state: "gone" }, 410],
    [{ state: "pending" }, 202],
    [{ state: "stored" }, 503],
  ] as [FileSource, number][])("%j is %i", async (source, status) => {
    for (const method of ["GET", "HEAD"]) {
      const { get, calls, tenantId, secret } = createWorld({ source });
      const response = await get("t3.png", {}, method);
      expect(response.status).toBe(status);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.has("retry-after")).toBe(status === 202 || status === 503);
      expectHarmless(response);
      expect((await response.text()).length > 0).toBe(method === "GET");
      expect(calls.fileSource).toEqual([[tenantId, 12_345, secret, "t3.png"]]);
    }
  });

  it("but whose copy is finished between two looks is served", async () => {
    const world = createWorld();
    let looks = 0;
    const late = {
      get: async (key: string) => (looks++ === 0 ? null : await bucket.get(key)),
    } as unknown as R2Bucket;
    const { get, put } = createWorld({ bucket: late, source: { state: "stored" } });
    await put("0.png", DATA, "image/png");
    expect((await get("0.png")).status).toBe(200);
    expect(world.calls.reports).toEqual([]);
  });
});

describe("what is no file URL", () => {
  it.each([
    ["/files/"],
    ["/files/abc/0.png"],
    ["/files/TOKEN"],
    ["/files/TOKEN/"],
    ["/files/TOKEN/0.jpg"],
    ["/files/TOKEN/00.png"],
    ["/files/TOKEN/t0.mp4"],
    ["/files/TOKEN/0.png/"],
    ["/files/TOKEN/x/0.png"],
    ["/files/TOKEN/%30.png"],
    ["/files/TOKENA/0.png"],
    ["/files//0.png"],
  ])("%s is 404", async (path) => {
    const { world } = await stored();
    const response = await world.get(path.replace("TOKEN", world.token));
    expect(response.status).toBe(404);
    expectHarmless(response);
    expect(world.calls.fileSource).toEqual([]);
  });

  it("a token of another secret finds nothing of this task", async () => {
    const { world } = await stored();
    const other = world.token.slice(0, -1) + (world.token.endsWith("A") ? "E" : "A");
    expect((await world.get(`/files/${other}/0.png`)).status).toBe(404);
    expect(world.calls.fileSource).toHaveLength(1);
  });
});

describe("other methods", () => {
  it("are refused", async () => {
    const { world } = await stored();
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const response = await world.get("0.png", {}, method);
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      expectHarmless(response);
    }
  });

  it("a preflight is answered for any site", async () => {
    const { world } = await stored();
    const headers = { Origin: "https://shop.example", "Access-Control-Request-Headers": "range" };
    const response = await world.get("0.png", headers, "OPTIONS");
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toContain("GET");
    expect(response.headers.get("access-control-allow-headers")).toContain("range");
  });
});

describe("trouble inside", () => {
  const failing = { get: () => Promise.reject(new Error("R2 is down")) } as unknown as R2Bucket;

  it("is 503 without detail, and reported", async () => {
    const { get, calls } = createWorld({ bucket: failing });
    const response = await get("0.png");
    expect(response.status).toBe(503);
    expect(await response.text()).toBe("temporarily unavailable\n");
    expect(response.headers.get("retry-after")).toBe("5");
    expect(calls.reports).toEqual([new Error("R2 is down")]);
  });

  it("of the record leaves no half-open read behind", async () => {
    const { world } = await stored({
      verifySignature: () => Promise.reject(new Error("no")),
      facts: { visibility: "signed", deleted: false },
    });
    expect((await world.get("0.png")).status).toBe(503);
    expect(world.calls.reports).toHaveLength(1);
  });
});
