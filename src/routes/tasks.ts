/** The upstream's two calls, and the task list. */
import type { AppContext, AppRoutes } from "../context.ts";
import { expectedResults, TASK_TYPE } from "../domain/catalogue.ts";
import { FILES_PATH } from "../domain/file-link.ts";
import { parsePreferWait, preferenceApplied, prefersStrict } from "../domain/prefer.ts";
import { shapeOf } from "../domain/pricing.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { UPLOADS_PATH } from "../domain/upload-link.ts";
import { type ApiError, apiError, GatewayError } from "../errors.ts";
import { type BodyMemory, takeUploadMemory } from "../files/upload-memory.ts";
import { utf8Length } from "../lib/byte-limit.ts";
import { type JsonValue, safeInteger, stringifyJson } from "../lib/json.ts";
import { type CheckedRequest, checkGenerateRequest, type UrlRules } from "../schemas/check-generate.ts";
import { readTaskListQuery } from "../schemas/task-list.ts";
import type { GenerateJob, GenerateResult } from "../tenant/api.ts";
import { streamEvents } from "./events.ts";
import { dropTenantFacts } from "./files.ts";
import {
  type LargerBody,
  MAX_JSON_BYTES,
  MAX_JSON_WITH_DATA_BYTES,
  memoryError,
  readJsonBody,
  senderOf,
} from "./support/body.ts";
import { readIdempotency } from "./support/idempotency.ts";
import { storeReferences, uploadsAmong, withoutBytes } from "./support/references.ts";
import {
  publicBaseUrl,
  rejectAfterCheck,
  requestOrigin,
  requireValid,
  respond,
  respondJson,
  tenantOf,
  unwrap,
} from "./support/responses.ts";
import { untilEnded, watchOf } from "./support/watching.ts";

/** Copies of a body in memory at once: as sent, as text, as JSON, and as bytes. */
const COPIES_OF_BODY = 4;

/** Adds the routes of submissions, queries and tasks. */
export function addTaskRoutes(routes: AppRoutes): void {
  routes.post("/task/generate", submit);
  routes.post("/task/estimate", estimate);
  routes.get("/query/:taskId", query);
  routes.get("/tasks", list);
  routes.get("/tasks/:taskId/events", streamEvents);
  routes.delete("/tasks/:taskId", remove);
}

/** `POST …/task/generate`. */
export async function submit(c: AppContext): Promise<Response> {
  const wait = readWait(c);
  const result = await withLargeBody(c, async (larger) => {
    const { body, request } = await readGenerateRequest(c, larger);
    const idempotency = await requireValid(c, await readIdempotency(c, body), "generate");
    return generate(c, request, { idempotency, waitMs: wait && wait.seconds * 1_000 });
  });
  if (result.replayed) c.header("idempotent-replayed", "true");
  return respondJson(c, wait === null ? result.json : await withTask(c, result, wait));
}

/**
 * Submits a checked request. The bytes of its `data:` URIs are put into R2 before.
 *
 * @throws GatewayError the object's error
 */
export async function generate(
  c: AppContext,
  request: CheckedRequest,
  given: Pick<GenerateJob, "idempotency" | "waitMs">,
): Promise<GenerateResult> {
  const more = { ...given, publicBaseUrl: publicBaseUrl(c) };
  const tenant = tenantOf(c);
  const caller = c.get("caller");
  const { references } = request;
  if (references.length === 0) {
    return accepted(c, await unwrap(c, tenant.generate(caller, { ...jobOf(request), ...more })));
  }
  const files = await storeReferences(c, references);
  const forwarded = withoutBytes(request.forwarded, references, files);
  const job = { ...jobOf({ ...request, forwarded }), ...more };
  const isCounted = files.some(({ placed }) => placed);
  return accepted(c, await unwrap(c, tenant.generateWithFiles(caller, job, files, !isCounted)));
}

/** Names the task of a submission in the log line of its request. */
function accepted(c: AppContext, result: GenerateResult): GenerateResult {
  c.set("taskId", result.taskId);
  return result;
}

/** Runs `work`, which may read one large body; its memory is limited like that of uploads. */
export async function withLargeBody<T>(c: AppContext, work: (larger: LargerBody) => Promise<T>): Promise<T> {
  let memory: BodyMemory | null = null;
  let full: ApiError | null = null;
  const accept = (declared: number | null) => {
    const taken = takeUploadMemory(senderOf(c), COPIES_OF_BODY * (declared ?? MAX_JSON_WITH_DATA_BYTES));
    if (typeof taken === "string") full = memoryError(taken);
    else memory = taken;
    return typeof taken !== "string";
  };
  try {
    const isUsed = () => memory !== null;
    return await work({ maxBytes: MAX_JSON_WITH_DATA_BYTES, accept, refusal: () => full, isUsed });
  } finally {
    (memory as BodyMemory | null)?.release();
  }
}

