/** Operator API: operators with names and scopes. A token is in the response to its creation or rotation, and nowhere else. */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import type { Manager, NewToken, OperatorRecord } from "../directory/operator-register.ts";
import { hashKey } from "../domain/key-format.ts";
import {
  formatOperatorId,
  mintOperatorCredential,
  OPERATOR_ID_BYTES,
  OPERATOR_RANDOM_BYTES,
} from "../domain/operator-credential.ts";
import { ROOT_ID } from "../domain/operator-scopes.ts";
import { signedWith } from "../domain/signing-secrets.ts";
import { isoTime } from "../lib/iso-time.ts";
import { CONSOLE_COOKIE } from "../middleware/authenticate-operator.ts";
import { readSessionCookie } from "../middleware/session-cookie.ts";
import { RotateKey } from "../schemas/keys.ts";
import { CreateOperator, OperatorListParameters, PatchOperator } from "../schemas/operators.ts";
import { actorOf, defined, found, readBody, readParameters, successful } from "./operator.ts";
import { respond } from "./support/responses.ts";

/** Characters of a session's hash that name the session. */
const SESSION_ID_CHARACTERS = 16;

/** Adds the routes of operators. */
export function addOperatorRoutes(routes: AppRoutes): void {
  routes.post("/operators", create);
  routes.get("/operators", list);
  routes.get("/operators/:operatorId", read);
  routes.patch("/operators/:operatorId", patch);
  routes.delete("/operators/:operatorId", remove);
  routes.post("/operators/:operatorId/rotate", rotate);
  routes.get("/operators/:operatorId/sessions", listSessions);
  routes.delete("/operators/:operatorId/sessions", endSessions);
  routes.delete("/operators/:operatorId/sessions/:sessionId", endSession);
}

async function create(c: AppContext): Promise<Response> {
  const { name, scopes, expiresAt = null } = await readBody(c, CreateOperator());
  const operatorId = formatOperatorId(crypto.getRandomValues(new Uint8Array(OPERATOR_ID_BYTES)));
  const { token, stored } = await newToken(c, operatorId);
  const settings = { name, scopes: [...new Set(scopes)], expiresAt };
  const created = await directoryOf(c).createOperator(operatorId, settings, stored, managerOf(c));
  return respond(c, { ...viewOperator(c, successful(created)), token });
}

async function list(c: AppContext): Promise<Response> {
  const { limit, cursor } = readParameters(c, OperatorListParameters());
  const listed = await directoryOf(c).listOperators(cursor ?? null, limit + 1);
  const page = listed.slice(0, limit);
  const last = page.at(-1);
  return respond(c, {
    operators: page.map((row) => viewOperator(c, row)),
    nextCursor: listed.length > limit && last ? String(last.seq) : null,
  });
}

async function read(c: AppContext): Promise<Response> {
  return respond(c, viewOperator(c, found(await directoryOf(c).findOperator(idOf(c)), "Operator")));
}

async function patch(c: AppContext): Promise<Response> {
  const { scopes, ...others } = defined(await readBody(c, PatchOperator()));
  const changes = { ...others, ...(scopes && { scopes: [...new Set(scopes)] }) };
  const patched = await directoryOf(c).patchOperator(idOf(c), changes, managerOf(c));
  return respond(c, viewOperator(c, found(patched, "Operator")));
}

/** Deletes an operator: its tokens and sessions end within seconds. */
async function remove(c: AppContext): Promise<Response> {
  const operatorId = idOf(c);
  found((await directoryOf(c).deleteOperator(operatorId, managerOf(c))) || null, "Operator");
  return respond(c, { operatorId, status: "deleted" });
}

async function rotate(c: AppContext): Promise<Response> {
  const { overlapSeconds } = await readBody(c, RotateKey(), true);
  const operatorId = found((await directoryOf(c).findOperator(idOf(c)))?.operatorId ?? null, "Operator");
  const { token, stored } = await newToken(c, operatorId);
  const rotated = await directoryOf(c).rotateOperator(operatorId, stored, overlapSeconds * 1_000, managerOf(c));
  return respond(c, { ...viewOperator(c, found(rotated, "Active operator")), token });
}

async function listSessions(c: AppContext): Promise<Response> {
  return respondSessions(c, await knownIdOf(c));
}

/** Responds with an operator's sessions of the console. */
export async function respondSessions(c: AppContext, operatorId: string): Promise<Response> {
  const sessions = await directoryOf(c).operatorSessions(operatorId);
  const own = readSessionCookie(c, CONSOLE_COOKIE);
  const ownHash = own === undefined ? null : await hashKey(own);
  return respond(c, {
    sessions: sessions.map(({ hash, createdAt, lastUsedAt, expiresAt }) => ({
      // Enough to tell sessions apart, and useless as a credential.
      sessionId: hash.slice(0, SESSION_ID_CHARACTERS),
      createdAt: isoTime(createdAt),
      lastUsedAt: isoTime(lastUsedAt),
      expiresAt: isoTime(expiresAt),
      current: hash === ownHash,
    })),
  });
}

async function endSession(c: AppContext): Promise<Response> {
  return endSessionOf(c, await knownIdOf(c));
}

/** Ends the session in the path, which must be the operator's. @throws GatewayError 40002 for an unknown one */
export async function endSessionOf(c: AppContext, operatorId: string): Promise<Response> {
  const sessionId = c.req.param("sessionId") ?? "";
  const isId = sessionId.length === SESSION_ID_CHARACTERS;
  const ended = isId && (await directoryOf(c).endOperatorSessionById(operatorId, sessionId, actorOf(c)));
  found(ended || null, "Session");
  return respond(c, { sessionId, ended: true });
}

async function endSessions(c: AppContext): Promise<Response> {
  return respond(c, { ended: await directoryOf(c).endOperatorSessions(await knownIdOf(c), actorOf(c)) });
}

/** Returns the operator of the path, which may be root. @throws GatewayError 40002 for an unknown one */
async function knownIdOf(c: AppContext): Promise<string> {
  const operatorId = idOf(c);
  const isKnown = operatorId === ROOT_ID || (await directoryOf(c).findOperator(operatorId)) !== null;
  return found(isKnown ? operatorId : null, "Operator");
}

const idOf = (c: AppContext) => c.req.param("operatorId") ?? "";

function managerOf(c: AppContext): Manager {
  return { operator: c.get("operator"), actor: actorOf(c) };
}

async function newToken(c: AppContext, operatorId: string): Promise<{ token: string; stored: NewToken }> {
  const [signer] = c.get("secrets");
  if (!signer) throw new Error("A token needs a signing secret");
  const random = crypto.getRandomValues(new Uint8Array(OPERATOR_RANDOM_BYTES));
  const token = await mintOperatorCredential("token", operatorId, random, signer);
  return { token, stored: { hash: await hashKey(token), signedBy: signer.id } };
}

function viewOperator(c: AppContext, { seq: _, signedBy, previous, createdAt, expiresAt, ...record }: OperatorRecord) {
  const now = Date.now();
  const working = previous.filter((text) => text.expiresAt > now);
  return {
    operatorId: record.operatorId,
    name: record.name,
    scopes: record.scopes,
    status: expiresAt !== null && expiresAt <= now ? "expired" : "active",
    expiresAt: isoTime(expiresAt),
    createdAt: isoTime(createdAt),
    rotatedAt: isoTime(record.rotatedAt),
    lastUsedAt: isoTime(record.lastUsedAt),
    signedWith: signedWith(c.get("secrets"), signedBy),
    previousExpiresAt: working.length === 0 ? null : isoTime(Math.max(...working.map((text) => text.expiresAt))),
  };
}
