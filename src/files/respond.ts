/** Common parts of all responses under /files, and responses from R2: one storage operation in the usual case. */
import { nameForType } from "../domain/media-name.ts";
import { safeContentType } from "../domain/media-type.ts";
import { type ConditionalDecision, evaluate, hasConditions } from "../lib/conditional.ts";
import { attachment } from "../lib/content-disposition.ts";
import { parseRangeHeader, type RangeSpec, resolveRange } from "../lib/range.ts";

/**
 * Headers of every response. Files may be embedded and read by any site, and nothing can run as a page on this host: no
 * sniffing, and a policy that allows a browser's own image or media document to load the file itself and nothing else.
 */
const COMMON_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Last-Modified, Retry-After, X-Request-Id",
  "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Cache policy of a public file, whose bytes never change. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

const MESSAGES = {
  202: "not ready yet",
  400: "bad request",
  403: "signature missing, wrong or expired",
  404: "not found",
  405: "method not allowed",
  410: "gone",
  412: "precondition failed",
  413: "too large for the cache",
  416: "range not satisfiable",
  429: "too many unknown links from this address",
  503: "temporarily unavailable",
} as const;

/** Seconds until a caller should retry. */
const RETRY_AFTER = "5";

/** Returns a short plain-text response that no cache keeps; without a body for HEAD. */
export function fileMessage(
  method: string,
  status: keyof typeof MESSAGES,
  headers: Record<string, string> = {},
  text = `${MESSAGES[status]}\n`,
): Response {
  const retry: Record<string, string> = status === 202 || status === 503 ? { "Retry-After": RETRY_AFTER } : {};
  return new Response(method === "HEAD" ? null : text, {
    status,
    headers: {
      ...COMMON_HEADERS,
      "Cache-Control": "no-store",
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": String(text.length),
      ...retry,
      ...headers,
    },
  });
}

/**
 * Responds to a preflight: any site may GET and HEAD, with whatever headers are asked for (contract section 4), because monitoring
 * libraries add their own to every request of a page.
 */
export function preflight({ headers }: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...COMMON_HEADERS,
      Allow: "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Headers": headers.get("access-control-request-headers") ?? "Range",
      "Access-Control-Max-Age": "86400",
      Vary: "Access-Control-Request-Headers",
    },
  });
}

/** Presentation of a file: everything but its bytes. */
export interface Presentation {
  cacheControl: string;
  /** The `download` parameter: null when absent, "" for the default name. */
  download: string | null;
  /** ASCII name; the extension of the content type replaces its own. */
  defaultName: string;
  /** Request headers on which the choice of the file depends, for `Vary`. */
  vary?: string;
}

/** Returns the headers of a response with a file or a part of one. */
export function fileHeaders(contentType: string, presentation: Presentation): Record<string, string> {
  const headers: Record<string, string> = {
    ...COMMON_HEADERS,
    "Accept-Ranges": "bytes",
    "Cache-Control": presentation.cacheControl,
    "Content-Type": contentType,
  };
  if (presentation.vary !== undefined) headers.Vary = presentation.vary;
  if (presentation.download !== null) {
    const { download, defaultName } = presentation;
    const named = (name: string): string => nameForType(name, contentType);
    headers["Content-Disposition"] = attachment(named(download), named(defaultName));
  }
  return headers;
}

/** An object looked up for a request, before it is known whether the caller may have it. */
export interface OpenedObject {
  object: R2Object;
  status: 200 | 206 | 304 | 412 | 416;
  /** Start of the body in the file, for 206. */
  offset: number;
  /** Content-Length in bytes: of the part for 206, otherwise of the whole. */
  length: number;
  /** Null for HEAD and for statuses without content. The caller must cancel it if it sends another response. */
  body: ReadableStream | null;
}

function rangeOption(spec: RangeSpec): R2Range {
  if ("suffix" in spec) return { suffix: spec.suffix };
  return spec.last === null ? { offset: spec.first } : { offset: spec.first, length: spec.last - spec.first + 1 };
}

