import { describe, expect, it } from "vitest";
import { bar, ProgressDisplay } from "../../scripts/progress.ts";

/** Collects what is written. */
function output(columns?: number) {
  const texts: string[] = [];
  const write = (text: string) => texts.push(text);
  return { texts, stream: columns === undefined ? { write } : { write, columns, isTTY: true } };
}

describe("a progress bar", () => {
  it.each([
    [0, "····"],
    [50, "██··"],
    [53, "██▏·"],
    [100, "████"],
    [-5, "····"],
    [250, "████"],
  ])("at %i %% is %s", (percent, drawn) => expect(bar(percent, 4)).toBe(drawn));
});

describe("a progress bar on a terminal", () => {
  it("redraws every bar in place", () => {
    const { texts, stream } = output(80);
    const display = new ProgressDisplay(["first", "second task"], stream, true);
    display.update(0, 50, "generating");
    display.update(1, 100, "completed");
    expect(texts).toHaveLength(2);
    expect(texts[0]).not.toContain("\x1b[2A");
    expect(texts[0]).toContain(`first        ${bar(50)}  50 %  generating`);
    expect(texts[1]?.startsWith("\x1b[2A")).toBe(true);
    expect(texts[1]).toContain(`second task  ${bar(100)} 100 %  completed`);
  });

  it("cuts lines that would wrap", () => {
    const { texts, stream } = output(20);
    new ProgressDisplay(["a rather long title of a task"], stream, true).update(0, 5, "queuing");
    const [line = ""] = (texts[0] ?? "").replace("\x1b[2K", "").split("\n");
    expect(line).toHaveLength(19);
  });
});

describe("a progress bar without a terminal", () => {
  it("writes one line per change of state and per quarter", () => {
    const { texts, stream } = output();
    const display = new ProgressDisplay(["task"], stream, false);
    display.update(0, 0, "queuing");
    for (let percent = 1; percent <= 99; percent++) display.update(0, percent, "generating");
    display.update(0, 100, "completed");
    display.update(0, 100, "completed");
    expect(texts.map((text) => text.trim())).toEqual([
      "task: queuing, 0 %",
      "task: generating, 1 %",
      "task: generating, 25 %",
      "task: generating, 50 %",
      "task: generating, 75 %",
      "task: completed, 100 %",
    ]);
  });
});
