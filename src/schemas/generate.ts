/**
 * The body of `POST /api/v1/task/generate` (and `/estimate`), one zod source for validation, types and OpenAPI.
 * Fields of SeedHorse's API documentation are checked for the medium they are documented for; all others pass untouched (section 3).
 */
import * as z from "zod/mini";
import {
  findModel,
  IMAGE_ASPECT_RATIOS,
  IMAGE_COUNT,
  IMAGE_SIZES,
  MAX_REFERENCES,
  type Medium,
  MODELS,
  type Model,
  QUALITY,
  SEED,
  VIDEO_RESOLUTIONS,
  VIDEO_SECONDS,
} from "../domain/catalogue.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { type ApiError, apiError, type FieldIssue, type GatewayCode } from "../errors.ts";
import { decimalOf, integerInRange, isJsonObject, type JsonObject, type JsonValue, safeInteger } from "../lib/json.ts";
import { once } from "../lib/once.ts";
import { stringPairs } from "./fields.ts";

/** A rule whose breach has an upstream code of its own; zod carries it in the issue's params. */
const coded = (code: GatewayCode, message: string) => ({ message, params: { code } });

const text = (message: string) =>
  z.string(message).check(z.refine((value) => value.trim() !== "", "must not be empty"));
const integer = () => z.int("must be an integer");
const references = () =>
  z
    .array(z.string("must be a string"), "must be a list of URLs")
    .check(z.maxLength(MAX_REFERENCES, `at most ${MAX_REFERENCES} entries`));
const oneOf = (code: GatewayCode, values: readonly string[]) =>
  z.string("must be a string").check(
    z.refine((value) => values.includes(value), coded(code, `must be one of ${values.join(", ")}`)),
    z.meta({ enum: [...values] }),
  );

const TYPE_DESCRIPTION =
  "Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt` or `img_vid_aud_txt`, as the model allows.";

/** What both media share, and the gateway's own two fields. */
const commonFields = once(() => ({
  model: text("is required and must be a string").check(
    z.meta({ description: "Name of the model.", example: "Imagen Nano Banana 2" }),
  ),
  taskName: text("is required and must be a string").check(
    z.meta({ description: "Name of the task.", example: "Image Generation Test" }),
  ),
  type: text("is required and must be a string").check(z.meta({ description: TYPE_DESCRIPTION, example: "txt" })),
  prompt: text("is required and must be a string").check(
    z.meta({ description: "What to generate.", example: "a cute orange cat sitting on a windowsill" }),
  ),
  quality: z.nullish(
    integer().check(
      z.refine((value) => value >= QUALITY.min && value <= QUALITY.max, `must be ${QUALITY.min} to ${QUALITY.max}`),
      z.meta({ minimum: QUALITY.min, maximum: QUALITY.max, description: "Quality." }),
    ),
  ),
  seed: z.nullish(
    z
      .custom<JsonValue>(
        (value) => integerInRange(value as JsonValue, SEED.min, SEED.max),
        "must be an integer from -1 to 2^63-1",
      )
      .check(
        z.meta({
          type: "integer",
          format: "int64",
          minimum: -1,
          description: "Random seed, up to 2^63 − 1; −1: random.",
        }),
      ),
  ),
  refImageUrls: z.nullish(references()).check(z.describe("URLs of reference images.")),
  metadata: z.nullish(stringPairs()).check(
    z.meta({
      description: "String pairs of your own, returned with the task: keys ≤ 40 characters, values ≤ 500.",
      example: { order: "4711" },
    }),
  ),
  webhookUrl: z
    .nullish(z.string("must be a URL"))
    .check(z.describe("URL that receives this task's webhooks, instead of the tenant's endpoint.")),
}));

