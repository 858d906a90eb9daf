/**
 * Bodies of the OpenAI-compatible surface: JSON, an urlencoded form, or a form whose files become uploads of the tenant while it
 * is read.
 */
import { createHash } from "node:crypto";
import type { AppContext } from "../../context.ts";
import { MAX_REFERENCES } from "../../domain/catalogue.ts";
import { type ApiError, GatewayError, throwApiError } from "../../errors.ts";
import { type BodyPace, BodyTimeoutError, readChunks } from "../../files/chunk-reader.ts";
import { drain, storeUpload, UPLOAD_LIMITS } from "../../files/upload.ts";
import { memoryOfUpload, NoMemoryError } from "../../files/upload-memory.ts";
import { concatBytes, decodeUtf8Strict } from "../../lib/bytes.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { type FormPart, MultipartError, multipartBoundary, readParts } from "../../lib/multipart.ts";
import type { Checked } from "../../schemas/check.ts";
import { fieldError } from "../../schemas/openai.ts";
import type { UploadPlace } from "../../tenant/handlers/uploads.ts";
import { isCompressed, type LargerBody, readJsonBody, senderOf } from "../support/body.ts";
import { requireValid, tenantOf, unwrap } from "../support/responses.ts";
import { storeNewUpload, uploadError, withUploadMemory } from "../uploads.ts";

/** All texts of a form together, as JSON. */
const MAX_TEXT_BYTES = 256 * 1024;
const FILE_FIELDS = ["image", "images", "input_reference"];

/** A body: what it means, and what was stored of it. */
export interface OpenAiBody {
  readonly isForm: boolean;
  /** Fields by name; files as the `fileId`s of their uploads. */
  readonly fields: JsonValue;
  /** The same with the digest of each file, for the fingerprint: the id of an upload is never the same. */
  readonly meaning: JsonValue;
  readonly uploads: readonly UploadPlace[];
}

/**
 * Reads the body of a submission.
 *
 * @param larger for JSON with `data:` references
 * @throws GatewayError what is wrong with it, or with the credential; nothing is stored then
 */
export async function readOpenAiBody(c: AppContext, larger: LargerBody): Promise<OpenAiBody> {
  const type = c.req.header("content-type") ?? "";
  if (!/^\s*multipart\//i.test(type)) {
    let isForm = false;
    const body = await readJsonBody(c, false, larger, undefined, (text) => {
      isForm = true;
      return urlEncodedFields(new Form(c), text);
    });
    const fields = await requireValid(c, body, "generate");
    return { isForm, fields, meaning: fields, uploads: [] };
  }
  await unwrap(c, tenantOf(c).check(c.get("caller"), "generate"));
  if (isCompressed(c)) return throwApiError(70008, "Send the form as it is, without Content-Encoding");
  const boundary = multipartBoundary(type);
  if (boundary === null || c.req.raw.body === null) return throwApiError(30001, "The form has no boundary or no body");
  const body = c.req.raw.body;
  return withUploadMemory(senderOf(c), memoryOfUpload(c.req.raw.headers), (pace) => readForm(c, body, boundary, pace));
}

async function readForm(
  c: AppContext,
  body: ReadableStream<Uint8Array>,
  boundary: string,
  pace: BodyPace,
): Promise<OpenAiBody> {
  const chunks = readChunks(body, pace);
  const form = new Form(c);
  try {
    const nextPart = readParts(() => chunks.next(), boundary);
    for (let part = await nextPart(); part !== null; part = await nextPart()) await form.take(part);
    return form.body();
  } catch (error) {
    await form.discard();
    if (error instanceof NoMemoryError) return throwApiError(10001);
    if (error instanceof MultipartError || error instanceof BodyTimeoutError) {
      return throwApiError(30001, "The form is malformed or cut short");
    }
    throw error;
  } finally {
    await drain(chunks);
  }
}

function urlEncodedFields(form: Form, text: string): Checked<JsonValue> {
  try {
    for (const [name, value] of new URLSearchParams(text)) form.takeText(name, value);
    return { ok: true, value: form.body().fields };
  } catch (error) {
    if (error instanceof GatewayError) return { ok: false, error: error.error };
    throw error;
  }
}

