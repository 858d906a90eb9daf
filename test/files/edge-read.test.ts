import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { TenantFacts } from "../../src/domain/file-source.ts";
import type { EdgeFetcher } from "../../src/files/edge-read.ts";
import { MAX_BYTES_FOR_A_PART, serveStored } from "../../src/files/stored.ts";
import { EdgeCache } from "../support/edge-cache.ts";
import { createWorld, ORIGIN, type WorldOptions } from "../support/file-world.ts";
import { png } from "../support/media.ts";

const { FILES } = env as unknown as Bindings;
const PUBLIC: TenantFacts = { visibility: "public", deleted: false, uncached: { upTo: -1, tasks: [] } };
const TASK = 12_345;

/** A bucket that counts reads of objects (get and head). */
function countingBucket() {
  const reads: string[] = [];
  const bucket = {
    get: (key: string, ...rest: [R2GetOptions?]) => {
      reads.push(`get ${key}`);
      return FILES.get(key, ...(rest as []));
    },
    head: (key: string) => {
      reads.push(`head ${key}`);
      return FILES.head(key);
    },
  } as unknown as R2Bucket;
  return { bucket, reads };
}

function edgeWorld(options: WorldOptions = {}) {
  const { bucket, reads } = countingBucket();
  const cache = new EdgeCache({ fetch: (request) => serveStored(request, bucket) });
  const seen: Request[] = [];
  const edge: EdgeFetcher = {
    fetch: (url, init) => {
      const request = new Request(url, init);
      seen.push(request.clone());
      return cache.fetch(request);
    },
  };
  const world = createWorld({ bucket, edge, facts: PUBLIC, source: { state: "stored" }, ...options });
  return { ...world, cache, reads, seen };
}

const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer());

/** The headers of the cache that no caller may see. */
const INTERNAL = ["cache-tag", "cloudflare-cdn-cache-control", "cf-cache-status", "age", "paddock-choice"];

