import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { FileSource } from "../../src/domain/file-source.ts";
import { negotiateFormat, readWidth } from "../../src/files/thumbnails.ts";
import { bucket, createWorld, type WorldOptions } from "../support/file-world.ts";
import { png } from "../support/media.ts";
import { realPng } from "../support/real-image.ts";

const IMAGES = (env as unknown as { IMAGES: ImagesBinding }).IMAGES;
const WEBP = { Accept: "image/avif,image/webp,*/*;q=0.8" };

/** A binding that counts what it is asked to do. */
function counting() {
  const state = { transformations: 0 };
  const images = {
    input: (stream: ReadableStream<Uint8Array>) => {
      state.transformations++;
      return IMAGES.input(stream);
    },
  } as unknown as ImagesBinding;
  return { images, state };
}

/** A world with a finished image of 800 × 400 whose thumbnail the upstream did not give. */
async function finished(options: WorldOptions = {}, data?: Uint8Array) {
  const source: FileSource = { state: "gone" };
  const world = createWorld({ images: IMAGES, source, ...options });
  await world.put("0.png", data ?? (await realPng(800, 400)), "image/png");
  return world;
}

async function sizeOf(response: Response): Promise<{ format: string; width: number; height: number }> {
  const info = await IMAGES.info(new Response(await response.arrayBuffer()).body as ReadableStream<Uint8Array>);
  if (!("width" in info)) throw new Error("no bitmap");
  return { format: info.format, width: info.width, height: info.height };
}

