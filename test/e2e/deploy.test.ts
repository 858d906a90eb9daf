import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { WRANGLER, wranglerEnvironment } from "../../scripts/gateway-process.ts";
import { formatBytes } from "../../scripts/table.ts";
import { Command } from "../support/node/command.ts";
import { removeFolder, temporaryFolder } from "../support/node/world.ts";

/** A start reads the whole script. Pages and the API document are text modules beside it, read at the first request for them. */
const MAX_SCRIPT_BYTES = 350_000;

it("a dry run of the deployment bundles the Worker with its bindings", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const environment = Object.entries(wranglerEnvironment(folder)).filter(([, value]) => value !== undefined);
  const args = ["--no-warnings", WRANGLER, "deploy", "--dry-run", "--outdir", join(folder, "bundle")];
  const deploy = new Command(process.execPath, args, Object.fromEntries(environment) as Record<string, string>);
  expect(await deploy.exitCode(), deploy.output).toBe(0);
  for (const binding of ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT"])
    expect(deploy.output).toContain(`env.${binding}`);
  const bundle = await readFile(join(folder, "bundle", "index.js"));
  const compressed = gzipSync(bundle).byteLength;
  console.log(`Worker script: ${formatBytes(bundle.byteLength)}, ${formatBytes(compressed)} compressed`);
  expect(bundle.byteLength).toBeLessThan(MAX_SCRIPT_BYTES);
});
