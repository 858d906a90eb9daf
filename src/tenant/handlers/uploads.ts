/**
 * Reference files that tenants upload. The row is written first, with a short expiry; then the bytes go from the Worker
 * straight to R2; then the row gets its real expiry. An interrupted upload therefore expires by itself.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { formatPublicId } from "../../domain/key-format.ts";
import { mintUploadToken, UPLOAD_NONCE_BYTES, UPLOADS_PATH, uploadKey } from "../../domain/upload-link.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import { type Access, shareOf } from "../rules/access.ts";
import { linkerOf } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import type { Owner } from "../store/task-filter.ts";
import { ownerOfUpload, ownsUpload, UPLOAD_STATE, type UploadRow, type UploadUsage } from "../store/uploads.ts";

/** Lifetime of an upload: long enough for a waiting task, too short to serve as storage. */
export const UPLOAD_LIFE_MS = 7 * DAY_MS;
/** Longest time for the bytes of one upload. */
const LONGEST_MS = HOUR_MS;
/** Bytes that are reserved at a time, as they arrive, and how long they may take: about 23 KiB a second. */
export const UPLOAD_STEP_BYTES = 8 * 2 ** 20;
const STEP_MS = 6 * MINUTE_MS;
const FILE_ID_BYTES = 8;
const REMOVAL_LIMIT = 100;

/** Most uploads that one tenant may have at one time, and most that may be under way. */
const UPLOAD_QUOTA: UploadUsage = { files: 10_000, bytes: 20 * 2 ** 30, underWay: 20, inParts: 100 };
/** The same for one end user; all end users together may have half of the tenant's uploads under way. */
const END_USER_UPLOAD_QUOTA: UploadUsage = { files: 200, bytes: 2 ** 30, underWay: 2, inParts: 4 };

/** The place for the bytes of a new upload. */
export interface UploadPlace {
  readonly fileId: string;
  readonly key: string;
}

/** An upload that is complete. */
export interface UploadedFile {
  readonly fileId: string;
  readonly url: string;
  readonly expiresAt: string;
}

/** @returns an error if another upload, or more bytes of one, would exceed a quota; else null */
export function overQuota(services: TenantServices, owner: Owner | null, more: UploadUsage): ApiError | null {
  const now = services.clock.now();
  const tenant = services.uploads.usage(null, now);
  const { underWay, inParts } = UPLOAD_QUOTA;
  const share = { underWay: shareOf(underWay), inParts: shareOf(inParts) };
  const checks = [{ used: tenant, quota: owner === null ? UPLOAD_QUOTA : { ...UPLOAD_QUOTA, ...share } }];
  if (owner !== null) checks.push({ used: services.uploads.usage(owner, now), quota: END_USER_UPLOAD_QUOTA });
  for (const { used, quota } of checks) {
    if (more.underWay > 0 && used.underWay + more.underWay > quota.underWay) {
      return apiError(70002, "Too many uploads at once", { retryAfterSeconds: 5 });
    }
    if (more.inParts > 0 && used.inParts + more.inParts > quota.inParts) {
      const msg = "Too many unfinished uploads in parts: complete or delete some, or wait until they expire";
      return apiError(70002, msg, { retryAfterSeconds: 60 });
    }
    if (used.files + more.files > quota.files || used.bytes + more.bytes > quota.bytes) {
      return apiError(70006, "The quota of uploads is used up; delete some or wait until they expire");
    }
  }
  return null;
}

/**
 * Reserves a place for an upload.
 *
 * @param largestBytes most bytes that the file may turn out to have
 * @returns an error: 70006 for a used-up quota, 70002 for too many uploads at once, 70009 while the tenant's database
 * is full
 */
export function beginUpload(
  services: TenantServices,
  access: Access,
  largestBytes: number,
): Promise<UploadPlace | ApiError> {
  return services.commit.run((): UploadPlace | ApiError => {
    const bytes = Math.min(largestBytes, UPLOAD_STEP_BYTES);
    const error =
      services.storageLimit.fullError() ??
      overQuota(services, access.owner, { files: 1, bytes, underWay: 1, inParts: 0 });
    if (error) return error;
    const expires_at = services.clock.now() + STEP_MS;
    const row = newUpload(services, access, { bytes, expires_at, under_way: UPLOAD_STATE.arriving });
    return { fileId: row.file_id, key: uploadKey(access.tenant.tenantId, row.token) };
  });
}

/** Inserts the row of a new upload of the caller, and expects its expiry. Call it inside a transaction. */
export function newUpload(
  services: TenantServices,
  { tenant, key, caller }: Access,
  fields: Pick<UploadRow, "bytes" | "expires_at" | "under_way"> & Partial<Pick<UploadRow, "digest" | "parts">>,
): UploadRow {
  const [signingSecret = ""] = services.config.signingSecrets;
  const claims = caller.kind === "token" ? caller.claims : null;
  const row: UploadRow = {
    file_id: formatPublicId("file_", FILE_ID_BYTES, services.random.bytes(FILE_ID_BYTES)),
    token: mintUploadToken(tenant.tenantId, services.random.bytes(UPLOAD_NONCE_BYTES), signingSecret),
    key_id: key.keyId,
    end_user: claims?.endUser ?? null,
    token_id: claims?.tokenId ?? null,
    created_at: services.clock.now(),
    content_type: null,
    digest: null,
    parts: null,
    ...fields,
  };
  services.uploads.insert(row);
  expectSweep(services, row.expires_at);
  return row;
}

