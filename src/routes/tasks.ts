/** The upstream's two calls, and the task list. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { expectedResults, TASK_TYPE } from "../domain/catalogue.ts";
import { FILES_PATH } from "../domain/file-link.ts";
import { fingerprint, readIdempotencyKey } from "../domain/idempotency.ts";
import { parsePreferWait, preferenceApplied } from "../domain/prefer.ts";
import { shapeOf } from "../domain/pricing.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { UPLOADS_PATH } from "../domain/upload-link.ts";
import { GatewayError, type Refusal, refusal } from "../errors.ts";
import { type JsonValue, safeInteger, stringifyJson } from "../lib/json.ts";
import { type CheckedRequest, checkGenerateRequest } from "../schemas/generate.ts";
import { readTaskListQuery } from "../schemas/task-list.ts";
import type { Need } from "../tenant/access.ts";
import type { GenerateJob } from "../tenant/types.ts";
import { readJsonBody } from "./body.ts";
import { streamEvents } from "./events.ts";
import { answer, answerJson, publicBaseUrl, tenantOf, unwrap } from "./replies.ts";

const GENERATE: Need = { scope: "generate", allow: ["secret", "publishable", "token"] };
const READ: Need = { scope: "read", allow: ["secret", "token"] };

export function taskRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/task/generate", submit);
  routes.post("/task/estimate", estimate);
  routes.get("/query/:taskId", query);
  routes.get("/tasks", list);
  routes.get("/tasks/:taskId/events", streamEvents);
  routes.delete("/tasks/:taskId", remove);
  return routes;
}

async function submit(c: AppContext): Promise<Response> {
  const { body, request } = await readGenerateRequest(c);
  const key = readIdempotencyKey(c.req.header("x-idempotency-key"), c.req.header("idempotency-key"));
  if (!key.ok) return refuseAfterCheck(c, refusal(30001, `Idempotency key: ${key.reason}`), GENERATE);
  const waitSeconds = parsePreferWait(c.req.header("prefer"));
  const job: GenerateJob = {
    ...jobOf(request),
    idempotency: key.key === null ? null : { key: key.key, fingerprint: await fingerprint(body) },
    publicBaseUrl: publicBaseUrl(c),
    waitMs: (waitSeconds ?? 0) * 1_000,
  };
  const reply = await unwrap(c, tenantOf(c).generate(c.get("caller"), job));
  if (reply.replayed) c.header("idempotent-replayed", "true");
  if (waitSeconds !== null) c.header("preference-applied", preferenceApplied(waitSeconds));
  return answerJson(c, reply.json);
}

async function estimate(c: AppContext): Promise<Response> {
  const { request } = await readGenerateRequest(c);
  const { shape, model } = jobOf(request);
  return answerJson(c, await unwrap(c, tenantOf(c).estimate(c.get("caller"), { shape, model })));
}

async function query(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const waitSeconds = parsePreferWait(c.req.header("prefer"));
  const waitMs = (waitSeconds ?? 0) * 1_000;
  const json = await unwrap(c, tenantOf(c).query(c.get("caller"), taskId, publicBaseUrl(c), waitMs));
  if (waitSeconds !== null) c.header("preference-applied", preferenceApplied(waitSeconds));
  return answerJson(c, json);
}

async function list(c: AppContext): Promise<Response> {
  const filters = readTaskListQuery(c.req.query());
  if (!filters.ok) return refuseAfterCheck(c, filters.refusal, READ);
  return answerJson(c, await unwrap(c, tenantOf(c).listTasks(c.get("caller"), filters.query, publicBaseUrl(c))));
}

async function remove(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return answer(c, await unwrap(c, tenantOf(c).deleteTask(c.get("caller"), taskId)));
}

/**
 * A request that is wrong in itself: refused, but not before its credential was asked about, so that a revoked key learns
 * nothing and the answer has its rate-limit headers.
 */
export async function refuseAfterCheck(c: AppContext, reason: Refusal, need: Need): Promise<never> {
  await unwrap(c, tenantOf(c).check(c.get("caller"), need));
  throw new GatewayError(reason);
}

async function readGenerateRequest(c: AppContext): Promise<{ body: JsonValue; request: CheckedRequest }> {
  const body = await readJsonBody(c);
  if (!body.ok) return refuseAfterCheck(c, body.refusal, GENERATE);
  const base = publicBaseUrl(c);
  const origin = new URL(c.req.url).origin;
  const checked = checkGenerateRequest(body.value, {
    allowPrivate: c.get("config").allowPrivateUrls,
    ownOrigins: [origin, new URL(base).origin],
    ownFilePrefixes: [base, origin].flatMap((own) => [own + FILES_PATH, own + UPLOADS_PATH]),
  });
  if (!checked.ok) return refuseAfterCheck(c, checked.refusal, GENERATE);
  return { body: body.value, request: checked.request };
}

function jobOf(request: CheckedRequest): Omit<GenerateJob, "idempotency" | "publicBaseUrl" | "waitMs"> {
  const { model, forwarded, metadata, webhookUrl } = request;
  return {
    body: stringifyJson(forwarded),
    model: model.name,
    type: String(forwarded.type),
    taskType: TASK_TYPE[model.medium],
    results: expectedResults(model.medium, safeInteger(forwarded.imageCount ?? null)),
    shape: shapeOf(forwarded, model.medium),
    metadata: JSON.stringify(metadata),
    webhookUrl,
  };
}
