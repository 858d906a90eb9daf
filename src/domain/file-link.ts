/**
 * Stable file URLs (contract, section 5): fixed when a task is submitted, unguessable, and enough by themselves to find
 * the tenant, the task and the R2 object.
 *
 *     token  base64url( tenant 10 | task id 7, big-endian | secret 15 )             43 characters
 *     paths  /files/{token}/{index}.png|mp4      /files/{token}/t{index}.png
 *     R2     results/{tenantId}/{token}/{index}  results/{tenantId}/{token}/t{index}
 *
 * The secret is nonce 7 | MAC 8. The MAC is HMAC-SHA256 over the 24 bytes before it, under label "paddock/file-token/1"; it only
 * keeps made-up tokens away from R2 and from the tenant's object. Whether the secret is the task's is decided by R2 (the token is
 * part of the key) or by the object. Tokens of release 0.1 have 15 random bytes as their secret and work for ever
 * (docs/decisions/0004-name-files-by-a-stored-random-token.md).
 */
import { concatBytes, decodeBase64Url, decodeUint56, encodeBase64Url, encodeUint56, utf8 } from "../lib/bytes.ts";
import type { Medium } from "./catalogue.ts";
import { formatTenantId, parseTenantId, TENANT_ID_BYTES } from "./key-format.ts";
import { signSync } from "./sign-sync.ts";
import { isSigned, type SigningSecret, sign } from "./signing-secrets.ts";

/** What the unguessable part of a file's URL names. */
export interface FileToken {
  readonly tenantId: string;
  readonly taskId: number;
  /** 15 bytes that nobody can guess, as base64url (20 characters); see {@link mintFileSecret}. */
  readonly secret: string;
}

/** The last part of a file's URL. */
export interface FileName {
  /** 0–99. */
  readonly index: number;
  readonly thumbnail: boolean;
  readonly ext: "png" | "mp4";
}

/** Path of all result files. */
export const FILES_PATH = "/files/";
/** Random bytes of a task's file secret; its MAC makes up the rest. */
export const FILE_NONCE_BYTES = 7;

const SECRET_BYTES = 15;
const LABEL = "paddock/file-link/1";
const TOKEN_LABEL = "paddock/file-token/1";
const TASK_END = TENANT_ID_BYTES + 7;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const NAME_PATTERN = /^(?:(t?)(0|[1-9]\d?)\.png|(0|[1-9]\d?)\.mp4)$/;
const EXPIRES_PATTERN = /^(?:0|[1-9]\d{0,11})$/;

/**
 * Makes the secret of a new task's files.
 *
 * @param nonce FILE_NONCE_BYTES random bytes
 * @param signingSecret the text of the first of `SIGNING_SECRETS`
 * @throws RangeError for a malformed tenant id, task id or nonce
 */
export function mintFileSecret(tenantId: string, taskId: number, nonce: Uint8Array, signingSecret: string): string {
  const tenant = parseTenantId(tenantId);
  if (tenant === null || nonce.length !== FILE_NONCE_BYTES) {
    throw new RangeError("a file secret is made for a tenant id and a task id, of 7 random bytes");
  }
  const mac = signSync(signingSecret, TOKEN_LABEL, concatBytes(tenant, encodeUint56(taskId), nonce));
  return encodeBase64Url(concatBytes(nonce, mac.subarray(0, SECRET_BYTES - FILE_NONCE_BYTES)));
}

/** True if one of the secrets made the token's MAC: then this deployment has handed the token out. */
export async function isSignedFileToken(
  { tenantId, taskId, secret }: FileToken,
  verifiers: readonly SigningSecret[],
): Promise<boolean> {
  const tenant = parseTenantId(tenantId);
  const bytes = decodeBase64Url(secret);
  if (tenant === null || bytes === null) return false;
  const signed = concatBytes(tenant, encodeUint56(taskId), bytes.subarray(0, FILE_NONCE_BYTES));
  return isSigned(verifiers, TOKEN_LABEL, signed, bytes.subarray(FILE_NONCE_BYTES));
}

