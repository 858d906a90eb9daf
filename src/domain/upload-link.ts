/**
 * Addresses of uploaded references: unguessable, and fit for `refImageUrls`.
 *
 *     token  base64url( tenant 10 | nonce 12 | MAC 8 )          40 characters
 *
 * The MAC is HMAC-SHA256 over the 22 bytes before it, under label "paddock/upload-token/1". Uploads of release 0.1 have 20 random bytes
 * in place of nonce and MAC.
 */
import { concatBytes, decodeBase64Url, encodeBase64Url } from "../lib/bytes.ts";
import { formatTenantId, parseTenantId, TENANT_ID_BYTES } from "./key-format.ts";
import { extensionFor } from "./media-name.ts";
import { signSync } from "./sign-sync.ts";
import { isSigned, type SigningSecret } from "./signing-secrets.ts";

/** Path of all uploaded references. */
export const UPLOADS_PATH = "/uploads/";
/** Random bytes in an upload's token; its MAC makes up the rest. */
export const UPLOAD_NONCE_BYTES = 12;

const MAC_BYTES = 8;
const LABEL = "paddock/upload-token/1";
const MAC_AT = TENANT_ID_BYTES + UPLOAD_NONCE_BYTES;

/** An upload's address taken apart. */
export interface UploadToken {
  readonly tenantId: string;
  /** All bytes of the token. */
  readonly bytes: Uint8Array;
}

/**
 * Makes the 40 characters by which an upload is found.
 *
 * @param nonce UPLOAD_NONCE_BYTES random bytes
 * @param signingSecret the text of the first of `SIGNING_SECRETS`
 * @throws RangeError for a malformed tenant id or another number of bytes
 */
export function mintUploadToken(tenantId: string, nonce: Uint8Array, signingSecret: string): string {
  const tenant = parseTenantId(tenantId);
  if (tenant === null || nonce.length !== UPLOAD_NONCE_BYTES) {
    throw new RangeError("an upload token is made of a tenant id and 12 random bytes");
  }
  const body = concatBytes(tenant, nonce);
  return encodeBase64Url(concatBytes(body, signSync(signingSecret, LABEL, body).subarray(0, MAC_BYTES)));
}

/** @returns the parts of a token, or null for text that cannot be one */
export function parseUploadToken(text: string): UploadToken | null {
  const bytes = text.length === 40 ? decodeBase64Url(text) : null;
  if (bytes?.length !== MAC_AT + MAC_BYTES) return null;
  return { tenantId: formatTenantId(bytes.subarray(0, TENANT_ID_BYTES)), bytes };
}

/** True if one of the secrets made the token's MAC: then this deployment has handed the token out. */
export async function isSignedUploadToken(
  { bytes }: UploadToken,
  verifiers: readonly SigningSecret[],
): Promise<boolean> {
  return isSigned(verifiers, LABEL, bytes.subarray(0, MAC_AT), bytes.subarray(MAC_AT));
}

/** @returns the token in a path under UPLOADS_PATH; an extension may follow it, and means nothing */
export function uploadTokenOf(pathname: string): string {
  return pathname.slice(UPLOADS_PATH.length).replace(/\.[a-z0-9]{1,8}$/i, "");
}

/** Adds an extension to an upload's URL, because many programs detect a reference's kind by it. @param contentType null: unknown */
export function withExtension(address: string, contentType: string | null): string {
  const extension = contentType === null ? null : extensionFor(contentType);
  const url = new URL(address);
  if (extension !== null) url.pathname += `.${extension}`;
  return url.href;
}

/** The R2 key of an upload. */
export function uploadKey(tenantId: string, token: string): string {
  return `uploads/${tenantId}/${token}`;
}
