/** The Worker as it would be deployed: `wrangler deploy --dry-run`, and what wrangler.toml says about running it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { REPOSITORY, WRANGLER, wranglerEnvironment } from "../scripts/gateway-process.ts";
import { runCommand } from "./server-process.ts";

/** What is read from wrangler.toml. */
interface DeploymentConfig {
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
}

/** A bundled Worker on disk and its size. */
export interface Bundle {
  /** Module file names in `folder`, the main one first. */
  readonly modules: readonly string[];
  readonly folder: string;
  /** Bytes of all modules, as they are and after gzip. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Part of `gzipBytes` that is the scripts and styles of the pages for people (console, portal, documentation). */
  readonly pagesGzipBytes: number;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Durable Object bindings: name and class. */
  readonly objects: readonly { readonly name: string; readonly className: string }[];
}

/**
 * Bundles the Worker into `folder`.
 *
 * @param entry another main module than wrangler.toml's, relative to the repository
 */
export async function buildBundle(folder: string, entry?: string): Promise<Bundle> {
  const config: DeploymentConfig = unstable_readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const command = ["deploy", ...(entry === undefined ? [] : [entry]), "--dry-run", "--outdir", folder];
  await runCommand(process.execPath, ["--no-warnings", WRANGLER, ...command], {
    cwd: REPOSITORY,
    env: wranglerEnvironment(folder),
  });
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const main = entry === undefined ? "index.js" : `${entry.replace(/^.*\//, "").replace(/\.[jt]s$/, "")}.js`;
  const modules = [main, ...files.filter((name) => name !== main)];
  const contents = modules.map((name) => readFileSync(join(folder, name)));
  return {
    modules,
    folder,
    bytes: contents.reduce((total, { length }) => total + length, 0),
    gzipBytes: contents.reduce((total, content) => total + gzipSync(content).length, 0),
    pagesGzipBytes: gzipSync(readFileSync(join(REPOSITORY, "src/generated/bundles.ts"))).length,
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
    objects: config.durable_objects.bindings.map(({ name, class_name }) => ({ name, className: class_name })),
  };
}
