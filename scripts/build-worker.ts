/** The Worker, bundled once for many starts: `wrangler dev` bundles it again at each, which takes most of a start. */
import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { REPOSITORY, WORKER_OPTIONS, WRANGLER, wranglerEnvironment } from "./gateway-process.ts";

/**
 * Bundles the Worker as it would be deployed, for `startGateway`.
 *
 * @param folder where the modules go; must not exist or be empty
 * @param config default: the wrangler.toml of this repository
 * @throws Error with wrangler's output if it does not build
 */
export async function buildWorker(folder: string, config = join(REPOSITORY, "wrangler.toml")): Promise<void> {
  const command = ["deploy", "--config", config, "--dry-run", "--outdir", folder];
  await promisify(execFile)(process.execPath, ["--no-warnings", WRANGLER, ...command], {
    cwd: REPOSITORY,
    env: wranglerEnvironment(folder),
  });
  // The modules are named below, and the domain of a deployment is not this machine's.
  const { modulesRules: _rules, zone: _zone, ...bindings } = unstable_getMiniflareWorkerOptions(config).workerOptions;
  const files = readdirSync(folder).filter((name) => /\.(js|txt|sql|bin)$/.test(name));
  // The main module is the first one, and the only script.
  files.sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
  const typeOf = (name: string) => (name.endsWith(".js") ? "ESModule" : name.endsWith(".bin") ? "Data" : "Text");
  const modules = files.map((name) => ({ type: typeOf(name), path: join(folder, name) }));
  const options = { ...bindings, rootPath: folder, modulesRoot: folder, modules };
  writeFileSync(join(folder, WORKER_OPTIONS), JSON.stringify(options));
}