describe("?w= on a stored image", () => {
  it("answers it as wide as asked, as WebP or JPEG by Accept, and says that it depends on that", async () => {
    const world = await finished();
    for (const [headers, format] of [
      [WEBP, "image/webp"],
      [{ Accept: "image/webp;q=0, image/*" }, "image/jpeg"],
      [{}, "image/jpeg"],
    ] as const) {
      for (const round of ["made", "stored"]) {
        const response = await world.get("0.png?w=256", headers);
        expect([round, response.status]).toEqual([round, 200]);
        expect(response.headers.get("content-type")).toBe(format);
        expect(response.headers.get("vary")).toBe("Accept");
        expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
        expect(await sizeOf(response)).toEqual({ format, width: 256, height: 128 });
      }
    }
  });

  it("is resized two at a time of one tenant and four of all, and all requests are answered", async () => {
    const running = { all: 0, most: 0 };
    const images = {
      input: (stream: ReadableStream<Uint8Array>) => {
        running.all += 1;
        running.most = Math.max(running.most, running.all);
        const response = async (options: ImageOutputOptions, width: ImageTransform) => {
          const body = await (await IMAGES.input(stream).transform(width).output(options)).response().arrayBuffer();
          running.all -= 1;
          return { response: () => new Response(body) };
        };
        return { transform: (width: ImageTransform) => ({ output: (o: ImageOutputOptions) => response(o, width) }) };
      },
    } as unknown as ImagesBinding;
    const get = async (tenants: number) => {
      running.most = 0;
      const worlds = await Promise.all(Array.from({ length: tenants }, () => finished({ images })));
      const widths = [64, 128, 192, 256, 320, 384];
      const responses = await Promise.all(
        worlds.flatMap((world) => widths.map((width) => world.get(`0.png?w=${width}`))),
      );
      for (const response of responses) {
        expect(response.status).toBe(200);
        await response.body?.cancel();
      }
      return running.most;
    };
    expect([await get(1), await get(3)]).toEqual([2, 4]);
  });

  it("is resized once, then comes from R2 with all that files have", async () => {
    const { images, state } = counting();
    const world = await finished({ images });
    const first = await world.get("0.png?w=256", WEBP);
    const whole = await first.bytes();
    expect(first.headers.get("content-length")).toBe(String(whole.length));
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^".+"$/);
    expect((await world.get("0.png?w=256", { ...WEBP, "If-None-Match": etag })).status).toBe(304);
    const part = await world.get("0.png?w=256", { ...WEBP, Range: "bytes=0-3" });
    expect(part.status).toBe(206);
    expect(await part.bytes()).toEqual(whole.slice(0, 4));
    const head = await world.get("0.png?w=256", WEBP, "HEAD");
    expect(head.headers.get("content-length")).toBe(String(whole.length));
    expect(state.transformations).toBe(1);
  });

  it("never makes an image larger", async () => {
    const world = await finished();
    expect(await sizeOf(await world.get("0.png?w=2048", WEBP))).toMatchObject({ width: 800, height: 400 });
  });

  it.each([
    "63",
    "0",
    "-64",
    "100",
    "2049",
    "2112",
    "64.0",
    "0x40",
    "",
    "abc",
    "064",
    "128&w=256",
  ])("refuses w=%s and says what is allowed", async (width) => {
    const { images, state } = counting();
    const world = await finished({ images });
    const response = await world.get(`0.png?w=${width}`, WEBP);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe("w must be a multiple of 64 from 64 to 2048\n");
    expect(state.transformations).toBe(0);
  });

  it("is offered under a name that fits what it is", async () => {
    const world = await finished();
    for (const round of ["made", "stored"]) {
      const response = await world.get("0.png?w=64&download", WEBP);
      expect([round, response.headers.get("content-disposition")]).toEqual([round, 'attachment; filename="0-64.webp"']);
      await response.body?.cancel();
    }
  });

  it("needs the signature of the path like the image itself", async () => {
    const facts = { visibility: "signed" as const, deleted: false };
    const stranger = await finished({ facts });
    expect((await stranger.get("0.png?w=64")).status).toBe(403);
    expect((await stranger.get("0.png?w=65")).status).toBe(403);
    const friend = await finished({ facts, verifySignature: async () => true, now: () => 0 });
    const response = await friend.get("0.png?w=64&expires=60");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
    await response.body?.cancel();
  });

  it.each([
    [{ state: "pending" }, 202],
    [{ state: "upstream", url: "https://upstream.example/0", reported: true }, 202],
    [{ state: "gone" }, 410],
    [{ state: "unknown" }, 404],
  ] as [FileSource, number][])("waits for the image to be stored: %j is %i", async (source, status) => {
    const world = createWorld({ images: IMAGES, source });
    expect((await world.get("0.png?w=64")).status).toBe(status);
    expect(world.calls.fetchResult).toEqual([]);
  });

  it("is nothing for a video, whose URL stays what it is", async () => {
    const world = await finished();
    await world.put("1.mp4", png(300), "video/mp4");
    expect((await world.get("1.mp4?w=64")).status).toBe(200);
    expect((await world.get("t1.png")).status).toBe(410);
    expect((await world.get("1.png?w=64")).status).toBe(410);
  });

  it("leaves alone what cannot be resized: 404, the image itself as before", async () => {
    const world = await finished({}, png(1_000));
    const response = await world.get("0.png?w=64");
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("this image cannot be resized\n");
    expect(world.calls.reports).toHaveLength(1);
    expect(await (await world.get("0.png")).bytes()).toEqual(png(1_000));
  });

  it("without the binding is 404 with a reason, and no thumbnail exists", async () => {
    const world = await finished({ images: null });
    const response = await world.get("0.png?w=64");
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("this deployment does not resize images\n");
    expect((await world.get("t0.png")).status).toBe(410);
    expect((await world.get("0.png")).status).toBe(200);
  });
});

