/** Addresses of uploaded references: unguessable, and fit for `refImageUrls`. */
import { concatBytes, decodeBase64Url, encodeBase64Url } from "../lib/bytes.ts";
import { formatTenantId, parseTenantId, TENANT_ID_BYTES } from "./key-format.ts";

/** Path of all uploaded references. */
export const UPLOADS_PATH = "/uploads/";
/** Random bytes in an upload's token: 160 bits. */
export const UPLOAD_RANDOM_BYTES = 20;

/**
 * @param random UPLOAD_RANDOM_BYTES random bytes
 * @returns the 40 characters by which an upload is found: its tenant, and what nobody can guess
 * @throws RangeError for a malformed tenant id or another number of bytes
 */
export function formatUploadToken(tenantId: string, random: Uint8Array): string {
  const tenant = parseTenantId(tenantId);
  if (tenant === null || random.length !== UPLOAD_RANDOM_BYTES)
    throw new RangeError("an upload has a tenant and 20 bytes");
  return encodeBase64Url(concatBytes(tenant, random));
}

/** @returns whose upload this is, or null for what cannot be a token. */
export function parseUploadToken(text: string): { readonly tenantId: string } | null {
  const bytes = text.length === 40 ? decodeBase64Url(text) : null;
  return bytes?.length === TENANT_ID_BYTES + UPLOAD_RANDOM_BYTES
    ? { tenantId: formatTenantId(bytes.subarray(0, TENANT_ID_BYTES)) }
    : null;
}

/** @returns the token in a path under UPLOADS_PATH; an extension may follow it, and means nothing */
export function uploadTokenOf(pathname: string): string {
  return pathname.slice(UPLOADS_PATH.length).replace(/\.[a-z0-9]{1,8}$/i, "");
}

/** The R2 key of an upload. */
export function uploadKey(tenantId: string, token: string): string {
  return `uploads/${tenantId}/${token}`;
}
