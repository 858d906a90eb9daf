/**
 * The only reader of raw bindings: parses strings into one complete and immutable `Config`. Names, defaults and
 * meaning: contract section 1. An error names the variable and never its value.
 */
import { type AccessEntry, parseAccessOperators } from "./domain/access-operators.ts";
import { parseEmailAddress } from "./domain/email-address.ts";
import { isLoopbackHost } from "./domain/ip-address.ts";
import { importSigningSecrets, type SigningSecret } from "./domain/signing-secrets.ts";
import { encodeHex, sha256, utf8 } from "./lib/bytes.ts";
import {
  decimalNumber,
  httpUrl,
  InvalidSetting,
  readSettings,
  type SettingValues,
  secondsList,
  secretList,
  truth,
  wholeNumber,
} from "./lib/settings.ts";

/** The Directory is a single object; this is its name. */
export const DIRECTORY_NAME = "directory";

/** A master key of the upstream with the name under which it may be stored and logged. */
export interface MasterKey {
  /** First 12 hex digits of the key's SHA-256: safe to store, reveals nothing about the key. */
  readonly id: string;
  readonly key: string;
}

/** Interval that the upstream recommends (SeedHorse's API documentation). */
const DEFAULT_POLL_MIN_MS = 5_000;
const DEFAULT_POLL_MAX_MS = 10_000;

const pollInterval = { parse: wholeNumber(1, 3_600_000), fallback: null as number | null };

/** Seconds and days may have decimals, so that tests can set short times. */
const SETTINGS = {
  SEEDHORSE_API_KEYS: { parse: secretList },
  SIGNING_SECRETS: { parse: secretList },
  ADMIN_TOKEN: { parse: secretList },
  SEEDHORSE_BASE_URL: { parse: httpUrl, fallback: "https://api.seedhorse.ai" },
  PUBLIC_BASE_URL: { parse: httpUrl, fallback: null as string | null },
  POLL_MIN_MS: pollInterval,
  POLL_MAX_MS: pollInterval,
  SUBMIT_TIMEOUT_MS: { parse: wholeNumber(1, 600_000), fallback: 15_000 },
  TASK_DEADLINE_SECONDS: { parse: decimalNumber(0.001, 31_536_000), fallback: 21_600 },
  MIRROR_GRACE_SECONDS: { parse: decimalNumber(0, 86_400), fallback: 60 },
  DEFAULT_HOLD_CREDITS: { parse: wholeNumber(0, 1_000_000_000), fallback: 10 },
  RETENTION_DAYS: { parse: decimalNumber(0, 36_500), fallback: 0 },
  TENANT_STORAGE_MB: { parse: wholeNumber(1, 1_000_000), fallback: 10_000 },
  WEBHOOK_RETRY_SECONDS: { parse: secondsList, fallback: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400] },
  ALLOW_PRIVATE_URLS: { parse: truth, fallback: false },
  EDGE_CACHE: { parse: truth, fallback: true },
  MAIL_FROM: { parse: emailAddress, fallback: null as string | null },
  ACCESS_TEAM_DOMAIN: { parse: httpUrl, fallback: null as string | null },
  ACCESS_AUD: { parse: secretList, fallback: null as readonly string[] | null },
  ACCESS_OPERATORS: { parse: accessOperators, fallback: null as readonly AccessEntry[] | null },
};

function emailAddress(text: string): string {
  const address = parseEmailAddress(text);
  if (address === null) throw new InvalidSetting("must be an e-mail address");
  return address;
}

function accessOperators(text: string): readonly AccessEntry[] {
  const entries = parseAccessOperators(text);
  if (entries === null) {
    throw new InvalidSetting("must be a list such as ann@example.com=root,@example.com=read+metrics, no address twice");
  }
  return entries;
}

/** Cloudflare Access in front of the console. */
export interface AccessConfig {
  /** Origin of the team, the issuer of its assertions. */
  readonly teamDomain: string;
  /** Applications whose assertions count. */
  readonly audiences: readonly string[];
  readonly operators: readonly AccessEntry[];
}

