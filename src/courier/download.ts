/** Requests result files: follows redirects one by one, and limits the wait for headers. */
import type { BodyPace } from "../files/chunk-reader.ts";
import { AS_SENT } from "../files/content-coding.ts";

/** Limits of one download. */
export interface DownloadLimits extends BodyPace {
  /** Longest wait in ms for a response's headers, redirects included. */
  headersMs: number;
}

/** A request that got no usable response. The message is safe to log: it names no URL. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  /** True if the response did not come in time. */
  readonly isLate: boolean;
  constructor(message: string, isLate = false) {
    super(message);
    this.isLate = isLate;
  }
}

/** Which targets a request may have. */
export interface TargetRules {
  /** Most redirects that are followed. */
  readonly maxRedirects: number;
  /** @returns why a redirect's target is refused: completes "its redirect …"; or null */
  readonly refuse: (target: URL) => string | null;
}

/** Rules for the upstream's own files. */
const ANY_TARGET: TargetRules = { maxRedirects: 5, refuse: () => null };
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

async function fetchWithin(fetcher: typeof fetch, url: URL, init: RequestInit, headersMs: number): Promise<Response> {
  const abort = new AbortController();
  const pending = fetcher(url.href, { ...init, ...AS_SENT, redirect: "manual", signal: abort.signal });
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DownloadError("no response in time", true));
      abort.abort();
    }, headersMs);
  });
  try {
    return await Promise.race([pending, late]);
  } catch (error) {
    // A response that arrives later is not read.
    pending.then((response) => response.body?.cancel()).catch(() => {});
    throw error instanceof DownloadError ? error : new DownloadError("connection failed");
  } finally {
    clearTimeout(timer);
  }
}

function locationOf(response: Response, base: URL): URL {
  try {
    const target = new URL(response.headers.get("location") ?? "", base);
    if (target.protocol === "http:" || target.protocol === "https:") return target;
  } catch {
    // An invalid URL fails as below.
  }
  throw new DownloadError("bad redirect");
}

/**
 * Requests a file with `Accept-Encoding: identity`. Follows redirects, five unless the rules allow fewer, to http(s) only.
 *
 * @param init - method (GET by default) and headers of the request
 * @param headersMs - longest wait for headers, all redirects together
 * @param rules - for the targets of redirects
 * @returns the first response that is not a redirect; the caller must read or cancel its body
 * @throws DownloadError when there is none
 */
export async function fetchFollowing(
  fetcher: typeof fetch,
  url: string,
  init: { method?: string; headers?: HeadersInit },
  headersMs: number,
  rules = ANY_TARGET,
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("accept-encoding", "identity");
  if (!URL.canParse(url)) throw new DownloadError("bad URL");
  let target = new URL(url);
  if (target.protocol !== "http:" && target.protocol !== "https:") throw new DownloadError("bad URL");
  const until = Date.now() + headersMs;
  for (let hops = 0; hops <= rules.maxRedirects; hops++) {
    const leftMs = Math.max(0, until - Date.now());
    const response = await fetchWithin(fetcher, target, { method: init.method ?? "GET", headers }, leftMs);
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel().catch(() => {});
    target = locationOf(response, target);
    const refused = rules.refuse(target);
    if (refused !== null) throw new DownloadError(`redirect ${refused}`);
  }
  throw new DownloadError("too many redirects");
}
