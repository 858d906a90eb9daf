/** What the documents say about the code is so: events of the log and of webhooks, the lanes of work, and numbers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/calendar.ts";
import { ENDPOINT_EVENTS } from "../../src/domain/delivery.ts";
import { INCIDENTS, OPERATOR_EVENTS } from "../../src/domain/operator-event.ts";
import { LANES } from "../../src/tenant/engine/lanes.ts";
import { CLAIMS } from "./claims.ts";

const read = (file: string) => readFileSync(file, "utf8");
/** A document as one line. */
const textOf = (file: string) => read(file).replaceAll(/\s+/g, " ");

const SOURCES = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** The levels at which the code logs each event, by name. */
function loggedEvents(): Map<string, Set<string>> {
  const events = new Map<string, Set<string>>();
  const add = (name: string, level: string) => events.set(name, (events.get(name) ?? new Set()).add(level));
  for (const file of SOURCES) {
    const text = read(`src/${file}`);
    for (const [, how = "", name = ""] of text.matchAll(/\blog(?:Event)?\(\s*([^,()]+),\s*"([\w-]+)"/g)) {
      for (const [, level = ""] of how.matchAll(/"(\w+)"/g)) add(name, level);
    }
    // Work of the queue that throws is logged under the name of its kind.
    for (const [, name = ""] of text.matchAll(/\.register\(\{ name: "([\w-]+)"/g)) add(name, "error");
    // A call of an object that may fail (`attempt`).
    for (const [, name = ""] of text.matchAll(/\battempt\(\w+, "([\w-]+)"/g)) add(name, "warn");
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

/** The files in which an event's name is not written where it is logged: `loggedEvents` knows how it gets there. */
const NAMED_ELSEWHERE = ["lib/attempt.ts", "tenant/engine/work-queue.ts"];

describe("the table of log events", () => {
  it("is compared with all names: few files log one that is passed to them", () => {
    const passed = /\blog(?:Event)?\(\s*"\w+",\s*[a-z]/i;
    expect(SOURCES.filter((file) => passed.test(read(`src/${file}`))).toSorted()).toEqual(NAMED_ELSEWHERE);
  });

  it("has every event that the code logs, at its level, and no other", () => {
    const sorted = (events: Map<string, Set<string>>) =>
      [...events].map(([name, levels]) => `${name}: ${[...levels].toSorted().join(", ")}`).toSorted();
    expect(sorted(documentedEvents())).toEqual(sorted(loggedEvents()));
  });
});

describe("events of webhooks", () => {
  it.each([
    "docs/api-contract.md",
    "docs/webhooks.md",
    "packages/client/src/webhook.ts",
  ])("of tenants are all in %s", (file) => {
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

/** Paths that the contract describes in other words: `completeUrl`, part URLs, stable files, `(+ rotate, test)`. */
const DESCRIBED = [
  "/admin/v1/webhook/rotate",
  "/admin/v1/webhook/test",
  "/api/v1/files/uploads/{fileId}/complete",
  "/api/v1/files/uploads/{fileId}/parts/{partNumber}",
  "/files/{token}/{name}",
];

describe("the contract", () => {
  it("has every path of the API document, at least behind `…`", () => {
    const document = JSON.parse(gunzipSync(readFileSync("src/generated/openapi.json.gz.bin")).toString());
    const text = textOf("docs/api-contract.md")
      .replaceAll("{YYYY-MM}", "{month}")
      .replaceAll("models/{id}", "models/{model}");
    const named = new Set(text.match(/[\w/…{}.-]*\/[\w/{}.-]*/g));
    const isNamed = (path: string) => {
      const parts = path.split("/").slice(1);
      return named.has(path) || parts.some((_, from) => from > 0 && named.has(`…/${parts.slice(from).join("/")}`));
    };
    const missing = Object.keys(document.paths).filter((path) => !isNamed(path));
    expect(missing.toSorted()).toEqual(DESCRIBED);
  });
});

describe("the settings", () => {
  it.each(["docs/operations.md", "docs/api-contract.md"])("have their defaults in %s", (file) => {
    const plain = (value: string) => value.replaceAll(/[_\s"`[\]]/g, "").replace(/\(.*/, "");
    const rows = [...read("src/config.ts").matchAll(/^ {2}([A-Z_]+): \{ parse: .+, fallback: (?!null)(.+) \},$/gm)];
    expect(rows.length).toBeGreaterThan(8);
    for (const [, name = "", fallback = ""] of rows) {
      const row = new RegExp(`^\\| \`${name}\`(?: \\| var)? \\| (.+?) \\|`, "m").exec(read(file));
      if (name === "TENANT_STORAGE_MB" && row === null)
        expect(textOf(file)).toContain(`var, default ${plain(fallback)}`);
      else expect(plain(row?.[1] ?? ""), name).toBe(plain(fallback));
    }
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
const UNITS = { DAY_MS, HOUR_MS, MINUTE_MS, MEBIBYTE: 2 ** 20, MIB: 2 ** 20 } as const;

/** The value of a constant in the source: a product or sum of numbers and of the units above. */
function constantOf(place: string, name: string): number {
  const files = place.endsWith(".ts") ? [place] : SOURCES.filter((file) => dirname(file) === place);
  const definition = new RegExp(`\\b${name}(?:: \\w+)? ?[=:] ((?:\\d|[A-Z]+_MS\\b)[^;,}]*)`);
  const [expression = "", ...others] = files.flatMap((file) => definition.exec(read(`src/${file}`))?.[1] ?? []);
  const plain = expression.replaceAll(/[A-Z_]{3,}/g, (unit) => String(UNITS[unit as keyof typeof UNITS] ?? unit));
  if (!/^[\d_ .*+()/-]+$/.test(plain)) throw new Error(`${place} has no constant ${name}: ${expression}`);
  if (others.length > 0) throw new Error(`${place} has ${name} in several files`);
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

describe("the tables of each object", () => {
  it.each([
    ["tenant", "## Tenant object"],
    ["directory", "## Directory object"],
  ])("are in storage-schema.md: %s", (object, heading) => {
    const files = readdirSync(`src/${object}/migrations`).map((file) => `src/${object}/migrations/${file}`);
    const sql = [`src/${object}/migrations.ts`, ...files].map(read).join("\n");
    // A table that takes the place of another one has its name and the number of the migration.
    const made = new Set([...sql.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = ""]) => name.replace(/_\d+$/, "")));
    const [, section = ""] = read("docs/storage-schema.md").split(heading);
    const [table = ""] = section.split("\n## ");
    const rows = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(
      ([, names = ""]) => names.match(/\w+/g) ?? [],
    );
    expect(rows.toSorted()).toEqual([...made].toSorted());
  });
});

describe("a file that a page of docs/ names", () => {
  const PATH =
    /`((?:src|test|openapi|pages|packages|scripts|chaos|bench|ops|simulator)\/[\w./-]+|(?:tenant|directory|domain|routes|courier|files|webhooks|lib|edge|middleware|schemas|handlers|engine|rules|flows|e2e)\/[\w./-]+)`/g;

  it.each(readdirSync("docs").filter((file) => file.endsWith(".md")))("is in the repository: %s", (page) => {
    const named = [...read(`docs/${page}`).matchAll(PATH)].map(([, path = ""]) => path);
    // Paths are those of the repository, or begin in `src`, in `src/tenant`, or in `test` without the ending.
    const places = (path: string) => [
      path,
      `src/${path}`,
      `src/${path}.ts`,
      `src/tenant/${path}`,
      `test/${path}.test.ts`,
      `test/tenant/${path}.test.ts`,
    ];
    expect(named.filter((path) => !places(path).some((place) => existsSync(place)))).toEqual([]);
  });
});
