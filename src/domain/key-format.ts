/**
 * Tenant keys and public identifiers. A key carries its tenant, its own id and a MAC, so that a forged one is refused by
 * arithmetic alone: no lookup, no object woken.
 *
 *     pdk_ base64url( kind 1 | tenant 10 | key id 8 | random 16 | mac 16 )        72 characters
 *
 * The MAC is HMAC-SHA256 over the 35 bytes before it, truncated to 16 bytes, under label "paddock/key/1".
 */
import {
  type Bytes,
  concatBytes,
  decodeBase64Url,
  decodeHex,
  encodeBase64Url,
  encodeHex,
  sha256,
  utf8,
} from "../lib/bytes.ts";
import { isSigned, type SigningSecret, sign } from "./signing-secrets.ts";

/** The kinds of keys. */
export type KeyKind = "secret" | "publishable";

/** A key whose MAC holds; or not. */
export type VerifiedKey =
  | { readonly ok: true; readonly kind: KeyKind; readonly tenantId: string; readonly keyId: string }
  | { readonly ok: false };

/** Every key begins with this. */
export const KEY_PREFIX = "pdk_";
/** Random bytes of a tenant's id. */
export const TENANT_ID_BYTES = 10;
/** Random bytes of a key's id. */
export const KEY_ID_BYTES = 8;
/** Random bytes of a key's text. */
export const KEY_RANDOM_BYTES = 16;

const LABEL = "paddock/key/1";
const KEY_PATTERN = /^pdk_[A-Za-z0-9_-]{68}$/;
const MAC_AT = 1 + TENANT_ID_BYTES + KEY_ID_BYTES + KEY_RANDOM_BYTES;
const KINDS: Readonly<Record<number, KeyKind>> = { 1: "secret", 2: "publishable" };
const KIND_BYTES: Readonly<Record<KeyKind, number>> = { secret: 1, publishable: 2 };

/** `prefix` + lower-case hex. @throws RangeError when there are not `length` bytes. */
export function formatPublicId(prefix: string, length: number, bytes: Uint8Array): string {
  if (bytes.length !== length) throw new RangeError(`${prefix} identifiers have ${length} bytes`);
  return prefix + encodeHex(bytes);
}

/** The bytes of an identifier that {@link formatPublicId} made; null for any other text. */
export function parsePublicId(prefix: string, length: number, text: string): Bytes | null {
  if (text.length !== prefix.length + length * 2 || !text.startsWith(prefix)) return null;
  return decodeHex(text.slice(prefix.length));
}

/** `ten_` + 20 hex digits from 10 bytes. @throws RangeError for another number of bytes. */
export function formatTenantId(bytes: Uint8Array): string {
  return formatPublicId("ten_", TENANT_ID_BYTES, bytes);
}

/** The 10 bytes of a tenant id, or null. */
export function parseTenantId(text: string): Bytes | null {
  return parsePublicId("ten_", TENANT_ID_BYTES, text);
}

/** `key_` + 16 hex digits from 8 bytes. @throws RangeError for another number of bytes. */
export function formatKeyId(bytes: Uint8Array): string {
  return formatPublicId("key_", KEY_ID_BYTES, bytes);
}

/** The 8 bytes of a key id, or null. */
export function parseKeyId(text: string): Bytes | null {
  return parsePublicId("key_", KEY_ID_BYTES, text);
}

/**
 * A new key, to be shown once and stored as {@link hashKey} only.
 *
 * @param random16 16 random bytes
 * @throws RangeError for a malformed id or another number of random bytes
 */
export async function mintKey(
  parts: {
    readonly kind: KeyKind;
    readonly tenantId: string;
    readonly keyId: string;
    readonly random16: Uint8Array;
  },
  signer: SigningSecret,
): Promise<string> {
  const tenant = parseTenantId(parts.tenantId);
  const key = parseKeyId(parts.keyId);
  if (tenant === null || key === null || parts.random16.length !== KEY_RANDOM_BYTES) {
    throw new RangeError("a key is made of a tenant id, a key id and 16 random bytes");
  }
  const body = concatBytes(Uint8Array.of(KIND_BYTES[parts.kind]), tenant, key, parts.random16);
  const mac = await sign(signer, LABEL, body);
  return KEY_PREFIX + encodeBase64Url(concatBytes(body, mac.subarray(0, 16)));
}

/**
 * Whether this deployment made the key. Revocation, expiry and permissions are checked by the tenant's object.
 * Never throws; what does not have a key's shape is refused before any cryptography.
 */
export async function verifyKey(text: string, verifiers: readonly SigningSecret[]): Promise<VerifiedKey> {
  const bytes = KEY_PATTERN.test(text) ? decodeBase64Url(text.slice(KEY_PREFIX.length)) : null;
  const kind = bytes === null ? undefined : KINDS[bytes[0] ?? 0];
  if (bytes === null || kind === undefined) return { ok: false };
  if (!(await isSigned(verifiers, LABEL, bytes.subarray(0, MAC_AT), bytes.subarray(MAC_AT)))) return { ok: false };
  const tenantEnd = 1 + TENANT_ID_BYTES;
  return {
    ok: true,
    kind,
    tenantId: formatTenantId(bytes.subarray(1, tenantEnd)),
    keyId: formatKeyId(bytes.subarray(tenantEnd, tenantEnd + KEY_ID_BYTES)),
  };
}

/** What is stored of a key: the SHA-256 of its whole text, in hex. A key has 128 random bits, so no salt is needed. */
export async function hashKey(text: string): Promise<string> {
  return encodeHex(await sha256(utf8(text)));
}
