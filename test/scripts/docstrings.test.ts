/** Every export has a docstring: the next reader learns what it returns or does without reading its body. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Folders whose exports are read by others. Generated files are described by what generates them. */
const FOLDERS = [
  "src",
  "openapi",
  "simulator",
  "chaos",
  "bench",
  "pages",
  "scripts",
  "packages/client/src",
  "packages/ai-sdk-provider/src",
];
const GENERATED = /^src\/generated\/|^packages\/client\/src\/schema\.ts$|\.d\.ts$/;

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|interface|type|enum) +(\w+)/;

/** Returns the exports of a file's text that have no docstring directly above, as `name (line)`. */
function withoutDocstring(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const name = EXPORT.exec(line)?.[1];
    // A line of a template belongs to a generated file.
    if (name === undefined || / = \$\{/.test(line)) return [];
    const isOverload = lines.slice(0, index).some((earlier) => earlier.startsWith(`export function ${name}(`));
    return isOverload || lines[index - 1]?.trimEnd().endsWith("*/") ? [] : [`${name} (${index + 1})`];
  });
}

test("every export has a docstring", () => {
  const files = execFileSync("git", ["ls-files", ...FOLDERS], { encoding: "utf8" }).split("\n");
  const sources = files.filter((file) => /\.tsx?$/.test(file) && !GENERATED.test(file));
  const missing = sources.flatMap((file) =>
    withoutDocstring(readFileSync(file, "utf8")).map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test("an export without a docstring is found, and one with a docstring is not", () => {
  const text = "/** The first. */\nexport const a = 1;\nexport async function b() {}\n\nexport type C = 1;\n";
  expect(withoutDocstring(text)).toEqual(["b (3)", "C (5)"]);
});
