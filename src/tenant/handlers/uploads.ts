/**
 * References that tenants upload. The row comes first, with a short life, then the bytes go straight from the Worker to
 * R2, then the row gets its real life: whatever is cut short expires by itself.
 */
import { formatPublicId } from "../../domain/key-format.ts";
import { formatUploadToken, UPLOAD_RANDOM_BYTES, UPLOADS_PATH, uploadKey } from "../../domain/upload-link.ts";
import { type Refusal, refusal } from "../../errors.ts";
import type { Access } from "../rules/access.ts";
import { linkerOf } from "../rules/render.ts";
import type { Tenancy } from "../services.ts";
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

/** Reserves a place. @param largestBytes the most that the file may turn out to have */
export function beginUpload(tenancy: Tenancy, access: Access, largestBytes: number): Promise<UploadSlot | Refusal> {
  return tenancy.commit.run(() => {
    const used = tenancy.uploads.total();
    if (used.files >= UPLOAD_QUOTA.files || used.bytes + largestBytes > UPLOAD_QUOTA.bytes) {
      return refusal(70006, "The quota of uploads is used up; delete some or wait until they expire");
    }
    const now = tenancy.chance.now();
    const { tenantId } = access.tenant;
    const token = formatUploadToken(tenantId, tenancy.chance.randomBytes(UPLOAD_RANDOM_BYTES));
    const fileId = formatPublicId("file_", FILE_ID_BYTES, tenancy.chance.randomBytes(FILE_ID_BYTES));
    const claims = access.caller.kind === "token" ? access.caller.claims : null;
    tenancy.uploads.insert({
      file_id: fileId,
      token,
      key_id: access.key.keyId,
      end_user: claims?.endUser ?? null,
      token_id: claims?.tokenId ?? null,
      bytes: largestBytes,
      created_at: now,
      expires_at: now + PENDING_MS,
    });
    expectSweep(tenancy, now + PENDING_MS);
    return { fileId, key: uploadKey(tenantId, token) };
  });
}

/** The bytes are in R2. @returns null if the place was taken back meanwhile */
export async function finishUpload(
  tenancy: Tenancy,
  fileId: string,
  bytes: number,
  publicBaseUrl: string,
): Promise<UploadedFile | null> {
  const done = await tenancy.commit.run(() => {
    const row = tenancy.uploads.get(fileId);
    const now = tenancy.chance.now();
    if (!row || row.expires_at <= now || tenancy.meta.tenant()?.deletedAt !== null) return null;
    tenancy.uploads.complete(fileId, bytes, now + LIFE_MS);
    return { token: row.token, expiresAt: now + LIFE_MS };
  });
  if (!done) return null;
  const url = await linkerOf(tenancy, publicBaseUrl, done.expiresAt)(UPLOADS_PATH + done.token);
  return { fileId, url, expiresAt: new Date(done.expiresAt).toISOString() };
}

/** Nothing came, or nothing that is wanted: the place is free again. */
export function abandonUpload(tenancy: Tenancy, fileId: string): Promise<void> {
  return tenancy.commit.run(() => tenancy.uploads.remove(fileId));
}

/** Deletes an upload and its bytes. */
export async function deleteUpload(
  tenancy: Tenancy,
  access: Access,
  fileId: string,
): Promise<{ fileId: string } | Refusal> {
  const row = await tenancy.commit.run(() => {
    const found = tenancy.uploads.get(fileId);
    if (!found || !ownsUpload(access.owner, found)) return null;
    tenancy.uploads.expire(fileId, 0);
    expectSweep(tenancy, tenancy.chance.now());
    return found;
  });
  if (!row) return refusal(40002, "File does not exist");
  await tenancy.courier.removeFiles(uploadKey(access.tenant.tenantId, row.token));
  await tenancy.commit.run(() => tenancy.uploads.remove(fileId));
  return { fileId };
}

/** Deletes what has expired. @returns when there is more, in ms since epoch, or null */
export async function sweepUploads(tenancy: Tenancy): Promise<number | null> {
  const tenantId = tenancy.meta.tenant()?.tenantId;
  if (tenantId === undefined) return null;
  const rows = tenancy.uploads.expired(tenancy.chance.now(), SWEEP_LIMIT);
  for (const row of rows) {
    await tenancy.courier.removeFiles(uploadKey(tenantId, row.token));
    await tenancy.commit.run(() => tenancy.uploads.remove(row.file_id));
  }
  const next = tenancy.uploads.nextExpiry();
  return next === null ? null : Math.max(next, tenancy.chance.now() + (rows.length === SWEEP_LIMIT ? 0 : 60_000));
}

function expectSweep(tenancy: Tenancy, at: number): void {
  tenancy.chores.due("uploads", at);
  void tenancy.schedule.arm(tenancy.chance.now());
}
