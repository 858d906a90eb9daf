import { type CountedFault, parseFaultList } from "./faults.ts";

/** How a task ends. */
export type Ending = "completed" | "failed" | "cancelled" | "never";

/** How a task runs and ends, beyond its request. Everything is optional. */
export interface Plan {
  readonly queueMs?: number;
  readonly generateMs?: number;
  /** time in safety review (status 4), after generation */
  readonly reviewMs?: number;
  readonly end?: Ending;
  readonly failReason?: string;
  /** number of results, overrides imageCount */
  readonly results?: number;
  /** indexes of results that failed (subStatus 2, no file) */
  readonly failedResults?: readonly number[];
  /** size of each result file, in bytes (padded, still valid) */
  readonly bytes?: number;
  readonly thumbnail?: boolean;
  readonly urlTtlSeconds?: number;
  /** credits, overrides the price list */
  readonly price?: number;
  /** really download the references first, and fail if one cannot be had */
  readonly fetchReferences?: boolean;
  readonly generate?: readonly CountedFault[];
  readonly query?: readonly CountedFault[];
  readonly file?: readonly CountedFault[];
}

const DIRECTIVE = /\[\[sim:([^\]]*)\]\]/g;
const WORD = /([A-Za-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g;

/**
 * Reads every `[[sim: name=value name="two words" flag]]` in a prompt.
 * @throws TypeError for an unknown name or a value that does not fit, so that a typing error does not pass a test
 */
export function planFromPrompt(prompt: string): Plan {
  return parsePlan(Array.from(prompt.matchAll(DIRECTIVE), ([, inside = ""]) => inside).join(" "));
}

/**
 * Reads the inside of a directive, e.g. `bytes=200000000 file=truncated*1`.
 * @throws TypeError for an unknown name or a value that does not fit
 */
export function parsePlan(text: string): Plan {
  let plan: Plan = {};
  for (const [, name = "", quoted, bare] of text.matchAll(WORD)) {
    plan = { ...plan, ...readWord(name, quoted ?? bare) };
  }
  return plan;
}

function readWord(name: string, value: string | undefined): Plan {
  switch (name) {
    case "fail":
      return { end: "failed", failReason: value ?? "Generation failed" };
    case "cancel":
      return { end: "cancelled" };
    case "never":
      return { end: "never" };
    case "delayMs": {
      const total = number(name, value);
      return { queueMs: Math.floor(total / 5), generateMs: total - Math.floor(total / 5) };
    }
    case "queueMs":
    case "generateMs":
    case "reviewMs":
    case "results":
    case "bytes":
    case "urlTtlSeconds":
    case "price":
      return { [name]: number(name, value) };
    case "failedResults":
      return { failedResults: (value ?? "0").split(",").map((part) => number(name, part)) };
    case "thumbnail":
      return { thumbnail: value !== "false" };
    case "fetchReferences":
      return { fetchReferences: value !== "false" };
    case "generate":
    case "query":
    case "file":
      return { [name]: parseFaultList(value ?? "", name) };
    default:
      throw new TypeError(`unknown sim directive ${name}`);
  }
}

function number(name: string, value: string | undefined): number {
  const parsed = Number(value);
  if (value === undefined || value === "" || !(parsed >= 0))
    throw new TypeError(`sim directive ${name} needs a number`);
  return parsed;
}

/** Default duration of a task, without one in its prompt or the server's plan, milliseconds at speed 1. */
export const USUAL_PACE = {
  image: { queueMs: 600, generateMs: 2_400 },
  video: { queueMs: 1_200, generateMs: 4_800 },
} as const;
