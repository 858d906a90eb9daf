import {
  ASPECT_RATIOS,
  DURATION_SECONDS,
  findModel,
  IMAGE_COUNT,
  IMAGE_SIZES,
  MAX_REFERENCES,
  type Model,
  QUALITY,
  RESOLUTIONS,
  SEED,
} from "./catalogue.ts";
import { Refusal } from "./error-codes.ts";
import { integerIn, isJsonObject, type Json, type JsonObject } from "./long-json.ts";

/** A generate request that passed validation, with SeedHorse's defaults filled in. */
export interface GenerateRequest {
  readonly model: Model;
  readonly taskName: string;
  readonly type: string;
  readonly prompt: string;
  readonly negativePrompt: string | null;
  readonly resolution: string;
  /** seconds; 0 when none was asked for, as in the page's own example */
  readonly durationSeconds: number;
  readonly aspectRatio: string;
  readonly imageCount: number;
  readonly size: string;
  readonly quality: number;
  readonly seed: bigint;
  readonly generateAudio: boolean;
  readonly refImageUrls: readonly string[];
  readonly refVideoUrls: readonly string[];
  readonly refAudioUrls: readonly string[];
}

/**
 * Checks a parsed body the way the page documents it. Fields the page documents for the other medium only are
 * taken when they have the right type and ignored when they have not.
 * @throws Refusal 30001, 40003, 50003, 50006–50011, 50014, 50015
 */
export function readGenerateRequest(body: Json): GenerateRequest {
  if (!isJsonObject(body)) throw invalid("body must be a JSON object");
  const name = requiredText(body, "model");
  const taskName = requiredText(body, "taskName");
  const type = requiredText(body, "type");
  const prompt = requiredText(body, "prompt");
  const model = findModel(name);
  if (model === undefined) throw new Refusal(40003, `${name} model does not exist`);
  if (!model.types.includes(type)) throw new Refusal(50003, `Generation method not supported: ${type}`);
  const video = model.medium === "video";
  const fields = {
    model,
    taskName,
    type,
    prompt,
    negativePrompt: typeof body.negativePrompt === "string" ? body.negativePrompt : null,
    quality: Number(ranged(body, "quality", BigInt(QUALITY.min), BigInt(QUALITY.max)) ?? QUALITY.fallback),
    seed: ranged(body, "seed", SEED.min, SEED.max) ?? SEED.fallback,
    refImageUrls: references(body, "refImageUrls", true),
    refVideoUrls: references(body, "refVideoUrls", video),
    refAudioUrls: references(body, "refAudioUrls", video),
    ...(video ? videoFields(body) : imageFields(body)),
  };
  if (!video && type === "img_txt" && fields.refImageUrls.length === 0) throw new Refusal(50011);
  reviewReferences([...fields.refImageUrls, ...fields.refVideoUrls, ...fields.refAudioUrls]);
  return fields;
}

function videoFields(body: JsonObject) {
  const resolution = optionalText(body, "resolution") ?? "720p";
  if (!RESOLUTIONS.includes(resolution)) throw new Refusal(50006, `Resolution not supported: ${resolution}`);
  const durationSeconds = Number(optionalInteger(body, "durationSeconds") ?? 0n);
  const { min, max } = DURATION_SECONDS;
  if (given(body, "durationSeconds") && (durationSeconds < min || durationSeconds > max)) {
    throw new Refusal(50007, `Duration not supported: ${durationSeconds}`);
  }
  const generateAudio = optionalBoolean(body, "generateAudio") ?? true;
  return {
    resolution,
    durationSeconds,
    generateAudio,
    aspectRatio: textOrNothing(body.aspectRatio),
    imageCount: 1,
    size: "",
  };
}

function imageFields(body: JsonObject) {
  const aspectRatio = optionalText(body, "aspectRatio") ?? "";
  if (given(body, "aspectRatio") && !ASPECT_RATIOS.includes(aspectRatio)) {
    throw new Refusal(50009, `Aspect ratio not supported: ${aspectRatio}`);
  }
  const size = optionalText(body, "size") ?? "";
  if (given(body, "size") && !IMAGE_SIZES.has(size.toUpperCase())) {
    throw new Refusal(50008, `Image size not supported: ${size}`);
  }
  const imageCount = Number(optionalInteger(body, "imageCount") ?? BigInt(IMAGE_COUNT.fallback));
  if (imageCount < IMAGE_COUNT.min || imageCount > IMAGE_COUNT.max) {
    throw new Refusal(50010, `Invalid image count: ${imageCount}`);
  }
  const generateAudio = typeof body.generateAudio === "boolean" ? body.generateAudio : true;
  return {
    aspectRatio,
    size,
    imageCount,
    resolution: textOrNothing(body.resolution),
    durationSeconds: 0,
    generateAudio,
  };
}

/** Two words in a reference's URL stand for content that SeedHorse rejects. */
function reviewReferences(urls: readonly string[]): void {
  if (urls.some((url) => url.includes("sim-unsafe"))) throw new Refusal(50014);
  if (urls.some((url) => url.includes("sim-blocked"))) throw new Refusal(50015);
}

function references(body: JsonObject, field: string, checked: boolean): readonly string[] {
  const value = body[field];
  if (!given(body, field)) return [];
  const strings = Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
  if (!checked) return strings;
  if (!Array.isArray(value) || strings.length !== value.length) throw invalid(`${field} must be a list of strings`);
  if (strings.length > MAX_REFERENCES) throw invalid(`${field} takes at most ${MAX_REFERENCES} entries`);
  const bad = strings.find((url) => !/^https?:\/\/\S+$/.test(url));
  if (bad !== undefined) throw invalid(`${field} must hold http(s) URLs`);
  return strings;
}

function given(body: JsonObject, field: string): boolean {
  return body[field] !== undefined && body[field] !== null;
}

function requiredText(body: JsonObject, field: string): string {
  const value = optionalText(body, field);
  if (value === undefined || value.trim() === "") throw invalid(`${field} is required`);
  return value;
}

function optionalText(body: JsonObject, field: string): string | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw invalid(`${field} must be a string`);
}

function optionalBoolean(body: JsonObject, field: string): boolean | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(`${field} must be a boolean`);
}

function optionalInteger(body: JsonObject, field: string): bigint | undefined {
  if (!given(body, field)) return undefined;
  const value = integerIn(body[field]);
  if (value === undefined) throw invalid(`${field} must be an integer`);
  return value;
}

function ranged(body: JsonObject, field: string, min: bigint, max: bigint): bigint | undefined {
  const value = optionalInteger(body, field);
  if (value !== undefined && (value < min || value > max)) throw invalid(`${field} must be ${min}–${max}`);
  return value;
}

function textOrNothing(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function invalid(detail: string): Refusal {
  return new Refusal(30001, `Invalid parameters: ${detail}`);
}
