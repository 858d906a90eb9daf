/** What the documents say about the code is so: events of the log and of webhooks, the lanes of work, and numbers. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENDPOINT_EVENTS } from "../../src/domain/delivery.ts";
import { INCIDENTS, OPERATOR_EVENTS } from "../../src/domain/operator-event.ts";
import { LANES } from "../../src/tenant/engine/lanes.ts";
import { CLAIMS } from "./claims.ts";

const read = (file: string) => readFileSync(file, "utf8");
/** A document as one line. */
const textOf = (file: string) => read(file).replaceAll(/\s+/g, " ");

/** The levels at which the code logs each event, by name. */
function loggedEvents(): Map<string, Set<string>> {
  const events = new Map<string, Set<string>>();
  const add = (name: string, level: string) => events.set(name, (events.get(name) ?? new Set()).add(level));
  for (const file of readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
    const text = read(`src/${file}`);
    for (const [, how = "", name = ""] of text.matchAll(/\blog(?:Event)?\(\s*([^,()]+),\s*"([\w-]+)"/g)) {
      for (const [, level = ""] of how.matchAll(/"(\w+)"/g)) add(name, level);
    }
    // Work of the queue that throws is logged under the name of its kind.
    for (const [, name = ""] of text.matchAll(/\.register\(\{ name: "([\w-]+)"/g)) add(name, "error");
    for (const [, level = "", name = ""] of text.matchAll(/\{ level: "(\w+)", event: "([\w-]+)"/g)) add(name, level);
  }
  return events;
}

/** The rows of the table in operations.md, "The log". */
function documentedEvents(): Map<string, Set<string>> {
  const [, section = ""] = read("docs/operations.md").split("\n## The log\n");
  const [table = ""] = section.split("\n## ");
  const rows = [...table.matchAll(/^\| (`.+?) \| ([\w, ]+) \|/gm)];
  return new Map(
    rows.flatMap(([, names = "", levels = ""]) =>
      [...names.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => [name, new Set(levels.split(", "))] as const),
    ),
  );
}

describe("the table of log events", () => {
  it("has every event that the code logs, at its level, and no other", () => {
    const sorted = (events: Map<string, Set<string>>) =>
      [...events].map(([name, levels]) => `${name}: ${[...levels].toSorted().join(", ")}`).toSorted();
    expect(sorted(documentedEvents())).toEqual(sorted(loggedEvents()));
  });
});

describe("events of webhooks", () => {
  it.each(["docs/api-contract.md", "packages/client/src/webhook.ts"])("of tenants are all in %s", (file) => {
    expect(ENDPOINT_EVENTS.filter((event) => !textOf(file).includes(event))).toEqual([]);
  });

  it.each([
    "docs/api-contract.md",
    "docs/webhooks.md",
    "openapi/operations/operator-webhook.ts",
  ])("of the operator are all in %s, the end of an incident at least as `.recovered`", (file) => {
    const text = textOf(file);
    const ends: readonly string[] = Object.values(INCIDENTS);
    const isNamed = (event: string) => text.includes(event) || (ends.includes(event) && text.includes("`.recovered`"));
    expect(OPERATOR_EVENTS.filter((event) => !isNamed(event))).toEqual([]);
  });
});

describe("the lanes of work", () => {
  it("are in tasks.md with their limits", () => {
    const rows = [...read("docs/tasks.md").matchAll(/^\| `(\w+)` \| .+? \| ([\d ,()a-z]+) \|$/gm)];
    const limits = Object.entries(LANES).map(([name, lane]) =>
      "groupLimit" in lane ? `${name}: ${lane.limit} (${lane.groupLimit} of one group)` : `${name}: ${lane.limit}`,
    );
    expect(rows.map(([, name, limit]) => `${name}: ${limit}`)).toEqual(limits);
  });
});

const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const UNITS = { DAY_MS: 86_400_000, HOUR_MS: 3_600_000, MINUTE_MS: 60_000, MEBIBYTE: 2 ** 20, MIB: 2 ** 20 } as const;

/** The value of a constant in the source: a product or sum of numbers and of the units above. */
function constantOf(file: string, name: string): number {
  const expression = new RegExp(`\\b${name}(?:: \\w+)? ?[=:] (\\d[^;,}]*)`).exec(read(`src/${file}`))?.[1] ?? "";
  const plain = expression.replaceAll(/[A-Z_]{3,}/g, (unit) => String(UNITS[unit as keyof typeof UNITS] ?? unit));
  if (!/^[\d_ .*+()/-]+$/.test(plain)) throw new Error(`${file} has no constant ${name}: ${expression}`);
  return Number(new Function(`return ${plain}`)());
}

function numberOf(text: string): number {
  const word = NUMBERS.indexOf(text.toLowerCase());
  return word >= 0 ? word : Number(text.replaceAll(",", ""));
}

describe("a number in a document", () => {
  for (const [document, claim, file, name, unit = 1] of CLAIMS) {
    it(`is the code's: ${document}, “${claim}”`, () => {
      const [before = "", after = ""] = claim.split("#").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      const found = new RegExp(`${before}(\\d[\\d,]*(?:\\.\\d+)?|[A-Za-z]+)${after}`).exec(textOf(`docs/${document}`));
      expect(found, `${document} has no “${claim}”`).not.toBeNull();
      expect(numberOf(found?.[1] ?? "")).toBe(constantOf(file, name) / unit);
    });
  }
});
