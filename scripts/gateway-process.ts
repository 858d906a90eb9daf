/**
 * The gateway as a process of its own: real workerd, its objects and files in a folder, brought up by `wrangler dev` or from
 * a bundle by miniflare, which is what `wrangler dev` runs too.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ProcessLog } from "./log-lines.ts";
import { freePort } from "./ports.ts";
import { ProcessGroup } from "./process-group.ts";

/** Root of the repository. */
export const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));

/** The wrangler of this repository, whatever else the machine has. */
export const WRANGLER = join(REPOSITORY, "node_modules/wrangler/wrangler-dist/cli.js");

/** In the folder of a bundle: its modules, bindings and compatibility, as miniflare takes them. */
export const WORKER_OPTIONS = "worker-options.json";

/** How to start a gateway. */
export interface GatewayOptions {
  /** Settings and secrets (contract section 1); nothing else is read, no `.dev.vars` either. With MAIL_FROM, a bundle has the binding MAIL. */
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
  /** Folder of a Worker that `buildWorker` has bundled, which starts in a third of the time; default: `wrangler dev` bundles the source. */
  readonly bundle?: string | undefined;
  /** With `bundle`: the module of a Worker that stands between the gateway and its stored files, as the platform's cache does. */
  readonly edgeCache?: string | undefined;
}

/** A gateway that responds. */
export interface Gateway {
  /** Origin, e.g. `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly port: number;
  readonly log: ProcessLog;
  /** Status and body of the first `/healthz` response: 200, or 503 with a problem in its settings. */
  readonly health: { readonly status: number; readonly body: string };
  readonly processes: ProcessGroup;
}

/** The gateway ended, or sent no response in time; `message` is one line, `tail` the end of its log. */
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
    // This machine's environment may name other deployments.
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
 * Starts the gateway and waits for its first response to `/healthz`, whatever its status.
 * @throws GatewayStartError
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { stateFolder, onLine = () => {} } = options;
  const port = options.port ?? (await freePort());
  mkdirSync(stateFolder, { recursive: true });
  const command =
    options.bundle === undefined ? developmentCommand(options, port) : bundleCommand(options.bundle, options, port);
  const processes = new ProcessGroup(process.execPath, ["--no-warnings", ...command], {
    cwd: REPOSITORY,
    env: wranglerEnvironment(stateFolder),
  });
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

/** Writes the settings to a file: everybody on the machine could read them on a command line. @returns Node's arguments */
function developmentCommand({ settings, stateFolder, args = [] }: GatewayOptions, port: number): string[] {
  const environmentFile = join(stateFolder, "settings.env");
  // wrangler.toml may have the domain of a deployment, which is neither this gateway's address nor where its files are.
  const lines = Object.entries({ PUBLIC_BASE_URL: "", ...settings }).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(environmentFile, lines.join(""), { mode: 0o600 });
  const fixed = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const origin = ["--local-upstream", `127.0.0.1:${port}`];
  const files = ["--env-file", environmentFile, "--persist-to", join(stateFolder, "storage")];
  const command = [WRANGLER, "dev", "--config", join(REPOSITORY, "wrangler.toml")];
  return [...command, "--show-interactive-dev-session=false", ...fixed, ...origin, ...files, ...args];
}

/** What the file WORKER_OPTIONS contains, as far as it is read here. */
interface BundledWorker {
  readonly compatibilityDate: string;
}

/** As `developmentCommand`, for a bundle. */
function bundleCommand(bundle: string, { settings, stateFolder, edgeCache }: GatewayOptions, port: number): string[] {
  const worker = JSON.parse(readFileSync(join(bundle, WORKER_OPTIONS), "utf8")) as BundledWorker;
  const { compatibilityDate } = worker;
  const name = "gateway";
  const edge = edgeCache !== undefined && {
    name: "edge-cache",
    compatibilityDate,
    modules: [{ type: "ESModule", path: edgeCache }],
    modulesRoot: dirname(edgeCache),
    serviceBindings: { ORIGIN: { name, entrypoint: "Files" } },
  };
  // Miniflare writes each message to a file, whose path is in its log.
  const mail = settings.MAIL_FROM !== undefined && { email: { send_email: [{ name: "MAIL" }] } };
  const services = edge && { name, serviceBindings: { EDGE: edge.name } };
  const gateway = { ...worker, bindings: settings, ...mail, ...services };
  const optionsFile = join(stateFolder, "settings.json");
  const options = {
    host: "127.0.0.1",
    port,
    cf: false,
    resourcePersistencePath: join(stateFolder, "storage"),
    workers: [gateway, ...(edge ? [edge] : [])],
  };
  writeFileSync(optionsFile, JSON.stringify(options), { mode: 0o600 });
  return [fileURLToPath(new URL("serve-worker.ts", import.meta.url)), optionsFile];
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
