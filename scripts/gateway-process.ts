/** The gateway as a process of its own: real workerd, its objects and files in a folder, brought up by `wrangler dev`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ProcessLog } from "./log-lines.ts";
import { freePort } from "./ports.ts";
import { ProcessGroup } from "./process-group.ts";

/** Root of the repository. */
export const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));

/** The wrangler of this repository, whatever else the machine has. */
export const WRANGLER = join(REPOSITORY, "node_modules/wrangler/wrangler-dist/cli.js");

/** How to start a gateway. */
export interface GatewayOptions {
  /** Settings and secrets (contract section 1); nothing else is read, no `.dev.vars` either. */
  readonly settings: Readonly<Record<string, string>>;
  /** Holds objects, files and the log; a second start on the same folder carries on. */
  readonly stateFolder: string;
  /** Default: any free one. */
  readonly port?: number;
  /** More arguments for `wrangler dev`. */
  readonly args?: readonly string[];
  /** Called with each line of its output. */
  readonly onLine?: (line: string) => void;
  /** Aborting it ends the gateway, whether it is up yet or not. */
  readonly signal?: AbortSignal;
  /** Default: the wrangler.toml of this repository. */
  readonly config?: string;
}

/** A gateway that responds. */
export interface Gateway {
  /** Origin, e.g. `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly port: number;
  readonly log: ProcessLog;
  /** Status and body of the `/healthz` answer with which it came up: 200, or 503 with a problem in its settings. */
  readonly health: { readonly status: number; readonly body: string };
  readonly processes: ProcessGroup;
}

/** The gateway ended, or did not answer in time; `message` is one line, `tail` the end of its log. */
export class GatewayStartError extends Error {
  override readonly name = "GatewayStartError";
  readonly tail: string;
  constructor(message: string, tail: string) {
    super(message);
    this.tail = tail;
  }
}

/** For what hangs: a start takes three seconds on an idle machine, and a minute and more on a very busy one. */
const START_LIMIT_MS = 180_000;

/**
 * Returns the environment of a wrangler that sends no reports, asks no questions, calls no other host and writes only to `stateFolder`.
 */
export function wranglerEnvironment(stateFolder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Whatever this machine's environment says of other deployments.
    CLOUDFLARE_ENV: "",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_REGISTRY_PATH: join(stateFolder, "registry"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
}

/**
 * Starts the gateway and waits until it answers `/healthz`, whatever it answers.
 * @throws GatewayStartError
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, stateFolder, args = [], onLine = () => {} } = options;
  const port = options.port ?? (await freePort());
  mkdirSync(stateFolder, { recursive: true });
  const environmentFile = join(stateFolder, "settings.env");
  // In a file and not on the command line, where every user of the machine could read it.
  // wrangler.toml may have the domain of a deployment, which is neither this gateway's address nor where its files are.
  const lines = Object.entries({ PUBLIC_BASE_URL: "", ...settings }).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(environmentFile, lines.join(""), { mode: 0o600 });
  const fixed = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const origin = ["--local-upstream", `127.0.0.1:${port}`];
  const files = ["--env-file", environmentFile, "--persist-to", join(stateFolder, "storage")];
  const config = options.config ?? join(REPOSITORY, "wrangler.toml");
  const command = ["--no-warnings", WRANGLER, "dev", "--config", config];
  const processes = new ProcessGroup(
    process.execPath,
    [...command, "--show-interactive-dev-session=false", ...fixed, ...origin, ...files, ...args],
    { cwd: REPOSITORY, env: wranglerEnvironment(stateFolder) },
  );
  options.signal?.addEventListener("abort", () => void processes.stop());
  const log = new ProcessLog(join(stateFolder, "gateway.log"), processes.output, onLine);
  const url = `http://127.0.0.1:${port}`;
  try {
    const health = await untilHealthy(url, processes, log);
    return { url, port, log, health, processes };
  } catch (error) {
    await processes.kill();
    throw error;
  }
}

async function untilHealthy(url: string, processes: ProcessGroup, log: ProcessLog): Promise<Gateway["health"]> {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) });
      return { status: response.status, body: await response.text() };
    } catch {
      // Not listening yet.
    }
    if (processes.hasEnded) throw new GatewayStartError("the gateway ended while it was starting", log.tail());
    if (/Build failed with/.test(log.text())) throw new GatewayStartError("the gateway does not build", log.tail());
    if (Date.now() > giveUpAt)
      throw new GatewayStartError("the gateway did not start within three minutes", log.tail());
    await sleep(50);
  }
}
