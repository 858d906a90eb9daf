/** Uploads in parts: the call that begins one, and the signed URLs of its parts and of its end. */
import type { AppContext, AppRoutes } from "../context.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { signFilePath, verifyFileSignature } from "../domain/file-link.ts";
import { parseUploadToken } from "../domain/upload-link.ts";
import { type ApiError, apiError, GatewayError, issuesError, throwApiError } from "../errors.ts";
import type { BodySender } from "../files/part-memory.ts";
import { UPLOAD_LIMITS } from "../files/upload.ts";
import { countParts, joinParts, PART_BYTES, partKey, sizeOfPart, storePart } from "../files/upload-parts.ts";
import { isoTime } from "../lib/iso-time.ts";
import { linkLimit } from "../middleware/edge-limit.ts";
import { check } from "../schemas/check.ts";
import { BeginUpload } from "../schemas/uploads.ts";
import { isCompressed, readJsonBody } from "./support/body.ts";
import {
  publicBaseUrl,
  rejectAfterCheck,
  requestOrigin,
  requireValid,
  respond,
  tenantOf,
  unwrap,
} from "./support/responses.ts";
import { completeUpload, uploadError, withUploadMemory } from "./uploads.ts";

const PATH = "/api/v1/files/uploads";
const LARGEST = Math.max(...Object.values(UPLOAD_LIMITS));
const MEMORY_BYTES = 2 ** 20;
/** Longest wait for another request that completes the same upload, and the interval at which it is looked at. */
const COMPLETION_WAIT_MS = MINUTE_MS;
const AGAIN_MS = 250;

/** Adds the route that begins an upload in parts. */
export function addPartsUploadRoutes(routes: AppRoutes): void {
  routes.post("/files/uploads", beginUpload);
}

/** Adds the routes of the signed URLs, which need no credential. */
export function addSignedUploadRoutes(routes: AppRoutes): void {
  routes.put("/files/uploads/:fileId/parts/:partNumber", putPart);
  routes.post("/files/uploads/:fileId/complete", complete);
}

/** `POST …/files/uploads`: begins an upload in parts. */
export async function beginUpload(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c);
  const checked = body.ok ? check(BeginUpload(), body.value) : body;
  const file = { ...(await requireValid(c, checked, "files")), partBytes: PART_BYTES };
  if (file.bytes > LARGEST) return rejectAfterCheck(c, uploadError({ ok: false, reason: "too-large" }), "files");
  const { fileId, token, expiresAt } = await unwrap(c, tenantOf(c).beginParts(c.get("caller"), file));
  const signed = (path: string, more: string) =>
    signedUrl(c, `${PATH}/${fileId}/${path}?token=${token}${more}`, Math.floor(expiresAt / 1_000));
  const numbers = Array.from({ length: countParts(file) }, (_, at) => at + 1);
  const url = (partNumber: number) => signed(`parts/${partNumber}`, `&bytes=${sizeOfPart(file, partNumber)}`);
  return respond(c, {
    uploadId: fileId,
    partBytes: PART_BYTES,
    parts: await Promise.all(numbers.map(async (partNumber) => ({ partNumber, url: await url(partNumber) }))),
    completeUrl: await signed("complete", ""),
    expiresAt: isoTime(expiresAt),
  });
}

async function signedUrl(c: AppContext, target: string, expiresAtSeconds: number): Promise<string> {
  const [signer] = c.get("secrets");
  if (!signer) return throwApiError(10001);
  return `${requestOrigin(c)}${target}&${await signFilePath(target, expiresAtSeconds, signer)}`;
}

/** A signed URL whose signature is right. */
interface SignedUpload {
  readonly fileId: string;
  readonly token: string;
  readonly tenant: TenantStub;
}

