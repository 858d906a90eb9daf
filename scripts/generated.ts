/** Files of src/generated: texts that the Worker sends as they are, and the tables that name them. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./gateway-process.ts";

/** Folder of everything generated, from the root of the repository. */
export const GENERATED = "src/generated";

/** Texts by file name. */
export type GeneratedFiles = Record<string, string>;

/**
 * Returns the source text of one entry of a table: hash and module of a text, and what else the table states about it
 * (src/routes/static.ts).
 */
export function generatedText(file: string, text: string, facts: Readonly<Record<string, unknown>>): string {
  const version = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const fields = Object.entries({ ...facts, version }).map(([name, fact]) => `${name}: ${JSON.stringify(fact)},`);
  return `{ ${fields.join(" ")} load: () => import(${JSON.stringify(`./${file}`)}) }`;
}

/** Writes the files and prints their sizes. */
export function writeGenerated(files: GeneratedFiles): void {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(REPOSITORY, GENERATED, name), text);
    console.log(`${GENERATED}/${name}: ${(Buffer.byteLength(text) / 1_000).toFixed(1)} kB`);
  }
}
