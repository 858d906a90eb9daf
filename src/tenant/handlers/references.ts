/**
 * References of a submission that are files of the tenant: uploads by their `fileId`, and the bytes of `data:` URIs. The
 * body of the submission gets their URLs before anything is spent. Bytes are found by their digest, so that a repeated
 * request stores nothing twice. Their row expires within minutes unless a task is admitted.
 */
import { MINUTE_MS } from "../../domain/calendar.ts";
import { REFERENCE_KINDS, wrongKind } from "../../domain/reference.ts";
import { UPLOADS_PATH, uploadKey, withExtension } from "../../domain/upload-link.ts";
import { type ApiError, type FieldIssue, issuesError } from "../../errors.ts";
import { isJsonObject, parseJson, stringifyJson } from "../../lib/json.ts";
import type { FileReference, ReferenceFile, ReferencePlace } from "../api.ts";
import type { Access } from "../rules/access.ts";
import { linkerOf } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import { ownsUpload, UPLOAD_STATE, type UploadRow } from "../store/uploads.ts";
import { newUpload, overQuota, UPLOAD_LIFE_MS } from "./uploads.ts";

/** Lifetime of bytes whose task is not admitted. */
const PLACE_MS = 6 * MINUTE_MS;

/**
 * Reserves a place for each file that the same owner has not sent before.
 *
 * @param files of different digests
 * @returns the places in the same order; or an error: 70006 for a used-up quota, 70009 while the tenant's database is full
 */
export function placeReferences(
  services: TenantServices,
  access: Access,
  files: readonly ReferenceFile[],
): Promise<readonly ReferencePlace[] | ApiError> {
  return services.commit.run(() => {
    const now = services.clock.now();
    const known = files.map(({ digest }) => services.uploads.withDigest(digest, access.owner, now));
    const more = files.filter((_, at) => !known[at]);
    if (more.length > 0) {
      const bytes = more.reduce((sum, file) => sum + file.bytes, 0);
      const error =
        services.storageLimit.fullError() ??
        overQuota(services, access.owner, { files: more.length, bytes, underWay: 0, inParts: 0 });
      if (error) return error;
    }
    return files.map(({ digest, bytes }, at): ReferencePlace => {
      const row =
        known[at] ??
        newUpload(services, access, { bytes, digest, expires_at: now + PLACE_MS, under_way: UPLOAD_STATE.placed });
      const stored = row.under_way === UPLOAD_STATE.complete;
      // A row near its end lives until this request is decided.
      services.uploads.extend(row.file_id, now + PLACE_MS);
      return { fileId: row.file_id, key: uploadKey(access.tenant.tenantId, row.token), stored };
    });
  });
}

/**
 * Puts the URLs of files in place of their `fileId`s.
 *
 * @param body JSON text of the submission
 * @param publicBaseUrl start of URLs for a tenant whose own origin is unknown
 * @returns JSON text with URLs, which work at least until the deadline of a task that is admitted now; or 30001, which
 * names each file that does not exist for this credential or is of the wrong kind
 */
export async function resolveReferences(
  services: TenantServices,
  access: Access,
  { body, publicBaseUrl }: { readonly body: string; readonly publicBaseUrl: string },
  references: readonly FileReference[],
): Promise<string | ApiError> {
  const found = findReferences(services, access, references);
  if (!Array.isArray(found)) return found;
  const base = (await services.sentUrls.base()) ?? publicBaseUrl;
  const parsed = parseJson(body);
  for (const { reference, row, contentType } of found) {
    const link = linkerOf(services, base, neededUntil(services, row.expires_at));
    const list = isJsonObject(parsed) ? parsed[reference.field] : null;
    if (!Array.isArray(list)) continue;
    list[reference.index] = withExtension(await link(UPLOADS_PATH + row.token), contentType);
  }
  return stringifyJson(parsed);
}

interface FoundReference {
  readonly reference: FileReference;
  readonly row: UploadRow;
  /** Null for an upload of an earlier release. */
  readonly contentType: string | null;
}

/** @returns the rows of all references, or 30001 */
export function findReferences(
  services: TenantServices,
  access: Access,
  references: readonly FileReference[],
): FoundReference[] | ApiError {
  const now = services.clock.now();
  const issues: FieldIssue[] = [];
  const found: FoundReference[] = [];
  for (const reference of references) {
    const row = services.uploads.get(reference.fileId);
    const contentType = reference.placed?.contentType ?? row?.content_type ?? null;
    const problem =
      !row || row.expires_at <= now || !ownsUpload(access.owner, row)
        ? "is no file of yours, or it has expired or was deleted"
        : row.under_way !== UPLOAD_STATE.complete && !reference.placed
          ? "is not uploaded yet"
          : contentType && wrongKind(contentType, REFERENCE_KINDS[reference.field]);
    if (problem) issues.push({ path: `${reference.field}.${reference.index}`, message: problem });
    else if (row) found.push({ reference, row, contentType });
  }
  return issues.length > 0 ? issuesError(issues) : found;
}

/** Keeps the files of an admitted task: those that came with it as uploads, all others until the task's deadline. */
export function keepReferences(services: TenantServices, references: readonly FileReference[]): void {
  const now = services.clock.now();
  for (const { fileId, placed } of references) {
    if (placed) services.uploads.complete(fileId, placed.bytes, now + UPLOAD_LIFE_MS, placed.contentType);
    else services.uploads.extend(fileId, neededUntil(services, 0));
  }
}

function neededUntil({ clock, config }: TenantServices, expiresAt: number): number {
  return Math.max(expiresAt, clock.now() + config.taskDeadlineMs);
}