describe("a public file through the edge cache", () => {
  const file = png();
  let world: ReturnType<typeof edgeWorld>;
  beforeEach(async () => {
    world = edgeWorld();
    await world.put("0.png", file, "image/png");
  });

  it("costs one read of R2 for 20 views", async () => {
    for (let view = 0; view < 20; view += 1) {
      const response = await world.get("0.png");
      expect(response.status).toBe(200);
      expect(await bytes(response)).toEqual(file);
      expect(response.headers.get("cache-status")).toBe(view === 0 ? "files; fwd=miss" : "files; hit");
    }
    expect(world.reads).toHaveLength(1);
    expect(world.cache.keys).toEqual([world.pathOf("0.png")]);
  });

  it("costs one read of R2 for 60 requests at once", async () => {
    const responses = await Promise.all(Array.from({ length: 60 }, () => world.get("0.png")));
    for (const response of responses) expect(await bytes(response)).toEqual(file);
    expect(world.reads).toHaveLength(1);
  });

  it("has the headers of the file read from R2, and none of the cache's own", async () => {
    const direct = await createWorldLike(world).get("0.png");
    for (const response of [await world.get("0.png"), await world.get("0.png")]) {
      const { "cache-status": _, ...headers } = Object.fromEntries(response.headers);
      expect(headers).toEqual(Object.fromEntries(direct.headers));
      for (const name of INTERNAL) expect(response.headers.has(name), name).toBe(false);
      await response.body?.cancel();
    }
    await direct.body?.cancel();
  });

  it("is asked for by its path alone, without anything else of the caller's request", async () => {
    const headers = {
      authorization: "Bearer x",
      cookie: "a=b",
      "x-forwarded-host": "evil.example",
      accept: "image/webp",
    };
    await (await world.get("0.png?download=a&b=c", headers)).body?.cancel();
    const [asked] = world.seen;
    expect(asked?.url).toBe(`https://files.invalid${world.pathOf("0.png")}`);
    expect(asked?.cf).toEqual({ cacheKey: world.pathOf("0.png") });
    expect([...(asked?.headers.keys() ?? [])]).toEqual([]);
  });

  it("gets its name for a download after the cache, so that all names share one entry", async () => {
    for (const [query, disposition] of [
      ["?download=", /attachment; filename="0\.png"/],
      ["?download=cat.png", /attachment; filename="cat\.png"/],
      ["?download=a%22%0d%0aSet-Cookie:%20x", /^attachment; filename=/],
    ] as const) {
      const response = await world.get(`0.png${query}`);
      expect(response.headers.get("content-disposition")).toMatch(disposition);
      expect(response.headers.has("set-cookie")).toBe(false);
      await response.body?.cancel();
    }
    expect((await world.get("0.png")).headers.has("content-disposition")).toBe(false);
    expect(world.reads).toHaveLength(1);
  });

  it("answers ranges cold and warm from one read", async () => {
    for (const [range, part, text] of [
      ["bytes=2-5", file.subarray(2, 6), `bytes 2-5/${file.length}`],
      ["bytes=-3", file.subarray(-3), `bytes ${file.length - 3}-${file.length - 1}/${file.length}`],
      ["bytes=4-", file.subarray(4), `bytes 4-${file.length - 1}/${file.length}`],
      ["bytes=0-99999999999999999999", file, `bytes 0-${file.length - 1}/${file.length}`],
    ] as const) {
      const response = await world.get("0.png", { range });
      expect(response.status, range).toBe(206);
      expect(response.headers.get("content-range")).toBe(text);
      expect(response.headers.get("content-length")).toBe(String(part.length));
      expect(await bytes(response)).toEqual(new Uint8Array(part));
    }
    for (const range of [`bytes=${file.length}-`, "bytes=-0"]) {
      const response = await world.get("0.png", { range });
      expect([response.status, response.headers.get("content-range")]).toEqual([416, `bytes */${file.length}`]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    for (const range of ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2"]) {
      const response = await world.get("0.png", { range });
      expect(response.status, range).toBe(200);
      await response.body?.cancel();
    }
    expect(world.reads).toHaveLength(1);
  });

  it("answers conditions cold and warm", async () => {
    const etag = (await FILES.head(world.keyOf("0.png")))?.httpEtag ?? "";
    for (const [headers, status] of [
      [{ "if-none-match": etag }, 304],
      [{ "if-none-match": '"other"' }, 200],
      [{ "if-match": '"other"' }, 412],
      [{ "if-match": etag, range: "bytes=0-3" }, 206],
      [{ "if-range": etag, range: "bytes=0-3" }, 206],
      [{ "if-range": '"other"', range: "bytes=0-3" }, 200],
    ] as const) {
      const response = await world.get("0.png", headers);
      expect(response.status, JSON.stringify(headers)).toBe(status);
      if (status !== 412) expect(response.headers.get("etag")).toBe(etag);
      if (status === 304) expect(response.headers.has("content-length")).toBe(false);
      await response.body?.cancel();
    }
    expect(world.reads).toHaveLength(1);
    for (const request of world.seen) expect(request.headers.has("if-none-match")).toBe(false);
  });

  it("answers HEAD before and after a GET", async () => {
    for (let time = 0; time < 2; time += 1) {
      const head = await world.get("0.png", {}, "HEAD");
      expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
        200,
        String(file.length),
        "",
      ]);
      expect(await bytes(await world.get("0.png"))).toEqual(file);
    }
    expect(world.reads).toHaveLength(1);
  });

  it("is read again after a purge by each of its tags", async () => {
    const day = Math.floor(1_767_225_600_000 / 86_400_000);
    for (const tag of [`t-${world.tenantId}`, `k-${world.tenantId}-${TASK}`, `d-${world.tenantId}-${day}`]) {
      const before = world.reads.length;
      for (let view = 0; view < 2; view += 1) await (await world.get("0.png")).body?.cancel();
      expect(world.reads.length - before).toBe(1);
      await world.cache.purge({ tags: [tag] });
      expect(world.cache.keys).toEqual([]);
    }
  });

  it("stays in the cache for a day", async () => {
    await (await world.get("0.png")).body?.cancel();
    vi.useFakeTimers({ now: Date.now() + 86_399_000, toFake: ["Date"] });
    await (await world.get("0.png")).body?.cancel();
    expect(world.reads).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    await (await world.get("0.png")).body?.cancel();
    vi.useRealTimers();
    expect(world.reads).toHaveLength(2);
  });
});

