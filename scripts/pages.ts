/**
 * `npm run pages`: bundles the browser code in pages/ into src/generated/bundles.ts, from where the Worker serves it. That
 * file is part of the repository, so that nothing has to be built between a clone and `wrangler dev` or `deploy`; a test
 * fails when it is not what pages/ makes (docs/decisions/0012).
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where the bundles are, from the root of the repository. */
export const BUNDLES_FILE = "src/generated/bundles.ts";

const ENTRIES = [
  { name: "docs.js", entry: "pages/docs/main.ts" },
  { name: "docs.css", entry: "pages/styles/docs.css" },
  { name: "console.js", entry: "pages/console/main.ts" },
  { name: "portal.js", entry: "pages/portal/main.ts" },
  { name: "app.css", entry: "pages/styles/app.css" },
];

const CONTENT_TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

/** @returns the text of src/generated/bundles.ts */
export async function bundlePages(): Promise<string> {
  const entries: string[] = [];
  for (const { name, entry } of ENTRIES) {
    const result = await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: "esm",
      target: ["chrome123", "firefox120", "safari17.5"],
      charset: "utf8",
      legalComments: "none",
      write: false,
    });
    const text = result.outputFiles[0]?.text.trimEnd() ?? "";
    const version = createHash("sha256").update(text).digest("hex").slice(0, 16);
    const type = CONTENT_TYPES[name.split(".").at(-1) ?? ""];
    entries.push(`  ${JSON.stringify(name)}: {
    contentType: ${JSON.stringify(type)},
    version: ${JSON.stringify(version)},
    text: ${JSON.stringify(text)},
  },`);
  }
  return `/** Made by \`npm run pages\` from pages/; not to be edited. */
export const BUNDLES = {
${entries.join("\n")}
} as const;

/** Names of the pages' bundles. */
export type BundleName = keyof typeof BUNDLES;
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await bundlePages();
  writeFileSync(new URL(`../${BUNDLES_FILE}`, import.meta.url), text);
  console.log(`${BUNDLES_FILE}: ${(text.length / 1024).toFixed(0)} KiB`);
}
