import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openUpstreamBody, readUpstreamText } from "../../src/files/upstream-body.ts";
import { concatBytes, encodeBase64 } from "../../src/lib/bytes.ts";
import { chunked, declared, stream } from "../support/bodies.ts";
import { CODINGS, NO_CODINGS, UNKNOWN_CODINGS } from "../support/codings.ts";
import { filler, join, pieces, png, text } from "../support/media.ts";

const PACE = { windowMs: 1_000, minBytes: 1 };
const MAX_BYTES = 2 ** 20;
const DATA = png(40_000);

async function readAll(response: Response, maxBytes = MAX_BYTES) {
  const body = await openUpstreamBody(response, { pace: PACE, maxBytes });
  const chunks: Uint8Array[] = [];
  try {
    for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) chunks.push(chunk.slice());
  } finally {
    body.cancel();
  }
  return { length: body.length, bytes: concatBytes(...chunks) };
}

async function faultOf(response: Response, maxBytes = MAX_BYTES): Promise<string> {
  try {
    await readAll(response, maxBytes);
  } catch (error) {
    return (error as { fault?: string }).fault ?? String(error);
  }
  return "none";
}

async function md5Of(data: Uint8Array): Promise<string> {
  return encodeBase64(new Uint8Array(await crypto.subtle.digest("MD5", data as Uint8Array<ArrayBuffer>)));
}

describe("the bytes of a response", () => {
  it.each(NO_CODINGS)("under Content-Encoding %j are the body's, with its length", async (coding) => {
    const headers = { "Content-Encoding": coding };
    expect(await readAll(declared(DATA, DATA.length, headers))).toEqual({ length: DATA.length, bytes: DATA });
    expect(await faultOf(declared(DATA, DATA.length + 1, headers))).toBe("cut");
  });

  it.each(CODINGS)("under %s are decoded, whatever length is declared", async (coding, encode) => {
    for (const respond of [
      declared,
      (data: Uint8Array, _: number, headers: Record<string, string>) => chunked(data, headers),
    ]) {
      const response = respond(encode(DATA), 12_345, { "Content-Encoding": coding });
      expect(await readAll(response)).toEqual({ length: null, bytes: DATA });
    }
  });

  it.each(UNKNOWN_CODINGS)("under %s are those that were sent, and must be recognised", async (coding) => {
    const headers = { "Content-Encoding": coding };
    expect(await readAll(declared(DATA, DATA.length, headers))).toEqual({ length: DATA.length, bytes: DATA });
    expect(await faultOf(declared(DATA, DATA.length + 1, headers))).toBe("cut");
    const open = (response: Response) => openUpstreamBody(response, { pace: PACE, maxBytes: 100_000 });
    expect((await open(declared(DATA, DATA.length, headers))).recognisedOnly).toBe(true);
    expect((await open(declared(DATA, DATA.length, {}))).recognisedOnly).toBe(false);
  });

  it.each(CODINGS)("under %s that are cut are not whole", async (coding, encode) => {
    const encoded = encode(DATA);
    if (encoded === DATA) return;
    const response = chunked(encoded.slice(0, -20), { "Content-Encoding": coding });
    expect(await faultOf(response)).toBe("coding");
  });

  it.each([
    "gzip",
    "GZIP",
    "br",
    "deflate",
    "zstd",
  ])("under %s that were encoded in another way are not read", async (coding) => {
    const others = CODINGS.filter(([name]) => /^(gzip|br|deflate|zstd)$/.test(name) && name !== coding.toLowerCase());
    for (const [, encode] of [...others, ["", () => filler(9_000)] as const]) {
      const bytes = encode(DATA);
      if (bytes !== DATA) expect(await faultOf(chunked(bytes, { "Content-Encoding": coding }))).toBe("coding");
    }
  });

  it.each(["GZIP", "identity"])("under %s of a broken connection fail with the connection's error", async (coding) => {
    const encode = CODINGS.find(([name]) => name === coding)?.[1] ?? ((data: Uint8Array) => data);
    const source = stream(pieces(encode(DATA).slice(0, 20_000), 5_000), "error");
    const response = new Response(source.body, { headers: { "Content-Encoding": coding } });
    expect(await faultOf(response)).toContain("Network connection lost");
  });

  it("that fall silent are given up", async () => {
    for (const headers of [{}, { "Content-Encoding": "GZIP" }] as Record<string, string>[]) {
      const source = stream([new Uint8Array([0x1f, 0x8b])], "hang");
      const body = await openUpstreamBody(new Response(source.body, { headers }), {
        pace: { windowMs: 50, minBytes: 1 },
        maxBytes: MAX_BYTES,
      });
      const failure = (async () => {
        for (let chunk = await body.next(); chunk !== null; chunk = await body.next());
      })();
      expect(await failure.catch(String)).toContain("no bytes for too long");
    }
  });

  it("end at the limit, whether declared, sent or unpacked, and are decoded no further than they are read", async () => {
    expect(await faultOf(declared(DATA), 30_000)).toBe("too-large");
    expect(await faultOf(chunked(DATA), 30_000)).toBe("too-large");
    const zeros = new Uint8Array(4 * 2 ** 20);
    for (const [coding, encode] of CODINGS.filter(([name]) => /^(GZIP|gzip|BR|deflate)$/.test(name))) {
      const bomb = encode(zeros);
      if (bomb === zeros) continue;
      expect(await faultOf(chunked(bomb, { "Content-Encoding": coding }), 30_000)).toBe("too-large");
    }
  });

  it("that are none are refused", async () => {
    expect(await faultOf(declared(new Uint8Array(0)))).toBe("empty");
    expect(await faultOf(new Response(null))).toBe("empty");
  });

  it("are checked against Content-MD5 as they were sent", async () => {
    const right = await md5Of(DATA);
    expect((await readAll(declared(DATA, DATA.length, { "Content-MD5": right }))).bytes).toEqual(DATA);
    expect(await faultOf(chunked(DATA, { "Content-MD5": encodeBase64(new Uint8Array(16)) }))).toBe("checksum");
    expect(await faultOf(chunked(DATA, { "Content-MD5": "nonsense" }))).toBe("none");
    for (const [coding, encode] of CODINGS) {
      const encoded = encode(DATA);
      const sent = (md5: string) => chunked(encoded, { "Content-Encoding": coding, "Content-MD5": md5 });
      expect(await faultOf(sent(await md5Of(encoded)))).toBe("none");
      expect(await faultOf(sent(encodeBase64(new Uint8Array(16))))).toBe("checksum");
    }
  });
});

