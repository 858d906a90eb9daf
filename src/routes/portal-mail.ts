/**
 * `POST /portal/links`: a person asks for a portal link by e-mail. The response is the same, and comes at the same time, whether
 * the address is known or not: everything that depends on it happens afterwards.
 */
import { type AppContext, directoryOf, tenantObject } from "../context.ts";
import { brandName } from "../domain/brand.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { hashKey } from "../domain/key-format.ts";
import { type Bucket, take } from "../domain/token-bucket.ts";
import { throwApiError } from "../errors.ts";
import { servedTexts } from "../html/texts.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import { logEvent } from "../lib/log.ts";
import { brandOf } from "../middleware/brand-cache.ts";
import { countFailure, networkOf, rejectBlockedAddress } from "../middleware/edge-limit.ts";
import { requirePortalPage } from "../middleware/portal-session.ts";
import { AskForLink } from "../schemas/portal-link.ts";
import { bestEffort, readBody } from "./operator.ts";
import { portalLink } from "./portal-links.ts";
import { languageOf } from "./support/language.ts";
import { portalActor } from "./support/portal-call.ts";
import { respond } from "./support/responses.ts";

/** Requests of one client, and of all together in this isolate: each asks the Directory, which all tenants share. */
const LIMITS = [
  { of: networkOf, perMinute: 5 },
  { of: () => "all", perMinute: 120 },
] as const;

/** In memory on purpose: a lost bucket allows some further requests, and each address has a limit of its own on disk. */
const buckets = new ExpiringMap<Bucket>(10_000);

/** Sends a link to the address in the body, if a tenant knows it. @throws GatewayError 40002 without the binding, 70001 */
export async function askForLink(c: AppContext): Promise<Response> {
  const { mailFrom } = c.get("config");
  if (mailFrom === null) throwApiError(40002, "This gateway sends no e-mail");
  requirePortalPage(c);
  rejectBlockedAddress(c);
  const { email } = await readBody(c, AskForLink());
  takeRequest(c);
  await countFailure(c);
  c.executionCtx.waitUntil(mailLinks(c, mailFrom, email));
  return respond(c, {});
}

/** @throws GatewayError 70001 */
function takeRequest(c: AppContext): void {
  const now = Date.now();
  for (const { of, perMinute } of LIMITS) {
    const name = of(c);
    const { allowed, bucket, retryAfterSeconds } = take(buckets.get(name, now) ?? null, { perMinute }, now);
    if (!allowed) throwApiError(70001, undefined, { retryAfterSeconds });
    buckets.set(name, bucket, now + MINUTE_MS);
  }
}

/** Sends one message with a link for each tenant that knows the address. */
async function mailLinks(c: AppContext, from: string, to: string): Promise<void> {
  try {
    const tenantIds = await directoryOf(c).tenantsOfEmail(await hashKey(to));
    const actor = { ...portalActor(c), name: to };
    const calls = tenantIds.map((id) => bestEffort(id, tenantObject(c, id).createMailedLink(to, actor)));
    // Never the `Host` of this request: a stranger who asks could choose where the link leads.
    const links = (await Promise.all(calls)).flatMap((link) =>
      link?.origin ? [`${link.tenantName}: ${portalLink(link.origin, link.text)}`] : [],
    );
    if (links.length === 0) return;
    const texts = servedTexts(languageOf(c));
    const name = brandName(await brandOf(c));
    await c.env.MAIL?.send({
      from: { email: from, name },
      to,
      subject: texts.mailSubject.replace("{name}", () => name),
      text: [texts.mailText, ...links, `${texts.mailOnce} ${texts.mailIgnore}`].join("\n\n"),
    });
  } catch (error) {
    // The text of an error may name the address.
    const { name, code } = error as Error & { readonly code?: unknown };
    logEvent("warn", "portal-mail", { requestId: c.get("requestId"), error: String(code ?? name) });
  }
}
