import { describe, expect, it } from "vitest";
import { parseRange } from "../../simulator/byte-range.ts";
import { accepted, fileUrls, firstFile, IMAGE, LONG_ENOUGH_MS, send, simulate, taskData } from "./simulator-client.ts";

describe("result URLs", () => {
  it("expire, and a new query returns fresh ones", async () => {
    const simulator = await simulate({ urlTtlSeconds: 60 });
    const taskId = await accepted(simulator, IMAGE);
    simulator.advance(LONG_ENOUGH_MS);
    const [first = ""] = fileUrls(await taskData(simulator, taskId));
    expect((await send(first)).status).toBe(200);
    simulator.advance(61_000);
    const expired = await send(first);
    expect([expired.status, expired.headers["content-type"]]).toEqual([403, "application/xml"]);
    expect(expired.text).toContain("<Code>AccessDenied</Code>");
    const [second = ""] = fileUrls(await taskData(simulator, taskId));
    expect((await send(second)).status).toBe(200);
  });

  it("have a configurable lifetime", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, { ...IMAGE, prompt: "[[sim: urlTtlSeconds=2]]" });
    simulator.advance(3_100);
    expect((await send(url)).status).toBe(403);
  });

  it("are rejected with any change", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, IMAGE);
    expect((await send(url.replace(/Expires=\d+/, "Expires=9999999999"))).status).toBe(403);
    expect((await send(url.replace(/\?.*/, ""))).status).toBe(403);
    expect((await send(url.replace("/0.png", "/1.png"))).status).toBe(404);
  });
});

describe("downloads", () => {
  it("support HEAD, ranges and conditions", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, IMAGE);
    const whole = await send(url);
    const etag = String(whole.headers.etag);
    const size = whole.bytes.length;
    const head = await send(url, { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.bytes.length]).toEqual([200, String(size), 0]);
    const part = await send(url, { headers: { range: "bytes=10-19" } });
    expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 10-19/${size}`]);
    expect(part.bytes).toEqual(whole.bytes.subarray(10, 20));
    expect((await send(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await send(url, { headers: { range: "bytes=0-1", "if-range": '"other"' } })).status).toBe(200);
  });

  it("with an unsatisfiable range return the whole file, or 416 in strict mode, as OSS does", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, IMAGE);
    const headers = { range: "bytes=99999999-" };
    expect((await send(url, { headers })).status).toBe(200);
    expect((await send(url, { headers: { ...headers, "x-oss-range-behavior": "standard" } })).status).toBe(416);
  });

  it("are counted", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, IMAGE);
    const { bytes } = await send(url);
    await send(url, { headers: { range: "bytes=0-9" } });
    const [file] = await simulator.files("9007199254740993");
    expect(file).toMatchObject({ requests: 2, completeDownloads: 1, bytesSent: bytes.length + 10 });
    expect(simulator.stats()).toMatchObject({ downloads: 2, completeDownloads: 1 });
  });
});

describe("a Range header", () => {
  it.each([
    ["bytes=0-9", { start: 0, end: 10 }],
    ["bytes=90-", { start: 90, end: 100 }],
    ["bytes=90-500", { start: 90, end: 100 }],
    ["bytes=-5", { start: 95, end: 100 }],
    ["bytes=-500", { start: 0, end: 100 }],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=9-0", "whole"],
    ["bytes=0-1,3-4", "whole"],
    ["bytes=-", "whole"],
    [null, "whole"],
  ])("%s of 100 bytes means %j", (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });
});