/**
 * Reserves bytes of an upload as they arrive, and gives it more time.
 *
 * @param bytes the bytes that have arrived and the next step
 * @returns null if the upload may continue, otherwise an error: a quota is used up, or it took too long
 */
export function reserveUpload(services: TenantServices, fileId: string, bytes: number): Promise<ApiError | null> {
  return services.commit.run(() => {
    const now = services.clock.now();
    const row = services.uploads.get(fileId);
    if (!row || row.expires_at <= now || now > row.created_at + LONGEST_MS) {
      return apiError(10001, "The upload took too long", { retryAfterSeconds: 1 });
    }
    const error = overQuota(services, ownerOfUpload(row), {
      files: 0,
      bytes: bytes - row.bytes,
      underWay: 0,
      inParts: 0,
    });
    if (error) return error;
    services.uploads.reserve(fileId, bytes, now + STEP_MS);
    return null;
  });
}

/**
 * Completes an upload whose bytes are in R2.
 *
 * @param contentType by content; null: unknown to a Worker of an earlier release
 * @returns null if its place has expired meanwhile
 */
export async function finishUpload(
  services: TenantServices,
  fileId: string,
  bytes: number,
  publicBaseUrl: string,
  contentType: string | null = null,
): Promise<UploadedFile | null> {
  const done = await services.commit.run(() => {
    const row = services.uploads.get(fileId);
    const now = services.clock.now();
    if (!row || row.expires_at <= now || services.meta.tenant()?.deletedAt !== null) return null;
    services.uploads.complete(fileId, bytes, now + UPLOAD_LIFE_MS, contentType);
    return { token: row.token, expiresAt: now + UPLOAD_LIFE_MS };
  });
  if (!done) return null;
  const url = await linkerOf(services, publicBaseUrl, done.expiresAt)(UPLOADS_PATH + done.token);
  return { fileId, url, expiresAt: isoTime(done.expiresAt) };
}

/** Frees the place of an upload that failed or was refused. */
export function abandonUpload(services: TenantServices, fileId: string): Promise<void> {
  return services.commit.run(() => services.uploads.remove(fileId));
}

/** Deletes an upload and its bytes. */
export async function deleteUpload(
  services: TenantServices,
  access: Access,
  fileId: string,
): Promise<{ fileId: string } | ApiError> {
  const row = await services.commit.run(() => {
    const found = services.uploads.get(fileId);
    if (!found || !ownsUpload(access.owner, found)) return null;
    services.uploads.expire(fileId, 0);
    expectSweep(services, services.clock.now());
    return found;
  });
  if (!row) return apiError(40002, "File does not exist");
  await removeUpload(services, access.tenant.tenantId, row);
  return { fileId };
}

/** Deletes an upload whose content was refused, with its parts. */
export async function discardUpload(services: TenantServices, fileId: string): Promise<void> {
  await services.commit.run(() => {
    services.uploads.expire(fileId, 0);
    expectSweep(services, services.clock.now());
  });
  const row = services.uploads.get(fileId);
  const tenantId = services.meta.tenant()?.tenantId;
  if (!row || tenantId === undefined) return;
  await removeUpload(services, tenantId, row);
}

/** Deletes an upload that has expired: first its bytes and parts in R2, then its row. */
async function removeUpload(services: TenantServices, tenantId: string, { file_id, token }: UploadRow): Promise<void> {
  await services.courier.removeFiles(uploadKey(tenantId, token));
  await services.commit.run(() => services.uploads.remove(file_id));
}

/** Deletes expired uploads. @returns the time at which more expire, in ms since epoch, or null */
export async function removeExpiredUploads(services: TenantServices): Promise<number | null> {
  const tenantId = services.meta.tenant()?.tenantId;
  if (tenantId === undefined) return null;
  for (const row of services.uploads.withPartsLeft(REMOVAL_LIMIT)) await removeParts(services, row);
  const rows = services.uploads.expired(services.clock.now(), REMOVAL_LIMIT);
  for (const row of rows) await removeUpload(services, tenantId, row);
  const next = services.uploads.nextExpiry();
  return next === null ? null : Math.max(next, services.clock.now() + (rows.length === REMOVAL_LIMIT ? 0 : MINUTE_MS));
}

/** Deletes the parts of a complete upload. */
export async function removeParts(services: TenantServices, row: UploadRow): Promise<void> {
  const tenantId = services.meta.tenant()?.tenantId;
  if (tenantId === undefined) return;
  await services.courier.removeFiles(`${uploadKey(tenantId, row.token)}.`);
  await services.commit.run(() => services.uploads.partsRemoved(row.file_id));
}

/** Makes the deletion of expired uploads due at this time. @param at ms since epoch */
export function expectSweep(services: TenantServices, at: number): void {
  services.jobs.due("uploads", at);
  void services.queue.arm();
}
