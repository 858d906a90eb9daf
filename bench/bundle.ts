/** The Worker as it would be deployed: `wrangler deploy --dry-run`, and how wrangler.toml configures it. */
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
  /** Bytes of the script, as it is and after gzip. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Bytes of the text modules (pages, API document, migrations) after gzip. */
  readonly textGzipBytes: number;
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
  const files = readdirSync(folder).filter((name) => /\.(js|txt|sql|bin)$/.test(name));
  const main = entry === undefined ? "index.js" : `${entry.replace(/^.*\//, "").replace(/\.[jt]s$/, "")}.js`;
  const modules = [main, ...files.filter((name) => name !== main)];
  const sizes = modules.map((name) => {
    const content = readFileSync(join(folder, name));
    return { isText: !name.endsWith(".js"), bytes: content.length, gzipBytes: gzipSync(content).length };
  });
  const sum = (isText: boolean, size: "bytes" | "gzipBytes") =>
    sizes.filter((module) => module.isText === isText).reduce((total, module) => total + module[size], 0);
  return {
    modules,
    folder,
    bytes: sum(false, "bytes"),
    gzipBytes: sum(false, "gzipBytes"),
    textGzipBytes: sum(true, "gzipBytes"),
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
    objects: config.durable_objects.bindings.map(({ name, class_name }) => ({ name, className: class_name })),
  };
}