describe("the thumbnail of an image", () => {
  it("is the image itself, 512 wide, where the upstream gave none", async () => {
    const { images, state } = counting();
    const world = await finished({ images });
    for (const _ of [1, 2]) {
      const response = await world.get("t0.png", WEBP);
      expect(response.headers.get("content-type")).toBe("image/webp");
      expect(response.headers.get("vary")).toBe("Accept");
      expect(await sizeOf(response)).toMatchObject({ width: 512, height: 256 });
    }
    expect(state.transformations).toBe(1);
    // Once made, the record need not be asked any more.
    expect(world.calls.fileSource).toHaveLength(1);
  });

  it("is the upstream's where it gave one", async () => {
    const { images, state } = counting();
    const world = await finished({ images });
    await world.put("t0.png", png(300), "image/png", "thumbnail");
    const response = await world.get("t0.png", WEBP);
    expect(response.headers.get("vary")).toBeNull();
    expect(await response.bytes()).toEqual(png(300));
    expect(state.transformations).toBe(0);
  });

  it("is streamed from upstream while the upstream's own is being copied", async () => {
    const source: FileSource = { state: "upstream", url: "https://upstream.example/t0", reported: true };
    const data = png(300);
    const world = await finished({ source, fetchResult: async () => new Response(data) });
    expect(await (await world.get("t0.png")).bytes()).toEqual(data);
  });

  it("is the image as it is where that cannot be resized: a URL that was handed out works", async () => {
    const world = await finished({}, png(1_000));
    const response = await world.get("t0.png");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await response.bytes()).toEqual(png(1_000));
  });

  it("may itself be asked for smaller", async () => {
    const world = await finished();
    expect(await sizeOf(await world.get("t0.png?w=128"))).toMatchObject({ width: 128 });
    await world.put("t0.png", await realPng(300, 300), "image/png", "thumbnail");
    expect(await sizeOf(await world.get("t0.png?w=64"))).toMatchObject({ width: 64, height: 64 });
  });

  it("does not survive a deletion that runs while it is being made", async () => {
    let purged: string[] = [];
    const racing = {
      get: (key: string) => bucket.get(key),
      head: (key: string) => bucket.head(key),
      delete: (key: string) => bucket.delete(key),
      // The purge has come and gone when the thumbnail arrives.
      put: async (key: string, value: Uint8Array, options: R2PutOptions) => {
        await bucket.delete(purged);
        return bucket.put(key, value, options);
      },
    } as unknown as R2Bucket;
    const world = await finished({ bucket: racing });
    purged = [world.keyOf("0.png")];
    expect((await world.get("t0.png")).status).toBe(410);
    expect((await bucket.list({ prefix: world.keyOf("0.png") })).objects).toEqual([]);
  });

  it("is served even if R2 does not keep it", async () => {
    const full = {
      get: (key: string) => bucket.get(key),
      head: (key: string) => bucket.head(key),
      put: () => Promise.reject(new Error("too many writes to one key (10058)")),
    } as unknown as R2Bucket;
    const world = await finished({ bucket: full });
    const response = await world.get("t0.png");
    expect(response.headers.has("etag")).toBe(false);
    expect(await sizeOf(response)).toMatchObject({ width: 512 });
  });
});

describe("the parameter w", () => {
  it("is every multiple of 64 from 64 to 2048 and nothing else", () => {
    const allowed = Array.from({ length: 5_000 }, (_, width) => width).filter(
      (width) => typeof readWidth(new URLSearchParams({ w: String(width) })) === "number",
    );
    expect(allowed).toEqual(Array.from({ length: 32 }, (_, index) => (index + 1) * 64));
    expect(readWidth(new URLSearchParams())).toBeNull();
  });
});

describe("Accept", () => {
  it.each([
    [null, "jpeg"],
    ["*/*", "jpeg"],
    ["image/*", "jpeg"],
    ["image/webp", "webp"],
    ["image/avif,image/webp,image/apng,*/*;q=0.8", "webp"],
    ["image/png, image/webp ; q=0.5", "webp"],
    ["image/webp;q=0", "jpeg"],
    ["image/webp;q=0.000, image/jpeg", "jpeg"],
    ["ximage/webp, image/webpx", "jpeg"],
  ])("%s is answered with %s", (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

describe("a thumbnail that the upstream has, and cannot serve", () => {
  const broken = (): Promise<Response> => Promise.resolve(new Response("<html>", { status: 200 }));
  const source: FileSource = { state: "upstream", url: "https://up.example/t0.png", reported: true };

  it("is made of the stored image, for a short while, and wakes the repair", async () => {
    const world = await finished({ source, fetchResult: broken });
    const response = await world.get("t0.png", WEBP);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await sizeOf(response)).toMatchObject({ format: "image/webp", width: 512 });
    expect(world.calls.repair).toHaveLength(1);
    expect(await sizeOf(await world.get("t0.png?w=128", WEBP))).toMatchObject({ width: 128 });
  });

  it("is the stored image where nothing can be resized", async () => {
    const world = await finished({ source, fetchResult: broken, images: null });
    const response = await world.get("t0.png");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await sizeOf(response)).toMatchObject({ format: "image/png", width: 800 });
  });

  it("is 503 while there is no image to make it of", async () => {
    const world = createWorld({ source, fetchResult: broken, images: IMAGES });
    expect((await world.get("t0.png")).status).toBe(503);
  });
});
