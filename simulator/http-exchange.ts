import type { IncomingMessage, ServerResponse } from "node:http";
import { errorEnvelope, type Refusal, statusOf, successEnvelope } from "./error-codes.ts";
import { stringifyLongJson } from "./long-json.ts";
import type { World } from "./world.ts";

/** One request and the response being written to it. */
export interface Exchange {
  readonly world: World;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** A reply that has been decided but not sent. `body` becomes JSON. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** The request's body as text; undefined if it is over 8 MiB. Rejects if the caller goes away while sending. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken(request: IncomingMessage): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? null;
}

/** One header's value, or null. */
export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** A successful reply with this data. */
export function success(data: unknown): Reply {
  return { status: 200, body: successEnvelope(data) };
}

/** The response for an error, with the HTTP status of the settings. */
export function refusal(world: World, { code, message }: Refusal): Reply {
  return { status: statusOf(code, world.settings), body: errorEnvelope(code, message) };
}

/** Sends a JSON response. Does nothing if the caller has left or has a response already. */
export function sendReply(response: ServerResponse, { status, body }: Reply): void {
  sendText(response, status, "application/json", stringifyLongJson(body));
}

/** Sends a body of any kind. Does nothing if the caller has left or has a response already. */
export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...(contentType === "" ? {} : { "content-type": contentType }),
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Waits; shorter if the server closes. */
export function pause(world: World, ms: number): Promise<void> {
  const { signal } = world.closing;
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** Waits until the caller has gone; when the server closes, it is sent away. */
export function callerGone({ world, response }: Exchange): Promise<void> {
  const { signal } = world.closing;
  if (response.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const sendAway = () => response.destroy();
    response.once("close", () => {
      signal.removeEventListener("abort", sendAway);
      resolve();
    });
    signal.addEventListener("abort", sendAway);
    if (signal.aborted) sendAway();
  });
}

/** Ends the connection behind what was sent: the caller gets all of that, and an end that came too early. */
export function cutConnection({ request }: Exchange): void {
  request.socket.destroy();
}

/** Ends the connection with a reset, as a crashed server's would. */
export function resetConnection({ request }: Exchange): void {
  request.socket.resetAndDestroy();
}

/** Writes part of a body under a head that promises more; resolves when it has left for the network. */
export function sendPart(
  response: ServerResponse,
  status: number,
  contentType: string,
  part: string,
  promised: number,
) {
  return new Promise<void>((resolve) => {
    response.writeHead(status, { "content-type": contentType, "content-length": promised });
    response.on("close", resolve);
    response.write(part, () => resolve());
  });
}
