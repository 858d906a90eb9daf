/** Files of src/generated: texts that the Worker sends as they are, and the tables that name them. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { REPOSITORY } from "./gateway-process.ts";

/** Folder of everything generated, from the root of the repository. */
export const GENERATED = "src/generated";

/** Texts by file name; those of files that end with `.gz.bin` are compressed in the file. */
export type GeneratedFiles = Record<string, string>;

/** @param name of a file of src/generated; its text, decompressed, or null if there is none */
export function readGenerated(name: string): string | null {
  const path = join(REPOSITORY, GENERATED, name);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  return (isCompressed(name) ? gunzipSync(bytes) : bytes).toString("utf8");
}

function isCompressed(name: string): boolean {
  return name.endsWith(".gz.bin");
}

/**
 * Returns the source text of one entry of a table: hash and module of a text, and what else the table states about it
 * (src/routes/static.ts).
 */
export function generatedText(file: string, text: string, facts: Readonly<Record<string, unknown>>): string {
  const version = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const fields = Object.entries({ ...facts, version }).map(([name, fact]) => `${name}: ${JSON.stringify(fact)},`);
  return `{ ${fields.join(" ")} load: () => import(${JSON.stringify(`./${file}`)}) }`;
}

/** Writes the files whose text changed and prints their sizes. */
export function writeGenerated(files: GeneratedFiles): void {
  for (const [name, text] of Object.entries(files)) {
    // Compressed bytes differ between versions of the compressor, so an unchanged text keeps its bytes.
    if (readGenerated(name) === text) continue;
    writeFileSync(join(REPOSITORY, GENERATED, name), isCompressed(name) ? gzipSync(text, { level: 9 }) : text);
    console.log(`${GENERATED}/${name}: ${(Buffer.byteLength(text) / 1_000).toFixed(1)} kB`);
  }
}
