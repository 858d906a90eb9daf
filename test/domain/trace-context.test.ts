import { describe, expect, it } from "vitest";
import { traceIdOf } from "../../src/domain/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

describe("the trace id of a traceparent header", () => {
  it.each([
    ["of version 00", `00-${TRACE}-${PARENT}-01`],
    ["of a later version with more fields", `cc-${TRACE}-${PARENT}-01-what-comes`],
  ])("is read: %s", (_, header) => {
    expect(traceIdOf(header)).toBe(TRACE);
  });

  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["version ff", `ff-${TRACE}-${PARENT}-01`],
    ["version 00 with more fields", `00-${TRACE}-${PARENT}-01-x`],
    ["all zeros as trace", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["all zeros as parent", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["capitals", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ["short", `00-${TRACE.slice(1)}-${PARENT}-01`],
    ["a line break", `00-${TRACE}-${PARENT}-01\n`],
  ])("is null: %s", (_, header) => {
    expect(traceIdOf(header)).toBeNull();
  });
});