const ImageRequest = once(() =>
  z
    .looseObject({
      ...commonFields(),
      aspectRatio: z.nullish(oneOf(50009, IMAGE_ASPECT_RATIOS)).check(z.describe("Aspect ratio.")),
      imageCount: z.nullish(
        integer().check(
          z.refine(
            (value) => value >= IMAGE_COUNT.min && value <= IMAGE_COUNT.max,
            coded(50010, `must be ${IMAGE_COUNT.min} to ${IMAGE_COUNT.max}`),
          ),
          z.meta({ minimum: IMAGE_COUNT.min, maximum: IMAGE_COUNT.max, description: "Number of images." }),
        ),
      ),
      size: z.nullish(
        z.string("must be a string").check(
          z.refine(
            (value) => IMAGE_SIZES.some((size) => size === value.toUpperCase()),
            coded(50008, `must be one of ${IMAGE_SIZES.join(", ")}`),
          ),
          z.meta({
            enum: IMAGE_SIZES.flatMap((size) => [size, size.toLowerCase()]),
            description: "Size of the image.",
          }),
        ),
      ),
    })
    .check(z.meta({ id: "ImageRequest" })),
);

const VideoRequest = once(() =>
  z
    .looseObject({
      ...commonFields(),
      resolution: z.nullish(oneOf(50006, VIDEO_RESOLUTIONS)).check(z.describe("Resolution of the video.")),
      durationSeconds: z.nullish(
        integer().check(
          z.refine(
            (value) => value >= VIDEO_SECONDS.min && value <= VIDEO_SECONDS.max,
            coded(50007, `must be ${VIDEO_SECONDS.min} to ${VIDEO_SECONDS.max}`),
          ),
          z.meta({
            minimum: VIDEO_SECONDS.min,
            maximum: VIDEO_SECONDS.max,
            description: "Duration of the video in seconds.",
          }),
        ),
      ),
      generateAudio: z
        .nullish(z.boolean("must be true or false"))
        .check(z.describe("True for a video with audio; true if omitted.")),
      refVideoUrls: z.nullish(references()).check(z.describe("URLs of reference videos.")),
      refAudioUrls: z.nullish(references()).check(z.describe("URLs of reference audio files.")),
    })
    .check(z.meta({ id: "VideoRequest" })),
);

/** The request body as documented; the two media differ in their fields. */
export const GenerateRequest = once(() =>
  z.union([ImageRequest(), VideoRequest()]).check(z.meta({ id: "GenerateRequest" })),
);

const UnknownModelRequest = once(() => z.looseObject(commonFields()));
const SCHEMAS = { image: ImageRequest, video: VideoRequest } as const satisfies Record<Medium, () => z.ZodMiniType>;
const REFERENCE_FIELDS = { image: ["refImageUrls"], video: ["refImageUrls", "refVideoUrls", "refAudioUrls"] } as const;

/** A valid request: the part for the upstream, and the gateway's own fields. */
export interface CheckedRequest {
  readonly model: Model;
  /** The body for the upstream: all fields as they came, without `metadata` and `webhookUrl`. */
  readonly forwarded: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhookUrl: string | null;
}

/** Which URLs a tenant may give: see `checkTenantUrl`. */
export type UrlRules = Parameters<typeof checkTenantUrl>[1];

interface CodedIssue extends FieldIssue {
  readonly code: GatewayCode;
}

/**
 * Order of codes: of several issues, the first code in this list is returned. Unreadable fields come first, then the
 * model, then its values.
 */
const CODE_ORDER: readonly GatewayCode[] = [30001, 40003, 50003, 50006, 50007, 50008, 50009, 50010, 50011];

/** Documented integers may be written `5.0` or `1e1` in JSON: the same number, so the same result. */
function withPlainIntegers(body: JsonObject): JsonObject {
  let plain: JsonObject | null = null;
  for (const [name, value] of Object.entries(body)) {
    const same = name === "seed" ? value : plainInteger(value);
    if (same === value) continue;
    plain ??= Object.assign(Object.create(null) as JsonObject, body);
    plain[name] = same;
  }
  return plain ?? body;
}

function plainInteger(value: JsonValue): JsonValue {
  if (typeof value === "string" || Number.isSafeInteger(value)) return value;
  const decimal = decimalOf(value);
  if (decimal === null || decimal.exponent < 0) return value;
  // One that JavaScript cannot hold is out of every documented range, whatever its digits.
  return safeInteger(value) ?? (decimal.negative ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER);
}

