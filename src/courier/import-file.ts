/** Fetches a file that a tenant names by URL, and stores it as an upload (contract section 4). */
import { MINUTE_MS } from "../domain/calendar.ts";
import { checkTenantUrl, type TenantUrlRule } from "../domain/public-url.ts";
import { storeUpload, UPLOAD_LIMITS, UPLOAD_PACE, type UploadOutcome, type UploadTarget } from "../files/upload.ts";
import { type BodyMemory, NoMemoryError } from "../files/upload-memory.ts";
import { bringsWholeFile, discardBody, openUpstreamBody, UpstreamBodyError } from "../files/upstream-body.ts";
import { DownloadError, fetchFollowing } from "./download.ts";

/** A stored import, or why there is none. `unreachable`: `detail` completes "the source …" and has no URL. */
export type ImportOutcome =
  | UploadOutcome
  | { readonly ok: false; readonly reason: "no-memory"; readonly usedUpBy: "tenant" | "isolate" }
  | { readonly ok: false; readonly reason: "unreachable"; readonly detail: string };

/** Where to import from, and under which rules. */
export interface ImportRequest extends UploadTarget {
  readonly url: string;
  /** Also holds for every redirect. */
  readonly rule: TenantUrlRule;
  readonly fetch: typeof fetch;
  /**
   * Takes memory for a file, once its length or null is known: only now, because a source may not respond for a long time.
   *
   * @returns the memory, or whose memory is used up
   */
  readonly takeMemory: (length: number | null) => BodyMemory | "tenant" | "isolate";
}

const HEADERS_MS = 15_000;
const LONGEST_MS = 15 * MINUTE_MS;
const MAX_REDIRECTS = 3;
const LARGEST = Math.max(...Object.values(UPLOAD_LIMITS));

const unreachable = (detail: string) => ({ ok: false, reason: "unreachable", detail }) as const;

/** Imports one file, streaming. @returns the outcome; does not throw */
export async function importFile({ url, rule, fetch, takeMemory, ...target }: ImportRequest): Promise<ImportOutcome> {
  const refuse = (to: URL) => {
    const verdict = checkTenantUrl(to.href, rule);
    return verdict.ok ? null : verdict.reason;
  };
  try {
    const response = await fetchFollowing(fetch, url, {}, HEADERS_MS, { maxRedirects: MAX_REDIRECTS, refuse });
    if (!bringsWholeFile(response)) {
      await discardBody(response);
      return unreachable(`answered ${response.status}`);
    }
    const declaredType = response.headers.get("content-type");
    const pace = { ...UPLOAD_PACE, totalMs: LONGEST_MS };
    const body = await openUpstreamBody(response, { pace, maxBytes: LARGEST });
    const memory = takeMemory(body.length);
    if (typeof memory === "string") {
      body.cancel();
      return { ok: false, reason: "no-memory", usedUpBy: memory };
    }
    const next = async () => {
      const chunk = await body.next();
      memory.count(chunk?.length ?? 0);
      if (memory.isLost) throw new NoMemoryError("another tenant took the memory");
      return chunk;
    };
    const outcome = await storeUpload({ next, length: body.length, declaredType }, target).finally(memory.release);
    if (!outcome.ok) body.cancel();
    return !outcome.ok && outcome.reason === "malformed" ? unreachable("broke off or was too slow") : outcome;
  } catch (error) {
    if (error instanceof UpstreamBodyError) {
      if (error.fault === "too-large") return { ok: false, reason: "too-large", limit: LARGEST };
      return error.fault === "empty"
        ? { ok: false, reason: "empty" }
        : unreachable(`sent a body that is ${error.message}`);
    }
    return unreachable(`could not be reached: ${error instanceof DownloadError ? error.message : "connection failed"}`);
  }
}
