/** What a caller without a valid credential should send, and the obvious mistake it made. Nothing of what it sent is quoted. */
import { CLIENT_TOKEN_PREFIX } from "./client-token.ts";
import { KEY_PREFIX } from "./key-format.ts";

/** Which API was called. */
export type Audience = "tenant" | "operator";

const SEND = {
  tenant: "send `Authorization: Bearer pdk_…` with a key of this gateway",
  operator: "send `Authorization: Bearer …` with the operator's token",
} as const satisfies Record<Audience, string>;

/** How keys of this gateway and of SeedHorse begin, in a header that lacks the scheme. */
const BARE_CREDENTIAL = /^(pdk_|pdt_|pdo_|sh-)/;

/** A key, token, session or signing secret of this gateway, or a key of SeedHorse, anywhere in a text. */
const CREDENTIALS = /(pd[a-z]_|whsec_|\bsh-)[\w.+=-]{16,}/g;

/** Returns the text with the beginning alone of what has the form of a credential, which a caller put where none belongs. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "$1…");
}

/**
 * The message for a request without a bearer credential.
 *
 * @param authorization the header `Authorization`
 * @param hasOtherHeader whether the request carries a key in `X-API-Key` or a similar header
 */
export function missingCredential(
  audience: Audience,
  authorization: string | undefined,
  hasOtherHeader: boolean,
): string {
  const send = SEND[audience];
  if (authorization === undefined) {
    return hasOtherHeader ? `Keys are read from Authorization only: ${send}` : `Missing credentials: ${send}`;
  }
  if (/^bearer\s*$/i.test(authorization)) return `There is no key after Bearer: ${send}`;
  if (BARE_CREDENTIAL.test(authorization.trim())) return `The word Bearer is missing before the key: ${send}`;
  return `Authorization does not begin with Bearer: ${send}`;
}

/**
 * The message for a credential that is not valid and has the form of something else.
 *
 * @param isAdminToken whether it is the root operator's token
 * @returns undefined without an obvious mistake: the code's own message is then used, so that a forged key cannot be
 * distinguished from a revoked one
 */
export function wrongCredential(audience: Audience, credential: string, isAdminToken: boolean): string | undefined {
  const send = SEND[audience];
  if (/^bearer\s/i.test(credential)) return `The word Bearer comes twice: ${send}`;
  if (/^["'<]|["'>]$/.test(credential)) return `The key has quotes or brackets around it: ${send}`;
  if (credential.startsWith("sh-")) return `This is a SeedHorse key: ${send}`;
  const isTenants = credential.startsWith(KEY_PREFIX) || credential.startsWith(CLIENT_TOKEN_PREFIX);
  if (audience === "operator" && isTenants) return `This is a tenant's key: ${send}`;
  if (audience === "tenant" && (isAdminToken || credential.startsWith("pdo_"))) {
    return `This is the operator's token, which works under /admin/v1 only: ${send}`;
  }
  return audience === "tenant" ? undefined : `Invalid operator's token: ${send}`;
}
