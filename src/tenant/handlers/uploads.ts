/**
 * References that tenants upload. The row comes first, with a short life, then the bytes go straight from the Worker to
 * R2, then the row gets its real life: whatever is cut short expires by itself.
 */
import { formatPublicId } from "../../domain/key-format.ts";
import { formatUploadToken, UPLOAD_RANDOM_BYTES, UPLOADS_PATH, uploadKey } from "../../domain/upload-link.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { Access } from "../rules/access.ts";
import { linkerOf } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import { ownsUpload } from "../store/uploads.ts";

const HOUR_MS = 3_600_000;
/** An upload's life: long enough for a task that waits, short enough not to be anyone's storage. */
const LIFE_MS = 7 * 24 * HOUR_MS;
/** Longest time that the bytes of one upload may take. */
const PENDING_MS = HOUR_MS;
const FILE_ID_BYTES = 8;
const SWEEP_LIMIT = 100;

/** What one tenant may have uploaded at one time. */
export const UPLOAD_QUOTA = { files: 10_000, bytes: 20 * 2 ** 30 } as const;

/** Where the bytes of a new upload go. */
export interface UploadSlot {
  readonly fileId: string;
  readonly key: string;
}

/** An upload that is complete. */
export interface UploadedFile {
  readonly fileId: string;
  readonly url: string;
  readonly expiresAt: string;
}

/**
 * Reserves a place.
 *
 * @param largestBytes the most that the file may turn out to have
 * @returns a refusal: 70006 for a used-up quota, 70009 while the tenant's database is full
 */
export function beginUpload(
  services: TenantServices,
  access: Access,
  largestBytes: number,
): Promise<UploadSlot | ApiError> {
  return services.commit.run((): UploadSlot | ApiError => {
    const full = services.storageLimit.refusal();
    if (full) return full;
    const used = services.uploads.total();
    if (used.files >= UPLOAD_QUOTA.files || used.bytes + largestBytes > UPLOAD_QUOTA.bytes) {
      return apiError(70006, "The quota of uploads is used up; delete some or wait until they expire");
    }
    const now = services.clock.now();
    const { tenantId } = access.tenant;
    const token = formatUploadToken(tenantId, services.random.bytes(UPLOAD_RANDOM_BYTES));
    const fileId = formatPublicId("file_", FILE_ID_BYTES, services.random.bytes(FILE_ID_BYTES));
    const claims = access.caller.kind === "token" ? access.caller.claims : null;
    services.uploads.insert({
      file_id: fileId,
      token,
      key_id: access.key.keyId,
      end_user: claims?.endUser ?? null,
      token_id: claims?.tokenId ?? null,
      bytes: largestBytes,
      created_at: now,
      expires_at: now + PENDING_MS,
    });
    expectSweep(services, now + PENDING_MS);
    return { fileId, key: uploadKey(tenantId, token) };
  });
}

/** The bytes are in R2. @returns null if the place was taken back meanwhile */
export async function finishUpload(
  services: TenantServices,
  fileId: string,
  bytes: number,
  publicBaseUrl: string,
): Promise<UploadedFile | null> {
  const done = await services.commit.run(() => {
    const row = services.uploads.get(fileId);
    const now = services.clock.now();
    if (!row || row.expires_at <= now || services.meta.tenant()?.deletedAt !== null) return null;
    services.uploads.complete(fileId, bytes, now + LIFE_MS);
    return { token: row.token, expiresAt: now + LIFE_MS };
  });
  if (!done) return null;
  const url = await linkerOf(services, publicBaseUrl, done.expiresAt)(UPLOADS_PATH + done.token);
  return { fileId, url, expiresAt: new Date(done.expiresAt).toISOString() };
}

/** Nothing came, or nothing that is wanted: the place is free again. */
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
  await services.courier.removeFiles(uploadKey(access.tenant.tenantId, row.token));
  await services.commit.run(() => services.uploads.remove(fileId));
  return { fileId };
}

/** Deletes what has expired. @returns when there is more, in ms since epoch, or null */
export async function sweepUploads(services: TenantServices): Promise<number | null> {
  const tenantId = services.meta.tenant()?.tenantId;
  if (tenantId === undefined) return null;
  const rows = services.uploads.expired(services.clock.now(), SWEEP_LIMIT);
  for (const row of rows) {
    await services.courier.removeFiles(uploadKey(tenantId, row.token));
    await services.commit.run(() => services.uploads.remove(row.file_id));
  }
  const next = services.uploads.nextExpiry();
  return next === null ? null : Math.max(next, services.clock.now() + (rows.length === SWEEP_LIMIT ? 0 : 60_000));
}

function expectSweep(services: TenantServices, at: number): void {
  services.jobs.due("uploads", at);
  void services.queue.arm();
}
