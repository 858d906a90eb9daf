/** What a tenant submitted and the upstream repeats in its `data`: shown as it was submitted (contract section 9, "Upstream ids"). */
import { isJsonObject, type JsonValue, parseJson } from "../lib/json.ts";

const ECHOED_FIELDS = [
  "prompt",
  "negativePrompt",
  "taskName",
  "model",
  "refImageUrls",
  "refVideoUrls",
  "refAudioUrls",
] as const;

/**
 * Fields that a snapshot is stored without, because the task's request has them: they can be long. A response always contains
 * them, so whether the upstream repeated them need not be known; `model` is in no documented response.
 */
export const STORED_WITH_REQUEST: ReadonlySet<string> = new Set(ECHOED_FIELDS.filter((name) => name !== "model"));

/** @param request JSON text of the submission @returns its fields that the upstream repeats: texts and lists of texts */
export function echoedFields(request: string | undefined): Record<string, string | string[]> {
  const body = request === undefined ? null : parseJson(request);
  if (!isJsonObject(body)) return {};
  const isText = (value: JsonValue | undefined): value is string => typeof value === "string";
  return Object.fromEntries(
    ECHOED_FIELDS.flatMap((name): [string, string | string[]][] => {
      const value = Object.hasOwn(body, name) ? body[name] : undefined;
      if (isText(value)) return [[name, value]];
      return Array.isArray(value) && value.every(isText) ? [[name, value]] : [];
    }),
  );
}
