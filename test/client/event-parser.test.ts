import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser } from "../../packages/client/src/event-parser.ts";

const parse = (text: string) => new EventParser().push(text);
const message = (data: string, id = "") => ({ event: "message", data, id });

describe("Server-Sent Events", () => {
  it("are dispatched at an empty line with type, data and id", () => {
    expect(parse('id: 7-1\nevent: progress\ndata: {"progress":5}\n\n')).toEqual([
      { event: "progress", data: '{"progress":5}', id: "7-1" },
    ]);
  });

  // The examples of the WHATWG HTML standard, section 9.2.6.
  it.each([
    ["data: YHOO\ndata: +2\ndata: 10\n\n", [message("YHOO\n+2\n10")]],
    [
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
      [message("first event", "1"), message("second event")],
    ],
    ["data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]],
    ["data:test\n\ndata: test\n\n", [message("test"), message("test")]],
  ])("match the example of the standard: %j", (text, events) => {
    expect(parse(text)).toEqual(events);
  });

  it("keep the last id until the next one, and ignore an id with a NUL", () => {
    expect(parse("id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\n").map(({ id }) => id)).toEqual(["1", "1", "1"]);
  });

  it("drop the type of an event without data", () => {
    expect(parse("event: progress\n\ndata: a\n\n")).toEqual([message("a")]);
  });

  it("may begin with a byte order mark, once", () => {
    expect(parse("\uFEFFdata: a\n\n")).toEqual([message("a")]);
    expect(parse("data: a\n\n\uFEFFdata: b\n\n")).toEqual([message("a")]);
  });

  it("ignore comments and unknown fields", () => {
    expect(parse(": heartbeat\n\nretries: 5\nDATA: x\ndata: a\n\n")).toEqual([message("a")]);
  });

  it("contain a reconnection time only as digits", () => {
    const parser = new EventParser();
    parser.push("retry: 2000\n\n");
    expect(parser.retryMs).toBe(2_000);
    parser.push("retry: 5s\nretry: -1\nretry:\n\n");
    expect(parser.retryMs).toBe(2_000);
  });

  it("are the same for every split of the stream and every line ending", () => {
    const line = fc.constantFrom("data: a", "data:b:c", "id: 1", "event: progress", ": x", "", "", "data");
    const ending = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(fc.array(line), ending, fc.array(fc.nat(60)), (lines, newline, cuts) => {
        // Another line after the last, so that a CR at the very end is not still waited for.
        const text = [...lines, ": end", ": end", ""].join(newline);
        const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
        const parser = new EventParser();
        const piecewise = places.flatMap((from, index) => parser.push(text.slice(from, places[index + 1])));
        expect(piecewise).toEqual(parse([...lines, ": end", ": end", ""].join("\n")));
      }),
    );
  });
});
