import { afterEach, describe, expect, it, vi } from "vitest";
import { discardBody, type Message, readTextBody } from "../../src/lib/read-body.ts";
import { endless, stream } from "../support/bodies.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const MAX = 10;

/** A message with this body, whatever its headers say about it. */
function message(body: ReadableStream<Uint8Array> | null, length: string | null, encoding?: string): Message {
  const headers = new Headers(encoding === undefined ? {} : { "content-encoding": encoding });
  if (length !== null) headers.set("content-length", length);
  return { headers, body, arrayBuffer: () => new Response(body).arrayBuffer() };
}

describe("a body read as text", () => {
  it("is all of its chunks, characters cut in two put together again", async () => {
    const euro = bytes("a€b");
    const { body } = stream([euro.slice(0, 2), euro.slice(2, 3), euro.slice(3)]);
    expect(await readTextBody(message(body, null), MAX)).toEqual({ ok: true, text: "a€b" });
  });

  it.each([[null], [stream([]).body], [stream([new Uint8Array(0)]).body]])("may be empty", async (body) => {
    expect(await readTextBody(message(body, "0"), MAX)).toEqual({ ok: true, text: "" });
  });

  it("loses the byte order mark that some senders begin with, and no other", async () => {
    for (const chunks of [
      [bytes("\uFEFF{}\uFEFF")],
      [Uint8Array.of(0xef), Uint8Array.of(0xbb, 0xbf), bytes("{}\uFEFF")],
    ]) {
      expect(await readTextBody(message(stream(chunks).body, null), MAX)).toEqual({ ok: true, text: "{}\uFEFF" });
    }
  });

  it("may be as long as allowed, and is refused one byte later, however it comes", async () => {
    expect(await readTextBody(message(stream([bytes("0123456789")]).body, "10"), MAX)).toMatchObject({ ok: true });
    for (const chunks of [[bytes("01234567890")], [bytes("01234"), bytes("56789"), bytes("0")]]) {
      const { body, state } = stream(chunks, "hang");
      expect(await readTextBody(message(body, null), MAX)).toEqual({ ok: false, reason: "too-large" });
      expect(state.cancelled).toBe(true);
    }
  });

  it("that declares more than the limit is not read at all", async () => {
    const { body, state } = stream([bytes("x")], "hang");
    expect(await readTextBody(message(body, "11"), MAX)).toEqual({ ok: false, reason: "too-large" });
    expect(state.cancelled).toBe(true);
    expect(await readTextBody(message(null, "11"), MAX)).toEqual({ ok: false, reason: "too-large" });
  });

  it.each(["", "x", "-1", "1e1", "  5", "NaN"])("may lie about its length: %j", async (length) => {
    expect(await readTextBody(message(stream([bytes("abc")]).body, length), MAX)).toEqual({ ok: true, text: "abc" });
    const { body } = stream([bytes("0123456789abc")]);
    expect(await readTextBody(message(body, length), MAX)).toEqual({ ok: false, reason: "too-large" });
  });

  it.each(["2", "10"])("may be longer than it says, if it is allowed to be: %s", async (length) => {
    expect(await readTextBody(message(stream([bytes("abc")]).body, length), MAX)).toEqual({ ok: true, text: "abc" });
    const { body } = stream([bytes("0123456789"), bytes("abc")]);
    expect(await readTextBody(message(body, length), MAX)).toEqual({ ok: false, reason: "too-large" });
  });

  it("that was compressed is bounded by its decoded size and not by its declared one", async () => {
    const { body, state } = stream([bytes("0123456789"), bytes("abc")], "hang");
    expect(await readTextBody(message(body, "2", "gzip"), MAX)).toEqual({ ok: false, reason: "too-large" });
    expect(state.cancelled).toBe(true);
  });

  it.each([
    [[0xff]],
    [[0xc0, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0x61, 0xe2, 0x82]],
  ])("that is not UTF-8 is refused: %j", async (octets) => {
    const { body } = stream([Uint8Array.from(octets)]);
    expect(await readTextBody(message(body, null), MAX)).toEqual({ ok: false, reason: "not-utf8" });
  });

  it("that breaks off is distinguished from a malformed one", async () => {
    for (const length of [null, "3"]) {
      const { body } = stream([bytes("abc")], "error");
      expect(await readTextBody(message(body, length), MAX)).toEqual({ ok: false, reason: "broken" });
    }
  });
});

describe("the rest of a request's body that is too large", () => {
  afterEach(() => void vi.useRealTimers());

  it.each([null, "11"])("is read to its end before the request is refused, declared length %s", async (length) => {
    const { body, state } = stream([bytes("0123456789"), bytes("abc"), bytes("def")]);
    expect(await readTextBody(message(body, length), MAX, discardBody)).toEqual({ ok: false, reason: "too-large" });
    expect(state).toEqual({ cancelled: false, sent: 16 });
  });

  it("is given up after 128 MiB", async () => {
    const { body, state } = endless(new Uint8Array(1024 * 1024));
    expect(await readTextBody(message(body, null), MAX, discardBody)).toEqual({ ok: false, reason: "too-large" });
    expect(state.cancelled).toBe(true);
    expect(state.sent).toBeLessThan(140 * 1024 * 1024);
  });

  it("is given up after 10 s of a sender that falls silent", async () => {
    vi.useFakeTimers();
    const { body, state } = stream([bytes("0123456789abc")], "hang");
    const reading = readTextBody(message(body, null), MAX, discardBody);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(state.cancelled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await reading).toEqual({ ok: false, reason: "too-large" });
    expect(state.cancelled).toBe(true);
  });

  it("ends with a sender that is gone", async () => {
    const { body } = stream([bytes("0123456789abc")], "error");
    expect(await readTextBody(message(body, null), MAX, discardBody)).toEqual({ ok: false, reason: "too-large" });
  });
});
