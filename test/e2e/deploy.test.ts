import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { readDeploymentSettings, withDeploymentChanges } from "../../scripts/deployment/configuration-file.ts";
import { REPOSITORY, WRANGLER, wranglerEnvironment } from "../../scripts/gateway-process.ts";
import { formatBytes } from "../../scripts/table.ts";
import { Command } from "../support/node/command.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";

/**
 * A start reads the whole script. Pages and the API document are text modules beside it, read at the first request for them.
 * Why this much, and what has how much of it: docs/performance.md, "Size of the script".
 */
const MAX_SCRIPT_BYTES = 552_500;

/** What `wrangler deploy --dry-run` prints, and the folder with the bundle. */
async function dryRun(...options: string[]): Promise<{ output: string; folder: string }> {
  const folder = await temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const environment = Object.entries(wranglerEnvironment(folder)).filter(([, value]) => value !== undefined);
  const args = [
    "--no-warnings",
    WRANGLER,
    "deploy",
    "--dry-run",
    "--strict",
    "--outdir",
    join(folder, "bundle"),
    ...options,
  ];
  const deploy = new Command(process.execPath, args, Object.fromEntries(environment) as Record<string, string>);
  expect(await deploy.exitCode(), deploy.output).toBe(0);
  expect(deploy.output).not.toMatch(/warning/i);
  return { output: deploy.output, folder };
}

it("a dry run of the deployment bundles the Worker with its bindings", async () => {
  const { output, folder } = await dryRun();
  for (const binding of ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT", "IMAGES"]) {
    expect(output).toContain(`env.${binding}`);
  }
  const bundle = await readFile(join(folder, "bundle", "index.js"));
  const compressed = gzipSync(bundle).byteLength;
  console.log(`Worker script: ${formatBytes(bundle.byteLength)}, ${formatBytes(compressed)} compressed`);
  expect(bundle.byteLength).toBeLessThan(MAX_SCRIPT_BYTES);
});

it("a dry run of staging has the same bindings, and the deploy command accepts it", async () => {
  const bindings = (output: string) => [...output.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name);
  const production = await dryRun();
  const staging = await dryRun("--env", "staging");
  expect(bindings(staging.output)).toEqual(bindings(production.output));
  expect(staging.output).toContain("paddock-files-staging");
  const deploy = new Command("npm", ["run", "deploy", "--", "--dry-run", "--env", "staging"]);
  expect(await deploy.exitCode(), deploy.output).toBe(0);
});

it("shares nothing between the environments, and needs no paid plan", () => {
  const file = join(REPOSITORY, "wrangler.toml");
  const production = readDeploymentSettings(file, "production");
  const staging = readDeploymentSettings(file, "staging");
  for (const { hasLimits, domains, logsInvocations } of [production, staging]) {
    expect({ hasLimits, domains, logsInvocations }).toEqual({ hasLimits: false, domains: [], logsInvocations: false });
  }
  for (const field of ["name", "bucket", "rateLimitNamespace"] as const) {
    expect(staging[field]).toBeTruthy();
    expect(staging[field]).not.toBe(production[field]);
  }
  expect(staging.bindings.toSorted()).toEqual(production.bindings.toSorted());
  const text = readFileSync(file, "utf8");
  const withDomain = withDeploymentChanges(text, "production", { domain: "gateway.example.com" });
  expect(withDomain).toContain("custom_domain = true");
  expect(withDomain).toMatch(/^routes = \[\] # setup: staging$/m);
});
