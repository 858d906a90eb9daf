/** `npm run setup`: from a Cloudflare account and a SeedHorse key to a working gateway (docs/operations.md). */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readDeploymentSettings } from "./deployment/configuration-file.ts";
import { NO_QUESTIONS, terminalPrompt } from "./deployment/prompt.ts";
import { runSetup } from "./deployment/run-setup.ts";
import { defaultSecretsFile, SecretsFile } from "./deployment/secrets-file.ts";
import type { Setup, SetupOptions } from "./deployment/setup.ts";
import { Wrangler } from "./deployment/wrangler.ts";
import { REPOSITORY } from "./gateway-process.ts";
import { interruption } from "./interruption.ts";

const USAGE = `npm run setup [-- OPTIONS]
  --env staging     set up [env.staging] of wrangler.toml instead of production
  --domain HOST     custom domain, in a zone of the account; "" for the address under workers.dev
  --tenant NAME     name of the first tenant; default "First tenant"
  --secrets FILE    where secrets are kept; default ~/.config/paddock/WORKER.env
  --yes             ask nothing: options, defaults and SEEDHORSE_API_KEYS decide
  --dry-run         look at everything, build the Worker, and create or change nothing
  --replace         a Worker of this name that is not Paddock may be replaced
  --no-check        do not check the SeedHorse keys
  --wait SECONDS    how long /healthz may take to respond; default 300
  --config FILE     default wrangler.toml`;

/** @throws Error with a message for the person who typed the command */
function readOptions(): (SetupOptions & { readonly secretsFile: string | undefined }) | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      help: flag,
      env: text,
      domain: text,
      tenant: text,
      secrets: text,
      yes: flag,
      "dry-run": flag,
      replace: flag,
      "no-check": flag,
      wait: text,
      config: text,
    },
  });
  if (values.help) return "help";
  const { env = "production", wait = "300" } = values;
  if (env !== "production" && env !== "staging") throw new Error(`--env ${env}: production or staging`);
  if (!/^\d{1,5}$/.test(wait)) throw new Error(`--wait ${wait}: must be a number of seconds`);
  if (!values.yes && !values["dry-run"] && !process.stdin.isTTY) {
    throw new Error("there is no terminal to ask at; use --yes, with SEEDHORSE_API_KEYS set");
  }
  return {
    environment: env,
    dryRun: values["dry-run"],
    isScripted: values.yes,
    domain: values.domain,
    tenantName: values.tenant ?? "First tenant",
    config: resolve(values.config ?? join(REPOSITORY, "wrangler.toml")),
    waitSeconds: Number(wait),
    checksKeys: !values["no-check"],
    replacesWorker: values.replace,
    secretsFile: values.secrets,
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === "help") return console.log(USAGE);
  const settings = readDeploymentSettings(options.config, options.environment);
  const setup: Setup = {
    options,
    prompt: options.isScripted || options.dryRun ? NO_QUESTIONS : terminalPrompt(),
    wrangler: new Wrangler(options.config, options.environment),
    secrets: new SecretsFile(resolve(options.secretsFile ?? defaultSecretsFile(settings.name))),
    settings,
    isLoggedIn: false,
    accountId: null,
    deployedSecrets: null,
    masterKeys: null,
    url: null,
    made: [],
    interrupted: interruption(),
    print: (line) => console.log(line),
  };
  process.exitCode = (await runSetup(setup)) ? 0 : 1;
}

await main().catch((error: unknown) => {
  console.error(`npm run setup: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
