/**
 * `npm run dev`: the gateway and a simulated SeedHorse on this machine, with a tenant and its key, until Ctrl-C. Its state
 * is kept in a folder, so the next run has the same tenant, key, tasks and files. Edits under src/ take effect at once.
 */
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startSimulator } from "../simulator/index.ts";
import { DevState } from "./dev-state.ts";
import { createTenant, GatewayClient, type NewTenant } from "./gateway-client.ts";
import { type Gateway, GatewayStartError, REPOSITORY, startGateway } from "./gateway-process.ts";
import { interruption } from "./interruption.ts";
import { isWorthShowing, readableLine } from "./log-lines.ts";
import { isPortFree } from "./ports.ts";

const USAGE = `npm run dev [-- OPTIONS]
  --port N            the gateway's port; default 8787
  --simulator-port N  the simulated SeedHorse's port; default 8799
  --state FOLDER      where state is kept between runs; default .dev (delete it to start afresh)
  --var NAME:VALUE    a setting of the gateway, e.g. POLL_MIN_MS:1000 (repeatable)
  --quiet             do not show the gateway's log`;

const MASTER_KEY = ["master-key", "sh-"] as const;

interface DevOptions {
  readonly port: number;
  readonly simulatorPort: number;
  readonly state: DevState;
  readonly settings: Readonly<Record<string, string>>;
  readonly quiet: boolean;
}

/** @throws Error with a message for the person who typed the command */
function readOptions(): DevOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      help: flag,
      port: text,
      "simulator-port": text,
      state: text,
      var: { type: "string", multiple: true, default: [] },
      quiet: flag,
    },
  });
  if (values.help) return "help";
  const settings = values.var.map((pair): [string, string] => {
    const colon = pair.indexOf(":");
    if (colon < 1) throw new Error(`--var ${pair}: write NAME:VALUE`);
    return [pair.slice(0, colon), pair.slice(colon + 1)];
  });
  return {
    port: readPort("--port", values.port ?? "8787"),
    simulatorPort: readPort("--simulator-port", values["simulator-port"] ?? "8799"),
    state: new DevState(resolve(values.state ?? resolve(REPOSITORY, ".dev"))),
    settings: Object.fromEntries(settings),
    quiet: values.quiet,
  };
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${option} ${text}: must be a port number`);
  return port;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === "help") return console.log(USAGE);
  const { port, simulatorPort, state } = options;
  await requirePort(port, "--port");
  await requirePort(simulatorPort, "--simulator-port");
  const simulator = await startSimulator({
    port: simulatorPort,
    accounts: [{ name: "dev", keys: [state.secret(...MASTER_KEY)], credits: 1_000_000 }],
    stateFile: state.path("simulator.json"),
  });
  const interrupted = interruption();
  try {
    await serve(options, simulator.url, interrupted);
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    await simulator.close();
  }
}

/** Runs the gateway until it is interrupted. @throws Error if it cannot start, or ends by itself */
async function serve(options: DevOptions, upstreamUrl: string, interrupted: AbortSignal): Promise<void> {
  const { port, state } = options;
  let isUp = false;
  const gateway = await startGateway({
    port,
    signal: interrupted,
    stateFolder: state.path("gateway"),
    settings: {
      SEEDHORSE_API_KEYS: state.secret(...MASTER_KEY),
      SIGNING_SECRETS: state.secret("signing-secret"),
      ADMIN_TOKEN: state.secret("operator-token"),
      SEEDHORSE_BASE_URL: upstreamUrl,
      POLL_MIN_MS: "1000",
      POLL_MAX_MS: "2000",
      ALLOW_PRIVATE_URLS: "true",
      ...options.settings,
    },
    onLine: (line) => {
      if (isUp && !options.quiet && !interrupted.aborted && isWorthShowing(line)) console.log(readableLine(line));
    },
  });
  try {
    if (gateway.health.status !== 200) throw new Error(`the gateway is not healthy: ${gateway.health.body}`);
    const tenant = await sameTenant(state, gateway);
    console.log(welcome(gateway, upstreamUrl, tenant, state));
    isUp = true;
    await gateway.processes.ended;
    throw new GatewayStartError("the gateway ended by itself", gateway.log.tail());
  } finally {
    await gateway.processes.stop();
  }
}

async function requirePort(port: number, option: string): Promise<void> {
  if (await isPortFree(port)) return;
  throw new Error(`port ${port} is taken (is "npm run dev" running already?); choose another with ${option}`);
}

/** The tenant of the last run if the gateway still knows it and its key, else a new one. */
async function sameTenant(state: DevState, gateway: Gateway): Promise<NewTenant> {
  const tenantId = state.read("tenant-id");
  const key = state.read("tenant-key");
  if (tenantId !== null && key !== null) {
    const works = await new GatewayClient(gateway.url, key).call("GET", "/api/v1/tasks?limit=1").then(
      () => true,
      () => false,
    );
    if (works) return { tenantId, key };
  }
  const operator = new GatewayClient(gateway.url, state.secret("operator-token"));
  const tenant = await createTenant(operator, { name: "Development tenant" });
  state.write("tenant-id", tenant.tenantId);
  state.write("tenant-key", tenant.key);
  return tenant;
}

function welcome(gateway: Gateway, upstream: string, tenant: NewTenant, state: DevState): string {
  const folder = relative(process.cwd(), state.folder) || ".";
  return `
Paddock is up. Ctrl-C ends it.

  Base URL        ${gateway.url}
  Tenant key      ${tenant.key}
  Operator token  ${state.secret("operator-token")}
  Console         ${gateway.url}/console  (asks for the operator token)
  API reference   ${gateway.url}/docs
  Upstream        ${upstream}  (a simulated SeedHorse; ${upstream}/_sim lists its control calls)
  State           ${folder}/  (tenant-key and operator-token are files in it)

Make a picture:

  curl ${gateway.url}/api/v1/task/generate \\
    -H "Authorization: Bearer ${tenant.key}" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "Imagen Nano Banana 2", "taskName": "First", "type": "txt", "prompt": "a cute orange cat"}'

The response's resultUrls has its address, which works in a few seconds.
`;
}

await main().catch((error: unknown) => {
  if (error instanceof GatewayStartError && error.tail !== "") console.error(error.tail);
  console.error(`npm run dev: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
