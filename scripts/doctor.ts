/** `npm run doctor`: what is wrong with a deployment, and the command that mends it. Exit code 1 if anything failed. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type DeploymentSettings, readDeploymentSettings } from "./deployment/configuration-file.ts";
import { defaultSecretsFile, SecretsFile } from "./deployment/secrets-file.ts";
import { type EnvironmentName, Wrangler } from "./deployment/wrangler.ts";
import { type Check, type Finding, findingText, GROUPS, type GroupName, runChecks } from "./doctor/check.ts";
import { configurationChecks } from "./doctor/configuration.ts";
import { isLocal, liveChecks } from "./doctor/live.ts";
import { platformChecks } from "./doctor/platform.ts";
import { probeChecks } from "./doctor/probe.ts";
import { GatewayClient } from "./gateway-client.ts";
import { REPOSITORY } from "./gateway-process.ts";

const USAGE = `npm run doctor [-- OPTIONS]
  --url URL          the gateway; default: what setup noted, or the custom domain of wrangler.toml
  --env staging      look at [env.staging] of wrangler.toml instead of production
  --secrets FILE     where setup keeps secrets; the token can also be in ADMIN_TOKEN
  --only GROUP       ${GROUPS.join(", ")}
  --read-only        leave out the checks that write (a tenant, a key and an upload of the doctor's own)
  --webhook-url URL  a receiver for one webhook.test
  --json             findings as JSON, for monitoring
  --config FILE      default wrangler.toml`;

interface DoctorOptions {
  readonly environment: EnvironmentName;
  readonly config: string;
  readonly url: string | undefined;
  readonly secretsFile: string | undefined;
  readonly groups: readonly GroupName[];
  readonly isReadOnly: boolean;
  readonly webhookUrl: string | null;
  readonly asJson: boolean;
}

/** @throws Error with a message for the person who typed the command */
function readOptions(): DoctorOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      help: flag,
      url: text,
      env: text,
      secrets: text,
      only: text,
      "read-only": flag,
      "webhook-url": text,
      json: flag,
      config: text,
    },
  });
  if (values.help) return "help";
  const { env = "production", only, url } = values;
  if (env !== "production" && env !== "staging") throw new Error(`--env ${env}: production or staging`);
  const groups = GROUPS.filter((group) => only === undefined || group === only);
  if (groups.length === 0) throw new Error(`--only ${only}: ${GROUPS.join(", ")}`);
  if (url !== undefined && !/^https?:\/\//.test(url)) throw new Error(`--url ${url}: must begin with https://`);
  return {
    environment: env,
    config: resolve(values.config ?? join(REPOSITORY, "wrangler.toml")),
    url: url?.replace(/\/+$/, ""),
    secretsFile: values.secrets,
    groups,
    isReadOnly: values["read-only"],
    webhookUrl: values["webhook-url"] ?? null,
    asJson: values.json,
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === "help") return console.log(USAGE);
  const { environment, config, asJson } = options;
  const settings = tryReading(config, environment);
  const secrets = new SecretsFile(resolve(options.secretsFile ?? defaultSecretsFile(settings?.name ?? "paddock")));
  const [domain] = settings?.domains ?? [];
  const url = options.url ?? secrets.get("GATEWAY") ?? (domain === undefined ? null : `https://${domain}`);
  const checks: Record<GroupName, () => readonly Check[] | string> = {
    configuration: () => configurationChecks({ config, environment, secrets }),
    platform: () => {
      if (url !== null && isLocal(url)) return "the gateway is on this machine";
      return settings === null
        ? "wrangler.toml cannot be read"
        : platformChecks(wranglerOf(options, secrets), settings);
    },
    live: () =>
      url === null
        ? "no address is known: npm run setup, or --url URL"
        : checksOfGateway(options, url, settings, secrets),
  };
  const findings: Finding[] = [];
  for (const group of options.groups) {
    const list = checks[group]();
    if (!asJson) console.log(`${group}${typeof list === "string" ? `: left out, ${list}` : ""}`);
    if (typeof list === "string") continue;
    const show = (finding: Finding) => asJson || console.log(findingText(finding));
    findings.push(...(await runChecks(group, list, show, environment)));
  }
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  if (asJson) console.log(JSON.stringify({ ok: count("failed") === 0, url, findings }, null, 2));
  else
    console.log(
      `\n${count("ok")} fine, ${count("warning")} to look at, ${count("failed")} wrong, ${count("skipped")} left out`,
    );
  process.exitCode = count("failed") === 0 ? 0 : 1;
}

/** A malformed file is a finding of the first group, not the end of the doctor. */
function tryReading(config: string, environment: EnvironmentName): DeploymentSettings | null {
  try {
    return readDeploymentSettings(config, environment);
  } catch {
    return null;
  }
}

/** Of several accounts, the one that setup noted. */
function wranglerOf({ config, environment }: DoctorOptions, secrets: SecretsFile): Wrangler {
  const wrangler = new Wrangler(config, environment);
  wrangler.accountId ??= secrets.get("ACCOUNT_ID");
  return wrangler;
}

function checksOfGateway(
  { isReadOnly, webhookUrl }: DoctorOptions,
  url: string,
  settings: DeploymentSettings | null,
  secrets: SecretsFile,
): Check[] {
  const token = process.env.ADMIN_TOKEN || secrets.get("ADMIN_TOKEN");
  const operator = token === undefined ? null : new GatewayClient(url, token);
  const publicBaseUrl = settings?.vars.PUBLIC_BASE_URL || null;
  const probe = isReadOnly ? [] : probeChecks(url, operator, { publicBaseUrl, webhookUrl });
  return [...liveChecks(url, operator), ...probe];
}

await main().catch((error: unknown) => {
  console.error(`npm run doctor: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});