it.each([
  ["Content-Digest", (base64: string) => `sha-256=:${base64}:`],
  ["Repr-Digest", (base64: string) => `sha-256=:${base64}:, sha-512=:abcd:`],
  ["Digest", (base64: string) => `adler32=03da0195,SHA-256=${base64}`],
  ["Digest", (base64: string) => `sha-256=${base64}`],
])("bytes are checked against %s as they were sent", async (header, write) => {
  const sha256 = async (data: Uint8Array) =>
    encodeBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>)));
  const encoded = gzipSync(DATA);
  const send = (data: Uint8Array, base64: string, headers: Record<string, string> = {}) =>
    faultOf(chunked(data, { ...headers, [header]: write(base64) }));
  expect(await send(DATA, await sha256(DATA))).toBe("none");
  expect(await send(DATA, await sha256(DATA.slice(1)))).toBe("checksum");
  expect(await send(encoded, await sha256(encoded), { "Content-Encoding": "gzip" })).toBe("none");
  expect(await send(DATA, "abcd")).toBe("none");
});

describe("the text of a response", () => {
  const JSON_TEXT = '{"code":0,"msg":"gut gemacht – 好","ok":true}';
  const read = (response: Response, maxBytes = 10_000) => readUpstreamText(response, maxBytes, PACE);

  it("is understood under every coding", async () => {
    const plain = text(JSON_TEXT);
    for (const coding of NO_CODINGS) {
      expect(await read(declared(plain, plain.length, { "Content-Encoding": coding }))).toEqual({
        ok: true,
        text: JSON_TEXT,
      });
    }
    for (const [coding, encode] of CODINGS) {
      for (const data of [plain, join(new Uint8Array([0xef, 0xbb, 0xbf]), plain)]) {
        expect(await read(chunked(encode(data), { "Content-Encoding": coding }))).toEqual({
          ok: true,
          text: JSON_TEXT,
        });
      }
    }
  });

  it("is none for bytes that do not decode, are too many, or are no UTF-8", async () => {
    const [, gzip] = CODINGS[0] ?? [];
    const encoded = (data: Uint8Array) => gzip?.(data) ?? data;
    const send = (data: Uint8Array, coding = "GZIP") => read(chunked(data, { "Content-Encoding": coding }));
    expect(await send(text("no JSON"), "BR")).toEqual({ ok: false, reason: "broken" });
    expect(await send(text(JSON_TEXT), "x-new")).toEqual({ ok: true, text: JSON_TEXT });
    expect(await send(encoded(new Uint8Array(10_000_000)))).toEqual({ ok: false, reason: "too-large" });
    expect(await send(encoded(filler(100).fill(0xfe)))).toEqual({ ok: false, reason: "not-utf8" });
  });
});
