/**
 * `/console`: the operator's console, a static page whose data comes from /admin/v1, and its sessions. A token is
 * exchanged for a cookie, which all tabs share and no script can read (docs/credentials.md).
 */
import * as z from "zod/mini";
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import { brandName } from "../domain/brand.ts";
import { hashKey } from "../domain/key-format.ts";
import { mintOperatorCredential, OPERATOR_RANDOM_BYTES } from "../domain/operator-credential.ts";
import type { ApiError } from "../errors.ts";
import { shellBody } from "../html/bodies.ts";
import { pageHeaders, renderPage } from "../html/document.ts";
import { servedTexts } from "../html/texts.ts";
import { utf8 } from "../lib/bytes.ts";
import { ifMethodMissing } from "../lib/missing-method.ts";
import { once } from "../lib/once.ts";
import {
  authenticateOperator,
  CONSOLE_COOKIE,
  noSessionsYet,
  operatorOfCredential,
  requireOwnPage,
} from "../middleware/authenticate-operator.ts";
import { brandOf } from "../middleware/brand-cache.ts";
import { forgetOperators } from "../middleware/credential-cache.ts";
import { operatorLimit } from "../middleware/operator-limit.ts";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "../middleware/session-cookie.ts";
import { queryFlag } from "../schemas/operators.ts";
import { actorOf, readBody, readParameters, successful } from "./operator.ts";
import { endSessionOf, respondSessions } from "./operators.ts";
import { SMALL_BYTES } from "./support/body.ts";
import { languageOf } from "./support/language.ts";
import { respond } from "./support/responses.ts";

/** Adds the routes of the console's page and sessions. */
export function addConsoleRoutes(routes: AppRoutes): void {
  routes.get("/console", async (c) => {
    const brand = await brandOf(c);
    const language = languageOf(c);
    const title = servedTexts(language).consoleTitle.replace("{name}", () => brandName(brand));
    const body = shellBody({ brand, language }, c.get("config").mailFrom !== null);
    const page = { brand, title, language, style: "app.css", script: "console.js", body } as const;
    return c.html(renderPage(page), 200, pageHeaders());
  });
  routes.post("/console/session", signIn);
  routes.get("/console/session", authenticateOperator(), operatorLimit(), (c) => respond(c, identityOf(c)));
  routes.delete("/console/session", authenticateOperator(), operatorLimit(), signOut);
  routes.get("/console/sessions", authenticateOperator(), operatorLimit(), (c) =>
    respondSessions(c, c.get("operator").id),
  );
  routes.delete("/console/sessions/:sessionId", authenticateOperator(), operatorLimit(), (c) =>
    endSessionOf(c, c.get("operator").id),
  );
}

/** The operator of the request, as the console shows it. */
function identityOf(c: AppContext) {
  const { id, name, isRoot, scopes } = c.get("operator");
  return { id, name, isRoot, scopes };
}

const SignIn = once(() => z.strictObject({ token: z.string().check(z.minLength(1), z.maxLength(4_096)) }));
const SignOut = once(() => z.strictObject({ all: z.optional(queryFlag()) }));

type Opened = { readonly expiresAt: number } | ApiError;

/** Exchanges a token for a session. @throws GatewayError 20008 for a token that does not work, 70001 for too many */
async function signIn(c: AppContext): Promise<Response> {
  requireOwnPage(c);
  // Without a credential nobody takes memory for a larger body.
  const { token } = await readBody(c, SignIn(), false, SMALL_BYTES);
  const operator = await operatorOfCredential(c, token);
  c.set("operator", operator);
  const [signer] = c.get("secrets");
  if (!signer) throw new Error("A session needs a signing secret");
  const random = crypto.getRandomValues(new Uint8Array(OPERATOR_RANDOM_BYTES));
  // A session of root holds only with the text of the token: it ends when that text leaves ADMIN_TOKEN.
  const boundTo = operator.isRoot ? utf8(token) : undefined;
  const session = await mintOperatorCredential("session", operator.id, random, signer, boundTo);
  const tokenHash = operator.isRoot ? null : await hashKey(token);
  const row = { hash: await hashKey(session), operatorId: operator.id, tokenHash };
  const opened = await ifMethodMissing<Opened>(directoryOf(c).openOperatorSession(row, actorOf(c)), noSessionsYet);
  setSessionCookie(c, CONSOLE_COOKIE, session, successful(opened).expiresAt);
  return respond(c, identityOf(c));
}

/** Ends the session of the cookie, or all of the operator's: in every tab within seconds. */
async function signOut(c: AppContext): Promise<Response> {
  const { all } = readParameters(c, SignOut());
  const session = readSessionCookie(c, CONSOLE_COOKIE);
  if (all) await directoryOf(c).endOperatorSessions(c.get("operator").id, actorOf(c));
  else if (session !== undefined) {
    await directoryOf(c).endOperatorSession(await hashKey(session));
  }
  forgetOperators();
  clearSessionCookie(c, CONSOLE_COOKIE);
  return respond(c, { signedOut: true });
}
