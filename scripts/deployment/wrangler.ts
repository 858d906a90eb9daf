/** Runs wrangler's commands for one environment of the deployment, without a terminal, and reads what they report. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY, WRANGLER } from "../gateway-process.ts";

/** An environment of wrangler.toml: its top level, or `[env.staging]`. */
export type EnvironmentName = "production" | "staging";

/** Commands of which each environment has its own; login, buckets and the like belong to the account. */
const COMMANDS_OF_WORKER =
  /npm run (?:(setup|deploy|doctor)\b(?: --)?|wrangler -- (?:secret put \w+|versions deploy|rollback|tail)\b)/g;

/** Returns a text for people whose commands name the environment, because without a name they would change production. */
export function forEnvironment(text: string, environment: EnvironmentName): string {
  if (environment === "production") return text;
  return text.replace(COMMANDS_OF_WORKER, (command, script) =>
    script === undefined ? `${command} --env ${environment}` : `npm run ${script} -- --env ${environment}`,
  );
}

/** What a command of wrangler printed, and how it ended. */
export interface WranglerResult {
  readonly exitCode: number;
  /** stdout and stderr. */
  readonly output: string;
  readonly stdout: string;
  /** The platform's error codes in the output, e.g. 10042. */
  readonly codes: readonly number[];
}

/** The Cloudflare account of a login. */
export interface Account {
  readonly id: string;
  readonly name: string;
}

/** Error codes of the platform that have a remedy of their own. */
export const PLATFORM_CODES = { r2NotEnabled: 10042, bucketExists: 10004, noSuchWorker: [10007, 10090] } as const;

/** wrangler's commands with a configuration file, an environment and an account. */
export class Wrangler {
  readonly #config: string;
  readonly #environment: EnvironmentName;
  /** The account that is used; undefined: wrangler's choice, which it has only with a single one. */
  accountId: string | undefined = process.env.CLOUDFLARE_ACCOUNT_ID || undefined;

  constructor(config: string, environment: EnvironmentName) {
    this.#config = config;
    this.#environment = environment;
  }

  /** Runs a command that belongs to the account: login, buckets. */
  run(args: readonly string[], extra: NodeJS.ProcessEnv = {}, interactive = false): Promise<WranglerResult> {
    return runWrangler(args, { ...this.#accountVariable(), ...extra }, interactive);
  }

  /** Runs a command about this environment's Worker. */
  runForWorker(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<WranglerResult> {
    const environment = this.#environment === "production" ? "" : this.#environment;
    return this.run([...args, "--config", this.#config, "--env", environment], extra);
  }

  /** Returns the accounts of the login; null if there is no login. */
  async accounts(): Promise<Account[] | null> {
    const { exitCode, stdout } = await this.run(["whoami", "--json"]);
    const known = readJson(stdout) as { loggedIn?: boolean; accounts?: Account[] } | null;
    return exitCode === 0 && known?.loggedIn === true ? (known.accounts ?? []) : null;
  }

  /** Returns the names of the Worker's secrets, null if there is no such Worker, or the output of a command that failed. */
  async secretNames(): Promise<readonly string[] | null | { readonly failed: string }> {
    const { exitCode, stdout, output, codes } = await this.runForWorker(["secret", "list", "--format", "json"]);
    if (exitCode === 0) return (readJson(stdout) as { name: string }[] | null)?.map(({ name }) => name) ?? [];
    return codes.some((code) => PLATFORM_CODES.noSuchWorker.includes(code as 10007)) ? null : { failed: output };
  }

  /**
   * Deploys the Worker with the tag of this commit.
   * @returns the result, and the addresses at which the Worker can now be reached
   */
  async deploy(args: readonly string[]): Promise<WranglerResult & { readonly targets: readonly string[] }> {
    const folder = mkdtempSync(join(tmpdir(), "paddock-deploy-"));
    try {
      const file = join(folder, "output.jsonl");
      const result = await this.runForWorker(["deploy", ...args], { WRANGLER_OUTPUT_FILE_PATH: file });
      return { ...result, targets: result.exitCode === 0 ? readTargets(file) : [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #accountVariable(): NodeJS.ProcessEnv {
    return this.accountId === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID: this.accountId };
  }
}

function runWrangler(args: readonly string[], extra: NodeJS.ProcessEnv, interactive: boolean): Promise<WranglerResult> {
  // Tests of setup and doctor put a program in wrangler's place.
  const command = ["--no-warnings", process.env.PADDOCK_WRANGLER ?? WRANGLER, ...args];
  const child = spawn(process.execPath, command, {
    cwd: REPOSITORY,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", NO_COLOR: "1", ...extra },
    stdio: interactive ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      const codes = [...output.matchAll(/\[?\bcode: (\d+)\]?/g)].map(([, code]) => Number(code));
      resolve({ exitCode: exitCode ?? 1, output, stdout, codes });
    });
  });
}

/** Returns the value of a text that may have lines before its JSON; null if it has none. */
function readJson(text: string): unknown {
  const start = text.search(/^[[{]/m);
  try {
    return start < 0 ? null : JSON.parse(text.slice(start));
  } catch {
    return null;
  }
}

/** Returns the addresses in wrangler's own record of a deployment. */
function readTargets(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as { type?: string; targets?: string[] });
  return entries.filter(({ type }) => type === "deploy").flatMap(({ targets }) => targets ?? []);
}
