/**
 * `POST /portal/session`: the form behind a portal link, and the portal's page by a secret key. A key is in the body alone, never
 * in a URL, and a page of another site cannot send either.
 */
import { type AppContext, tenantObject } from "../context.ts";
import { CLIENT_TOKEN_PREFIX } from "../domain/client-token.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyPortalCredential } from "../domain/portal-credential.ts";
import { apiError, GatewayError } from "../errors.ts";
import { discardBody, readTextBody } from "../lib/read-body.ts";
import { rememberDenial, rememberedDenial, verifyKeyOnce } from "../middleware/credential-cache.ts";
import { countFailure, rejectBlockedAddress, rejectCredential } from "../middleware/edge-limit.ts";
import { portalCookie, requirePortalPage } from "../middleware/portal-session.ts";
import { isFromOwnPage, setSessionCookie } from "../middleware/session-cookie.ts";
import { SignInByKey } from "../schemas/portal-link.ts";
import { readBody } from "./operator.ts";
import { noticeOf, portalPage, viewOf } from "./portal-page.ts";
import { portalActor } from "./support/portal-call.ts";
import { respond } from "./support/responses.ts";

const MOST_FORM_BYTES = 4_096;
const JSON_BODY = /^\s*application\/json\b/i;

/** Signs in by a link's form, or by JSON with a key. */
export function signIn(c: AppContext): Promise<Response> {
  return JSON_BODY.test(c.req.header("content-type") ?? "") ? signInByKey(c) : signInByLink(c);
}

/** @throws GatewayError 20008 for a key that does not work, 20002 for one that may not do this, 70001 */
async function signInByKey(c: AppContext): Promise<Response> {
  requirePortalPage(c);
  rejectBlockedAddress(c);
  const { key: given } = await readBody(c, SignInByKey());
  const text = given.trim();
  const key = await verifyKeyOnce(text, c.get("secrets"));
  if (key === null) return rejectCredential(c, mistakeOf(text));
  const refused = rememberedDenial(key.keyHash);
  if (refused?.error.code === 20008) return rejectCredential(c, UNKNOWN_KEY);
  const address = c.req.header("cf-connecting-ip") ?? null;
  const tenant = tenantObject(c, key.tenantId);
  const signInKey = { keyId: key.keyId, keyHash: key.keyHash, address };
  const session = (await tenant.openPortalByKey(signInKey, portalActor(c))) ?? apiError(20008, UNKNOWN_KEY);
  if ("code" in session) {
    if (session.code === 20008) rememberDenial(key.keyHash, { ok: false, rate: null, error: session });
    if (session.code === 20008 || session.code === 20002) await countFailure(c);
    throw new GatewayError(session);
  }
  setSessionCookie(c, portalCookie(key.tenantId), session.text, session.expiresAt);
  return respond(c, { tenantId: key.tenantId });
}

const UNKNOWN_KEY = "Unknown, revoked or expired key";
const NEEDED = "sign in with a secret key (`pdk_…`) that has the scope `portal`";

/** Returns what is wrong with a text that is no key of this gateway. Nothing of the text is quoted. */
function mistakeOf(text: string): string {
  if (text.startsWith(CLIENT_TOKEN_PREFIX)) return `This is a client token: ${NEEDED}`;
  if (text.startsWith("pdo_")) return `This is an operator's token: ${NEEDED}`;
  return `This is not a key of this service: ${NEEDED}`;
}

async function signInByLink(c: AppContext): Promise<Response> {
  try {
    return await exchangeCode(c);
  } catch (error) {
    if (error instanceof GatewayError && error.error.code === 70001)
      return portalPage(c, 429, noticeOf("tooMany"), null);
    throw error;
  }
}

/** Exchanges a link's code for a session. @throws GatewayError 70001 for an address with too many failed attempts */
async function exchangeCode(c: AppContext): Promise<Response> {
  rejectBlockedAddress(c);
  if (!isFromOwnPage(c)) return portalPage(c, 403, noticeOf("forbidden"), null);
  const form = await readTextBody(c.req.raw, MOST_FORM_BYTES, discardBody);
  const fields = new URLSearchParams(form.ok ? form.text : "");
  const code = fields.get("code") ?? "";
  const verified = await verifyPortalCredential("link", code, c.get("secrets"));
  const codeHash = await hashKey(code);
  const session =
    verified && rememberedDenial(codeHash) === null
      ? await tenantObject(c, verified.tenantId).openPortal(codeHash, portalActor(c))
      : null;
  if (!verified || !session) {
    if (verified) rememberDenial(codeHash, { ok: false, rate: null, error: apiError(20008) });
    await countFailure(c);
    return portalPage(c, 410, noticeOf("used"), null);
  }
  setSessionCookie(c, portalCookie(verified.tenantId), session.text, session.expiresAt);
  const view = viewOf(fields.get("view"));
  return c.redirect(`/portal/t/${verified.tenantId}${view && `#/${view}`}`, 303);
}
