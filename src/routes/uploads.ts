/** Reference uploads: `POST` and `DELETE /api/v1/files`, imports, and the URLs from which the upstream fetches them. */
import type { AppContext, AppRoutes } from "../context.ts";
import { importFile } from "../courier/import-file.ts";
import { verifyFileSignature } from "../domain/file-link.ts";
import {
  isSignedUploadToken,
  parseUploadToken,
  UPLOADS_PATH,
  uploadKey,
  uploadTokenOf,
  withExtension,
} from "../domain/upload-link.ts";
import { type ApiError, apiError, GatewayError, issuesError, throwApiError } from "../errors.ts";
import type { BodyPace } from "../files/chunk-reader.ts";
import { findUnsigned } from "../files/link-limit.ts";
import { type BodySender, takePartMemory } from "../files/part-memory.ts";
import { fileMessage, preflight } from "../files/respond.ts";
import {
  receiveUpload,
  serveUpload,
  UPLOAD_LIMITS,
  UPLOAD_PACE,
  type UploadOutcome,
  type UploadTarget,
} from "../files/upload.ts";
import { memoryOfFile, memoryOfUpload, takeUploadMemory, waitForUploadMemory } from "../files/upload-memory.ts";
import { linkLimit } from "../middleware/edge-limit.ts";
import { check } from "../schemas/check.ts";
import { ImportFile } from "../schemas/uploads.ts";
import { withAllowedUrl } from "../schemas/webhook.ts";
import { UPLOAD_STEP_BYTES, type UploadedFile } from "../tenant/handlers/uploads.ts";
import { tenantFacts } from "./files.ts";
import { isCompressed, memoryError, readJsonBody, senderOf } from "./support/body.ts";
import {
  publicBaseUrl,
  rejectAfterCheck,
  requireValid,
  respond,
  respondResult,
  tenantOf,
  unwrap,
} from "./support/responses.ts";
import { endpointRules } from "./webhooks.ts";

const MIB = 2 ** 20;
type StoredUpload = Extract<UploadOutcome, { ok: true }>;
const LARGEST = Math.max(...Object.values(UPLOAD_LIMITS));

/** Adds the routes of uploaded references. */
export function addUploadRoutes(routes: AppRoutes): void {
  routes.post("/files", upload);
  routes.post("/files/import", importUpload);
  routes.delete("/files/:fileId", remove);
}

/** Receives an upload, unless its body is compressed (70008). */
async function upload(c: AppContext): Promise<Response> {
  if (isCompressed(c)) {
    return rejectAfterCheck(c, apiError(70008, "Send the file as it is, without Content-Encoding"), "files");
  }
  return receive(c);
}

/** Does work that needs memory for uploads, and reads a body at this pace. @throws GatewayError 70002, 10001 if there is none */
export async function withUploadMemory<T>(
  sender: BodySender,
  bytes: number,
  work: (pace: BodyPace) => Promise<T>,
): Promise<T> {
  const memory = await waitForUploadMemory(sender, bytes);
  if (typeof memory === "string") throw new GatewayError(memoryError(memory));
  try {
    return await work({ ...UPLOAD_PACE, memory });
  } finally {
    memory.release();
  }
}

/** Stores the file of the body if this isolate has memory for it. @throws GatewayError 70002, 10001 */
async function receive(c: AppContext): Promise<Response> {
  const declared = Number(c.req.header("content-length") ?? LARGEST);
  const largest = Number.isSafeInteger(declared) && declared >= 0 ? Math.min(declared, LARGEST) : LARGEST;
  const file = await storeNewUpload(c, largest, (target) =>
    // Only now is it known that the credential works: a revoked one takes no memory.
    withUploadMemory(senderOf(c), memoryOfUpload(c.req.raw.headers), async (pace) => {
      const outcome = await receiveUpload(c.req.raw, target, pace);
      return outcome.ok ? outcome : uploadError(outcome);
    }),
  );
  return respond(c, file);
}

/** Fetches the file of a URL, which must be public. */
async function importUpload(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c);
  const rule = endpointRules(c);
  const checked = body.ok ? withAllowedUrl(check(ImportFile(), body.value), rule) : body;
  const { url } = await requireValid(c, checked, "files");
  const file = await storeNewUpload(c, LARGEST, async (target) => {
    const takeMemory = (length: number | null) => takeUploadMemory(senderOf(c), memoryOfFile(length));
    const outcome = await importFile({ ...target, url, rule, fetch, takeMemory });
    if (outcome.ok) return outcome;
    const { reason } = outcome;
    if (reason === "no-memory") return memoryError(outcome.usedUpBy);
    return reason === "unreachable" ? fileError(`the source ${outcome.detail}`, "url") : uploadError(outcome, "url");
  });
  return respond(c, file);
}

/**
 * Reserves a place for an upload, lets `store` put the file there, and completes the upload or frees the place.
 *
 * @param largest most bytes that the file may have
 * @throws GatewayError the error of `store`, or of the quotas
 */