/**
 * Returns the result of a submission whose caller waits, with the task as it is at its end or at the end of the wait.
 */
async function withTask(c: AppContext, { taskId, json }: GenerateResult, wait: Wait): Promise<string> {
  c.header("preference-applied", preferenceApplied(wait.seconds));
  const watch = watchOf(c, taskId, "generate");
  // The task is accepted: the caller gets its taskId whatever fails from here on.
  const first = await watch(null, 0).catch(() => null);
  if (!first?.ok) return json;
  const { task } = await untilEnded(watch, first.data, wait.untilMs);
  const submission = JSON.parse(json) as Record<string, unknown>;
  const own = JSON.stringify({ ...submission, estimatedCredits: task.price ?? submission.estimatedCredits });
  return `${own.slice(0, -1)},"task":${task.json}}`;
}

/** `POST …/task/estimate`. */
export async function estimate(c: AppContext): Promise<Response> {
  return withLargeBody(c, async (larger) => {
    const { request } = await readGenerateRequest(c, larger);
    const { shape, model, webhookUrl } = jobOf(request);
    const job = { shape, model, webhookUrl, references: uploadsAmong(request.references) };
    return respondJson(c, await unwrap(c, tenantOf(c).estimate(c.get("caller"), job)));
  });
}

async function query(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const wait = readWait(c);
  if (wait === null) {
    return respondJson(c, await unwrap(c, tenantOf(c).query(c.get("caller"), taskId, publicBaseUrl(c))));
  }
  const watch = watchOf(c, taskId, "query");
  const waited = await untilEnded(watch, await unwrap(c, watch(null, 0, true)), wait.untilMs);
  if (waited.error) throw new GatewayError(waited.error);
  c.header("preference-applied", preferenceApplied(wait.seconds));
  return respondJson(c, waited.task.json);
}

/** `Prefer: wait=N` of a request, and the end of the wait. */
interface Wait {
  readonly seconds: number;
  /** ms since epoch */
  readonly untilMs: number;
}

function readWait(c: AppContext): Wait | null {
  const seconds = parsePreferWait(c.req.header("prefer"));
  return seconds === null ? null : { seconds, untilMs: Date.now() + seconds * 1_000 };
}

async function list(c: AppContext): Promise<Response> {
  const filters = await requireValid(c, readTaskListQuery(c.req.queries()), "listTasks");
  return respondJson(c, await unwrap(c, tenantOf(c).listTasks(c.get("caller"), filters, publicBaseUrl(c))));
}

async function remove(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const deleted = await unwrap(c, tenantOf(c).deleteTask(c.get("caller"), taskId));
  dropTenantFacts(c.get("tenantId"));
  return respond(c, deleted);
}

async function readGenerateRequest(
  c: AppContext,
  larger: LargerBody,
): Promise<{ body: JsonValue; request: CheckedRequest }> {
  const body = await requireValid(c, await readJsonBody(c, false, larger), "generate");
  const strict = prefersStrict(c.req.header("prefer"));
  return { body, request: await checkRequest(c, body, { strict, isLarge: larger.isUsed() }) };
}

/**
 * Checks the body of a submission.
 *
 * @param isLarge true for a body over 256 KiB, which only the bytes of references may be
 * @throws GatewayError what is wrong with it, or with the credential
 */
export async function checkRequest(
  c: AppContext,
  body: JsonValue,
  { strict, isLarge }: { readonly strict: boolean; readonly isLarge: boolean },
): Promise<CheckedRequest> {
  const rules = {
    allowPrivate: c.get("config").allowPrivateUrls,
    ...ownAddresses(publicBaseUrl(c), requestOrigin(c)),
  };
  const request = await requireValid(c, checkGenerateRequest(body, rules, strict), "generate");
  if (isLarge) {
    const rest = withoutBytes(request.forwarded, request.references);
    if (utf8Length(stringifyJson(rest)) > MAX_JSON_BYTES) {
      return rejectAfterCheck(c, apiError(70006, "The body without its data: references exceeds 256 KiB"), "generate");
    }
  }
  return request;
}

/** Returns the gateway's own addresses, for the rules about URLs that tenants give. */
function ownAddresses(base: string, origin: string): Pick<UrlRules, "ownOrigins" | "ownFilePrefixes"> {
  const own = base === origin ? [origin] : [base, origin];
  return { ownOrigins: own, ownFilePrefixes: own.flatMap((address) => [address + FILES_PATH, address + UPLOADS_PATH]) };
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
