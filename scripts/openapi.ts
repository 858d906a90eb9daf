/**
 * `npm run openapi`: writes src/generated/openapi.ts, which `/openapi.json` serves, from the zod schemas and the prose in
 * openapi/. That file is part of the repository, so that nothing has to be built between a clone and `wrangler dev` or
 * `deploy`; a test fails when it is not what the sources make (docs/performance.md).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./gateway-process.ts";

/** Where the text is, from the root of the repository. */
const DOCUMENT_FILE = "src/generated/openapi.ts";

/** Longer values are cut into one piece a member, so that a change shows as the lines that it is about. */
const LONGEST_PIECE = 1_500;

/** @returns JSON text in pieces, to be joined */
function jsonPieces(value: unknown): string[] {
  const text = JSON.stringify(value);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || text.length <= LONGEST_PIECE) return [text];
  const pieces = Object.entries(value).flatMap(([name, member], index) => {
    const [first, ...rest] = jsonPieces(member);
    return [`${index === 0 ? "{" : ","}${JSON.stringify(name)}:${first}`, ...rest];
  });
  return [...pieces, "}"];
}

/** @returns the text of src/generated/openapi.ts: a function, because a start only skims those that it does not call */
async function documentText(): Promise<string> {
  // At run time and not by an import statement: those sources are checked with the platform's types, this file with Node's.
  const source = (await import(join(REPOSITORY, "openapi/document.ts"))) as { openApiDocument(): object };
  const text = JSON.stringify(source.openApiDocument());
  const pieces = jsonPieces(JSON.parse(text));
  if (pieces.join("") !== text) throw new Error("The pieces do not make up the document");
  return `/** Made by \`npm run openapi\` from the other files here; not to be edited. */
export function documentPieces(): string[] {
  return [
${pieces.map((piece) => `    ${JSON.stringify(piece)},\n`).join("")}  ];
}
`;
}

const text = await documentText();
writeFileSync(join(REPOSITORY, DOCUMENT_FILE), text);
console.log(`${DOCUMENT_FILE}: ${(text.length / 1024).toFixed(0)} KiB`);
