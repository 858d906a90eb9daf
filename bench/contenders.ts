/** The servers that are measured side by side: the gateway, the bare worker, and nginx and Portkey's gateway where they are there. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { REPOSITORY } from "../scripts/gateway-process.ts";
import { freePort } from "../scripts/ports.ts";
import type { Bundle } from "./bundle.ts";
import type { Shot } from "./load.ts";
import { HAS_NGINX, startNginx } from "./nginx.ts";
import { PINNING, ServerProcess } from "./server-process.ts";
import { WORKERD, writeBareConfig, writeGatewayConfig } from "./workerd-config.ts";

/** The gateway's master key in a bench. */
export const MASTER_KEY = "sh-bench-master-key";
/** The operator's token in a bench. */
export const ADMIN_TOKEN = "bench-operator-token-000000000000";
/** The gateway's SIGNING_SECRETS in a run. */
export const SIGNING_SECRET = "bench-signing-secret-0000000000000000";

/** Polls come once an hour: the load is what callers ask for, and nothing else. */
export const NO_POLLS = { POLL_MIN_MS: "3600000", POLL_MAX_MS: "3600000" } as const;

/** A server under test, on the pinned core. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly server: ServerProcess;
  /** Converts a request for the gateway into one for this contender. */
  readonly dress: (shot: Shot) => Shot;
}

const asItIs = (shot: Shot) => shot;

function startWorkerd(folder: string, config: string, env: NodeJS.ProcessEnv = {}): ServerProcess {
  return new ServerProcess({
    command: WORKERD,
    args: ["serve", "--experimental", config],
    logFile: join(folder, "workerd.log"),
    cores: PINNING.server,
    env,
  });
}

/** How a bench runs the gateway. */
export interface GatewayOptions {
  readonly settings?: Record<string, string>;
  /** Also run a bare worker with the same bucket, in the same process. */
  readonly withBare?: boolean;
  /** Whether it can keep files; default true. */
  readonly bucket?: boolean;
  /** Another release, whose Worker is in front of this one's objects. */
  readonly front?: Bundle;
  /** Module of a Worker that stands in for the platform's cache in front of `Files`. */
  readonly edgeCache?: string;
  readonly v8Flags?: readonly string[];
}

/** A running gateway under measurement. */
export interface GatewayContender extends Contender {
  /** Origin of the bare worker with the same bucket; empty if not asked for. */
  readonly bareUrl: string;
  readonly folder: string;
}

/** Starts the gateway on the state in `folder`. */
export async function startGateway(
  bundle: Bundle,
  upstreamUrl: string,
  folder: string,
  options: GatewayOptions = {},
): Promise<GatewayContender> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const barePort = options.withBare ? await freePort() : null;
  const settings = {
    SEEDHORSE_API_KEYS: MASTER_KEY,
    SIGNING_SECRETS: SIGNING_SECRET,
    ADMIN_TOKEN,
    SEEDHORSE_BASE_URL: upstreamUrl,
    ...options.settings,
  };
  const { v8Flags = [], bucket = true, front, edgeCache } = options;
  const config = writeGatewayConfig(
    bundle,
    settings,
    { folder, port, v8Flags },
    { barePort, bucket, ...(front && { front }), ...(edgeCache !== undefined && { edgeCache }) },
  );
  const server = startWorkerd(folder, config);
  const url = `http://127.0.0.1:${port}`;
  await server.untilAnswering(`${url}/healthz`);
  const bareUrl = barePort === null ? "" : `http://127.0.0.1:${barePort}`;
  return { name: "gateway", url, server, dress: asItIs, bareUrl, folder };
}

/** Starts the bare worker. */
export async function startBare(bundle: Bundle, upstreamUrl: string, folder: string): Promise<Contender> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const settings = { UPSTREAM_URL: upstreamUrl, UPSTREAM_KEY: MASTER_KEY };
  const server = startWorkerd(folder, writeBareConfig(bundle, settings, { folder, port }));
  const url = `http://127.0.0.1:${port}`;
  await server.untilAnswering(`${url}/healthz`);
  return { name: "bare worker", url, server, dress: asItIs };
}

/** Starts the worker that does the least which the gateway's design needs, with objects like the gateway's. */
export async function startLeast(bundle: Bundle, upstreamUrl: string, folder: string): Promise<Contender> {
  mkdirSync(folder, { recursive: true });
  const file = "least-worker.js";
  copyFileSync(fileURLToPath(new URL(file, import.meta.url)), join(folder, file));
  const least: Bundle = { ...bundle, folder, modules: [file] };
  return startGateway(least, upstreamUrl, join(folder, "state"), { bucket: false });
}

/** nginx as a plain reverse proxy with another Authorization header; null if it is not installed. */
export async function startNginxProxy(upstreamUrl: string, folder: string): Promise<Contender | null> {
  if (!HAS_NGINX) return null;
  const port = await freePort();
  const server = startNginx(
    folder,
    "nginx-proxy",
    `listen 127.0.0.1:${port};
    location / {
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${MASTER_KEY}";
    }`,
    PINNING.server,
    `upstream upstream { server ${new URL(upstreamUrl).host}; keepalive 64; keepalive_requests 100000000; }`,
  );
  const url = `http://127.0.0.1:${port}`;
  await server.untilAnswering(`${url}/api/v1/query/1`);
  return { name: "nginx proxy_pass", url, server, dress: asItIs };
}

/** Returns the script of the package in BENCH_PORTKEY or node_modules, or null. */
function portkeyScript(): string | null {
  const folders = [process.env.BENCH_PORTKEY, join(REPOSITORY, "node_modules/@portkey-ai/gateway")];
  const scripts = folders
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, "build/start-server.js"));
  return scripts.find((script) => existsSync(script)) ?? null;
}

/** Portkey's gateway on this Node, passing requests through to the upstream; null if its package is not there. */
export async function startPortkey(upstreamUrl: string, folder: string): Promise<Contender | null> {
  const script = portkeyScript();
  if (script === null) return null;
  const port = await freePort();
  const server = new ServerProcess({
    command: process.execPath,
    args: [script, `--port=${port}`, "--headless"],
    logFile: join(folder, "portkey.log"),
    cores: PINNING.server,
    env: { NODE_ENV: "production" },
  });
  const url = `http://127.0.0.1:${port}`;
  await server.untilAnswering(url);
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstreamUrl}/api/v1`,
    authorization: `Bearer ${MASTER_KEY}`,
  };
  const dress = (shot: Shot): Shot => ({
    ...shot,
    path: shot.path.replace("/api/v1/", "/v1/proxy/"),
    headers: { ...shot.headers, ...headers },
  });
  return { name: "Portkey", url, server, dress };
}
