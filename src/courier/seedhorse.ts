/**
 * The upstream's wire format, and the only code that puts a master key into a request. Source: SeedHorse's API
 * documentation. Failures are never thrown: each outcome is a tagged value.
 */
import type { Config } from "../config.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { parseCredits } from "../domain/pricing.ts";
import { AS_SENT } from "../files/content-coding.ts";
import { readUpstreamText } from "../files/upstream-body.ts";
import { integerText, isJsonObject } from "../lib/json.ts";
import { parseRetryAfter } from "../lib/retry-after.ts";
import { within } from "../lib/time-limit.ts";
import { readEnvelope, type Verdict } from "./envelope.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { SnapshotMemory } from "./snapshot-memory.ts";
import type { TaskNames } from "./task-names.ts";

/** Default limit for a response, body included. */
const SUBMIT_LIMIT_MS = 2 * MINUTE_MS;
const QUERY_LIMIT_MS = 30_000;
/** Far more than any documented response; a task's row, at most 2 MB, has to hold its content. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** Pace of a body. The call's own limit ends a slow one; this ends a body that no call waits for any more. */
const RESPONSE_PACE = { windowMs: 30_000, minBytes: 1 } as const;

/** An outcome that proves nothing. `busy`: a sign that the whole upstream is down or overloaded, not only this task. */
export interface UnknownOutcome {
  readonly kind: "unknown";
  readonly detail: string;
  readonly busy: boolean;
  readonly retryAfterMs: number | null;
  /** A 401 or 403 without a code of the upstream (envelope.ts). */
  readonly forbidden?: true;
}

/** The upstream's names of an accepted task, and its price; null for fields that are absent or unusable. */
export interface AcceptedSubmission {
  readonly kind: "accepted";
  readonly upstreamId: string;
  readonly upstreamNo: string | null;
  /** Exact decimal text (`parseCredits`). */
  readonly credits: string | null;
}

/** What the upstream's response to a submission proves. */
export type SubmitOutcome =
  | AcceptedSubmission
  | { readonly kind: "refused"; readonly code: number; readonly msg: string }
  | { readonly kind: "key-refused"; readonly code: number }
  | UnknownOutcome;

/** What the upstream's response to a query proves. */
export type QueryOutcome =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  /** The upstream does not know the task (40002). */
  | { readonly kind: "missing" }
  | { readonly kind: "key-refused"; readonly code: number }
  | UnknownOutcome;

interface UpstreamResponse {
  /** The whole body; null if it could not be read, or under a status other than 200. */
  readonly text: string | null;
  /** Reads the envelope. */
  readonly verdict: () => Verdict;
  readonly retryAfterMs: number | null;
}

/** Statuses of a task that is polled on: queuing, generating, safety review. */
const RUNNING: ReadonlySet<number> = new Set([0, 1, 4]);
/** Snapshots of the tasks that this isolate polls. */
const snapshots = new SnapshotMemory();

/**
 * `POST /api/v1/task/generate`.
 *
 * @param idempotencyKey the same for all attempts of one task (contract section 7, promise 1)
 * @param limitMs limit for the response; giving up is safe, because the next attempt has the same key
 */
export async function submitTask(
  config: Config,
  masterKeyId: string,
  idempotencyKey: string,
  body: string,
  limitMs = SUBMIT_LIMIT_MS,
): Promise<SubmitOutcome> {
  const headers = { "content-type": "application/json", "x-idempotency-key": idempotencyKey };
  const init = { method: "POST", headers, body };
  const { verdict: read, retryAfterMs } = await call(config, masterKeyId, "/api/v1/task/generate", init, limitMs);
  const verdict = read();
  if (verdict.kind === "unknown") return { ...verdict, retryAfterMs };
  if (verdict.kind !== "success") return verdict;
  const data = isJsonObject(verdict.data) ? verdict.data : {};
  const upstreamId = typeof data.taskId === "string" ? data.taskId : integerText(data.taskId ?? null);
  if (upstreamId === null || !/^\d{1,20}$/.test(upstreamId)) {
    return { kind: "unknown", detail: "success without a taskId", busy: false, retryAfterMs: null };
  }
  const upstreamNo = typeof data.taskNo === "string" && data.taskNo.length <= 100 ? data.taskNo : null;
  return { kind: "accepted", upstreamId, upstreamNo, credits: parseCredits(data.estimatedCredits) };
}

