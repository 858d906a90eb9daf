/** What a start must not bring along, held without a clock: what is bundled, and what importing and answering makes. */
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it, vi } from "vitest";

/** Calls of zod's functions, by name. */
const made = vi.hoisted(() => [] as string[]);

vi.mock("zod/mini", async (original) => {
  const counted = Object.entries(await original<object>()).map(([name, value]) => {
    // Classes begin with a capital or a sign and stay what they are.
    if (typeof value !== "function" || !/^[a-z]/.test(name)) return [name, value];
    const counting = (...args: unknown[]): unknown => {
      made.push(name);
      return (value as (...given: unknown[]) => unknown)(...args);
    };
    return [name, Object.assign(counting, value)];
  });
  return Object.fromEntries(counted) as object;
});

describe("the bundle", () => {
  let modules: Metafile["outputs"][string]["inputs"];
  beforeAll(async () => {
    const { metafile } = await build({
      absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
      entryPoints: ["src/index.ts"],
      bundle: true,
      format: "esm",
      external: ["cloudflare:*", "node:*", "*.txt", "*.bin", "*.sql"],
      // As wrangler bundles.
      conditions: ["workerd", "worker", "browser"],
      metafile: true,
      write: false,
      outfile: "index.js",
    });
    modules = metafile.outputs["index.js"]?.inputs ?? {};
  });
  const bundled = (pattern: RegExp) =>
    Object.entries(modules)
      .filter(([name, { bytesInOutput }]) => pattern.test(name) && bytesInOutput > 0)
      .map(([name]) => name);

  it("has nothing of what generates the API document", () => {
    expect(bundled(/zod-to-openapi|^openapi\//)).toEqual([]);
  });

  it("has the pages and the API document as modules of their own, not in the script", () => {
    expect(bundled(/generated\/.*\.(txt|bin)$/)).toEqual([]);
    expect(bundled(/generated\/\w+\.ts$/)).toHaveLength(2);
  });

  it("has zod's messages in one language", () => {
    expect(bundled(/zod\/.*\/locales\/\w/).filter((name) => !name.endsWith("/en.js"))).toEqual([]);
  });
});

describe("a start and its first response", () => {
  it("build no schema, and checking a request builds some", async () => {
    // Another file of the same process may have imported it already.
    vi.resetModules();
    const { createApp } = await import("../../src/app.ts" as string);
    vi.spyOn(console, "log").mockImplementation(() => {});
    const settings = { SEEDHORSE_API_KEYS: "k", SIGNING_SECRETS: "s".repeat(32), ADMIN_TOKEN: "t".repeat(32) };
    const env = { TENANTS: {}, DIRECTORY: {}, FILES: {}, EDGE_LIMIT: {}, ...settings };
    const context = { waitUntil: () => {}, passThroughOnException: () => {} };
    expect((await createApp().request("/healthz", {}, env, context)).status).toBe(200);
    expect(made).toEqual([]);

    const { checkGenerateRequest } = await import("../../src/schemas/check-generate.ts" as string);
    expect(checkGenerateRequest({ model: "none" }, { allowPrivate: false, ownOrigins: [] }).ok).toBe(false);
    expect(made).toContain("looseObject");
  });
});
