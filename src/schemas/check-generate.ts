/**
 * Checks the body of a generation request: its schema (generate.ts), then the rules that need the model or this gateway.
 */
import type * as z from "zod/mini";
import { findModel, MAX_REFERENCES, type Medium, MODELS, type Model } from "../domain/catalogue.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { REFERENCE_KINDS, type ReferenceBytes, type ReferenceField, readReference } from "../domain/reference.ts";
import { type ApiError, apiError, type FieldIssue, type GatewayCode } from "../errors.ts";
import { decimalOf, isJsonObject, type JsonObject, type JsonValue, safeInteger } from "../lib/json.ts";
import type { Checked } from "./check.ts";
import { ImageRequest, UnknownModelRequest, VideoRequest } from "./generate.ts";

const SCHEMAS = { image: ImageRequest, video: VideoRequest } as const satisfies Record<Medium, () => z.ZodMiniType>;
const REFERENCE_FIELDS = { image: ["refImageUrls"], video: ["refImageUrls", "refVideoUrls", "refAudioUrls"] } as const;

/** A valid request: the part for the upstream, and the gateway's own fields. */
export interface CheckedRequest {
  readonly model: Model;
  /** The body for the upstream: all fields as they came, without `metadata` and `webhookUrl`. */
  readonly forwarded: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhookUrl: string | null;
  /** The references in `forwarded` that are no URLs. */
  readonly references: readonly GivenReference[];
}

/** A reference that is no URL: its place in the body, and its file or bytes. */
export interface GivenReference {
  readonly field: ReferenceField;
  readonly index: number;
  readonly source: { readonly fileId: string } | ReferenceBytes;
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

/** Checks the URLs of a request, and reads the references that are no URLs. */
function readUrls(
  body: JsonObject,
  medium: Medium,
  rules: UrlRules,
): { readonly issues: CodedIssue[]; readonly references: GivenReference[] } {
  const issues: CodedIssue[] = [];
  const references: GivenReference[] = [];
  const check = (path: string, value: JsonValue | undefined, checkRules: UrlRules) => {
    if (typeof value !== "string") return;
    const verdict = checkTenantUrl(value, checkRules);
    if (!verdict.ok) issues.push({ path, message: verdict.reason, code: 30001 });
  };
  for (const field of REFERENCE_FIELDS[medium]) {
    const list = body[field];
    // A longer list is refused as a whole: its bytes are not decoded.
    if (!Array.isArray(list) || list.length > MAX_REFERENCES) continue;
    for (const [index, text] of list.entries()) {
      const path = `${field}.${index}`;
      const source = typeof text === "string" ? readReference(text, REFERENCE_KINDS[field]) : null;
      if (source === null) check(path, text, rules);
      else if ("reason" in source) issues.push({ path, message: source.reason, code: 30001 });
      else references.push({ field, index, source });
    }
  }
  check("webhookUrl", body.webhookUrl, { ...rules, ownFilePrefixes: [] });
  return { issues, references };
}

/**
 * Checks a generation request against the documentation, before anything is spent.
 *
 * @param body the lossless JSON of the request
 * @param rules which addresses references and the webhook may have
 * @param strict `Prefer: handling=strict`: fields that are not documented for the model's medium are refused
 * @returns the checked request, or one error whose `issues` lists every problem (contract section 2)
 */
export function checkGenerateRequest(body: JsonValue, rules: UrlRules, strict = false): Checked<CheckedRequest> {
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
  const urls = readUrls(object, model?.medium ?? "image", rules);
  issues.push(...urls.issues);
  if (strict && model) issues.push(...unknownFields(object, model.medium));
  if (issues.length > 0 || !model) return { ok: false, error: combine(issues) };

  const { metadata, webhookUrl, ...forwarded } = object;
  return {
    ok: true,
    value: {
      model,
      forwarded,
      metadata: (metadata ?? {}) as Record<string, string>,
      webhookUrl: typeof webhookUrl === "string" ? webhookUrl : null,
      references: urls.references,
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