/** All settings of the gateway, parsed and complete. */
export interface Config {
  readonly masterKeys: readonly MasterKey[];
  /** The first secret signs, all verify. */
  readonly signingSecrets: readonly string[];
  /** Each is a token of the root operator. */
  readonly adminTokens: readonly string[];
  readonly upstreamBaseUrl: string;
  /** Null: stable URLs begin with the origin of the request. */
  readonly publicBaseUrl: string | null;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly submitTimeoutMs: number;
  readonly taskDeadlineMs: number;
  readonly mirrorGraceMs: number;
  readonly defaultHoldCredits: number;
  /** 0: tasks never expire. */
  readonly retentionDays: number;
  /** Size that a tenant's database may reach; in bytes. */
  readonly tenantStorageBytes: number;
  readonly webhookRetrySeconds: readonly number[];
  readonly allowPrivateUrls: boolean;
  /** True if public files are read through the edge cache where the platform has one. */
  readonly edgeCache: boolean;
  /** Null: Cloudflare Access signs nobody in. */
  readonly access: AccessConfig | null;
  /** True if images can be resized: the optional binding IMAGES is configured. */
  readonly resizesImages: boolean;
  /** Address from which portal links are mailed; null: none are, because the optional binding MAIL is not configured. */
  readonly mailFrom: string | null;
}

/** The settings, or one line that names each wrong setting. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problem: string };

const REQUIRED_BINDINGS = ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT"] as const;

async function masterKeyId(key: string): Promise<string> {
  return encodeHex((await sha256(utf8(key))).subarray(0, 6));
}

const refused = (problems: readonly string[]): ConfigResult => ({
  ok: false,
  problem: `Configuration: ${problems.join("; ")}`,
});

/** Lists of secrets, and the fewest characters of an entry. */
const SECRET_LISTS = [
  ["SEEDHORSE_API_KEYS", 1],
  ["SIGNING_SECRETS", 32],
  ["ADMIN_TOKEN", 32],
] as const;

/** Publicly known: placeholders of earlier releases of .dev.vars.example, and of copies of it. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "sh-your-master-key",
  "change-me-to-a-long-random-secret",
  "change-me-to-another-long-random-secret",
]);

/**
 * Returns errors for secrets that are short or publicly known, and for a secret in two lists, because each use would
 * then expose the other.
 */
function weakSecrets(given: SettingValues<typeof SETTINGS>): string[] {
  const problems: string[] = [];
  const owners = new Map<string, string>();
  for (const [name, minLength] of SECRET_LISTS) {
    const secrets = given[name];
    const others = new Set(secrets.flatMap((secret) => owners.get(secret) ?? []));
    for (const secret of secrets) owners.set(secret, name);
    if (secrets.some((secret) => PLACEHOLDERS.has(secret))) {
      problems.push(`${name} must not be the placeholder of .dev.vars.example`);
    } else if (secrets.some(({ length }) => length < minLength)) {
      problems.push(`${name} must have at least ${minLength} characters${secrets.length > 1 ? " in each entry" : ""}`);
    }
    for (const other of others) problems.push(`${name} must not have an entry of ${other}`);
  }
  return problems;
}

/** True if the connection to this upstream hides the master keys: https, or a server on this machine. */
function hidesMasterKeys(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "https:" || isLoopbackHost(hostname);
}

const TEAM_DOMAIN = /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/;

/** Returns the settings of Cloudflare Access, or errors: all three or none, and a team domain that can be trusted. */
function accessOf(given: SettingValues<typeof SETTINGS>): { access: AccessConfig | null; problems: string[] } {
  const { ACCESS_TEAM_DOMAIN: teamDomain, ACCESS_AUD: audiences, ACCESS_OPERATORS: operators } = given;
  const isOn = teamDomain !== null || audiences !== null || operators !== null;
  if (!isOn) return { access: null, problems: [] };
  if (teamDomain === null || audiences === null || operators === null) {
    const names = (["ACCESS_TEAM_DOMAIN", "ACCESS_AUD", "ACCESS_OPERATORS"] as const).filter((name) => !given[name]);
    return { access: null, problems: names.map((name) => `${name} is missing (all three ACCESS_ settings or none)`) };
  }
  const isLocal = given.ALLOW_PRIVATE_URLS && isLoopbackHost(new URL(teamDomain).hostname);
  const isTrusted = TEAM_DOMAIN.test(teamDomain) || (isLocal && new URL(teamDomain).origin === teamDomain);
  const problems = isTrusted ? [] : ["ACCESS_TEAM_DOMAIN must be https://TEAM.cloudflareaccess.com"];
  return { access: { teamDomain, audiences, operators }, problems };
}

