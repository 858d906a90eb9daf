/** Setup's second part: master keys, secrets and the lines of wrangler.toml. */
import { randomInt } from "node:crypto";
import { isInGit } from "./commit.ts";
import { changeDeploymentSettings, INITIAL_NAMESPACES, readDeploymentSettings } from "./configuration-file.ts";
import { checkMasterKey } from "./master-key-check.ts";
import { newSecret, type SecretName } from "./secrets-file.ts";
import { problemOfSettings } from "./settings-check.ts";
import { type Setup, SetupFailure, type SetupStep, secretsToSend } from "./setup.ts";

const HOST_NAME = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const MASTER_KEY = /^[\x21-\x7e]+$/;

const masterKeys: SetupStep = {
  title: "SeedHorse keys",
  run: async (setup) => {
    const { options, prompt, deployedSecrets } = setup;
    const given = process.env.SEEDHORSE_API_KEYS;
    if (!given && deployedSecrets?.includes("SEEDHORSE_API_KEYS")) return "the Worker keeps the ones it has";
    if (given || options.isScripted || options.dryRun) {
      if (!given && options.dryRun) return "a real run asks for them";
      const problem = await problemWith(setup, given ?? "");
      if (problem !== null) throw new SetupFailure(problem.message, problem.remedy);
      setup.masterKeys = listOf(given ?? "").join(",");
    }
    while (setup.masterKeys === null) {
      const typed = await prompt.askSecret("Your SeedHorse API key (several: comma-separated, in order of preference)");
      const problem = await problemWith(setup, typed);
      if (problem?.isCertain) setup.print(`  ${problem.message}. Try again, or end with Ctrl-C.`);
      else if (!problem || (await prompt.confirm(`${problem.message}. Use it all the same?`))) {
        setup.masterKeys = listOf(typed).join(",");
      }
    }
    const { length } = listOf(setup.masterKeys);
    const verified = options.checksKeys ? ", accepted by SeedHorse" : ", not checked";
    return `${length}${verified}`;
  },
};

interface KeyProblem {
  readonly message: string;
  readonly remedy: string;
  /** False if SeedHorse only could not be asked. */
  readonly isCertain: boolean;
}

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

async function problemWith({ options, settings }: Setup, text: string): Promise<KeyProblem | null> {
  const keys = listOf(text);
  const remedy =
    "Set SEEDHORSE_API_KEYS to your key (several: comma-separated), or run setup at a terminal without --yes.";
  if (keys.length === 0) return { message: "No SeedHorse key was given", remedy, isCertain: true };
  if (new Set(keys).size < keys.length || !keys.every((key) => MASTER_KEY.test(key))) {
    return { message: "A SeedHorse key occurs twice, or has characters that no key has", remedy, isCertain: true };
  }
  if (!options.checksKeys) return null;
  const baseUrl = settings.vars.SEEDHORSE_BASE_URL || "https://api.seedhorse.ai";
  for (const [index, key] of keys.entries()) {
    const outcome = await checkMasterKey(baseUrl, key);
    if (outcome.verdict === "accepted") continue;
    return {
      message: `SeedHorse key ${index + 1} of ${keys.length}: ${outcome.reason}`,
      remedy:
        outcome.verdict === "refused"
          ? "Check the key in SeedHorse’s settings."
          : "Try again later, or skip the check with `--no-check`.",
      isCertain: outcome.verdict === "refused",
    };
  }
  return null;
}

const MADE: readonly SecretName[] = ["SIGNING_SECRETS", "ADMIN_TOKEN"];

const secrets: SetupStep = {
  title: "Secrets",
  run: async ({ secrets: file, deployedSecrets, options, made, accountId }) => {
    if (isInGit(file.path)) {
      throw new SetupFailure(
        `git would keep ${file.path}`,
        "Name a file outside the repository with `--secrets FILE`.",
      );
    }
    const missing = MADE.filter((name) => file.get(name) === undefined && !deployedSecrets?.includes(name));
    if (missing.length === 0) return file.exists() ? `in ${file.path}` : "the Worker keeps the ones it has";
    if (options.dryRun) return `a real run makes ${missing.join(" and ")} in ${file.path}`;
    const values = Object.fromEntries(missing.map((name) => [name, newSecret()]));
    // The same name in another account is another gateway: its secrets must not meet these.
    file.set({ ...(accountId !== null && { ACCOUNT_ID: accountId }), ...values });
    made.push({ what: `secrets in ${file.path}`, undo: "keep the file: the next run uses it" });
    return `made, in ${file.path} (readable by you alone; back it up)`;
  },
};

const configuration: SetupStep = {
  title: "Address",
  run: async (setup) => {
    const { options, settings, made } = setup;
    const { config, environment, dryRun } = options;
    const domain = await chooseDomain(setup);
    const address = domain === "" ? "" : `https://${domain}`;
    const hasDomain = domain === "" ? settings.domains.length === 0 : settings.domains.includes(domain);
    // With the domain as it is, an address for files that somebody has chosen stays, such as that of a CDN.
    const hasAddress = hasDomain && (address === "" || Boolean(settings.vars.PUBLIC_BASE_URL));
    const isInitial = INITIAL_NAMESPACES.includes(settings.rateLimitNamespace ?? "");
    // Counters are per account and number: a number that the next Worker has too would add up both.
    const changes = {
      ...(hasDomain ? {} : { domain }),
      ...(hasAddress ? {} : { publicBaseUrl: address }),
      ...(isInitial ? { rateLimitNamespace: String(randomInt(10_000, 2 ** 31)) } : {}),
    };
    const found = address || "the Worker's address under workers.dev";
    if (dryRun) return found;
    if (changeDeploymentSettings(config, environment, changes)) {
      made.push({ what: "changes in wrangler.toml", undo: "git checkout wrangler.toml" });
      setup.settings = readDeploymentSettings(config, environment);
    }
    return found;
  },
};

async function chooseDomain({ options, settings, prompt }: Setup): Promise<string> {
  const [known = ""] = settings.domains;
  const question = "Custom domain, in a zone of this account (empty: the Worker's address under workers.dev)";
  const given = options.domain ?? (options.dryRun ? known : await prompt.ask(question, known));
  const domain = given
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/\/$/, "");
  if (domain !== "" && !HOST_NAME.test(domain)) {
    throw new SetupFailure(`${given} is not a host name`, "Give a name such as gateway.example.com.");
  }
  const other = options.environment === "production" ? "staging" : "production";
  if (domain !== "" && readDeploymentSettings(options.config, other).domains.includes(domain)) {
    throw new SetupFailure(`${domain} is the domain of ${other}`, "Each environment needs a domain of its own.");
  }
  return domain;
}

/** Before anything is created: a gateway refuses every request while a setting is wrong. */
const settingsCheck: SetupStep = {
  title: "Settings",
  run: async (setup) => {
    const problem = await problemOfSettings({ ...secretsToSend(setup), ...setup.settings.vars });
    if (problem === null) return "well-formed";
    throw new SetupFailure(
      problem,
      `SEEDHORSE_API_KEYS is asked for or in the environment, secrets are in ${setup.secrets.path} (delete a line there and setup makes it anew), all else is under [vars] in wrangler.toml.`,
    );
  },
};

/** In this order; they write to this machine only. */
export const SETTINGS_STEPS: readonly SetupStep[] = [masterKeys, secrets, configuration, settingsCheck];
