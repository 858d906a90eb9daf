/** The direction of imports in `src`: a folder imports what its row allows, and nothing else (docs/architecture.md). */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Files directly under `src` are rows of their own. Every folder may import `src/lib`; a row that is missing may import nothing. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "src/lib": [],
  "src/domain": [],
  "src/errors.ts": [],
  "src/config.ts": ["src/domain"],
  "src/files": ["src/domain"],
  "src/courier": ["src/config.ts", "src/domain", "src/files"],
  // The entrypoint behind the platform's cache.
  "src/edge": ["src/domain", "src/files"],
  // What isolates count, and the names under which it is summed.
  "src/metrics": ["src/domain"],
  // One webhook machinery, for the objects of tenants and for the Directory.
  "src/webhooks": ["src/courier", "src/domain", "src/errors.ts", "src/metrics"],
  "src/directory": [
    "src/config.ts",
    "src/courier",
    "src/directory/migrations",
    "src/domain",
    "src/errors.ts",
    "src/metrics",
    "src/webhooks",
  ],
  "src/generated": [],
  // The texts of its pages are kept with those of all others.
  "src/html": ["pages/i18n/en", "pages/i18n/zh", "src/domain", "src/generated"],

  // The tenant's object, by layer: object → handlers → services → engine → rules → store.
  "src/tenant/store": ["src/domain", "src/tenant"],
  "src/tenant/rules": ["src/courier", "src/domain", "src/errors.ts", "src/tenant", "src/tenant/store", "src/webhooks"],
  "src/tenant/engine": [
    "src/metrics",
    "src/courier",
    "src/domain",
    "src/errors.ts",
    "src/tenant",
    "src/tenant/rules",
    "src/tenant/store",
    "src/webhooks",
  ],
  "src/tenant/handlers": [
    "src/domain",
    "src/errors.ts",
    "src/tenant",
    "src/tenant/engine",
    "src/tenant/rules",
    "src/tenant/store",
    "src/webhooks",
  ],
  "src/tenant": [
    "src/metrics",
    "src/config.ts",
    "src/courier",
    "src/domain",
    "src/errors.ts",
    "src/files",
    "src/tenant/engine",
    "src/tenant/handlers",
    "src/tenant/migrations",
    "src/tenant/rules",
    "src/tenant/store",
    "src/webhooks",
  ],

  // HTTP.
  "src/context.ts": ["src/config.ts", "src/domain", "src/tenant"],
  "src/send-envelope.ts": ["src/context.ts"],
  "src/schemas": ["src/domain", "src/errors.ts", "src/tenant", "src/tenant/store"],
  "src/middleware": [
    "src/metrics",
    "src/send-envelope.ts",
    "src/config.ts",
    "src/context.ts",
    "src/courier",
    "src/directory",
    "src/domain",
    "src/errors.ts",
    "src/tenant",
    "src/tenant/handlers",
  ],
  "src/routes/support": [
    "src/send-envelope.ts",
    "src/context.ts",
    "src/domain",
    "src/errors.ts",
    "src/files",
    "src/middleware",
    "src/schemas",
    "src/tenant",
    "src/tenant/handlers",
  ],
  "src/routes": [
    "src/metrics",
    "src/send-envelope.ts",
    "src/config.ts",
    "src/html",
    "src/context.ts",
    "src/courier",
    "src/directory",
    "src/domain",
    "src/edge",
    "src/errors.ts",
    "src/files",
    "src/generated",
    "src/middleware",
    "src/routes/support",
    "src/schemas",
    "src/tenant",
    "src/tenant/handlers",
    "src/tenant/store",
  ],
  "src/routes/openai": [
    "src/context.ts",
    "src/domain",
    "src/errors.ts",
    "src/files",
    "src/routes",
    "src/routes/support",
    "src/schemas",
    "src/tenant",
    "src/tenant/handlers",
  ],
  "src/app.ts": [
    "src/routes/openai",
    "src/routes/support",
    "src/send-envelope.ts",
    "src/context.ts",
    "src/errors.ts",
    "src/metrics",
    "src/middleware",
    "src/routes",
  ],
  "src/index.ts": ["src/app.ts", "src/courier", "src/directory", "src/edge", "src/tenant"],
};

/** Modules of `src/tenant` that the layers below it may import; everything else there is above them. */
const SHARED_IN_TENANT = ["api.ts", "context.ts", "permissions.ts", "ports.ts", "settings.ts"];
const LAYERS_BELOW = ["src/tenant/store", "src/tenant/rules", "src/tenant/engine"];

function folderOf(file: string): string {
  const folder = dirname(file);
  if (folder === "src") return file;
  return folder.startsWith("openapi") ? "openapi" : folder;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/(?:from|import) "(\.[^"]+)"/g)].map(([, path = ""]) =>
    normalize(join(dirname(file), path)),
  );
}

function violationsOf(file: string): string[] {
  const from = folderOf(file);
  return importsOf(file).flatMap((target) => {
    const to = folderOf(target);
    if (to === from || to === "src/lib") return [];
    const above =
      LAYERS_BELOW.includes(from) && to === "src/tenant" && !SHARED_IN_TENANT.some((n) => target.endsWith(`/${n}`));
    return ALLOWED[from]?.includes(to) && !above ? [] : [`${file} imports ${target}`];
  });
}

const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .map((name) => join("src", name));

describe("the layout of the source", () => {
  it("lets each folder import only what its row of the matrix allows", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(violationsOf)).toEqual([]);
  });

  it("has no file of more than 300 lines, generated ones aside", () => {
    const lines = (file: string) => readFileSync(join(ROOT, file), "utf8").split("\n").length - 1;
    const written = files.filter((file) => folderOf(file) !== "src/generated");
    expect(written.filter((file) => lines(file) > 300)).toEqual([]);
  });

  it("has no row for a folder that does not exist", () => {
    const folders = new Set(files.map(folderOf));
    expect(Object.keys(ALLOWED).filter((row) => !folders.has(row))).toEqual([]);
  });
});