describe("a read that began before a deletion", () => {
  it("may be stored after the purge, and is not read from there", async () => {
    const facts = { ...PUBLIC };
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const cache = new EdgeCache({
      fetch: async (request) => {
        const response = await serveStored(request, FILES);
        await gate;
        return response;
      },
    });
    const edge: EdgeFetcher = { fetch: (url, init) => cache.fetch(new Request(url, init)) };
    const source = { state: "gone" } as const;
    const world = createWorld({ edge, facts, source });
    await world.put("0.png", png(), "image/png");
    const reading = world.get("0.png");
    await expect.poll(() => cache.fills).toBe(1);
    facts.uncached = { upTo: -1, tasks: [TASK] };
    await FILES.delete(world.keyOf("0.png"));
    await cache.purge({ tags: [`k-${world.tenantId}-${TASK}`] });
    letGo();
    await (await reading).body?.cancel();
    expect(cache.keys).toHaveLength(1);
    expect((await world.get("0.png")).status).toBe(410);
  });
});

/** The same files without a cache. */
function createWorldLike(world: ReturnType<typeof edgeWorld>) {
  const direct = createWorld({ facts: PUBLIC });
  return { get: (name: string) => direct.get(world.pathOf(name), {}, "GET", world.tenantId) };
}

describe("what never comes from the edge cache or gets into it", () => {
  it.each([
    ["a tenant with signed links", { facts: { ...PUBLIC, visibility: "signed" }, verifySignature: async () => true }],
    ["an object of the previous release", { facts: { visibility: "public", deleted: false } }],
    ["a deleted task", { facts: { ...PUBLIC, uncached: { upTo: -1, tasks: [TASK] } } }],
    ["a task past its retention", { facts: { ...PUBLIC, uncached: { upTo: TASK, tasks: [] } } }],
    ["a token without a MAC", { isSigned: async () => false }],
  ] as [string, WorldOptions][])("%s: the file is read from R2", async (_, options) => {
    const world = edgeWorld(options);
    await world.put("0.png", png(), "image/png");
    for (let view = 0; view < 2; view += 1) await (await world.get("0.png")).body?.cancel();
    expect(world.seen).toEqual([]);
    expect(world.reads).toHaveLength(2);
  });

  it("a deleted tenant and a wrong signature are refused before the cache is asked", async () => {
    const world = edgeWorld({ facts: { ...PUBLIC, deleted: true } });
    expect((await world.get("0.png")).status).toBe(410);
    const signed = edgeWorld({ facts: { ...PUBLIC, visibility: "signed" } });
    expect((await signed.get("0.png")).status).toBe(403);
    expect([...world.seen, ...signed.seen]).toEqual([]);
  });

  it.each([
    ["pending", 202],
    ["gone", 410],
    ["unknown", 404],
  ] as const)("a file that is %s: no entry is left", async (state, status) => {
    const world = edgeWorld({ source: { state } });
    const response = await world.get("0.png");
    expect([response.status, response.headers.get("cache-control")]).toEqual([status, "no-store"]);
    expect(world.cache.keys).toEqual([]);
    expect(world.reads).toHaveLength(1);
  });

  it("a file with the extension of another kind: 404, and no entry", async () => {
    const world = edgeWorld({ source: { state: "unknown" } });
    await world.put("0.mp4", png(), "video/mp4");
    expect((await world.get("0.png")).status).toBe(404);
    expect(world.cache.keys).toEqual([]);
  });

  it("parts of a large file: read from R2, and after the first without asking the cache", async () => {
    const world = edgeWorld();
    const object = await FILES.put(world.keyOf("0.mp4"), new Uint8Array(9), { customMetadata: { kind: "video" } });
    const reads: string[] = [];
    const large = (found: R2Object) => Object.defineProperty(found, "size", { value: MAX_BYTES_FOR_A_PART + 1 });
    const bucket = {
      get: async (key: string, options?: R2GetOptions) => {
        reads.push(options?.range === undefined ? "whole" : "part");
        const found = await FILES.get(key, options ?? {});
        return found && large(found as R2Object);
      },
    } as unknown as R2Bucket;
    expect(object).not.toBeNull();
    const cache = new EdgeCache({ fetch: (request) => serveStored(request, bucket) });
    const asked: string[] = [];
    const edge: EdgeFetcher = {
      fetch: (url, init) => {
        asked.push(url);
        return cache.fetch(new Request(url, init));
      },
    };
    const { tenantId, token } = world;
    const reader = createWorld({ bucket, edge, facts: PUBLIC });
    for (let view = 0; view < 3; view += 1) {
      const response = await reader.get(`/files/${token}/0.mp4`, { range: "bytes=1-3" }, "GET", tenantId);
      expect(response.status).toBe(206);
      expect((await bytes(response)).length).toBe(3);
    }
    expect(asked).toHaveLength(1);
    expect(reads).toEqual(["whole", "part", "part", "part"]);
    expect(cache.keys).toEqual([]);
  });

  it("a cache that fails: the file is read from R2, and the failure is reported", async () => {
    const fails: EdgeFetcher[] = [
      { fetch: async () => Promise.reject(new Error("internal error")) },
      { fetch: async () => new Response("oh", { status: 522 }) },
    ];
    for (const edge of fails) {
      const world = edgeWorld({ edge });
      await world.put("0.png", png(), "image/png");
      const response = await world.get("0.png");
      expect(response.status).toBe(200);
      await response.body?.cancel();
      expect(world.calls.reports).toHaveLength(1);
    }
  });

  it("works behind an entrypoint without a cache, which passes ranges on", async () => {
    const { bucket } = countingBucket();
    const world = edgeWorld({ edge: { fetch: (url, init) => serveStored(new Request(url, init), bucket) } });
    const file = png();
    await world.put("0.png", file, "image/png");
    const part = await world.get("0.png", { range: "bytes=1-4" });
    expect([part.status, await bytes(part)]).toEqual([206, file.slice(1, 5)]);
    expect((await world.get("0.png", { range: "bytes=99999999-" })).status).toBe(416);
    expect((await world.get("0.png", {}, "HEAD")).headers.get("content-length")).toBe(String(file.length));
  });
});