/** Returns the settings, or one line that names every wrong one and none of their values; without a log line. */
export async function parseConfig(env: Bindings): Promise<ConfigResult> {
  const problems = REQUIRED_BINDINGS.filter((name) => !env[name]).map((name) => `${name} is not bound`);
  const settings = readSettings(SETTINGS, env);
  if (settings.problems !== null) return refused([...problems, ...settings.problems]);
  const given = settings.values;
  if (given.POLL_MIN_MS !== null && given.POLL_MAX_MS !== null && given.POLL_MAX_MS < given.POLL_MIN_MS) {
    problems.push("POLL_MAX_MS must not be less than POLL_MIN_MS");
  }
  problems.push(...weakSecrets(given));
  if (!given.ALLOW_PRIVATE_URLS && !hidesMasterKeys(given.SEEDHORSE_BASE_URL)) {
    problems.push("SEEDHORSE_BASE_URL must be an https URL (http only for this machine, or with ALLOW_PRIVATE_URLS)");
  }
  if ((given.MAIL_FROM === null) !== !env.MAIL) {
    problems.push(
      env.MAIL ? "MAIL_FROM is missing (the binding MAIL needs it)" : "MAIL is not bound (MAIL_FROM needs it)",
    );
  }
  const { access, problems: accessProblems } = accessOf(given);
  problems.push(...accessProblems);
  if (problems.length > 0) return refused(problems);
  const config: Config = {
    masterKeys: await Promise.all(given.SEEDHORSE_API_KEYS.map(async (key) => ({ id: await masterKeyId(key), key }))),
    signingSecrets: given.SIGNING_SECRETS,
    adminTokens: given.ADMIN_TOKEN,
    upstreamBaseUrl: given.SEEDHORSE_BASE_URL,
    publicBaseUrl: given.PUBLIC_BASE_URL,
    // If only one of the two is set, the other's default adapts to it.
    pollMinMs: given.POLL_MIN_MS ?? Math.min(DEFAULT_POLL_MIN_MS, given.POLL_MAX_MS ?? DEFAULT_POLL_MIN_MS),
    pollMaxMs: given.POLL_MAX_MS ?? Math.max(DEFAULT_POLL_MAX_MS, given.POLL_MIN_MS ?? DEFAULT_POLL_MAX_MS),
    submitTimeoutMs: given.SUBMIT_TIMEOUT_MS,
    taskDeadlineMs: Math.round(given.TASK_DEADLINE_SECONDS * 1_000),
    mirrorGraceMs: Math.round(given.MIRROR_GRACE_SECONDS * 1_000),
    defaultHoldCredits: given.DEFAULT_HOLD_CREDITS,
    retentionDays: given.RETENTION_DAYS,
    tenantStorageBytes: given.TENANT_STORAGE_MB * 1_000_000,
    webhookRetrySeconds: given.WEBHOOK_RETRY_SECONDS,
    allowPrivateUrls: given.ALLOW_PRIVATE_URLS,
    edgeCache: given.EDGE_CACHE,
    access,
    resizesImages: Boolean(env.IMAGES),
    mailFrom: given.MAIL_FROM,
  };
  return { ok: true, config: Object.freeze(config) };
}

/** Memoised by isolate: bindings never change while one lives. */
const parsedBindings = new WeakMap<object, ConfigResult>();
let lastResult: ConfigResult | null = null;

/**
 * Parses the bindings once per isolate.
 *
 * @returns the Config, or one line that names every wrong variable and none of their values (contract section 1).
 */
export async function readConfig(env: Bindings): Promise<ConfigResult> {
  const known = parsedBindings.get(env);
  if (known) return known;
  const result = await parseConfig(env);
  parsedBindings.set(env, result);
  if (!result.ok && (lastResult === null || lastResult.ok || lastResult.problem !== result.problem)) {
    console.error(JSON.stringify({ level: "error", event: "configuration", problem: result.problem }));
  }
  lastResult = result;
  return result;
}

const importedSecrets = new WeakMap<Config, Promise<readonly SigningSecret[]>>();

/** @returns the signing secrets ready for use, imported once per isolate; the first signs, all verify. */
export function signingSecretsOf(config: Config): Promise<readonly SigningSecret[]> {
  let secrets = importedSecrets.get(config);
  if (!secrets) {
    secrets = importSigningSecrets(config.signingSecrets);
    importedSecrets.set(config, secrets);
  }
  return secrets;
}
