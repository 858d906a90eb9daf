/**
 * The credentials of operators: the token (`pdo_`) and the session of the console (`pds_`). Both carry the operator's id
 * and a MAC, so that a forged one never reaches the Directory, and count only as long as the Directory has their hash.
 *
 *     pdo_ / pds_  base64url( operator id 8 | random 16 | mac 16 )        58 characters
 *
 * The MAC is HMAC-SHA256 over the 24 bytes before it and what the credential is bound to, truncated to 16 bytes, under
 * a label for each kind.
 */
import { concatBytes, decodeBase64Url, encodeBase64Url } from "../lib/bytes.ts";
import { formatPublicId, parsePublicId } from "./key-format.ts";
import { ROOT_ID } from "./operator-scopes.ts";
import { isSigned, type SigningSecret, sign } from "./signing-secrets.ts";

/** The kinds of operators' credentials. */
export type OperatorCredentialKind = "token" | "session";

/** Random bytes of an operator's id. */
export const OPERATOR_ID_BYTES = 8;
/** Random bytes of a credential. */
export const OPERATOR_RANDOM_BYTES = 16;

const PREFIXES: Readonly<Record<OperatorCredentialKind, string>> = { token: "pdo_", session: "pds_" };
const LABELS: Readonly<Record<OperatorCredentialKind, string>> = {
  token: "paddock/operator-token/1",
  session: "paddock/operator-session/1",
};
const MAC_AT = OPERATOR_ID_BYTES + OPERATOR_RANDOM_BYTES;
const MAC_BYTES = 16;
const PATTERN = /^pd[os]_[A-Za-z0-9_-]{54}$/;
const UNBOUND = new Uint8Array(0);
/** Root has no id of its own in a credential. */
const ROOT_BYTES = new Uint8Array(OPERATOR_ID_BYTES);

/** `opr_` + 16 hex digits from 8 bytes. @throws RangeError for another number of bytes */
export function formatOperatorId(bytes: Uint8Array): string {
  return formatPublicId("opr_", OPERATOR_ID_BYTES, bytes);
}

/** The 8 bytes of an operator id, or null. */
function parseOperatorId(text: string): Uint8Array | null {
  return parsePublicId("opr_", OPERATOR_ID_BYTES, text);
}

/**
 * Makes a credential.
 *
 * @param operatorId `root` only for a session
 * @param boundTo the credential is valid only together with these bytes
 * @throws RangeError for a malformed operator id or another number of random bytes
 */
export async function mintOperatorCredential(
  kind: OperatorCredentialKind,
  operatorId: string,
  random16: Uint8Array,
  signer: SigningSecret,
  boundTo: Uint8Array = UNBOUND,
): Promise<string> {
  const id = operatorId === ROOT_ID ? ROOT_BYTES : parseOperatorId(operatorId);
  if (id === null) throw new RangeError("not an operator id");
  if (random16.length !== OPERATOR_RANDOM_BYTES) throw new RangeError(`needs ${OPERATOR_RANDOM_BYTES} random bytes`);
  const payload = concatBytes(id, random16);
  const mac = (await sign(signer, LABELS[kind], concatBytes(payload, boundTo))).subarray(0, MAC_BYTES);
  return PREFIXES[kind] + encodeBase64Url(concatBytes(payload, mac));
}

/**
 * Verifies a credential's MAC. Never throws.
 *
 * @param rootBindings what a session of root can be bound to
 * @returns the operator of a credential of this kind that this deployment made, or null for anything else
 */
export async function verifyOperatorCredential(
  kind: OperatorCredentialKind,
  text: string,
  verifiers: readonly SigningSecret[],
  rootBindings: readonly Uint8Array[] = [],
): Promise<string | null> {
  const prefix = PREFIXES[kind];
  const bytes = PATTERN.test(text) && text.startsWith(prefix) ? decodeBase64Url(text.slice(prefix.length)) : null;
  if (bytes === null || bytes.length !== MAC_AT + MAC_BYTES) return null;
  const id = bytes.subarray(0, OPERATOR_ID_BYTES);
  const isRoot = id.every((byte) => byte === 0);
  const matches = await Promise.all(
    (isRoot ? rootBindings : [UNBOUND]).map((boundTo) => {
      const signed = concatBytes(bytes.subarray(0, MAC_AT), boundTo);
      return isSigned(verifiers, LABELS[kind], signed, bytes.subarray(MAC_AT));
    }),
  );
  if (!matches.includes(true)) return null;
  return isRoot ? ROOT_ID : formatOperatorId(id);
}