export async function storeNewUpload(
  c: AppContext,
  largest: number,
  store: (target: UploadTarget) => Promise<StoredUpload | ApiError>,
): Promise<UploadView> {
  const tenant = tenantOf(c);
  const reserved = await unwrap(c, tenant.beginUpload(c.get("caller"), largest));
  let refusal: ApiError | null = null;
  const first = Math.min(largest, UPLOAD_STEP_BYTES);
  const stored = (target: UploadTarget) =>
    store(target).catch(async (error: unknown) => {
      await tenant.abandonUpload(reserved.fileId);
      throw error;
    });
  const outcome = await stored({
    bucket: c.env.FILES,
    key: reserved.key,
    reserve: async (arrived) => {
      if (arrived <= first) return first;
      refusal = await tenant.reserveUpload(reserved.fileId, arrived + UPLOAD_STEP_BYTES);
      return refusal ? null : arrived + UPLOAD_STEP_BYTES;
    },
    takePlace: async (bytesPerSecond) => {
      const place = await takePartMemory(senderOf(c), bytesPerSecond);
      if (typeof place !== "string") return place;
      refusal = memoryError(place);
      return null;
    },
  });
  if ("code" in outcome) {
    await tenant.abandonUpload(reserved.fileId);
    throw new GatewayError(refusal ?? outcome);
  }
  const view = await completeUpload(c, tenant, reserved.fileId, outcome);
  if (view) return view;
  await c.env.FILES.delete(reserved.key);
  return throwApiError(10001, "The upload took too long", { retryAfterSeconds: 1 });
}

/** An upload as its owner sees it. */
export type UploadView = UploadedFile & Pick<StoredUpload, "contentType" | "bytes">;

/** Completes an upload whose bytes are in R2. @returns null if its place has expired meanwhile */
export async function completeUpload(
  c: AppContext,
  tenant: TenantStub,
  fileId: string,
  { contentType, bytes }: StoredUpload,
): Promise<UploadView | null> {
  const file = await tenant.finishUpload(fileId, bytes, publicBaseUrl(c), contentType);
  if (!file) return null;
  return { fileId, url: withExtension(file.url, contentType), contentType, bytes, expiresAt: file.expiresAt };
}

async function remove(c: AppContext): Promise<Response> {
  return respondResult(c, tenantOf(c).deleteUpload(c.get("caller"), c.req.param("fileId") ?? ""));
}

/** Returns the error for a file that is not stored. @param path the field that it came in */
export function uploadError(outcome: Extract<UploadOutcome, { ok: false }>, path = "file"): ApiError {
  switch (outcome.reason) {
    case "too-large":
      return apiError(70006, `The file exceeds ${Math.floor((outcome.limit ?? LARGEST) / MIB)} MiB`);
    case "unavailable":
    case "not-reserved":
      return apiError(10001, undefined, { retryAfterSeconds: 1 });
    case "unsupported":
      return fileError("is not an image, audio or video of a supported type", path);
    case "cut":
      return fileError("is cut short", path);
    case "second-file":
      return fileError("must be the only file of the form: send each file in a request of its own", path);
    case "empty":
      return fileError("is empty", path);
    case "malformed":
      return fileError(
        "is missing or malformed: send the bytes as the body, or as multipart/form-data in a field `file`",
        path,
      );
  }
}

const fileError = (message: string, path: string) => issuesError([{ path, message }]);

/** `/uploads/{token}`: serves an upload to any caller with its URL; the link rules are those of results. */
export async function serveReference(c: AppContext): Promise<Response> {
  const { method } = c.req;
  // As for results: a preflight gets the same response whether the link exists or not.
  if (method === "OPTIONS") return preflight(c.req.raw);
  if (method !== "GET" && method !== "HEAD") return fileMessage(method, 405, { Allow: "GET, HEAD, OPTIONS" });
  const { pathname, searchParams } = new URL(c.req.url);
  const token = uploadTokenOf(pathname);
  const parsed = parseUploadToken(token);
  if (!parsed) return fileMessage(method, 404);
  const links = linkLimit(c);
  const limited = async (status: 403 | 404) => {
    const waitSeconds = links.waitSeconds();
    if (waitSeconds > 0) return fileMessage(method, 429, { "Retry-After": String(waitSeconds) });
    await links.countFailure();
    return fileMessage(method, status);
  };
  // A token without a valid MAC (old, or its secret was removed) exists if R2 has the upload.
  if (!(await isSignedUploadToken(parsed, c.get("secrets")))) {
    const found = await findUnsigned(token, links, () => c.env.FILES.head(uploadKey(parsed.tenantId, token)));
    if (found === null) return limited(404);
    if ("waitSeconds" in found) return fileMessage(method, 429, { "Retry-After": String(found.waitSeconds) });
  }
  const facts = await tenantFacts(c, parsed.tenantId);
  if (!facts) return fileMessage(method, 404);
  if (facts.deleted) return fileMessage(method, 410);
  const signed = facts.visibility === "signed";
  if (signed && !(await verifyFileSignature(UPLOADS_PATH + token, searchParams, c.get("secrets"), Date.now()))) {
    return limited(403);
  }
  const response = await serveUpload(c.req.raw, c.env.FILES, uploadKey(parsed.tenantId, token), {
    // No shared cache is notified when an upload is deleted.
    cacheControl: `private, max-age=${signed ? 3_600 : 86_400}`,
    download: searchParams.get("download"),
    // The extension becomes that of the content.
    defaultName: `${token}.png`,
  });
  // The token was handed out, so a missing file was deleted.
  return response.status === 404 ? fileMessage(method, 410) : response;
}
