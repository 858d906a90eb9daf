/** Whether the gateway would accept its settings, by the gateway's own rules. */
import { join } from "node:path";
import { REPOSITORY } from "../gateway-process.ts";
import { newSecret } from "./secrets-file.ts";

/** Bindings without which the gateway does not work. */
export const REQUIRED_BINDINGS = ["TENANTS", "DIRECTORY", "FILES", "EDGE_LIMIT"];
const REQUIRED_SECRETS = ["SEEDHORSE_API_KEYS", "SIGNING_SECRETS", "ADMIN_TOKEN"];

/** What is taken from src/config.ts. */
interface ConfigModule {
  parseConfig(env: Readonly<Record<string, unknown>>): Promise<{ readonly ok: boolean; readonly problem?: string }>;
}

/**
 * Returns what the gateway would refuse in these settings, in one line without any value, or null. Required secrets that are not
 * given are made up, so that only what is known is judged.
 */
export async function problemOfSettings(given: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const { parseConfig } = (await import(join(REPOSITORY, "src/config.ts"))) as ConfigModule;
  const { ok, problem = "" } = await parseConfig({
    ...Object.fromEntries(REQUIRED_BINDINGS.map((name) => [name, {}])),
    ...given,
    ...Object.fromEntries(REQUIRED_SECRETS.map((name) => [name, given[name] || newSecret()])),
  });
  return ok ? null : problem;
}
