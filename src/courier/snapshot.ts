/**
 * One response to an upstream query, split into the values that the gateway uses, and the rest as its original JSON
 * text. Numbers that are `long` upstream stay text (docs/design.md, rule 9).
 */
import { MAX_REASON_CHARACTERS } from "../domain/task.ts";
import { utf8Length } from "../lib/byte-limit.ts";
import { integerText, isJsonObject, type JsonObject, type JsonValue, safeInteger, stringifyJson } from "../lib/json.ts";
import { createNameFilter, type NameFilter, type TaskNames } from "./task-names.ts";

/**
 * Most bytes of each part of a snapshot. With a request of 256 KiB and a reason, a task's row stays below the platform's 2 MB, although
 * JSON within JSON doubles quotation marks, and some of a task's URLs can be from an earlier snapshot.
 */
const MAX_REST_BYTES = 256 * 1024;
const MAX_RESULTS_BYTES = 192 * 1024;
const MAX_URLS_BYTES = 160 * 1024;
const MAX_RESULTS = 100;

/** One entry of the upstream's `results`. */
export interface SnapshotResult {
  /** The file's present URL; null for a failed or unfinished subtask. */
  readonly fileUrl: string | null;
  readonly thumbnailUrl: string | null;
  /** True if the upstream reports this subtask as failed. */
  readonly failed: boolean;
  readonly failReason: string;
  /** JSON text of the entry without its two URLs. */
  readonly rest: string;
}

/** The upstream's state of a task. */
export interface Snapshot {
  /** 0 queuing, 1 generating, 2 completed, 3 failed, 4 safety review, 5 cancelled; others as they came. */
  readonly status: number;
  /** 0–100, or null if absent or unusable. */
  readonly progress: number | null;
  readonly failReason: string;
  readonly results: readonly SnapshotResult[];
  /** JSON text of `data` without the fields that the gateway sets itself (`GATEWAY_FIELDS`) and those of the request. */
  readonly rest: string;
}

/** Fields that the gateway sets itself; the upstream's values never reach a tenant. */
const GATEWAY_FIELDS = new Set([
  "taskId",
  "taskNo",
  "taskStatus",
  "progress",
  "failReason",
  "results",
  "metadata",
  "estimatedCredits",
  "createdAt",
  "endedAt",
]);

/**
 * @param data the field `data` of a successful envelope
 * @param baseUrl the upstream's base URL; file URLs may be relative to it
 * @returns the snapshot, or null for wrong types: the query must then be repeated
 */
export function readSnapshot(data: JsonValue, names: TaskNames, baseUrl: string): Snapshot | null {
  if (!isJsonObject(data)) return null;
  const status = looseInteger(data.taskStatus);
  if (status === null) return null;
  // The state of another task (from a faulty cache on the way) must not reach this tenant.
  const about = typeof data.taskId === "string" ? data.taskId : integerText(data.taskId ?? null);
  if (about !== null && /^\d+$/.test(about) && about !== names.upstreamId) return null;
  const filter = createNameFilter(names, [data.taskNo ?? null]);
  const progress = looseInteger(data.progress);
  const results = Array.isArray(data.results) ? data.results.filter(isJsonObject) : [];
  return {
    status,
    progress: progress === null ? null : Math.min(100, Math.max(0, progress)),
    failReason: reasonOf(data, filter),
    results: readResults(results.slice(0, MAX_RESULTS), filter, baseUrl),
    rest: textWithin(filter.data(omit(data, GATEWAY_FIELDS)), MAX_REST_BYTES),
  };
}

function reasonOf({ failReason }: JsonObject, filter: NameFilter): string {
  return typeof failReason === "string" ? filter.text(failReason).slice(0, MAX_REASON_CHARACTERS) : "";
}

/** @returns JSON text of an object of at most so many bytes: without its largest fields, if it is larger */
function textWithin(object: JsonObject, bytes: number): string {
  const text = stringifyJson(object);
  let left = utf8Length(text);
  if (left <= bytes) return text;
  const sizes = Object.entries(object).map(([name, value]) => ({
    name,
    size: utf8Length(stringifyJson({ [name]: value })) - 1,
  }));
  sizes.sort((one, other) => other.size - one.size);
  const dropped = new Set<string>();
  for (const { name, size } of sizes) {
    if (left <= bytes) break;
    dropped.add(name);
    left -= size;
  }
  return stringifyJson(omit(object, dropped));
}

const RESULT_FIELDS = new Set(["fileUrl", "thumbnailUrl", "mirrored", "taskId", "taskNo"]);

/** Reads all results within the bytes for them; of the URLs, those of the files come before those of the thumbnails. */
function readResults(results: readonly JsonObject[], filter: NameFilter, baseUrl: string): SnapshotResult[] {
  let urlBytes = MAX_URLS_BYTES;
  const urls = (field: "fileUrl" | "thumbnailUrl") =>
    results.map((result) => {
      const url = hasFailed(result) ? null : fileUrl(result[field], baseUrl);
      if (url === null || url.length > urlBytes) return null;
      urlBytes -= url.length;
      return url;
    });
  const files = urls("fileUrl");
  const thumbnails = urls("thumbnailUrl");
  let restBytes = MAX_RESULTS_BYTES;
  return results.map((result, index) => {
    const rest = textWithin(filter.value(omit(result, RESULT_FIELDS), "results") as JsonObject, restBytes);
    restBytes -= utf8Length(rest);
    return {
      fileUrl: files[index] ?? null,
      thumbnailUrl: thumbnails[index] ?? null,
      failed: hasFailed(result),
      failReason: reasonOf(result, filter),
      rest,
    };
  });
}

function hasFailed(result: JsonObject): boolean {
  return looseInteger(result.subStatus) === 2;
}

/** Accepts `2` and, because some JSON writers quote longs, `"2"`. */
function looseInteger(value: JsonValue | undefined): number | null {
  if (typeof value === "string") return /^-?\d{1,9}$/.test(value) ? Number(value) : null;
  if (typeof value === "number") return Number.isFinite(value) ? Math.floor(value) : null;
  return value === undefined ? null : safeInteger(value);
}

/** A host name or IPv4 address, with or without a port, before a path: a URL whose scheme was left out. */
const BARE_HOST = /^(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d{1,5})?\/|^[a-z0-9-]+:\d{1,5}\//i;

/** @returns an http(s) URL; one without a scheme or host has the upstream's */
function fileUrl(value: JsonValue | undefined, baseUrl: string): string | null {
  const text = typeof value === "string" ? value.trim() : "";
  if (text === "") return null;
  const url = URL.parse(BARE_HOST.test(text) ? `//${text}` : text, `${baseUrl}/`);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}

function omit(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}
