import { describe, expect, it } from "vitest";
import { formatMetrics } from "../../src/lib/prometheus.ts";

describe("formatMetrics", () => {
  it("writes HELP and TYPE once before all samples of a metric, and ends with a line feed", () => {
    const text = formatMetrics([
      {
        name: "tasks_total",
        type: "counter",
        help: "Tasks by ending.",
        samples: [
          { labels: { ending: "completed" }, value: 3 },
          { labels: { ending: "failed", why: "x" }, value: 0 },
        ],
      },
      { name: "running", type: "gauge", help: "Running.", samples: [{ value: -1.5 }] },
    ]);
    expect(text).toBe(
      [
        "# HELP tasks_total Tasks by ending.",
        "# TYPE tasks_total counter",
        'tasks_total{ending="completed"} 3',
        'tasks_total{ending="failed",why="x"} 0',
        "# HELP running Running.",
        "# TYPE running gauge",
        "running -1.5",
        "",
      ].join("\n"),
    );
  });

  it("escapes what would end a label or a line", () => {
    const [, , sample] = formatMetrics([
      { name: "m", type: "gauge", help: "a\nb\\", samples: [{ labels: { l: 'a"b\\c\nd' }, value: 1 }] },
    ]).split("\n");
    expect(sample).toBe('m{l="a\\"b\\\\c\\nd"} 1');
  });

  it("leaves out a metric without samples", () => {
    expect(formatMetrics([{ name: "m", type: "gauge", help: "h", samples: [] }])).toBe("");
  });

  it("writes numbers that JSON does not have", () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const text = formatMetrics([{ name: "m", type: "gauge", help: "h", samples: values.map((value) => ({ value })) }]);
    expect(text.split("\n").slice(2, 5)).toEqual(["m NaN", "m +Inf", "m -Inf"]);
  });
});
