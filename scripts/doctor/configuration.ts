/** The doctor's first group: wrangler.toml, settings and files of this checkout. Needs no account and no network. */
import { join } from "node:path";
import { isNodeRecent } from "../deployment/account-steps.ts";
import { isInGit } from "../deployment/commit.ts";
import { type DeploymentSettings, readDeploymentSettings } from "../deployment/configuration-file.ts";
import { newSecret, type SecretsFile } from "../deployment/secrets-file.ts";
import type { EnvironmentName } from "../deployment/wrangler.ts";
import { REPOSITORY } from "../gateway-process.ts";
import { type Check, failed, type Outcome, ok, skipped, warning } from "./check.ts";

/** What the checks of this group look at. */
export interface ConfigurationSubject {
  /** wrangler.toml */
  readonly config: string;
  readonly environment: EnvironmentName;
  readonly secrets: SecretsFile;
}

const REQUIRED_BINDINGS = ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT"];
const DAY_MS = 86_400_000;
const OLD_DATE_DAYS = 365;

/** What the doctor takes from src/config.ts. */
interface ConfigModule {
  readConfig(env: Readonly<Record<string, unknown>>): Promise<{ readonly ok: boolean; readonly problem?: string }>;
}

/** Returns the checks, in their order. */
export function configurationChecks({ config, environment, secrets }: ConfigurationSubject): Check[] {
  const settings = () => readDeploymentSettings(config, environment);
  const other = () => readDeploymentSettings(config, environment === "production" ? "staging" : "production");
  return [
    { name: "Node.js", run: nodeVersion },
    { name: "wrangler.toml", run: () => ok(`Worker ${settings().name}`) },
    { name: "bindings", run: () => bindings(settings()) },
    { name: "thumbnails", run: () => thumbnails(settings()) },
    { name: "compatibility date", run: () => compatibilityDate(settings(), Date.now()) },
    { name: "free plan", run: () => freePlan(settings()) },
    { name: "invocation logs", run: () => invocationLogs(settings()) },
    { name: "environments apart", run: () => environmentsApart(settings(), other()) },
    { name: "settings", run: () => validSettings(settings(), secrets) },
    { name: "development settings", run: () => developmentSettings(settings()) },
    { name: "address of files", run: () => addressOfFiles(settings()) },
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

/** Secrets that are not known here are made up, so that only what is known is judged. */
async function validSettings({ vars }: DeploymentSettings, file: SecretsFile): Promise<Outcome> {
  const { readConfig } = (await import(join(REPOSITORY, "src/config.ts"))) as ConfigModule;
  const env = {
    ...Object.fromEntries(REQUIRED_BINDINGS.map((name) => [name, {}])),
    SEEDHORSE_API_KEYS: process.env.SEEDHORSE_API_KEYS || newSecret(),
    SIGNING_SECRETS: file.get("SIGNING_SECRETS") ?? newSecret(),
    ADMIN_TOKEN: file.get("ADMIN_TOKEN") ?? newSecret(),
    ...vars,
  };
  const { ok: isValid, problem = "" } = await readConfig(env);
  return isValid
    ? ok("well-formed")
    : failed(problem, "correct [vars] in wrangler.toml (docs/operations.md has every setting)");
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
