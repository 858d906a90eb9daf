/** A document that a comment, a test or a page of the docs names is in the repository, and so is the decision behind a number. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

/** Text whose citations count: not what is generated, and not the state that a release left. */
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|js|mjs|md|sql|json|jsonc|toml|html|css|sh|yml|yaml|example)$/.test(file) && existsSync(file))
  .filter(
    (file) => !/^(src\/generated|test\/fixtures|package-lock\.json|test\/scripts\/citations\.test\.ts)/.test(file),
  );

const DECISIONS = FILES.filter((file) => /^docs\/decisions\/\d{4}-/.test(file));
const RULES = new Set(
  [...readFileSync("docs/design.md", "utf8").matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number),
);
/** Names of documents that every repository of the kind has, or that a test makes. */
const NOT_CITATIONS = new Set(["README.md"]);

/** Every citation in a text that names nothing: `cited` as it stands there. */
function absentCitations(file: string, text: string): string[] {
  const absent: string[] = [];
  for (const [cited] of text.matchAll(/(?<!:\/\/)(?<![\w.-])(?:[\w.-]+\/)*[\w.-]*\w\.md\b/g)) {
    if (NOT_CITATIONS.has(cited)) continue;
    const places = [cited, join(dirname(file), cited), join("docs", cited)];
    if (!cited.includes("NNNN") && !places.some((place) => existsSync(place))) absent.push(cited);
  }
  for (const [cited, number] of text.matchAll(/docs\/decisions\/(\d+)/g)) {
    if (!DECISIONS.some((decision) => decision.startsWith(`docs/decisions/${number}-`))) absent.push(cited);
  }
  for (const [cited, list = ""] of text.matchAll(/design\.md, rules? ([\d, and]+)/g)) {
    for (const [rule] of list.matchAll(/\d+/g)) if (!RULES.has(rule)) absent.push(cited);
  }
  for (const [cited] of text.matchAll(/\bdecisions? \d{3,4}\b|seedhorse-api\.txt/gi)) absent.push(cited);
  return absent;
}

describe("citations", () => {
  test("no file cites a document that is not in the repository", () => {
    const absent = FILES.flatMap((file) =>
      absentCitations(file, readFileSync(file, "utf8")).map((cited) => `${file}: ${cited}`),
    );
    expect(absent).toEqual([]);
  });

  test.each([
    "see DESIGN.md, rule 3",
    "PLATFORM.md section 2",
    "docs/decisions/0999",
    "docs/decisions/067",
    "decision 080",
    "docs/design.md, rule 99",
    "docs/nothing.md",
    "seedhorse-api.txt",
  ])("%j counts as a citation of an absent document", (text) => {
    expect(absentCitations("src/app.ts", text)).not.toEqual([]);
  });

  test.each([
    "docs/decisions/0002",
    "docs/design.md, rules 1 and 5",
    "docs/architecture.md",
    "contract section 6",
  ])("%j counts as a citation of a document that is there", (text) => {
    expect(absentCitations("src/app.ts", text)).toEqual([]);
  });
});

describe("decisions", () => {
  test("the index lists every decision once, under its own title, with a date and a status", () => {
    const index = readFileSync("docs/decisions/README.md", "utf8");
    const rows = [...index.matchAll(/^\| \[(\d{4})\]\((.+?)\) \| (.+?) \| (\d{4}-\d\d-\d\d) \| (.+?) \|$/gm)];
    expect(rows.map(([, , file]) => `docs/decisions/${file}`)).toEqual(DECISIONS.toSorted());
    for (const [, number, file, title, date, status] of rows) {
      const text = readFileSync(`docs/decisions/${file}`, "utf8");
      expect(text.split("\n", 3).join("\n")).toBe(`# ${number} ${title}\n\nDate: ${date} · Status: ${status}`);
    }
    expect(new Set(rows.map(([, number]) => number)).size).toBe(rows.length);
  });

  test.each(DECISIONS)("%s has context, decision and consequences", (file) => {
    expect(
      readFileSync(file, "utf8")
        .match(/^## .+$/gm)
        ?.slice(0, 3),
    ).toEqual(["## Context", "## Decision", "## Consequences"]);
  });
});