const whole = (object: R2Object, status: OpenedObject["status"], body: ReadableStream | null): OpenedObject => ({
  object,
  status,
  offset: 0,
  length: object.size,
  body,
});

const decide = (headers: Headers, object: R2Object): ConditionalDecision =>
  evaluate(headers, { etag: object.httpEtag, lastModified: object.uploaded });

async function openWhole(bucket: R2Bucket, key: string): Promise<OpenedObject | null> {
  const object = await bucket.get(key);
  return object === null ? null : whole(object, 200, object.body);
}

/** Opens a range. R2 applies it and also returns the whole size, so no `head` is needed before. */
async function openRange(bucket: R2Bucket, key: string, spec: RangeSpec, headers: Headers) {
  let object: R2ObjectBody | null;
  try {
    object = await bucket.get(key, { range: rangeOption(spec) });
  } catch (error) {
    // R2 refuses an unsatisfiable range (error 10039); the size shows whether that is the reason.
    const head = await bucket.head(key);
    if (head === null) return null;
    if (!ifRangeHolds(headers, head)) return await openWhole(bucket, key);
    const resolved = resolveRange(spec, head.size);
    if (resolved.kind === "unsatisfiable") return whole(head, 416, null);
    if (resolved.kind === "full") return await openWhole(bucket, key);
    throw error;
  }
  if (object === null) return null;
  const resolved = resolveRange(spec, object.size);
  if (resolved.kind === "range" && ifRangeHolds(headers, object)) {
    return { object, status: 206 as const, offset: resolved.offset, length: resolved.length, body: object.body };
  }
  await object.body.cancel();
  return await openWhole(bucket, key);
}

function ifRangeHolds(headers: Headers, object: R2Object): boolean {
  if (!headers.has("if-range")) return true;
  const decision = decide(headers, object);
  return decision.kind === "proceed" && decision.range;
}

/**
 * Looks up an object for a GET or HEAD, applying conditions and ranges (RFC 9110 sections 13 and 14).
 *
 * One R2 operation, or two for: a conditional GET whose response has content after all, an unsatisfiable range, a
 * failed If-Range.
 *
 * @returns null if there is no such object
 * @throws R2's error
 */
export async function openObject(bucket: R2Bucket, key: string, request: Request): Promise<OpenedObject | null> {
  const { headers, method } = request;
  if (method === "HEAD" || hasConditions(headers)) {
    const object = await bucket.head(key);
    if (object === null) return null;
    const decision = decide(headers, object);
    if (decision.kind === "not-modified") return whole(object, 304, null);
    if (decision.kind === "precondition-failed") return whole(object, 412, null);
    // Range has no meaning for HEAD (RFC 9110 section 14.2).
    if (method === "HEAD") return whole(object, 200, null);
  }
  const spec = parseRangeHeader(headers.get("range"));
  return spec === null ? await openWhole(bucket, key) : await openRange(bucket, key, spec, headers);
}

/** Returns the response for an opened object. */
export function objectResponse(opened: OpenedObject, method: string, presentation: Presentation): Response {
  const { object, status, offset, length } = opened;
  if (status === 412) return fileMessage(method, 412);
  if (status === 416) return fileMessage(method, 416, { "Content-Range": `bytes */${object.size}` });
  const headers = fileHeaders(safeContentType(object.httpMetadata?.contentType), presentation);
  headers.ETag = object.httpEtag;
  headers["Last-Modified"] = object.uploaded.toUTCString();
  if (status === 304) {
    delete headers["Content-Type"];
    return new Response(null, { status, headers });
  }
  headers["Content-Length"] = String(length);
  if (status === 206) headers["Content-Range"] = `bytes ${offset}-${offset + length - 1}/${object.size}`;
  return new Response(opened.body, { status, headers });
}