/** @throws RangeError for a malformed tenant id, task id or secret. */
export function formatFileToken({ tenantId, taskId, secret }: FileToken): string {
  const tenant = parseTenantId(tenantId);
  const random = decodeBase64Url(secret);
  if (tenant === null || random?.length !== SECRET_BYTES) {
    throw new RangeError("a file token is made of a tenant id, a task id and 15 bytes of secret");
  }
  return encodeBase64Url(concatBytes(tenant, encodeUint56(taskId), random));
}

/** The parts of a token, or null for text that {@link formatFileToken} does not produce. */
export function parseFileToken(text: string): FileToken | null {
  const bytes = TOKEN_PATTERN.test(text) ? decodeBase64Url(text) : null;
  const taskId = bytes === null ? null : decodeUint56(bytes.subarray(TENANT_ID_BYTES, TASK_END));
  if (bytes === null || taskId === null) return null;
  return {
    tenantId: formatTenantId(bytes.subarray(0, TENANT_ID_BYTES)),
    taskId,
    secret: encodeBase64Url(bytes.subarray(TASK_END)),
  };
}

/** Path of an output. The extension is that of the request; `Content-Type` is that of the file. */
export function resultPath(token: string, index: number, kind: Medium): string {
  return `${FILES_PATH}${token}/${index}.${kind === "video" ? "mp4" : "png"}`;
}

/** Path of an output's thumbnail. */
export function thumbnailPath(token: string, index: number): string {
  return `${FILES_PATH}${token}/t${index}.png`;
}

/** The last segment of a file path taken apart; null when it is not one that this module makes. */
export function parseFileName(name: string): FileName | null {
  const match = NAME_PATTERN.exec(name);
  if (match === null) return null;
  const [, mark, png, mp4] = match;
  return png === undefined
    ? { index: Number(mp4), thumbnail: false, ext: "mp4" }
    : { index: Number(png), thumbnail: mark === "t", ext: "png" };
}

/** The name of an output or thumbnail within its task's R2 prefix: "0", "t0". */
export function objectName(file: { readonly index: number; readonly thumbnail: boolean }): string {
  return `${file.thumbnail ? "t" : ""}${file.index}`;
}

/** R2 key of an output; `name` as by {@link objectName}. */
export function resultKey(tenantId: string, token: string, name: string): string {
  return resultPrefix(tenantId, token) + name;
}

/** @param key as by `resultKey`. @returns the tenant whose file has this key */
export function tenantOfResult(key: string): string {
  return key.split("/")[1] ?? "";
}

/** R2 prefix of all files of a task. */
export function resultPrefix(tenantId: string, token: string): string {
  return `results/${tenantId}/${token}/`;
}

/** Returns every R2 prefix of a tenant's files, for their deletion. */
export function tenantPrefixes(tenantId: string): string[] {
  return [`results/${tenantId}/`, `uploads/${tenantId}/`];
}

/**
 * The query string (no "?") that opens a signed file path until it expires.
 *
 * @param expiresAtSeconds whole seconds since the epoch
 */
export async function signFilePath(path: string, expiresAtSeconds: number, secret: SigningSecret): Promise<string> {
  const signature = await sign(secret, LABEL, signedBytes(path, String(expiresAtSeconds)));
  return `expires=${expiresAtSeconds}&signature=${encodeBase64Url(signature)}`;
}

/**
 * True if the query carries a signature over exactly this path and expiry by one of the secrets, and has not expired.
 * Other parameters (`download`) are not covered; a repeated `expires` or `signature` is refused.
 *
 * @param now ms since the epoch
 */
export async function verifyFileSignature(
  path: string,
  query: URLSearchParams,
  verifiers: readonly SigningSecret[],
  now: number,
): Promise<boolean> {
  const [expires, ...otherExpires] = query.getAll("expires");
  const [signature, ...otherSignatures] = query.getAll("signature");
  if (expires === undefined || signature === undefined) return false;
  if (otherExpires.length > 0 || otherSignatures.length > 0 || !EXPIRES_PATTERN.test(expires)) return false;
  const mac = signature.length === 43 ? decodeBase64Url(signature) : null;
  if (mac === null || now >= Number(expires) * 1000) return false;
  return isSigned(verifiers, LABEL, signedBytes(path, expires), mac);
}

// The expiry comes first and has digits only, so no path can shift the border between the two.
function signedBytes(path: string, expires: string): Uint8Array {
  return utf8(`${expires}\n${path}`);
}
