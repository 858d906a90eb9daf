/**
 * Reads a stored file through the edge cache, on behalf of the default entrypoint: after all decisions, without the
 * caller's credentials, query and host. Conditions are decided here from the entry's validators, as for an object in R2,
 * because what the cache does with them is not documented.
 */
import { MINUTE_MS } from "../domain/calendar.ts";
import { evaluate, hasConditions } from "../lib/conditional.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import { parseRangeHeader, type RangeSpec } from "../lib/range.ts";
import { type Choice, presented } from "./choice.ts";
import { fileHeaders, fileMessage, type Presentation } from "./respond.ts";
import { CHOICE, PARTIAL, storedUrl } from "./stored.ts";

/** The entrypoint behind the cache, by loopback or as another Worker. */
export interface EdgeFetcher {
  fetch(url: string, init: RequestInit<RequestInitCfProperties>): Promise<Response>;
}

/** How long an isolate remembers that a file is too large for its parts to be cached, in ms. */
const LARGE_MS = 10 * MINUTE_MS;
/** Paths of about 70 characters. */
const large = new ExpiringMap<true>(1_000);
const SENT_ON = ["ETag", "Last-Modified", "Content-Length", "Content-Range"] as const;

/** What to read, and how to present it. */
export interface EdgeRead {
  readonly edge: EdgeFetcher;
  /** As `storedPath` returns it. */
  readonly path: string;
  /** The objects that the response may be, in the order of `choicesFor`. */
  readonly choices: readonly Choice[];
  readonly presentation: Presentation;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Called with an unexpected failure; the message contains no URL. */
  report?(error: unknown): void;
}

/**
 * Responds with a file from the edge cache.
 *
 * @returns "missing" if R2 has no such file, "bypass" if it must be read from R2 directly: too large, or the cache failed
 */
export async function readThroughEdge(request: Request, read: EdgeRead): Promise<Response | "missing" | "bypass"> {
  const { method, headers } = request;
  const isHead = method === "HEAD";
  const isConditional = hasConditions(headers);
  let range = isHead ? null : parseRangeHeader(headers.get("range"));
  const isPartial = isHead || isConditional || range !== null;
  if (isPartial && large.get(read.path, read.now)) return "bypass";
  try {
    if (isHead || isConditional || (range !== null && headers.has("if-range"))) {
      const head = await ask(read, "HEAD", null, isPartial);
      if (typeof head === "string") return head;
      const decision = evaluate(headers, {
        etag: head.headers.get("etag"),
        lastModified: dateOf(head.headers.get("last-modified")),
      });
      if (decision.kind === "precondition-failed") return fileMessage(method, 412);
      if (decision.kind === "not-modified") return respond(head, read, 304);
      if (isHead) return respond(head, read, 200);
      if (!decision.range) range = null;
    }
    const response = await ask(read, "GET", range, isPartial);
    if (typeof response === "string") return response;
    if (response.status !== 416) return respond(response, read, response.status);
    await response.body?.cancel();
    const contentRange = response.headers.get("content-range");
    return contentRange === null ? "bypass" : fileMessage(method, 416, { "Content-Range": contentRange });
  } catch (error) {
    read.report?.(error);
    return "bypass";
  }
}

async function ask(
  { edge, path, now }: EdgeRead,
  method: "GET" | "HEAD",
  range: RangeSpec | null,
  isPartial: boolean,
): Promise<Response | "missing" | "bypass"> {
  const headers = { ...(isPartial && { [PARTIAL]: "1" }), ...(range !== null && { Range: rangeText(range) }) };
  const response = await edge.fetch(storedUrl(path), { method, headers, cf: { cacheKey: path } });
  const { status } = response;
  if (status === 200 || status === 416 || (status === 206 && range !== null)) return response;
  await response.body?.cancel();
  if (status === 404) return "missing";
  if (status !== 413) throw new Error(`the edge cache answered ${status}`);
  large.set(path, true, now + LARGE_MS);
  return "bypass";
}

function rangeText(range: RangeSpec): string {
  return "suffix" in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ""}`;
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** Returns the caller's response. Its headers are made here, so nothing of the cache's own reaches the caller. */
function respond({ headers: stored, body }: Response, read: EdgeRead, status: number): Response {
  const choice = read.choices[Number(stored.get(CHOICE))] ?? read.choices[0];
  const presentation = choice === undefined ? read.presentation : presented(read.presentation, choice);
  const headers = fileHeaders(stored.get("content-type") ?? "application/octet-stream", presentation);
  for (const name of SENT_ON) {
    const value = stored.get(name);
    if (value !== null) headers[name] = value;
  }
  // The name of RFC 9211 for what the platform calls CF-Cache-Status.
  const cached = stored.get("cf-cache-status");
  if (cached !== null) headers["Cache-Status"] = cached === "HIT" ? "files; hit" : "files; fwd=miss";
  if (status !== 304) return new Response(body, { status, headers });
  for (const name of ["Content-Type", "Content-Length"]) delete headers[name];
  return new Response(null, { status, headers });
}
