import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { controlEndpoint } from "./control-endpoint.ts";
import { SimulatorControls } from "./controls.ts";
import { errorEnvelope } from "./error-codes.ts";
import { fileEndpoint } from "./file-endpoint.ts";
import { generateEndpoint } from "./generate-endpoint.ts";
import { type Exchange, sendReply } from "./http-exchange.ts";
import { queryEndpoint } from "./query-endpoint.ts";
import type { SimulatorOptions } from "./settings.ts";

/** A running simulator. */
export interface Simulator extends Omit<SimulatorControls, "world"> {
  /** its origin, e.g. "http://127.0.0.1:8790": a gateway's SEEDHORSE_BASE_URL */
  readonly url: string;
  readonly port: number;
  /** Stops listening, cuts open connections, writes the state file. */
  close(): Promise<void>;
}

/**
 * Starts a simulator.
 * @throws TypeError for a bad option, Error if the port is taken or the state file is not one
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const controls = new SimulatorControls(options);
  const host = options.host ?? "127.0.0.1";
  const server = createServer((request, response) => void serve(controls, request, response));
  // A client that reuses a connection at the moment when it is closed for idleness sees a reset that no fault caused.
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://${host}:${port}`;
  if (controls.world.fileBaseUrl === "") controls.world.fileBaseUrl = url;
  const close = async () => {
    controls.world.closing.abort();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    controls.world.stateFile?.flush();
  };
  return Object.assign(controls, { url, port, close });
}

async function serve(controls: SimulatorControls, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world } = controls;
  try {
    const exchange: Exchange = { world, request, response, url: new URL(request.url ?? "/", "http://simulator") };
    await route(controls, exchange);
  } catch (error) {
    // A caller that goes away in the middle of its own request is no news.
    if (request.destroyed || response.destroyed) return;
    console.error("simulator:", error);
    sendReply(response, { status: 500, body: errorEnvelope(500, "Internal Server Error") });
  }
}

function route(controls: SimulatorControls, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  const { pathname } = url;
  const [, queried] = /^\/api\/v1\/query\/([^/]+)$/.exec(pathname) ?? [];
  if (pathname === "/_sim" || pathname.startsWith("/_sim/")) return controlEndpoint(exchange, controls);
  if (pathname === "/api/v1/task/generate" && request.method === "POST") return generateEndpoint(exchange);
  if (queried !== undefined && request.method === "GET") return queryEndpoint(exchange, queried);
  if (pathname.startsWith("/files/") && (request.method === "GET" || request.method === "HEAD")) {
    return fileEndpoint(exchange);
  }
  const status = queried !== undefined || pathname === "/api/v1/task/generate" ? 405 : 404;
  const message = status === 405 ? "Method Not Allowed" : "Not Found";
  sendReply(response, { status, body: errorEnvelope(status, message) });
  return Promise.resolve();
}
