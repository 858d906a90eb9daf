/**
 * Requests of the OpenAI-compatible surface, as requests of the tenant API: the fields that can be mapped, and what they
 * become (docs/surfaces.md). References are mapped by routes/openai/body.ts.
 */
import { IMAGE_COUNT, MAX_REFERENCES, type Medium, MODELS, VIDEO_SECONDS } from "../domain/catalogue.ts";
import { aliasOf, findByAlias, MODEL_OF } from "../domain/model-alias.ts";
import { imageSize, VIDEO_ASPECTS } from "../domain/openai-sizes.ts";
import { type ApiError, apiError } from "../errors.ts";
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue, safeInteger } from "../lib/json.ts";
import type { Checked } from "./check.ts";

/** Fields that change nothing here, and the values that mean just that; null: any value. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly string[] | null>> = {
  user: null,
  safety_identifier: null,
  moderation: null,
  input_fidelity: null,
  stream: ["false"],
  partial_images: ["0"],
  async: ["false"],
  watermark: ["false"],
  background: ["auto"],
  mask: [],
  output_format: ["png"],
  output_compression: ["100"],
  style: ["vivid"],
};

const FIELDS: Readonly<Record<Medium, readonly string[]>> = {
  image: ["prompt", "model", "n", "size", "quality", "response_format", "seed", "metadata"],
  video: ["prompt", "model", "seconds", "size", "seed", "metadata"],
};
const REFERENCES: Readonly<Record<Medium, readonly string[]>> = {
  image: ["image", "images"],
  video: ["input_reference"],
};
/** Names of new-api's task format, which its Sora channel passes on (docs/surfaces.md). */
const VIDEO_ALIASES: Readonly<Record<string, string>> = {
  duration: "seconds",
  image: "input_reference",
  images: "input_reference",
};
const QUALITIES = new Map([
  ["low", 50],
  ["medium", 80],
  ["high", 100],
  ["hd", 100],
  ["auto", null],
  ["standard", null],
]);
const SIZES =
  "auto, 1024x1024, 2048x2048, 4096x4096, 1792x1024, 1024x1792, 1536x1024, 1024x1536, " +
  "another WIDTHxHEIGHT of 16:9 or 9:16 up to 5632, 1K, 2K, 4K, 16:9 or 9:16";
const NAME_CHARACTERS = 60;

/** What is asked for. */
export type OpenAiCall = "image" | "edit" | "video";

/** How the images of a response are given. */
export type ImageFormat = "b64_json" | "url" | "both";

/** A request in the terms of the tenant API. */
export interface MappedRequest {
  /** The body for `checkGenerateRequest`. */
  readonly native: JsonObject;
  readonly format: ImageFormat;
}

/** A field that cannot be mapped. */
class FieldError extends Error {
  readonly error: ApiError;
  constructor(reason: ApiError) {
    super(reason.msg);
    this.error = reason;
  }
}

/** Returns the error for a field, under OpenAI's name of it. */
export function fieldError(param: string, message: string, code = "invalid_request"): ApiError {
  return apiError(30001, `${param}: ${message}`, { openAi: { code, param } });
}

function refuse(param: string, message: string, code?: string): never {
  throw new FieldError(fieldError(param, message, code));
}

/**
 * Maps a request.
 *
 * @param call `edit` and `video` take references, `edit` needs one
 * @param isForm true for a form, whose values are all text
 */
export function mapOpenAiRequest(call: OpenAiCall, body: JsonValue, isForm: boolean): Checked<MappedRequest> {
  if (!isJsonObject(body)) return { ok: false, error: apiError(30001, "The body must be a JSON object") };
  const medium = call === "video" ? "video" : "image";
  const names = call === "image" ? [] : REFERENCES[medium];
  try {
    const given = givenFields(body, call === "video" ? VIDEO_ALIASES : {});
    checkNames(given, [...FIELDS[medium], ...names]);
    const references = names.flatMap((name) => readReferences(name, given[name]));
    const [field = ""] = names;
    const most = call === "video" ? 1 : MAX_REFERENCES;
    if (references.length > most) refuse(field, `at most ${most} ${most === 1 ? "image" : "images"}`);
    if (call === "edit" && references.length === 0) refuse(field, "is required");
    const model = readModel(given.model, medium);
    const prompt = given.prompt;
    if (typeof prompt !== "string" || prompt.trim() === "") return refuse("prompt", "is required and must be a string");
    const native: JsonObject = {
      model,
      taskName: Array.from(prompt.trim().slice(0, 2 * NAME_CHARACTERS))
        .slice(0, NAME_CHARACTERS)
        .join(""),
      type: medium === "video" || call === "edit" ? "img_txt" : "txt",
      prompt,
      ...(medium === "video" ? videoFields(given) : imageFields(given, isForm)),
      ...(references.length > 0 && { refImageUrls: references }),
      ...(given.seed !== undefined && { seed: isForm ? plain(given.seed) : given.seed }),
      ...(given.metadata !== undefined && { metadata: given.metadata }),
    };
    return { ok: true, value: { native, format: medium === "image" ? readFormat(given.response_format) : "url" } };
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, error: error.error };
    throw error;
  }
}

