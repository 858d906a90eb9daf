import type { Json, JsonObject } from "./long-json.ts";

/** What a fault can strike: a submission, a query, or the download of a result. */
export type FaultTarget = "generate" | "query" | "file";

/** One misbehaviour. Fields beyond `kind` are the kind's argument (see FAULT_KINDS) and refinements. */
export interface Fault {
  readonly kind: string;
  /** generate only: strike before the task is accepted (and charged), or after; default: the kind's own */
  readonly when?: "before" | "after";
  /** wait this long first, milliseconds */
  readonly delayMs?: number;
  readonly ms?: number;
  readonly code?: number;
  readonly msg?: string;
  /** HTTP status */
  readonly status?: number;
  /** seconds in a Retry-After header */
  readonly retryAfter?: number;
  readonly bytes?: number;
  readonly value?: number;
  readonly location?: string;
  readonly contentType?: string;
  readonly text?: string;
  /** properties that replace those of the true response's `data` */
  readonly data?: JsonObject;
}

/** A fault and for how many requests it lasts; without `times`, for all. */
export interface CountedFault {
  readonly fault: Fault;
  readonly times?: number;
}

interface FaultKind {
  readonly on: readonly FaultTarget[];
  /** the field that the text form's argument fills, and its value if none is given */
  readonly argument?: "ms" | "code" | "status" | "bytes" | "value" | "location" | "contentType" | "text";
  readonly fallback?: number | string;
  /** kinds that alter the true response can only strike after acceptance */
  readonly when?: "after";
}

const REPLY: readonly FaultTarget[] = ["generate", "query"];
const ANY: readonly FaultTarget[] = ["generate", "query", "file"];
const MIB = 1024 * 1024;

/** Every kind of fault, what it can strike and what its argument means. README.md describes each. */
export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  slow: { on: ANY, argument: "ms", fallback: 1000 },
  hang: { on: ANY },
  "hang-headers": { on: ANY, when: "after" },
  drop: { on: ANY },
  http: { on: ANY, argument: "status", fallback: 503 },
  redirect: { on: ANY, argument: "location" },
  empty: { on: ANY },
  html: { on: ANY },
  code: { on: REPLY, argument: "code", fallback: 10001 },
  body: { on: REPLY, argument: "text", fallback: "" },
  "cut-json": { on: REPLY, when: "after" },
  "cut-body": { on: REPLY, when: "after" },
  "wrong-types": { on: REPLY, when: "after" },
  patch: { on: REPLY, when: "after" },
  lost: { on: ["query"] },
  "task-status": { on: ["query"], when: "after", argument: "value", fallback: 7 },
  progress: { on: ["query"], when: "after", argument: "value", fallback: 0 },
  truncated: { on: ["file"], argument: "bytes" },
  chunked: { on: ["file"] },
  "chunked-cut": { on: ["file"], argument: "bytes" },
  gzip: { on: ["file"] },
  encoding: { on: ["file"], argument: "text", fallback: "GZIP" },
  packed: { on: ["file"] },
  mislabelled: { on: ["file"], argument: "text", fallback: "gzip" },
  cut: { on: ["file"], argument: "bytes" },
  type: { on: ["file"], argument: "contentType", fallback: "text/html" },
  corrupt: { on: ["file"] },
  endless: { on: ["file"], argument: "bytes", fallback: 256 * MIB },
  trickle: { on: ["file"], argument: "ms", fallback: 1000 },
  drip: { on: ["file"], argument: "ms", fallback: 2000 },
  expired: { on: ["file"] },
  missing: { on: ["file"] },
};

/** True if the fault strikes a submission only after it was accepted and charged. */
export function strikesAfter(fault: Fault): boolean {
  return (fault.when ?? FAULT_KINDS[fault.kind]?.when) === "after";
}

const TEXT_FORM = /^([a-z]+(?:-[a-z]+)*)(?::([^@*,]*))?(?:@(\d+))?(?:\*(\d+))?$/;

/**
 * Reads the text form `kind[-before|-after][:argument][@delayMs][*times]`, e.g. `http-after:502*1`.
 * @throws TypeError if it is not one, or not one for this target
 */
export function parseFault(text: string, target: FaultTarget): CountedFault {
  const [, name = "", argument, delay, times] = TEXT_FORM.exec(text) ?? [];
  const [, kind = name, when] = /^(.*)-(before|after)$/.exec(name) ?? [];
  const fault: Record<string, Json> = { kind };
  if (when !== undefined) fault.when = when;
  if (delay !== undefined) fault.delayMs = Number(delay);
  const field = FAULT_KINDS[kind]?.argument;
  if (argument !== undefined) {
    if (field === undefined) throw new TypeError(`fault ${kind} takes no argument`);
    fault[field] = NUMERIC.has(field) ? Number(argument) : argument;
  }
  return { fault: readFault(fault, target), ...(times === undefined ? {} : { times: Number(times) }) };
}

/**
 * Reads a comma-separated list of faults in text form; they strike one after the other.
 * @throws TypeError if one of them is not a fault for this target
 */
export function parseFaultList(text: string, target: FaultTarget): CountedFault[] {
  return text.split(",").map((part) => parseFault(part.trim(), target));
}

const NUMERIC = new Set(["ms", "code", "status", "bytes", "value", "delayMs", "retryAfter"]);
const TEXTUAL = new Set(["kind", "when", "msg", "location", "contentType", "text"]);

/**
 * Checks a fault in object form and fills in its kind's default argument.
 * @throws TypeError if the kind is unknown, not for this target, or a field has the wrong type
 */
export function readFault(input: object, target: FaultTarget): Fault {
  const fields: Record<string, unknown> = { ...input };
  const kind = typeof fields.kind === "string" ? fields.kind : "";
  const known = FAULT_KINDS[kind];
  if (!known?.on.includes(target)) throw new TypeError(`no fault ${JSON.stringify(kind)} for ${target}`);
  for (const [field, value] of Object.entries(fields)) {
    const right =
      (NUMERIC.has(field) && typeof value === "number" && Number.isFinite(value)) ||
      (TEXTUAL.has(field) && typeof value === "string") ||
      (field === "data" && typeof value === "object" && value !== null);
    if (!right) throw new TypeError(`fault ${kind}: bad field ${field}`);
  }
  if (fields.when !== undefined && fields.when !== "before" && fields.when !== "after") {
    throw new TypeError(`fault ${kind}: when must be before or after`);
  }
  const { argument, fallback } = known;
  const filled = argument === undefined || fallback === undefined ? {} : { [argument]: fallback };
  return { ...filled, ...fields, kind };
}