/** `GET /api/v1/query/{taskId}` under one master key. */
export async function queryTask(
  config: Config,
  masterKeyId: string,
  names: TaskNames,
  limitMs = QUERY_LIMIT_MS,
): Promise<QueryOutcome> {
  const init = { method: "GET", headers: {} };
  const path = `/api/v1/query/${names.upstreamId}`;
  const { text, verdict: read, retryAfterMs } = await call(config, masterKeyId, path, init, limitMs);
  const recalled = text === null ? null : snapshots.recall(names, text);
  if (recalled !== null) return { kind: "snapshot", snapshot: recalled };
  const verdict = read();
  if (verdict.kind === "unknown") return { ...verdict, retryAfterMs };
  if (verdict.kind === "key-refused") return verdict;
  if (verdict.kind === "refused") {
    if (verdict.code === 40002) return { kind: "missing" };
    return { kind: "unknown", detail: `code ${verdict.code}`, busy: false, retryAfterMs };
  }
  const snapshot = readSnapshot(verdict.data, names, config.upstreamBaseUrl);
  if (snapshot !== null && text !== null && RUNNING.has(snapshot.status)) snapshots.keep(names, text, snapshot);
  else snapshots.forget(names);
  return snapshot
    ? { kind: "snapshot", snapshot }
    : { kind: "unknown", detail: "not a task", busy: false, retryAfterMs: null };
}

/** The outcome of a query, and the master keys that were refused on the way. */
export interface QueryReport {
  readonly outcome: QueryOutcome;
  readonly refused: readonly { readonly masterKeyId: string; readonly code: number }[];
}

/**
 * Queries one task under the master key it is bound to; under others only while that key is refused or not configured.
 * Other keys may belong to other accounts, so their "no such task" is used only when there is no better outcome.
 *
 * @param pinned the id of the master key that submitted the task, or null if it is not configured any more
 */
export async function queryUnderKeys(
  config: Config,
  pinned: string | null,
  others: readonly string[],
  names: TaskNames,
  limitMs = QUERY_LIMIT_MS,
): Promise<QueryReport> {
  const refused: { masterKeyId: string; code: number }[] = [];
  let last: QueryOutcome = { kind: "unknown", detail: "no master key can ask", busy: false, retryAfterMs: null };
  for (const masterKeyId of pinned === null ? others : [pinned, ...others]) {
    const outcome = await queryTask(config, masterKeyId, names, limitMs);
    if (outcome.kind === "key-refused") refused.push({ masterKeyId, code: outcome.code });
    else if (masterKeyId === pinned || outcome.kind === "snapshot") return { outcome, refused };
    else if (pinned === null) last = outcome;
  }
  return { outcome: last, refused };
}

const unproven = (detail: string, busy: boolean): UpstreamResponse => ({
  text: null,
  verdict: () => ({ kind: "unknown", detail, busy }),
  retryAfterMs: null,
});

async function call(
  config: Config,
  masterKeyId: string,
  path: string,
  init: { method: string; headers: Record<string, string>; body?: string },
  limitMs: number,
): Promise<UpstreamResponse> {
  const masterKey = config.masterKeys.find(({ id }) => id === masterKeyId);
  if (!masterKey) return unproven("master key was removed", false);
  const abort = new AbortController();
  const request = {
    ...init,
    ...AS_SENT,
    headers: {
      ...init.headers,
      accept: "application/json",
      "accept-encoding": "identity",
      authorization: `Bearer ${masterKey.key}`,
    },
    // A redirect would carry the master key elsewhere, or turn the POST into a GET.
    redirect: "manual",
    signal: abort.signal,
  } as const;
  try {
    // The limit covers the body too: an upstream may hang after its headers.
    const response = await within(exchange(config, path, request), limitMs, null);
    if (response !== null) return response;
    abort.abort();
    return unproven("no response in time", true);
  } catch {
    return unproven("connection failed", true);
  }
}

async function exchange(config: Config, path: string, request: RequestInit): Promise<UpstreamResponse> {
  const response = await fetch(config.upstreamBaseUrl + path, request);
  const body = await readUpstreamText(response, MAX_RESPONSE_BYTES, RESPONSE_PACE);
  const text = body.ok ? withoutMasterKeys(body.text, config) : null;
  const { status, headers } = response;
  return {
    text: status === 200 ? text : null,
    verdict: () => {
      const verdict = readEnvelope(status, text);
      // No single task can make a working upstream respond like this, so it is evidence about the upstream; a firewall's
      // error may concern one request alone.
      return verdict.kind === "unknown" ? { ...verdict, busy: verdict.forbidden !== true } : verdict;
    },
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), Date.now()),
  };
}

/** Removes master keys from a text, because an upstream may quote the Authorization header in its response. */
function withoutMasterKeys(text: string, config: Config): string {
  return config.masterKeys.reduce((clean, { key }) => clean.replaceAll(key, "[redacted]"), text);
}