/** Returns the fields that are not null under their names here. */
function givenFields(body: JsonObject, aliases: Readonly<Record<string, string>>): JsonObject {
  const given = new Map<string, JsonValue>();
  for (const [alias, value] of Object.entries(body)) {
    if (value === null) continue;
    const name = (Object.hasOwn(aliases, alias) && aliases[alias]) || alias;
    if (given.has(name)) refuse(name, "is given twice, under two names");
    given.set(name, value);
  }
  return Object.fromEntries(given);
}

function checkNames(given: JsonObject, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (known.includes(name)) continue;
    const harmless = Object.hasOwn(WITHOUT_EFFECT, name) ? WITHOUT_EFFECT[name] : undefined;
    if (harmless === undefined) refuse(name, `is not known here; accepted: ${known.join(", ")}`);
    if (harmless !== null && !harmless.includes(textOf(value))) {
      refuse(name, harmless.length === 0 ? "is not supported" : `is not supported, except ${harmless.join(", ")}`);
    }
  }
}

const textOf = (value: JsonValue) => (isRawNumber(value) ? value.rawJSON : typeof value === "object" ? "" : `${value}`);

/** A number from the text of a form; anything else as it is. */
const plain = (value: JsonValue | undefined): JsonValue =>
  typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : (value ?? null);

function readModel(name: JsonValue | undefined, medium: Medium): string {
  if (name === undefined) return MODEL_OF[medium];
  const known = MODELS.flatMap((model) => (model.medium === medium ? aliasOf(model.name) : [])).join(", ");
  if (typeof name !== "string") return refuse("model", `must be one of ${known}`);
  const model = findByAlias(name);
  if (model?.medium === medium) return model.name;
  if (model) return refuse("model", `${aliasOf(name)} makes no ${medium}s; use one of ${known}`);
  throw new FieldError(modelError(name, known));
}

/** Returns the error for a model that does not exist. @param known the models that do */
export function modelError(name: string, known: string): ApiError {
  return apiError(40003, `The model ${name.slice(0, 100)} does not exist; use one of ${known}`, {
    openAi: { param: "model" },
  });
}

function imageFields({ n, size, quality }: JsonObject, isForm: boolean): JsonObject {
  const { min, max } = IMAGE_COUNT;
  const count = n === undefined ? null : safeInteger(isForm ? plain(n) : n);
  if (n !== undefined && (count === null || count < min || count > max)) {
    refuse("n", `must be an integer from ${min} to ${max}`);
  }
  const shape = size === undefined ? {} : typeof size === "string" ? imageSize(size) : null;
  if (shape === null) return refuse("size", `must be ${SIZES}`, "invalid_size");
  const level = quality === undefined ? null : typeof quality === "string" ? QUALITIES.get(quality) : undefined;
  if (level === undefined) return refuse("quality", `must be one of ${[...QUALITIES.keys()].join(", ")}`);
  return { ...(count !== null && { imageCount: count }), ...shape, ...(level !== null && { quality: level }) };
}

function videoFields({ seconds = "4", size = "720x1280" }: JsonObject): JsonObject {
  const { min, max } = VIDEO_SECONDS;
  const duration = safeInteger(plain(seconds));
  if (duration === null || duration < min || duration > max) {
    return refuse("seconds", `must be an integer from ${min} to ${max}`);
  }
  const aspectRatio = typeof size === "string" ? VIDEO_ASPECTS.get(size) : undefined;
  if (aspectRatio === undefined) {
    return refuse("size", `must be one of ${[...VIDEO_ASPECTS.keys()].join(", ")}`, "invalid_size");
  }
  return { durationSeconds: duration, resolution: "720p", aspectRatio };
}

function readFormat(value: JsonValue | undefined): ImageFormat {
  if (value === undefined) return "both";
  if (value === "b64_json" || value === "url") return value;
  return refuse("response_format", "must be b64_json or url");
}

/** The references in a field: a URL, `{image_url}` or `{file_id}`, or a list of them. */
function readReferences(param: string, value: JsonValue | undefined): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((one) => (Array.isArray(one) ? refuse(param, "is nested") : readReferences(param, one)));
  if (isJsonObject(value) && (value.image_url ?? null) !== null && (value.file_id ?? null) !== null) {
    return refuse(param, "give image_url or file_id, not both");
  }
  const source = isJsonObject(value) ? (value.image_url ?? value.file_id) : value;
  const url = isJsonObject(source) ? source.url : source;
  if (typeof url === "string") return [url];
  return refuse(param, 'must be a file, a URL, {"image_url": …} or {"file_id": …}');
}
