import { describe, expect, it } from "vitest";
import { Counters, quantile } from "../../src/lib/counters.ts";
import { formatCounts, formatHistogram, seriesOf } from "../../src/lib/prometheus.ts";
import { countFailed, countRequest, isolateCounters } from "../../src/metrics/isolate-counters.ts";
import { readExposition } from "../support/exposition.ts";

describe("counters", () => {
  it("are taken once, and what is given back counts again", () => {
    const counters = new Counters();
    counters.add("a");
    counters.add("a", 2);
    counters.observe("h", [1, 5], 3);
    const taken = counters.take();
    expect(taken).toEqual({ counts: { a: 3 }, histograms: { h: [0, 1, 0, 3] } });
    expect(counters.take()).toBeNull();
    counters.add("a");
    if (taken) counters.merge(taken);
    expect(counters.take()).toEqual({ counts: { a: 4 }, histograms: { h: [0, 1, 0, 3] } });
  });

  it("put a value on a bound into its bucket, and one above all into the last", () => {
    const counters = new Counters();
    for (const value of [1, 5, 6]) counters.observe("h", [1, 5], value);
    expect(counters.take()?.histograms.h).toEqual([1, 1, 1, 12]);
  });

  it("take no more series than allowed, and go on counting those they have", () => {
    const counters = new Counters(2);
    for (const name of ["a", "b", "c", "a"]) counters.add(name);
    expect(counters.take()?.counts).toEqual({ a: 2, b: 1 });
  });

  it("still count requests after failures with any number of reasons", () => {
    isolateCounters.take();
    for (let index = 0; index < 5_000; index += 1) countFailed(`no image at https://example.com/${index}`);
    countRequest("submit", 200);
    const counts = isolateCounters.take()?.counts ?? {};
    expect(counts['paddock_http_requests_total{route="submit",status="200"}']).toBe(1);
    // Nothing is lost: other reasons count together.
    const failures = Object.entries(counts).filter(([series]) => series.startsWith("failures"));
    expect(failures.reduce((sum, [, count]) => sum + count, 0)).toBe(5_000);
  });

  it("begin anew for other buckets", () => {
    const counters = new Counters();
    counters.observe("h", [1, 5], 1);
    counters.observe("h", [1], 1);
    expect(counters.take()?.histograms.h).toEqual([1, 0, 1]);
  });
});

describe("a quantile", () => {
  it.each([
    [[0, 10, 0, 0], 0.5, 3],
    [[10, 10, 0, 0], 0.5, 1],
    [[0, 0, 4, 0], 0.95, 5],
    [[0, 0, 0, 0], 0.5, null],
  ])("of %j at %d is %j", (values, part, expected) => {
    expect(quantile(values, [1, 5], part)).toBe(expected);
  });
});

describe("stored series in the text format", () => {
  it("are cumulative buckets with sum and count", () => {
    const series = seriesOf("wait_seconds", { kind: 'a"b' });
    const text = formatHistogram({ name: "wait_seconds", help: "Waits." }, [1, 5], [[series, [2, 1, 1, 9.5]]]);
    const metric = readExposition(text).get("wait_seconds");
    expect(metric?.samples.map(({ labels, value }) => [labels.le, value])).toEqual([
      ["1", 2],
      ["5", 3],
      ["+Inf", 4],
      [undefined, 9.5],
      [undefined, 4],
    ]);
    expect(metric?.samples[0]?.labels.kind).toBe('a"b');
  });

  it("without a label have braces for the bound alone", () => {
    const text = formatHistogram({ name: "w_seconds", help: "W." }, [1], [["w_seconds", [1, 0, 1]]]);
    expect(text).toContain('w_seconds_bucket{le="1"} 1\n');
    expect(readExposition(text).size).toBe(1);
  });

  it("are left out where there are none", () => {
    expect(formatCounts({ name: "x_total", help: "X." }, [])).toBe("");
    expect(formatHistogram({ name: "x_seconds", help: "X." }, [1], [])).toBe("");
  });
});