describe("thumbnails and smaller versions through the edge cache", () => {
  const stored = { httpMetadata: { contentType: "image/webp" }, customMetadata: { kind: "thumbnail" } };

  it("has one entry a width and format, whatever else `Accept` contains", async () => {
    const world = edgeWorld({ images: {} as ImagesBinding });
    await world.put("0.png", png(), "image/png");
    await FILES.put(`${world.keyOf("0.png")}@128.webp`, "webp", stored);
    for (const accept of ["image/webp", "image/avif,image/webp,*/*;q=0.8", "text/html,image/webp;q=0.5"]) {
      const response = await world.get("0.png?w=128&download=", { accept });
      expect([response.status, await response.text(), response.headers.get("vary")]).toEqual([200, "webp", "Accept"]);
      expect(response.headers.get("content-disposition")).toContain("0-128.webp");
    }
    expect(world.cache.keys).toEqual([`${world.pathOf("0.png")}?w=128&format=webp`]);
    expect(world.reads).toHaveLength(1);
  });

  it("stores an image in place of a missing thumbnail for an hour, because the thumbnail may still arrive", async () => {
    const world = edgeWorld();
    await FILES.put(`${world.keyOf("0.png")}@512.webp`, "resized", stored);
    const get = async () => (await world.get("t0.png", { accept: "image/webp" })).text();
    expect([await get(), await get()]).toEqual(["resized", "resized"]);
    expect(world.reads).toHaveLength(2);
    await FILES.put(world.keyOf("t0.png"), "upstream's", stored);
    vi.useFakeTimers({ now: Date.now() + 3_601_000, toFake: ["Date"] });
    expect(await get()).toBe("upstream's");
    vi.useRealTimers();
  });
});

it("a request of the stored files' entrypoint that is malformed is 404, and not stored", async () => {
  const cache = new EdgeCache({ fetch: (request) => serveStored(request, FILES) });
  for (const path of ["/", "/files/x/0.png", `/files/${"A".repeat(43)}/x`, `/files/${"A".repeat(43)}/0.png`]) {
    const response = await cache.fetch(new Request(ORIGIN + path));
    expect([response.status, response.headers.get("cache-control")]).toEqual([404, "no-store"]);
  }
  expect(cache.keys).toEqual([]);
});