/** Verifies the URL and finds its tenant. @param more the signed parameters after the token. @throws GatewayError 20002, 70001 */
async function openUrl(c: AppContext, more = ""): Promise<SignedUpload> {
  const { searchParams } = new URL(c.req.url);
  const token = searchParams.get("token") ?? "";
  const target = `${c.req.path}?token=${token}${more}`;
  const parsed = parseUploadToken(token);
  if (parsed && (await verifyFileSignature(target, searchParams, c.get("secrets"), Date.now()))) {
    c.set("tenantId", parsed.tenantId);
    return { fileId: c.req.param("fileId") ?? "", token, tenant: tenantOf(c) };
  }
  const links = linkLimit(c);
  const retryAfterSeconds = links.waitSeconds();
  if (retryAfterSeconds > 0) return throwApiError(70001, undefined, { retryAfterSeconds });
  await links.countFailure();
  return throwApiError(20002, "This URL is not valid, or has expired");
}

/** Returns who sends a part, for the limits of memory. @param endUser undefined from an object of the previous release */
function sender(c: AppContext, { endUser = null }: { readonly endUser?: string | null }): BodySender {
  return { tenantId: c.get("tenantId") ?? "", endUser };
}

async function putPart(c: AppContext): Promise<Response> {
  const size = c.req.query("bytes") ?? "";
  const { fileId, token, tenant } = await openUrl(c, `&bytes=${size}`);
  const number = Number(c.req.param("partNumber"));
  if (isCompressed(c)) return throwApiError(70008, "Send the part as it is, without Content-Encoding");
  const declared = c.req.header("content-length");
  if (declared === undefined) return throwApiError(30001, "Send the part with Content-Length", { status: 411 });
  if (declared !== size) {
    return throwApiError(Number(declared) > Number(size) ? 70006 : 30001, `This part has exactly ${size} bytes`);
  }
  const place = await tenant.beginPart(fileId, token);
  if ("code" in place) throw new GatewayError(place);
  const stored = await withUploadMemory(sender(c, place), MEMORY_BYTES, async (pace): Promise<ApiError | null> => {
    const target = { bucket: c.env.FILES, key: place.key, number };
    const fault = await storePart(c.req.raw.body, target, place.file, pace);
    if (fault !== null) return uploadError(fault);
    if (await tenant.isArriving(fileId)) return null;
    await c.env.FILES.delete(partKey(place.key, number));
    return apiError(40002, "The upload does not exist, or has expired");
  });
  if (stored !== null) throw new GatewayError(stored);
  return respond(c, { partNumber: number, bytes: Number(size) });
}

async function complete(c: AppContext): Promise<Response> {
  const { fileId, token, tenant } = await openUrl(c);
  const until = Date.now() + COMPLETION_WAIT_MS;
  for (;;) {
    const begun = await tenant.beginCompletion(fileId, token, publicBaseUrl(c));
    if ("code" in begun) throw new GatewayError(begun);
    if (begun.state === "done") return respond(c, begun.file);
    if (begun.state === "ready") {
      return withUploadMemory(sender(c, begun), MEMORY_BYTES, () => join(c, tenant, fileId, begun)).finally(() =>
        tenant.endCompletion(fileId),
      );
    }
    if (Date.now() > until) return throwApiError(10001, undefined, { retryAfterSeconds: 5 });
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Makes the upload of its parts. A file that is refused for its content leaves nothing; otherwise parts may be sent again. */
async function join(
  c: AppContext,
  tenant: TenantStub,
  fileId: string,
  { key, file }: { readonly key: string; readonly file: Parameters<typeof joinParts>[1] },
): Promise<Response> {
  const outcome = await joinParts({ bucket: c.env.FILES, key }, file);
  if (outcome.ok) {
    const view = await completeUpload(c, tenant, fileId, outcome);
    if (view) return respond(c, view);
    await c.env.FILES.delete(key);
    return throwApiError(40002, "The upload does not exist, or has expired");
  }
  if (outcome.reason === "missing") {
    const message = `part ${outcome.parts.slice(0, 20).join(", ")} is not uploaded`;
    throw new GatewayError(issuesError([{ path: "parts", message }]));
  }
  // The parts were whole when they were stored: their reading was interrupted.
  if (outcome.reason === "malformed") return throwApiError(10001, undefined, { retryAfterSeconds: 1 });
  if (outcome.reason !== "unavailable") await tenant.discardUpload(fileId);
  throw new GatewayError(uploadError(outcome));
}
