/** Tests wait for states, and name what they look for exactly: a busy machine or a second match must not fail them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** What a test may not contain, and what stands in its place. */
const RULES = [
  {
    // A name or text matches by substring unless it is exact or a pattern.
    pattern:
      /getByRole\("\w+", \{ name(?:: (?!\/)[^},]*)? \}\)|getBy(?:Label|Text|AltText|Title|Placeholder)\((?!\/)[^,()]*\)/g,
    remedy: "give `exact: true` or a regular expression",
  },
  {
    pattern: /await (?:new Promise\b[^;]*setTimeout\(|sleep\(|pause\(|setTimeout\()/g,
    remedy: "wait for a state with `until`, `expect.poll` or `vi.waitFor`, or use `pass` where nothing may happen",
  },
  {
    // Restored after the real timers are back, a spy on a fake timer leaves the fake one to the files that follow.
    pattern: /spyOn\(globalThis, "(?:set|clear)(?:Timeout|Interval|Immediate)"\)/g,
    remedy: "use `vi.useFakeTimers` alone",
  },
];
/** Helpers that are made of such waits, and this file. */
const ALLOWED = ["test/support/", "test/scripts/waits.test.ts", "test/lib/time-limit.test.ts"];

/** Returns each breach of the rules in a text, with the number of its line. */
function breaches(text: string): string[] {
  return RULES.flatMap(({ pattern, remedy }) =>
    [...text.matchAll(pattern)].map((match) => {
      const line = text.slice(0, match.index).split("\n").length;
      return `${line}: ${match[0].split("\n", 1)[0]}: ${remedy}`;
    }),
  );
}

describe("tests", () => {
  test("match no locator by substring, do not sleep and spy on no timer", () => {
    const files = execFileSync("git", ["ls-files", "test/*.ts"], { encoding: "utf8" }).trim().split("\n");
    const sources = files.filter((file) => !ALLOWED.some((allowed) => file.startsWith(allowed)));
    const found = sources.flatMap((file) => breaches(readFileSync(file, "utf8")).map((breach) => `${file}:${breach}`));
    expect(found).toEqual([]);
  });

  test.each([
    'await page.getByRole("heading", { name: "Prices" }).waitFor();',
    'await page.getByRole("heading", { name }).waitFor();',
    'await page.getByText("Saved").waitFor();',
    'await dialog.getByLabel("Name").fill("x");',
    "await new Promise((resolve) => setTimeout(resolve, 500));",
    "await new Promise<void>((resolve) => {\n  setTimeout(resolve, 500);\n});",
    "await sleep(500);",
    'vi.spyOn(globalThis, "setTimeout").mockImplementationOnce(() => 0);',
  ])("with %j would be found", (text) => {
    expect(breaches(text)).toHaveLength(1);
  });

  test.each([
    'await page.getByRole("heading", { name: "Prices", exact: true }).waitFor();',
    'await page.getByRole("button", { name: /New key|Rotate/ }).count();',
    "await page.getByText(/^Saved/).waitFor();",
    'await page.getByRole("dialog").waitFor();',
    "await pass(500);",
    "setTimeout(() => controller.abort(), 200);",
  ])("with %j are fine", (text) => {
    expect(breaches(text)).toEqual([]);
  });
});
