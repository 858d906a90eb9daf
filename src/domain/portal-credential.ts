/**
 * The two credentials of the portal (contract section 6): the code in a single-use link, and the session that it is
 * exchanged for. Both carry their tenant and a MAC, so that a forged one wakes no object, and count only as long as the
 * tenant's object has their hash.
 *
 *     ppl_ / pps_  base64url( tenant 10 | random 20 | mac 16 )        66 characters
 *
 * The MAC is HMAC-SHA256 over the 30 bytes before it, truncated to 16 bytes, under a label for each kind.
 */
import { concatBytes, decodeBase64Url, encodeBase64Url } from "../lib/bytes.ts";
import { formatTenantId, parseTenantId, TENANT_ID_BYTES } from "./key-format.ts";
import { isSigned, type SigningSecret, sign } from "./signing-secrets.ts";

/** The kinds of portal credentials. */
export type PortalCredentialKind = "link" | "session";

/** Random bytes of a portal credential. */
export const PORTAL_RANDOM_BYTES = 20;

const PREFIXES: Readonly<Record<PortalCredentialKind, string>> = { link: "ppl_", session: "pps_" };
const LABELS: Readonly<Record<PortalCredentialKind, string>> = {
  link: "paddock/portal-link/1",
  session: "paddock/portal-session/1",
};
const MAC_AT = TENANT_ID_BYTES + PORTAL_RANDOM_BYTES;
const MAC_BYTES = 16;
const PATTERN = /^pp[ls]_[A-Za-z0-9_-]{62}$/;

/** Makes a credential. @throws RangeError for a malformed tenant id or another number of random bytes */
export async function mintPortalCredential(
  kind: PortalCredentialKind,
  tenantId: string,
  random20: Uint8Array,
  signer: SigningSecret,
): Promise<string> {
  const tenant = parseTenantId(tenantId);
  if (tenant === null) throw new RangeError("not a tenant id");
  if (random20.length !== PORTAL_RANDOM_BYTES) throw new RangeError(`needs ${PORTAL_RANDOM_BYTES} random bytes`);
  const payload = concatBytes(tenant, random20);
  const mac = (await sign(signer, LABELS[kind], payload)).subarray(0, MAC_BYTES);
  return PREFIXES[kind] + encodeBase64Url(concatBytes(payload, mac));
}

/** @returns the tenant of a credential of this kind that this deployment made, or null for anything else; never throws */
export async function verifyPortalCredential(
  kind: PortalCredentialKind,
  text: string,
  verifiers: readonly SigningSecret[],
): Promise<{ readonly tenantId: string } | null> {
  const prefix = PREFIXES[kind];
  if (!PATTERN.test(text) || !text.startsWith(prefix)) return null;
  const bytes = decodeBase64Url(text.slice(prefix.length));
  if (bytes === null || bytes.length !== MAC_AT + MAC_BYTES) return null;
  const isOurs = await isSigned(verifiers, LABELS[kind], bytes.subarray(0, MAC_AT), bytes.subarray(MAC_AT));
  return isOurs ? { tenantId: formatTenantId(bytes.subarray(0, TENANT_ID_BYTES)) } : null;
}
