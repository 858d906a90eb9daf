/**
 * The only reader of raw bindings: strings in, one complete and immutable `Config` out.
 * Names, defaults and meaning: contract section 1. A problem names the variable and never its value.
 */
import * as z from "zod";
import type { Courier } from "./courier/courier.ts";
import type { Directory } from "./directory/object.ts";
import { importSigningSecrets, type SigningSecret } from "./domain/signing-secrets.ts";
import type { Tenant } from "./tenant/object.ts";

/** What the platform hands to the Worker and to the objects (wrangler.toml and its secrets). */
export interface Bindings {
  readonly TENANTS: DurableObjectNamespace<Tenant>;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  readonly FILES: R2Bucket;
  readonly EDGE_LIMIT: RateLimit;
  /** Optional: without it there are no thumbnails but the upstream's (decision 080). */
  readonly IMAGES?: ImagesBinding;
  readonly [setting: string]: unknown;
}

/** The Directory is a single object; this is its name. */
export const DIRECTORY_NAME = "directory";

/** `ctx.exports` of this Worker: the loopback to its stateless entrypoint. */
export interface LoopbackExports {
  readonly Courier: Service<Courier>;
}

/** A master key of the upstream with the name under which it may be stored and logged. */
export interface MasterKey {
  /** First 12 hex digits of the key's SHA-256: safe to store, says nothing about the key. */
  readonly id: string;
  readonly key: string;
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);

/** Seconds and days may have decimals; they are settings for people, and tests are in a hurry. */
const duration = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/, "must be a number that is not negative")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);

const httpOrigin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    context.addIssue({ code: "custom", message: "must be an http(s) URL without credentials, query or fragment" });
    return z.NEVER;
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
});

const nonEmptyList = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  )
  .refine((items) => items.length > 0, "must have at least one entry")
  .refine((items) => items.every((item) => /^[\x21-\x7e]+$/.test(item)), "entries must be printable ASCII")
  .transform((items) => [...new Set(items)]);

/** What the upstream recommends (seedhorse-api.txt). */
const DEFAULT_POLL_MIN_MS = 5_000;
const DEFAULT_POLL_MAX_MS = 10_000;

const settings = z.object({
  SEEDHORSE_API_KEYS: nonEmptyList,
  SIGNING_SECRETS: nonEmptyList,
  ADMIN_TOKEN: z.string().regex(/^[\x21-\x7e]+$/, "must be printable ASCII"),
  SEEDHORSE_BASE_URL: httpOrigin.default("https://api.seedhorse.ai"),
  PUBLIC_BASE_URL: httpOrigin.optional(),
  POLL_MIN_MS: wholeNumber(1, 3_600_000).optional(),
  POLL_MAX_MS: wholeNumber(1, 3_600_000).optional(),
  SUBMIT_TIMEOUT_MS: wholeNumber(1, 600_000).default(15_000),
  TASK_DEADLINE_SECONDS: duration(0.001, 31_536_000).default(21_600),
  MIRROR_GRACE_SECONDS: duration(0, 86_400).default(60),
  DEFAULT_HOLD_CREDITS: wholeNumber(0, 1_000_000_000).default(10),
  RETENTION_DAYS: duration(0, 36_500).default(0),
  WEBHOOK_RETRY_SECONDS: z
    .string()
    .transform((text) => text.split(",").map((item) => item.trim()))
    .refine((items) => items.length <= 50 && items.every((item) => /^\d{1,7}(\.\d{1,3})?$/.test(item)), {
      message: "must be a comma-separated list of seconds",
    })
    .transform((items) => items.map(Number))
    .default([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400]),
  ALLOW_PRIVATE_URLS: z
    .string()
    .transform((text) => text.trim().toLowerCase())
    .pipe(z.enum(["true", "false", "1", "0"], "must be true or false"))
    .transform((text) => text === "true" || text === "1")
    .default(false),
});

/** Everything the gateway can be told, parsed and complete. */
export interface Config {
  readonly masterKeys: readonly MasterKey[];
  /** The first signs, all verify. */
  readonly signingSecrets: readonly string[];
  readonly adminToken: string;
  readonly upstreamBaseUrl: string;
  /** Null: stable URLs begin with the origin of the request. */
  readonly publicBaseUrl: string | null;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly submitTimeoutMs: number;
  readonly taskDeadlineMs: number;
  readonly mirrorGraceMs: number;
  readonly defaultHoldCredits: number;
  /** 0: kept for ever. */
  readonly retentionDays: number;
  readonly webhookRetrySeconds: readonly number[];
  readonly allowPrivateUrls: boolean;
  /** Whether images can be resized here: the optional binding IMAGES. */
  readonly resizesImages: boolean;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problem: string };

const REQUIRED_BINDINGS = ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT"] as const;

async function masterKeyId(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  return Array.from(digest.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function read(env: Bindings): Promise<ConfigResult> {
  const raw: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const value = env[name];
    if (value !== undefined && value !== null && value !== "") raw[name] = String(value);
  }
  const problems = REQUIRED_BINDINGS.filter((name) => !env[name]).map((name) => `${name} is not bound`);
  const parsed = settings.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      problems.push(raw[name] === undefined ? `${name} is missing` : `${name} ${issue.message}`);
    }
  } else if ((parsed.data.POLL_MAX_MS ?? Number.POSITIVE_INFINITY) < (parsed.data.POLL_MIN_MS ?? 0)) {
    problems.push("POLL_MAX_MS must not be less than POLL_MIN_MS");
  }
  if (!parsed.success || problems.length > 0) {
    return { ok: false, problem: `Configuration: ${[...new Set(problems)].join("; ")}` };
  }
  const given = parsed.data;
  const config: Config = {
    masterKeys: await Promise.all(given.SEEDHORSE_API_KEYS.map(async (key) => ({ id: await masterKeyId(key), key }))),
    signingSecrets: given.SIGNING_SECRETS,
    adminToken: given.ADMIN_TOKEN,
    upstreamBaseUrl: given.SEEDHORSE_BASE_URL,
    publicBaseUrl: given.PUBLIC_BASE_URL ?? null,
    // With one of the two set, the other's default gives way to it.
    pollMinMs: given.POLL_MIN_MS ?? Math.min(DEFAULT_POLL_MIN_MS, given.POLL_MAX_MS ?? DEFAULT_POLL_MIN_MS),
    pollMaxMs: given.POLL_MAX_MS ?? Math.max(DEFAULT_POLL_MAX_MS, given.POLL_MIN_MS ?? DEFAULT_POLL_MAX_MS),
    submitTimeoutMs: given.SUBMIT_TIMEOUT_MS,
    taskDeadlineMs: Math.round(given.TASK_DEADLINE_SECONDS * 1_000),
    mirrorGraceMs: Math.round(given.MIRROR_GRACE_SECONDS * 1_000),
    defaultHoldCredits: given.DEFAULT_HOLD_CREDITS,
    retentionDays: given.RETENTION_DAYS,
    webhookRetrySeconds: given.WEBHOOK_RETRY_SECONDS,
    allowPrivateUrls: given.ALLOW_PRIVATE_URLS,
    resizesImages: Boolean(env.IMAGES),
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
  const result = await read(env);
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
