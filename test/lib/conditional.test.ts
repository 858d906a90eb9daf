import { describe, expect, it } from "vitest";
import { evaluate, hasConditions } from "../../src/lib/conditional.ts";

const lastModified = new Date("2026-11-22T10:00:00.900Z");
const SENT = "Sun, 22 Nov 2026 10:00:00 GMT";
const EARLIER = "Sun, 22 Nov 2026 09:59:59 GMT";
const LATER = "Sun, 22 Nov 2026 10:00:01 GMT";
const current = { etag: '"abc"', lastModified };

const decide = (headers: Record<string, string>, validators: Parameters<typeof evaluate>[1] = current) => {
  const decision = evaluate(new Headers(headers), validators);
  return decision.kind === "proceed" ? (decision.range ? "proceed" : "proceed without range") : decision.kind;
};

describe("evaluate", () => {
  it.each([
    [{}, "proceed"],
    [{ "If-None-Match": '"abc"' }, "not-modified"],
    [{ "If-None-Match": 'W/"abc"' }, "not-modified"],
    [{ "If-None-Match": '"x", W/"y" , "abc"' }, "not-modified"],
    [{ "If-None-Match": '"a,b","abc"' }, "not-modified"],
    [{ "If-None-Match": "*" }, "not-modified"],
    [{ "If-None-Match": "abc" }, "not-modified"],
    [{ "If-None-Match": '"x"' }, "proceed"],
    [{ "If-None-Match": '"ab"' }, "proceed"],
    [{ "If-None-Match": "" }, "proceed"],
    [{ "If-None-Match": '"abc' }, "proceed"],
    [{ "If-Match": '"abc"' }, "proceed"],
    [{ "If-Match": "*" }, "proceed"],
    [{ "If-Match": '"x", "abc"' }, "proceed"],
    [{ "If-Match": 'W/"abc"' }, "precondition-failed"],
    [{ "If-Match": '"x"' }, "precondition-failed"],
    [{ "If-Modified-Since": SENT }, "not-modified"],
    [{ "If-Modified-Since": LATER }, "not-modified"],
    [{ "If-Modified-Since": EARLIER }, "proceed"],
    [{ "If-Modified-Since": "yesterday" }, "proceed"],
    [{ "If-Unmodified-Since": SENT }, "proceed"],
    [{ "If-Unmodified-Since": EARLIER }, "precondition-failed"],
    [{ "If-Unmodified-Since": "0" }, "proceed"],
  ])("%j", (headers, expected) => {
    expect(decide(headers)).toBe(expected);
  });

  it.each([
    [{ "If-Match": '"x"', "If-None-Match": '"abc"' }, "precondition-failed"],
    [{ "If-Match": '"abc"', "If-Unmodified-Since": EARLIER }, "proceed"],
    [{ "If-None-Match": '"x"', "If-Modified-Since": LATER }, "proceed"],
    [{ "If-None-Match": '"abc"', "If-Modified-Since": EARLIER }, "not-modified"],
  ])("takes entity tags before dates, and If-Match first: %j", (headers, expected) => {
    expect(decide(headers)).toBe(expected);
  });

  it.each([
    [{ "If-Range": '"abc"' }, "proceed"],
    [{ "If-Range": '"x"' }, "proceed without range"],
    [{ "If-Range": 'W/"abc"' }, "proceed without range"],
    [{ "If-Range": SENT }, "proceed"],
    [{ "If-Range": LATER }, "proceed without range"],
    [{ "If-Range": EARLIER }, "proceed without range"],
    [{ "If-Range": "*" }, "proceed without range"],
    [{ "If-Range": "abc" }, "proceed without range"],
  ])("allows a range only for the very same representation: %j", (headers, expected) => {
    expect(decide(headers)).toBe(expected);
  });

  it("compares nothing to validators that do not exist, except *", () => {
    const nothing = { etag: null, lastModified: null };
    expect(decide({ "If-None-Match": '"abc"', "If-Range": '"abc"' }, nothing)).toBe("proceed without range");
    expect(decide({ "If-Modified-Since": LATER, "If-Unmodified-Since": EARLIER }, nothing)).toBe("proceed");
    expect(decide({ "If-Match": '"abc"' }, nothing)).toBe("precondition-failed");
    expect(decide({ "If-Match": "*" }, nothing)).toBe("proceed");
    expect(decide({ "If-None-Match": "*" }, nothing)).toBe("not-modified");
  });

  it("never takes a weak validator for strong", () => {
    const weak = { etag: 'W/"abc"', lastModified: null };
    expect(decide({ "If-Match": 'W/"abc"' }, weak)).toBe("precondition-failed");
    expect(decide({ "If-Range": '"abc"' }, weak)).toBe("proceed without range");
    expect(decide({ "If-None-Match": '"abc"' }, weak)).toBe("not-modified");
  });
});

describe("hasConditions", () => {
  it("is about answers without content; If-Range is not one of them", () => {
    expect(hasConditions(new Headers({ "If-Modified-Since": SENT }))).toBe(true);
    expect(hasConditions(new Headers({ "If-Range": '"abc"', Range: "bytes=0-1" }))).toBe(false);
  });
});
