/** A real HTTP server that plays a script for each request. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly at: number;
}

/** What becomes of one request. */
export type Script = (response: ServerResponse, request: Received) => void | Promise<void>;

/** The gateway's envelope. */
export const success =
  (data: unknown, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers });
    response.end(typeof data === "string" ? data : JSON.stringify({ code: 0, msg: "success", ok: true, data }));
  };

export const apiError =
  (status: number, code: number, headers: Record<string, string> = {}, data: unknown = null): Script =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", "x-request-id": "request-1", ...headers });
    response.end(JSON.stringify({ code, msg: "no", ok: false, data }));
  };

/** The request arrives; the connection breaks before any response. */
export const lost: Script = (response) => void response.destroy();

/** The request arrives, and there is no response. */
export const silent: Script = () => {};

/** Server-Sent Events, written piece by piece as the test likes. */
export const events =
  (write: (send: (text: string) => void, response: ServerResponse) => void | Promise<void>): Script =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.flushHeaders();
    await write((text) => response.write(text), response);
  };

/**
 * Starts a server that plays the scripts in turn, the last one for ever; the test's end stops it.
 *
 * @returns its URL and what it has received so far
 */
export async function startScripted(...scripts: Script[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "", headers } = request;
    const one: Received = { method, path, headers, body, at: Date.now() };
    received.push(one);
    const script = scripts[Math.min(received.length, scripts.length) - 1];
    await script?.(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
