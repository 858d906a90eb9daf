/** wrangler.toml: what a deployment reads in it, and the few lines that setup edits. Comments and order stay as they are. */
import { readFileSync, writeFileSync } from "node:fs";
import { unstable_readConfig } from "wrangler";
import type { EnvironmentName } from "./wrangler.ts";

/** What wrangler reads in its file, as far as it is used here. */
interface WranglerConfig {
  readonly name?: string;
  readonly compatibility_date?: string;
  readonly routes?: readonly (string | { readonly pattern: string; readonly custom_domain?: boolean })[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string }[] };
  readonly r2_buckets: readonly { readonly binding: string; readonly bucket_name?: string }[];
  readonly ratelimits?: readonly { readonly name: string; readonly namespace_id: string }[];
  readonly images?: { readonly binding: string };
  readonly limits?: object;
  readonly observability?: { readonly logs?: { readonly invocation_logs?: boolean } };
}

/** One environment of wrangler.toml, as far as setup and doctor use it. */
export interface DeploymentSettings {
  /** Name of the Worker. */
  readonly name: string;
  readonly compatibilityDate: string;
  /** Host names of routes that are custom domains. */
  readonly domains: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly bindings: readonly string[];
  readonly bucket: string | null;
  readonly rateLimitNamespace: string | null;
  /** True if there is a `[limits]` block, which only a paid plan accepts. */
  readonly hasLimits: boolean;
  /** True if the platform's line about each request is on; its URL would have file links. */
  readonly logsInvocations: boolean;
}

/** What setup writes; a missing field leaves its line as it is. */
export interface DeploymentChanges {
  /** Host name of the custom domain; empty: none. */
  readonly domain?: string;
  readonly publicBaseUrl?: string;
  readonly rateLimitNamespace?: string;
}

/** Rate-limit namespaces of the wrangler.toml as it comes; the same numbers in another Worker of the account would share counters. */
export const INITIAL_NAMESPACES: readonly string[] = ["1001", "1002"];

/** Reads one environment as wrangler reads it. @throws Error if the file is malformed */
export function readDeploymentSettings(file: string, environment: EnvironmentName): DeploymentSettings {
  const config: WranglerConfig = unstable_readConfig({
    config: file,
    env: environment === "production" ? "" : environment,
  });
  const routes = config.routes ?? [];
  const named = [
    ...config.durable_objects.bindings.map(({ name }) => name),
    ...config.r2_buckets.map(({ binding }) => binding),
    ...(config.ratelimits ?? []).map(({ name }) => name),
    ...(config.images ? [config.images.binding] : []),
  ];
  return {
    name: config.name ?? "",
    compatibilityDate: config.compatibility_date ?? "",
    domains: routes.flatMap((route) => (typeof route === "object" && route.custom_domain ? [route.pattern] : [])),
    vars: Object.fromEntries(Object.entries(config.vars).map(([name, value]) => [name, String(value)])),
    bindings: named,
    bucket: config.r2_buckets.find(({ binding }) => binding === "FILES")?.bucket_name ?? null,
    rateLimitNamespace: config.ratelimits?.find(({ name }) => name === "EDGE_LIMIT")?.namespace_id ?? null,
    hasLimits: config.limits !== undefined,
    logsInvocations: config.observability?.logs?.invocation_logs !== false,
  };
}

/**
 * Returns the text of wrangler.toml with the changes of one environment, in the lines that end in `# setup: ENVIRONMENT`.
 * @throws Error naming the line that is missing
 */
export function withDeploymentChanges(text: string, environment: EnvironmentName, changes: DeploymentChanges): string {
  const { domain, publicBaseUrl, rateLimitNamespace } = changes;
  const lines: [key: string, value: string][] = [];
  if (domain !== undefined) {
    lines.push(["routes", domain === "" ? "[]" : `[{ pattern = "${domain}", custom_domain = true }]`]);
  }
  if (publicBaseUrl !== undefined) lines.push(["PUBLIC_BASE_URL", `"${publicBaseUrl}"`]);
  if (rateLimitNamespace !== undefined) lines.push(["namespace_id", `"${rateLimitNamespace}"`]);
  let changed = text;
  for (const [key, value] of lines) {
    const line = new RegExp(`^${key} = .* # setup: ${environment}$`, "m");
    if (!line.test(changed)) {
      throw new Error(`wrangler.toml has no line "${key} = … # setup: ${environment}"; write there: ${key} = ${value}`);
    }
    changed = changed.replace(line, () => `${key} = ${value} # setup: ${environment}`);
  }
  return changed;
}

/** Writes the changes into the file. @returns true if the file is another one now */
export function changeDeploymentSettings(
  file: string,
  environment: EnvironmentName,
  changes: DeploymentChanges,
): boolean {
  const text = readFileSync(file, "utf8");
  const changed = withDeploymentChanges(text, environment, changes);
  if (changed !== text) writeFileSync(file, changed);
  return changed !== text;
}
