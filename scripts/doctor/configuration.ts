/** The doctor's first group: wrangler.toml, settings and files of this checkout. Needs no account and no network. */
import { join } from "node:path";
import { isNodeRecent } from "../deployment/account-steps.ts";
import { isInGit } from "../deployment/commit.ts";
import { type DeploymentSettings, readDeploymentSettings } from "../deployment/configuration-file.ts";
import type { SecretsFile } from "../deployment/secrets-file.ts";
import { problemOfSettings, REQUIRED_BINDINGS } from "../deployment/settings-check.ts";
import type { EnvironmentName } from "../deployment/wrangler.ts";
import { REPOSITORY } from "../gateway-process.ts";
import { type Check, failed, type Outcome, ok, reasonOf, skipped, warning } from "./check.ts";

/** What the checks of this group look at. */
export interface ConfigurationSubject {
  /** wrangler.toml */
  readonly config: string;
  readonly environment: EnvironmentName;
  readonly secrets: SecretsFile;
}

const DAY_MS = 86_400_000;
const OLD_DATE_DAYS = 365;

/** Returns the checks, in their order. */
export function configurationChecks({ config, environment, secrets }: ConfigurationSubject): Check[] {
  let settings: DeploymentSettings | null = null;
  const readable = (run: (settings: DeploymentSettings) => Outcome | Promise<Outcome>) => () =>
    settings === null ? skipped("needs a wrangler.toml that can be read") : run(settings);
  const other = () => readDeploymentSettings(config, environment === "production" ? "staging" : "production");
  return [
    { name: "Node.js", run: nodeVersion },
    {
      name: "wrangler.toml",
      run: () => {
        try {
          settings = readDeploymentSettings(config, environment);
        } catch (error) {
          return failed(reasonOf(error), "git checkout wrangler.toml, or name another file with --config FILE");
        }
        return ok(`Worker ${settings.name}`);
      },
    },
    { name: "bindings", run: readable(bindings) },
    { name: "thumbnails", run: readable(thumbnails) },
    { name: "compatibility date", run: readable((read) => compatibilityDate(read, Date.now())) },
    { name: "free plan", run: readable(freePlan) },
    { name: "invocation logs", run: readable(invocationLogs) },
    { name: "environments apart", run: readable((read) => environmentsApart(read, other())) },
    { name: "settings", run: readable((read) => validSettings(read, secrets)) },
    { name: "development settings", run: readable(developmentSettings) },
    { name: "address of files", run: readable(addressOfFiles) },
    { name: "secrets file", run: () => secretsFile(secrets) },
    { name: "secrets outside git", run: () => outsideGit(secrets) },
  ];
}

function nodeVersion(): Outcome {
  const { node } = process.versions;
  return isNodeRecent(node) ? ok(node) : failed(`${node} is too old`, "npm ci, then npm run doctor");
}

function bindings({ bindings: bound }: DeploymentSettings): Outcome {
  const missing = REQUIRED_BINDINGS.filter((name) => !bound.includes(name));
  if (missing.length === 0) return ok(REQUIRED_BINDINGS.join(", "));
  return failed(
    `${missing.join(", ")} is not bound`,
    "git checkout wrangler.toml, or add the binding to this environment",
  );
}

function thumbnails({ bindings: bound }: DeploymentSettings): Outcome {
  if (bound.includes("IMAGES")) return ok("IMAGES is bound");
  return warning(
    "IMAGES is not bound: only the upstream's own thumbnails",
    'add [images] binding = "IMAGES" to wrangler.toml',
  );
}

function compatibilityDate({ compatibilityDate: date }: DeploymentSettings, now: number): Outcome {
  const at = Date.parse(date);
  if (!(at <= now)) return failed(`${date || "none"} is not a day of the past`, "git checkout wrangler.toml");
  if (now - at < OLD_DATE_DAYS * DAY_MS) return ok(date);
  return warning(`${date} is older than a year`, "update to the latest release (docs/operations.md)");
}

function freePlan({ hasLimits }: DeploymentSettings): Outcome {
  if (!hasLimits) return ok("nothing that needs the paid plan");
  return warning("[limits] needs the paid plan: a free account refuses it (100328)", "remove [limits], unless you pay");
}

function invocationLogs({ logsInvocations }: DeploymentSettings): Outcome {
  if (!logsInvocations) return ok("off");
  return failed("on: links of files are in the logs", "set invocation_logs = false under [observability.logs]");
}

function environmentsApart(one: DeploymentSettings, other: DeploymentSettings): Outcome {
  const shared = (["name", "bucket", "rateLimitNamespace"] as const).filter((field) => one[field] === other[field]);
  const domains = one.domains.filter((domain) => other.domains.includes(domain));
  if (domains.length > 0) {
    return failed(`production and staging both take ${domains.join(", ")}`, "set routes = [] under [env.staging]");
  }
  if (shared.length === 0) return ok("name, bucket, namespace and domains");
  return failed(`production and staging share ${shared.join(", ")}`, "give [env.staging] its own in wrangler.toml");
}

async function validSettings({ vars }: DeploymentSettings, file: SecretsFile): Promise<Outcome> {
  const problem = await problemOfSettings({
    SEEDHORSE_API_KEYS: process.env.SEEDHORSE_API_KEYS,
    SIGNING_SECRETS: file.get("SIGNING_SECRETS"),
    ADMIN_TOKEN: file.get("ADMIN_TOKEN"),
    ...vars,
  });
  if (problem === null) return ok("well-formed");
  return failed(
    problem,
    `correct [vars] in wrangler.toml; a secret with npm run wrangler -- secret put NAME, and in ${file.path} (docs/operations.md has every setting)`,
  );
}

function developmentSettings({ vars }: DeploymentSettings): Outcome {
  if (/^true$/i.test(vars.ALLOW_PRIVATE_URLS ?? "")) {
    return failed("ALLOW_PRIVATE_URLS lets tenants reach private addresses", "remove it from [vars]");
  }
  const upstream = vars.SEEDHORSE_BASE_URL;
  if (!upstream || upstream === "https://api.seedhorse.ai") return ok("none");
  return warning(`SEEDHORSE_BASE_URL is ${upstream}`, "remove it from [vars], unless that is intended");
}

function addressOfFiles({ vars, domains }: DeploymentSettings): Outcome {
  const given = vars.PUBLIC_BASE_URL;
  if (!given) {
    if (domains.length === 0) return ok("the Worker's own address");
    return warning("links begin with whatever host a request used", "npm run setup, which sets PUBLIC_BASE_URL");
  }
  const { protocol, host } = new URL(given);
  if (protocol !== "https:") return failed(`${given} is not https`, "correct PUBLIC_BASE_URL in wrangler.toml");
  if (domains.includes(host)) return ok(given);
  return warning(`${host} is no custom domain of this Worker`, "npm run setup, unless a CDN of yours serves that host");
}

function secretsFile(file: SecretsFile): Outcome {
  if (!file.exists())
    return warning(
      `there is no ${file.path}`,
      "npm run setup makes it; if it is elsewhere, name it with --secrets FILE",
    );
  if (file.isExposed()) return failed("others on this machine may read it", `chmod 600 '${file.path}'`);
  return ok(file.path);
}

function outsideGit(file: SecretsFile): Outcome {
  const exposed = [file.path, join(REPOSITORY, ".dev.vars")].filter(isInGit);
  if (exposed.length > 0)
    return failed(`git would keep ${exposed.join(", ")}`, "move it out of the repository, and replace its secrets");
  return file.exists() ? ok("yes") : skipped("no file of secrets here");
}