function urlIssues(body: JsonObject, medium: Medium, rules: UrlRules): CodedIssue[] {
  const issues: CodedIssue[] = [];
  const check = (path: string, value: JsonValue | undefined, checkRules: UrlRules) => {
    if (typeof value !== "string") return;
    const verdict = checkTenantUrl(value, checkRules);
    if (!verdict.ok) issues.push({ path, message: verdict.reason, code: 30001 });
  };
  for (const field of REFERENCE_FIELDS[medium]) {
    const list = body[field];
    if (!Array.isArray(list)) continue;
    for (const [index, url] of list.entries()) check(`${field}.${index}`, url, rules);
  }
  check("webhookUrl", body.webhookUrl, { ...rules, ownFilePrefixes: [] });
  return issues;
}

/**
 * Checks a generation request against the documentation, before anything is spent.
 *
 * @param body the lossless JSON of the request
 * @param rules which addresses references and the webhook may have
 * @param strict `Prefer: handling=strict`: fields that are not documented for the model's medium are refused
 * @returns the checked request, or one error whose `issues` lists every problem (contract section 2)
 */
export function checkGenerateRequest(
  body: JsonValue,
  rules: UrlRules,
  strict = false,
): { readonly ok: true; readonly request: CheckedRequest } | { readonly ok: false; readonly error: ApiError } {
  if (!isJsonObject(body)) {
    return { ok: false, error: apiError(30001, "The body must be a JSON object") };
  }
  const object = body;
  const model = typeof object.model === "string" ? findModel(object.model) : undefined;
  const parsed = (model ? SCHEMAS[model.medium] : UnknownModelRequest)().safeParse(withPlainIntegers(object));
  const issues: CodedIssue[] = (parsed.error?.issues ?? []).map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
    code: ((issue.code === "custom" && (issue.params?.code as GatewayCode | undefined)) || 30001) as GatewayCode,
  }));
  if (!model && typeof object.model === "string" && object.model.trim() !== "") {
    issues.push({ path: "model", message: `${object.model.slice(0, 100)} does not exist`, code: 40003 });
  }
  if (model && typeof object.type === "string" && object.type.trim() !== "" && !model.types.includes(object.type)) {
    issues.push({ path: "type", message: `must be one of ${model.types.join(", ")} for this model`, code: 50003 });
  }
  const noImage = object.refImageUrls === undefined || object.refImageUrls === null;
  const emptyImages = Array.isArray(object.refImageUrls) && object.refImageUrls.length === 0;
  if (model?.medium === "image" && object.type === "img_txt" && (noImage || emptyImages)) {
    issues.push({ path: "refImageUrls", message: "img_txt needs at least one reference image", code: 50011 });
  }
  issues.push(...urlIssues(object, model?.medium ?? "image", rules));
  if (strict && model) issues.push(...unknownFields(object, model.medium));
  if (issues.length > 0 || !model) return { ok: false, error: combine(issues) };

  const { metadata, webhookUrl, ...forwarded } = object;
  return {
    ok: true,
    request: {
      model,
      forwarded,
      metadata: (metadata ?? {}) as Record<string, string>,
      webhookUrl: typeof webhookUrl === "string" ? webhookUrl : null,
    },
  };
}

function unknownFields(body: JsonObject, medium: Medium): CodedIssue[] {
  const known = new Set(Object.keys(SCHEMAS[medium]().shape));
  const unknown = Object.keys(body).filter((name) => !known.has(name));
  return unknown.map((path) => ({ path, message: `is not a field of ${medium} requests`, code: 30001 }));
}

function combine(issues: readonly CodedIssue[]): ApiError {
  const code = CODE_ORDER.find((candidate) => issues.some((issue) => issue.code === candidate)) ?? 30001;
  const first = issues.find((issue) => issue.code === code);
  const shown = issues.map(({ path, message }) => ({ path, message }));
  const message = first ? `${first.path}: ${first.message}` : undefined;
  const data = code === 40003 ? { models: MODELS.map(({ name }) => name) } : undefined;
  return apiError(code, message, { issues: shown, ...(data && { data }) });
}
