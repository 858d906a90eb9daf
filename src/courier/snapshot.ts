/**
 * One answer of the upstream's query, taken apart: what the gateway decides by, and the rest as the JSON text it came in.
 * Numbers that are `long` upstream stay text (docs/design.md, rule 9).
 */
import { integerText, isJsonObject, type JsonObject, type JsonValue, safeInteger, stringifyJson } from "../lib/json.ts";

/** One entry of the upstream's `results`. */
export interface SnapshotResult {
  /** Where the file is now; null for a failed or unfinished subtask. */
  readonly fileUrl: string | null;
  readonly thumbnailUrl: string | null;
  /** The upstream says that this subtask failed. */
  readonly failed: boolean;
  readonly failReason: string;
  /** JSON text of the entry without its two URLs. */
  readonly rest: string;
}

/** What the upstream says of a task. */
export interface Snapshot {
  /** 0 queuing, 1 generating, 2 completed, 3 failed, 4 safety review, 5 cancelled; others as they came. */
  readonly status: number;
  /** 0–100, or null if it said nothing usable. */
  readonly progress: number | null;
  readonly failReason: string;
  readonly results: readonly SnapshotResult[];
  /** JSON text of `data` without what the gateway says itself (`GATEWAY_FIELDS`). */
  readonly rest: string;
}

/** Fields that the gateway answers in its own words; the upstream's never reach a tenant. */
const GATEWAY_FIELDS = new Set([
  "taskId",
  "taskNo",
  "taskStatus",
  "progress",
  "failReason",
  "results",
  "metadata",
  "estimatedCredits",
]);

/** The upstream's names of a task, to be kept out of everything a tenant sees. */
export interface TaskNames {
  readonly upstreamId: string;
  /** The `taskNo` of the answer to its submission. */
  readonly upstreamNo: string | null;
  /** The gateway's own, which stands in for both. */
  readonly taskId: number;
}

/**
 * @param data the `data` member of a successful envelope
 * @returns the snapshot, or null if it is not one (wrong types): such an answer is to be asked for again
 */
export function readSnapshot(data: JsonValue, names: TaskNames): Snapshot | null {
  if (!isJsonObject(data)) return null;
  const status = looseInteger(data.taskStatus);
  if (status === null) return null;
  // Somebody else's task (a mixed-up cache on the way) is not for this tenant's eyes.
  const about = digitsOf(data.taskId ?? null);
  if (about !== null && /^\d+$/.test(about) && about !== names.upstreamId) return null;
  const numbers = [names.upstreamNo, data.taskNo].filter((no) => typeof no === "string" && no.length >= 8) as string[];
  const clean = (value: JsonValue) => withoutNames(value, names, numbers);
  const progress = looseInteger(data.progress);
  const results = Array.isArray(data.results) ? data.results.filter(isJsonObject) : [];
  return {
    status,
    progress: progress === null ? null : Math.min(100, Math.max(0, progress)),
    failReason: typeof data.failReason === "string" ? String(clean(data.failReason)).slice(0, 2_000) : "",
    results: results.slice(0, 100).map((result) => readResult(result, clean)),
    rest: stringifyJson(clean(omit(data, GATEWAY_FIELDS))),
  };
}

const RESULT_FIELDS = new Set(["fileUrl", "thumbnailUrl", "mirrored", "taskId", "taskNo"]);

function readResult(result: JsonObject, clean: (value: JsonValue) => JsonValue): SnapshotResult {
  const failed = looseInteger(result.subStatus) === 2;
  return {
    fileUrl: failed ? null : httpUrl(result.fileUrl),
    thumbnailUrl: failed ? null : httpUrl(result.thumbnailUrl),
    failed,
    failReason: typeof result.failReason === "string" ? String(clean(result.failReason)) : "",
    rest: stringifyJson(clean(omit(result, RESULT_FIELDS))),
  };
}

/** Accepts `2` and, because some JSON writers quote longs, `"2"`. */
function looseInteger(value: JsonValue | undefined): number | null {
  if (typeof value === "string") return /^-?\d{1,9}$/.test(value) ? Number(value) : null;
  if (typeof value === "number") return Number.isFinite(value) ? Math.floor(value) : null;
  return value === undefined ? null : safeInteger(value);
}

function httpUrl(value: JsonValue | undefined): string | null {
  if (typeof value !== "string" || !URL.canParse(value)) return null;
  return /^https?:$/.test(new URL(value).protocol) ? value : null;
}

function omit(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}

/** What the tenant said itself and the upstream repeats: never rewritten. */
const ECHOED_FIELDS = new Set([
  "prompt",
  "negativePrompt",
  "taskName",
  "model",
  "seed",
  "refImageUrls",
  "refVideoUrls",
  "refAudioUrls",
]);

/**
 * Replaces the upstream's id and number of the task wherever they stand, so that no answer ever shows them
 * (contract section 2). Short ids could be any number, so those are replaced only where they name a task.
 */
function withoutNames(value: JsonValue, names: TaskNames, numbers: readonly string[]): JsonValue {
  if (typeof value === "string") return textWithoutNames(value, names, numbers);
  if (Array.isArray(value)) return value.map((item) => withoutNames(item, names, numbers));
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([name, member]): [string, JsonValue] => {
      if (ECHOED_FIELDS.has(name)) return [name, member];
      const isName = /id$/i.test(name) && digitsOf(member) === names.upstreamId;
      return [textWithoutNames(name, names, numbers), isName ? names.taskId : withoutNames(member, names, numbers)];
    });
    return Object.fromEntries(entries);
  }
  return names.upstreamId.length >= 8 && integerText(value) === names.upstreamId ? names.taskId : value;
}

function textWithoutNames(value: string, { upstreamId, taskId }: TaskNames, numbers: readonly string[]): string {
  const own = String(taskId);
  const text = numbers.reduce((clean, no) => clean.replaceAll(no, own), value);
  if (upstreamId.length < 4 || !text.includes(upstreamId)) return text;
  return text.replace(new RegExp(`(?<!\\d)${upstreamId}(?!\\d)`, "g"), own);
}

/** An id as its digits, whether it came as a number or as text. */
function digitsOf(value: JsonValue): string | null {
  return typeof value === "string" ? value : integerText(value);
}
