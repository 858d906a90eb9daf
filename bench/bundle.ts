/** The Worker as it would be deployed: `wrangler deploy --dry-run`, and what wrangler.toml says about running it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { REPOSITORY, WRANGLER, wranglerEnvironment } from "../scripts/gateway-process.ts";
import { runCommand } from "./server-process.ts";

export interface Bundle {
  /** Module file names in `folder`, the main one first. */
  readonly modules: readonly string[];
  readonly folder: string;
  /** Bytes of all modules, as they are and after gzip. */
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Durable Object bindings: name and class. */
  readonly objects: readonly { readonly name: string; readonly className: string }[];
  /** Name of the static assets' binding, if there is one. */
  readonly assetsBinding: string | null;
}

/**
 * Bundles the Worker into `folder`.
 *
 * @param entry another main module than wrangler.toml's, relative to the repository
 */
export async function buildBundle(folder: string, entry?: string): Promise<Bundle> {
  const config = unstable_readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const command = ["deploy", ...(entry === undefined ? [] : [entry]), "--dry-run", "--outdir", folder];
  await runCommand(process.execPath, ["--no-warnings", WRANGLER, ...command], {
    cwd: REPOSITORY,
    env: wranglerEnvironment(folder),
  });
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const main = entry === undefined ? "index.js" : `${entry.replace(/^.*\//, "").replace(/\.ts$/, "")}.js`;
  const modules = [main, ...files.filter((name) => name !== main)];
  const contents = modules.map((name) => readFileSync(join(folder, name)));
  return {
    modules,
    folder,
    bytes: contents.reduce((total, { length }) => total + length, 0),
    gzipBytes: contents.reduce((total, content) => total + gzipSync(content).length, 0),
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
    objects: config.durable_objects.bindings.map(({ name, class_name }) => ({ name, className: class_name })),
    assetsBinding: config.assets?.binding ?? null,
  };
}
