import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ByteSource, fillBlock } from "../../simulator/media/byte-source.ts";
import { readMp4, readPng } from "./media-structure.ts";
import { fileUrls, finished, firstFile, IMAGE, send, simulate, VIDEO } from "./simulator-client.ts";

const MIB = 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("images", () => {
  it.each([
    ["1K", "16:9", 1024, 576],
    ["2k", "9:16", 1152, 2048],
    ["4K", "16:9", 4096, 2304],
    [undefined, undefined, 1024, 1024],
  ])("of size %s and ratio %s are real PNGs of %i × %i", async (size, aspectRatio, width, height) => {
    const simulator = await simulate();
    const { bytes, headers } = await send(await firstFile(simulator, { ...IMAGE, size, aspectRatio }));
    expect(readPng(bytes)).toMatchObject({ width, height });
    expect(headers["content-type"]).toBe("image/png");
  });

  it("differ between tasks and between the images of one task", async () => {
    const simulator = await simulate();
    const body = { ...IMAGE, imageCount: 2 };
    const urls = [...fileUrls(await finished(simulator, body)), ...fileUrls(await finished(simulator, body))];
    const hashes = await Promise.all(urls.map(async (url) => sha256((await send(url)).bytes)));
    expect(new Set(hashes).size).toBe(4);
  });

  it("can be padded to an exact size and stay valid", async () => {
    const simulator = await simulate();
    const { bytes } = await send(await firstFile(simulator, { ...IMAGE, prompt: `[[sim: bytes=${3 * MIB + 1}]]` }));
    expect(bytes.length).toBe(3 * MIB + 1);
    expect(readPng(bytes).chunks).toEqual(["IHDR", "PLTE", "tEXt", "IDAT", "paDd", "IEND"]);
  });
});

describe("padding", () => {
  it("needs no more memory for a large file than for a small one", () => {
    const source = new ByteSource([Buffer.alloc(10), { fill: fillBlock("x"), length: 200 * MIB }, Buffer.alloc(5)]);
    const buffers = new Set(Array.from(source.chunks(), (chunk) => chunk.buffer));
    expect(source.size).toBe(200 * MIB + 15);
    expect([...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBeLessThan(MIB);
  });

  it("is the same from every start offset", () => {
    const source = new ByteSource([
      Buffer.from("head"),
      { fill: fillBlock("x"), length: 200_000 },
      Buffer.from("tail"),
    ]);
    const whole = source.bytes();
    for (const [start, end] of [
      [0, 4],
      [3, 5],
      [65_530, 131_080],
      [199_999, 200_008],
      [7, 7],
    ] as const) {
      expect(Buffer.concat([...source.chunks(start, end)])).toEqual(whole.subarray(start, end));
    }
  });
});

describe("videos", () => {
  it("are real MP4s with the index first, H.264, and sound if it was asked for", async () => {
    const simulator = await simulate();
    const loud = await send(await firstFile(simulator, VIDEO));
    const silent = await send(await firstFile(simulator, { ...VIDEO, generateAudio: false }));
    expect(readMp4(loud.bytes).map((box) => box.type)).toEqual(["ftyp", "moov", "free", "mdat", "uuid"]);
    expect(loud.headers["content-type"]).toBe("video/mp4");
    expect([loud.bytes.includes("avc1"), loud.bytes.includes("mp4a")]).toEqual([true, true]);
    expect([silent.bytes.includes("avc1"), silent.bytes.includes("mp4a")]).toEqual([true, false]);
  });

  it("differ between tasks and have the hash of the control API", async () => {
    const simulator = await simulate();
    const hashes = [];
    for (let i = 0; i < 2; i++) hashes.push(sha256((await send(await firstFile(simulator, VIDEO))).bytes));
    const listed = await Promise.all(simulator.tasks().map(({ taskId }) => simulator.files(taskId)));
    expect(listed.flat().map((file) => file.sha256)).toEqual(hashes);
    expect(new Set(hashes).size).toBe(2);
  });

  it("can be hundreds of megabytes, with a hash and ranges", async () => {
    const simulator = await simulate();
    const size = 200 * MIB;
    const url = await firstFile(simulator, { ...VIDEO, prompt: `[[sim: bytes=${size}]]` });
    const hash = createHash("sha256");
    let length = 0;
    const response = await fetch(url);
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      length += chunk.length;
    }
    expect(length).toBe(size);
    const [file] = await simulator.files("9007199254740993");
    expect(file).toMatchObject({ bytes: size, sha256: hash.digest("hex"), completeDownloads: 1 });
    const tail = await send(url, { headers: { range: `bytes=${size - 5}-` } });
    expect(tail.bytes.length).toBe(5);
  });

  it("padded to a size end exactly there", async () => {
    const simulator = await simulate();
    const { bytes } = await send(await firstFile(simulator, { ...VIDEO, prompt: `[[sim: bytes=${MIB}]]` }));
    expect(bytes.length).toBe(MIB);
    expect(readMp4(bytes).at(-1)?.type).toBe("free");
  });

  it("have a thumbnail on request", async () => {
    const simulator = await simulate({ thumbnails: true });
    const [result] = (await finished(simulator, VIDEO)).results as readonly { thumbnailUrl: string }[];
    expect(readPng((await send(result?.thumbnailUrl ?? "")).bytes)).toMatchObject({ width: 480, height: 270 });
  });
});
