/**
 * Removes the upstream's names of a task (its id and number) from everything that a tenant sees, by meaning and not by
 * value (contract section 9, "Upstream ids"): the same digits in another field stay.
 */
import { echoedFields, STORED_WITH_REQUEST } from "../domain/echoed-fields.ts";
import { integerText, isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** The names of one task, here and upstream. */
export interface TaskNames {
  readonly upstreamId: string;
  /** The `taskNo` of the response to its submission. */
  readonly upstreamNo: string | null;
  /** The gateway's own names, which replace the upstream's. */
  readonly taskId: number;
  readonly taskNo?: string;
  /** JSON text of the tenant's request (domain/echoed-fields.ts). */
  readonly request?: string;
}

/** A name of at least this length cannot be mistaken for other content of a text. */
const UNMISTAKABLE = 8;

/** Fields whose value is a task's name, in lower case without separators. A subtask's number counts subtasks. */
const NAMES_TASK =
  /(?:task|job|generation)(?:id|ref|key|uid|uuid)s?$|^(?!sub).*(?:task|job)(?:no|num|number)s?$|^(?:task|job)s?$/;
/** Names of objects about a task, whose `id` is the task's. */
const ABOUT_TASK = /^(?!sub).*(?:task|job|generation)s?$/;
/** Fields with another id or a time: a value that equals a task's id does so by chance. */
const NAMES_OTHER =
  /^(?:model|user|account|owner|member|team|tenant|org|organization|customer|workspace|project|channel)(?:id|no|uid|uuid)$|(?:time|timestamp|date|at)$|^seed$/;

/** Removes one task's upstream names from the upstream's responses. */
export interface NameFilter {
  /** A text such as `failReason`. */
  text(text: string): string;
  /**
   * A value in the upstream's `data`, at any depth. @param field its name @param parent name of the object that
   * contains it
   */
  value(value: JsonValue, field: string, parent?: string): JsonValue;
  /** The upstream's `data` without what the stored request contains; a repeated `model` is the submission's own. */
  data(data: JsonObject): JsonObject;
}

/** @param moreNos other texts that the upstream uses as the task's `taskNo` */
export function createNameFilter(names: TaskNames, moreNos: readonly JsonValue[] = []): NameFilter {
  const { upstreamId } = names;
  const taskId = String(names.taskId);
  const taskNo = names.taskNo ?? taskId;
  const nos = [names.upstreamNo, ...moreNos].filter((no): no is string => typeof no === "string" && no !== "");
  const patterns = nos.filter((no) => no.length >= UNMISTAKABLE).map(numberPattern);
  const idPattern = upstreamId.length >= UNMISTAKABLE ? anywhere(upstreamId) : behindTask(upstreamId);
  const submitted = echoedFields(names.request);
  const submittedTexts = new Set(Object.values(submitted).flat());

  function text(value: string): string {
    const clean = patterns.reduce((rest, pattern) => rest.replace(pattern, taskNo), value);
    return clean.replace(idPattern, (_, before: unknown) => (typeof before === "string" ? before : "") + taskId);
  }

  function namesTask(field: string, parent: string): boolean {
    return NAMES_TASK.test(field) || (/^(?:id|uid|uuid)$/.test(field) && ABOUT_TASK.test(parent));
  }

  /** @param field and `parent` normalised */
  function walk(value: JsonValue, field: string, parent: string): JsonValue {
    if (Array.isArray(value)) return value.map((item) => walk(item, field, parent));
    if (isJsonObject(value)) {
      const entries = Object.entries(value).map(([name, item]): [string, JsonValue] => [
        name === upstreamId && ABOUT_TASK.test(field) ? taskId : text(name),
        walk(item, normalised(name), field),
      ]);
      return Object.fromEntries(entries);
    }
    if (typeof value === "string" && submittedTexts.has(value)) return value;
    const digits = typeof value === "string" ? value : integerText(value);
    if (digits === upstreamId) {
      const replaced = namesTask(field, parent) || (digits.length >= UNMISTAKABLE && !NAMES_OTHER.test(field));
      if (!replaced) return value;
      return typeof value === "string" ? taskId : names.taskId;
    }
    if (typeof value !== "string") return value;
    return nos.includes(value) && NAMES_TASK.test(field) ? taskNo : text(value);
  }

  return {
    text,
    value: (value, field, parent = "") => walk(value, normalised(field), normalised(parent)),
    data(data) {
      const isSubmitted = (name: string) => Object.hasOwn(submitted, name);
      const kept = Object.entries(data).filter(([name]) => !isSubmitted(name) || !STORED_WITH_REQUEST.has(name));
      const entries = kept.map(([name, item]): [string, JsonValue] => [
        text(name),
        isSubmitted(name) ? (submitted[name] ?? null) : walk(item, normalised(name), "task"),
      ]);
      return Object.fromEntries(entries);
    },
  };
}

function normalised(field: string): string {
  return field.replace(/[_\-\s.]/g, "").toLowerCase();
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** A number of 32 hexadecimal digits may be written as a UUID. */
function numberPattern(no: string): RegExp {
  const source = /^[0-9a-f]{32}$/i.test(no) ? [...no].join("-?") : escaped(no);
  return new RegExp(source, "gi");
}

function anywhere(id: string): RegExp {
  return new RegExp(`(?<!\\d)${escaped(id)}(?!\\d)`, "g");
}

/** Text allowed between the word "task" and a name: "task 9", "task #9", `taskId=9`, `"task_id": "9"`, "Task no. 9". */
const BEHIND_TASK = "(?<!sub[\\s_-]?)tasks?(?:[\\s_-]*(?:ids?|no|number|num)(?![a-z]))?[^\\p{L}\\p{N}]{0,4}";

function behindTask(id: string): RegExp {
  return new RegExp(`(${BEHIND_TASK})${escaped(id)}(?![\\p{L}\\p{N}]|[.,]\\d)`, "giu");
}

const UNKNOWN_NAME = new RegExp(`(${BEHIND_TASK})(?:\\d{4,20}|[0-9a-f]{32})(?![\\p{L}\\p{N}]|[.,]\\d)`, "giu");

/**
 * Removes task names from an error message, in which the upstream may name a task that the gateway does not know.
 *
 * @param named the task's id and number in the error's `data`
 */
export function withoutTaskNames(message: string, named: readonly JsonValue[]): string {
  const texts = named.map((name) => (typeof name === "string" ? name : (integerText(name) ?? "")));
  const known = texts.filter((text) => text.length >= UNMISTAKABLE);
  return known
    .reduce((rest, name) => rest.replace(/^\d+$/.test(name) ? anywhere(name) : numberPattern(name), "…"), message)
    .replace(UNKNOWN_NAME, "$1…");
}