/** Deletes the uploads of a request that did not use them. Never throws. */
export async function discardUploads(c: AppContext, uploads: readonly UploadPlace[]): Promise<void> {
  const discard = async ({ fileId, key }: UploadPlace) => {
    await c.env.FILES.delete(key);
    await tenantOf(c).abandonUpload(fileId);
  };
  await Promise.all(uploads.map((upload) => discard(upload).catch(() => {})));
}

/** A form as it arrives. */
class Form {
  readonly #c: AppContext;
  readonly #fields: JsonObject = Object.create(null);
  readonly #meaning: JsonObject = Object.create(null);
  readonly #uploads: UploadPlace[] = [];
  #textBytes = 0;

  constructor(c: AppContext) {
    this.#c = c;
  }

  /** Takes in one part. @throws GatewayError what is wrong with it */
  async take(part: FormPart): Promise<void> {
    const { name } = fieldOf(part.name);
    if (part.isFile) return this.#takeFile(name, part);
    this.takeText(part.name, await this.#text(name, part));
  }

  /** Takes in the text of one field. @throws GatewayError what is wrong with it */
  takeText(field: string | null, text: string): void {
    const { name, rest } = fieldOf(field);
    const keys = [...rest.matchAll(/\[([^[\]]*)\]/g)].flatMap(([, key = ""]) => (/^\d*$/.test(key) ? [] : [key]));
    const value = keys.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), text);
    this.#add(name, value, value);
  }

  body(): OpenAiBody {
    return { isForm: true, fields: this.#fields, meaning: this.#meaning, uploads: this.#uploads };
  }

  discard(): Promise<void> {
    return discardUploads(this.#c, this.#uploads);
  }

  async #takeFile(name: string, part: FormPart): Promise<void> {
    if (!FILE_FIELDS.includes(name)) refuse(name, "is not supported as a file");
    if (this.#uploads.length === MAX_REFERENCES) refuse(name, `at most ${MAX_REFERENCES} images`);
    const hash = createHash("sha256");
    const next = async () => {
      const chunk = await part.next();
      if (chunk !== null) hash.update(chunk);
      return chunk;
    };
    const source = { next, length: null, declaredType: part.contentType };
    const largest = UPLOAD_LIMITS.image;
    const limits = { image: largest, audio: largest, video: largest };
    let key = "";
    const stored = await storeNewUpload(this.#c, largest, async (target) => {
      key = target.key;
      const outcome = await storeUpload(source, { ...target, limits });
      return outcome.ok ? outcome : uploadError(outcome, name);
    });
    this.#uploads.push({ fileId: stored.fileId, key });
    if (!stored.contentType.startsWith("image/")) refuse(name, `is ${stored.contentType}, which is no image`);
    this.#add(name, stored.fileId, { sha256: hash.digest("hex") });
  }

  async #text(name: string, part: FormPart): Promise<string> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await part.next(); chunk !== null; chunk = await part.next()) {
      this.#textBytes += chunk.length;
      if (this.#textBytes > MAX_TEXT_BYTES) throwApiError(70006, "The texts of the form exceed 256 KiB");
      chunks.push(chunk);
    }
    return decodeUtf8Strict(concatBytes(...chunks)) ?? refuse(name, "is not UTF-8 text");
  }

  #add(name: string, value: JsonValue, meaning: JsonValue): void {
    const known = this.#fields[name];
    if (known === undefined) {
      this.#fields[name] = FILE_FIELDS.includes(name) ? [value] : value;
      this.#meaning[name] = FILE_FIELDS.includes(name) ? [meaning] : meaning;
    } else if (Array.isArray(known)) {
      known.push(value);
      (this.#meaning[name] as JsonValue[]).push(meaning);
    } else if (name === "metadata" && typeof known === "object" && typeof value === "object") {
      Object.assign(known as JsonObject, value);
    } else {
      refuse(name, "must be given only once");
    }
  }
}

/** Takes names apart as `image[]`, `images[0][image_url]` and `input_reference[image_url]`: the package's lists and objects. */
function fieldOf(text: string | null): { readonly name: string; readonly rest: string } {
  const [, name = "", rest = ""] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(text ?? "") ?? [];
  if (name === "") throwApiError(30001, "The form has a field without a name");
  return { name, rest };
}

function refuse(param: string, message: string): never {
  throw new GatewayError(fieldError(param, message) satisfies ApiError);
}
