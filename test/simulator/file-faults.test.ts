import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../simulator/index.ts";
import { firstFile, IMAGE, type SimulatorResponse, send, simulate, VIDEO } from "./simulator-client.ts";

/** Enough for a head to arrive on a busy machine, in ms. */
const HEAD_MS = 1_500;

/** A download that a fault strikes, and one of the same file that none does. */
async function struck(
  fault: string | Fault,
  patienceMs?: number,
  headers = {},
): Promise<{ bad: SimulatorResponse; good: SimulatorResponse }> {
  const simulator = await simulate();
  const url = await firstFile(simulator, IMAGE);
  simulator.fault({ on: "file", fault, times: 1 });
  const bad = await send(url, { headers, ...(patienceMs === undefined ? {} : { patienceMs }) });
  return { bad, good: await send(url) };
}

describe("a fault on files", () => {
  it("truncated sends fewer bytes than Content-Length", async () => {
    const { bad, good } = await struck("truncated:1000");
    expect(bad.headers["content-length"]).toBe(String(good.bytes.length));
    expect([bad.bytes.length, bad.complete, good.complete]).toEqual([1000, false, true]);
  });

  it("chunked omits Content-Length, and optionally the end", async () => {
    const { bad, good } = await struck("chunked");
    expect([bad.headers["content-length"], bad.complete]).toEqual([undefined, true]);
    expect(bad.bytes).toEqual(good.bytes);
    const cut = await struck("chunked-cut");
    expect([cut.bad.headers["content-length"], cut.bad.complete]).toEqual([undefined, false]);
    expect(cut.bad.bytes.length).toBe(Math.floor(cut.good.bytes.length / 2));
  });

  it("gzip is sent without Accept-Encoding", async () => {
    const { bad, good } = await struck("gzip");
    expect([bad.headers["content-encoding"], bad.headers["content-length"]]).toEqual([
      "gzip",
      String(bad.bytes.length),
    ]);
    expect(gunzipSync(bad.bytes)).toEqual(good.bytes);
  });

  it.each([
    ["GZIP", "GZIP", gunzipSync],
    ["BR", "BR", brotliDecompressSync],
    ["gzip+br", "gzip, br", (bytes: Buffer) => gunzipSync(brotliDecompressSync(bytes))],
    ["gzip+identity", "gzip, identity", gunzipSync],
    ["none", "none", (bytes: Buffer) => bytes],
  ] as const)("encoding:%s sends the file under Content-Encoding %s", async (name, header, decode) => {
    const { bad, good } = await struck(`encoding:${name}`);
    expect([bad.headers["content-encoding"], bad.complete]).toEqual([header, true]);
    expect(decode(bad.bytes)).toEqual(good.bytes);
  });

  it("packed and cut send wrong bytes with a matching length and no coding", async () => {
    const packed = await struck("packed");
    expect(packed.bad.headers["content-encoding"]).toBeUndefined();
    expect(gunzipSync(packed.bad.bytes)).toEqual(packed.good.bytes);
    const cut = await struck("cut:1000");
    expect([cut.bad.headers["content-length"], cut.bad.complete]).toEqual(["1000", true]);
    expect(cut.bad.bytes).toEqual(cut.good.bytes.subarray(0, 1_000));
  });

  it("drip sends byte after byte", async () => {
    const { bad, good } = await struck("drip:20", HEAD_MS);
    expect(bad.complete).toBe(false);
    expect(bad.bytes.length).toBeGreaterThan(1);
    expect(bad.bytes.length).toBeLessThanOrEqual(HEAD_MS / 20 + 1);
    expect(bad.bytes).toEqual(good.bytes.subarray(0, bad.bytes.length));
  });

  it("type and html send a wrong content type or an HTML page", async () => {
    const wrong = await struck("type:text/html");
    expect(wrong.bad.headers["content-type"]).toBe("text/html");
    expect(wrong.bad.bytes).toEqual(wrong.good.bytes);
    const { bad } = await struck("html");
    expect([bad.headers["content-type"], bad.text.slice(0, 6)]).toEqual(["image/png", "<html>"]);
  });

  it("corrupt sends the right length with wrong bytes", async () => {
    const { bad, good } = await struck("corrupt");
    expect(bad.headers["content-md5"]).toBe(good.headers["content-md5"]);
    expect(bad.bytes.length).toBe(good.bytes.length);
    expect(bad.bytes.filter((byte, at) => byte !== good.bytes[at])).toHaveLength(1);
  });

  it("empty sends a complete body of no bytes", async () => {
    const { bad } = await struck("empty");
    expect([bad.status, bad.headers["content-length"], bad.complete]).toEqual([200, "0", true]);
  });

  it("endless sends up to its cap", async () => {
    const { bad } = await struck("endless:3000000");
    expect(bad.headers["content-length"]).toBeUndefined();
    expect(bad.complete).toBe(false);
    expect(bad.bytes.length).toBeGreaterThanOrEqual(3_000_000);
  });

  it.each([
    ["expired", 403],
    ["missing", 404],
    ["http:503", 503],
  ])("%s returns %i once", async (fault, status) => {
    const { bad, good } = await struck(fault);
    expect([bad.status, good.status]).toEqual([status, 200]);
  });

  it("redirect leads once to the same file, in a loop, or elsewhere", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, { ...IMAGE, prompt: "[[sim: file=redirect]]" });
    const { status, headers } = await send(url);
    expect(status).toBe(302);
    expect((await send(simulator.url + headers.location)).status).toBe(200);
    expect((await struck("redirect:/x")).bad.headers.location).toBe("/x");
    const { bad } = await struck({ kind: "redirect", location: "loop", status: 307 });
    expect([bad.status, bad.headers.location]).toEqual([307, expect.stringMatching(/^\/files\//)]);
  });

  it("slow and trickle delay the headers or the body", async () => {
    const started = performance.now();
    expect((await struck("slow:40")).bad.complete).toBe(true);
    const { bad, good } = await struck("trickle:40");
    expect(bad.bytes).toEqual(good.bytes);
    expect(performance.now() - started).toBeGreaterThan(75);
  });

  it("hang and drop send no response, and hang-headers no body", async () => {
    await expect(struck("hang", 50)).rejects.toThrow("no response");
    await expect(struck("drop")).rejects.toThrow();
    const { bad } = await struck("hang-headers", HEAD_MS);
    expect([bad.status, bad.complete, bad.bytes.length]).toEqual([200, false, 0]);
  });

  it("can be limited to a method, an index or a prompt", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, VIDEO);
    simulator.fault({ on: "file", fault: "http:403", match: { method: "HEAD" } });
    simulator.fault({ on: "file", fault: "missing", match: { index: 1 } });
    expect([(await send(url, { method: "HEAD" })).status, (await send(url)).status]).toEqual([403, 200]);
    const other = await firstFile(simulator, { ...VIDEO, prompt: "[[sim: file=http:500*1]]" });
    expect([(await send(other)).status, (await send(other)).status]).toEqual([500, 200]);
  });

  it("is not counted as a complete download", async () => {
    const simulator = await simulate();
    const url = await firstFile(simulator, { ...IMAGE, prompt: "[[sim: file=truncated*1,chunked-cut*1]]" });
    for (let i = 0; i < 3; i++) await send(url);
    expect(simulator.stats()).toMatchObject({
      downloads: 3,
      completeDownloads: 1,
      faults: { "file truncated": 1, "file chunked-cut": 1 },
    });
  });
});
