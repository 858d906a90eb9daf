/** The requests that tools of `/mcp` make to the tenant API of this gateway, and following a task on the way. */
import type { AppContext } from "../../context.ts";
import { isJsonObject, type JsonObject, stringifyJson } from "../../lib/json.ts";
import { parseRetryAfter } from "../../lib/retry-after.ts";
import { type ApiCall, type Envelope, readEnvelope } from "./mcp-tools.ts";
import { followTask } from "./task-events.ts";

/** Time in seconds for which a tool waits: clients give up after 60 s by default. */
export const WAIT_SECONDS = 50;

/** Sends a request to the tenant API of this gateway. */
export type Dispatch = (c: AppContext, request: Request) => Response | Promise<Response>;

/** A response that is not JSON-RPC's: of a credential that is not accepted. */
export class HttpRefusal extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super("refused");
    this.response = response;
  }
}

/** What the tenant API returned. */
export interface Sent {
  readonly envelope: Envelope;
  /** From `Retry-After`. */
  readonly waitMs: number | null;
}

/** Headers that say who asks, from where, and under which name in the log. */
const PASSED_HEADERS = ["authorization", "origin", "cf-connecting-ip", "cf-worker", "traceparent"];
/** Keys of the whole request, which count beside the tool's own: a proxy that repeats it makes no second task. */
const KEY_HEADERS = ["idempotency-key", "x-idempotency-key"];

function apiRequest(c: AppContext, { method, path, headers, body }: ApiCall): Request {
  const all = new Headers(headers);
  for (const name of PASSED_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined) all.set(name, value);
  }
  for (const name of method === "POST" ? KEY_HEADERS : []) {
    const value = c.req.header(name);
    if (value !== undefined) all.append(name, value);
  }
  all.set("x-request-id", c.get("requestId"));
  const url = `${new URL(c.req.url).origin}/api/v1${path}`;
  if (body === undefined) return new Request(url, { method, headers: all });
  all.set("content-type", "application/json");
  return new Request(url, { method, headers: all, body: stringifyJson(body) });
}

/** @throws HttpRefusal for a credential that is not accepted, and for a page that may not use it */
export async function send(c: AppContext, dispatch: Dispatch, call: ApiCall): Promise<Sent> {
  const response = await dispatch(c, apiRequest(c, call));
  const fromPage = response.status === 403 && c.req.header("origin") !== undefined && c.get("caller").kind === "key";
  if (response.status === 401 || fromPage) throw new HttpRefusal(response);
  for (const name of ["ratelimit", "ratelimit-policy", "retry-after"]) {
    const value = response.headers.get(name);
    if (value !== null) c.header(name, value);
  }
  const waitMs = parseRetryAfter(response.headers.get("retry-after"), Date.now());
  return { envelope: readEnvelope(await response.text()), waitMs };
}

/** @returns the `data` of the task as last seen; null for a submission that was not accepted */
export async function follow(
  c: AppContext,
  dispatch: Dispatch,
  { envelope: { code, data } }: Sent,
  signal: AbortSignal,
  progress: (task: JsonObject) => void,
): Promise<JsonObject | null> {
  if (code !== 0 || !isJsonObject(data)) return null;
  const call = apiRequest(c, { method: "GET", path: `/tasks/${String(data.taskId)}/events` });
  return followTask(await dispatch(c, call), signal, progress);
}
