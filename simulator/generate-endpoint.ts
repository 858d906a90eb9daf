import type { Account } from "./accounts.ts";
import { Refusal } from "./error-codes.ts";
import { type CountedFault, type Fault, strikesAfter } from "./faults.ts";
import { type GenerateRequest, readGenerateRequest } from "./generate-request.ts";
import {
  bearerToken,
  type Exchange,
  header,
  type Reply,
  readBody,
  refusal,
  sendReply,
  success,
} from "./http-exchange.ts";
import type { RecordedRequest } from "./journal.ts";
import { isJsonObject, type Json, parseLongJson } from "./long-json.ts";
import { type Plan, planFromPrompt, USUAL_PACE } from "./plan.ts";
import { priceOf } from "./price.ts";
import { checkReferences } from "./references.ts";
import { strikeReply } from "./reply-faults.ts";
import type { TaskRecord } from "./task-record.ts";
import { timeIn, type World } from "./world.ts";

/** `POST /api/v1/task/generate`. */
export async function generateEndpoint(exchange: Exchange): Promise<void> {
  const { world, request, response } = exchange;
  const body = await readBody(request);
  const key = bearerToken(request);
  const account = world.accounts.byKey(key ?? "");
  const record: RecordedRequest = {
    at: Date.now(),
    headers: Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
    ),
    body: body ?? "",
    key,
    account: account?.name ?? null,
    idempotencyKey: header(request, "x-idempotency-key"),
    fault: null,
    code: null,
    taskId: null,
    replayed: false,
  };
  world.journal.submission(record);
  if (account !== undefined) account.submissions++;
  const lock =
    account === undefined || record.idempotencyKey === null ? null : `${account.name}\n${record.idempotencyKey}`;
  if (lock !== null && world.locks.has(lock)) {
    world.journal.decided(record, 10006, null, false);
    sendReply(response, refusal(world, new Refusal(10006)));
    return;
  }
  if (lock !== null) world.locks.add(lock);
  try {
    await answer(exchange, record, account);
  } finally {
    // Held until the response is sent or the caller has left: an earlier repetition gets 10006.
    if (lock !== null) world.locks.delete(lock);
  }
}

async function answer(exchange: Exchange, record: RecordedRequest, account: Account | undefined): Promise<void> {
  const fault = chooseFault(exchange.world, record);
  if (fault !== undefined) {
    record.fault = fault.kind;
    exchange.world.journal.fault("generate", fault.kind);
  }
  if (fault !== undefined && !strikesAfter(fault) && (await strikeReply(exchange, fault))) return;
  const reply = decide(exchange, record, account);
  if (fault !== undefined && strikesAfter(fault) && (await strikeReply(exchange, fault, reply))) return;
  sendReply(exchange.response, reply);
}

/** Accepts or rejects a task; the one synchronous step that creates and charges it. */
function decide({ world, request }: Exchange, record: RecordedRequest, account: Account | undefined): Reply {
  try {
    if (record.key === null) throw new Refusal(20001);
    if (account === undefined) throw new Refusal(20008);
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
      throw new Refusal(30001, "Invalid parameters: Content-Type must be application/json");
    }
    const earlier = world.tasks.byIdempotencyKey(account.name, record.idempotencyKey ?? "");
    const task = earlier ?? accept(world, record, account);
    world.journal.decided(record, 0, task.taskId, earlier !== undefined);
    return success({ estimatedCredits: task.credits, taskId: BigInt(task.taskId), taskNo: task.taskNo });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    world.journal.decided(record, error.code, null, false);
    return refusal(world, error);
  }
}

function accept(world: World, record: RecordedRequest, account: Account): TaskRecord {
  const request = readGenerateRequest(parseBody(record.body));
  const now = timeIn(world);
  const plan = fullPlan(world, request);
  const credits = plan.price ?? priceOf(request);
  // Only now, because going through all running tasks for refunds that are due is the exception.
  if (account.credits < credits) world.tasks.settle(now);
  if (account.credits < credits) throw new Refusal(60001);
  const { idempotencyKey } = record;
  const task = world.tasks.accept({ account: account.name, idempotencyKey, request, plan, credits, acceptedAt: now });
  world.stateFile?.touch();
  if (plan.fetchReferences === true) void reviewReferences(world, task);
  return task;
}

/** Prompt over server over usual. Only the usual durations follow the server's speed. */
function fullPlan(world: World, request: GenerateRequest): TaskRecord["plan"] {
  const { settings } = world;
  const usual = USUAL_PACE[request.model.medium];
  return {
    queueMs: usual.queueMs / settings.speed,
    generateMs: usual.generateMs / settings.speed,
    thumbnail: settings.thumbnails && request.model.medium === "video",
    fetchReferences: settings.fetchReferences,
    ...settings.plan,
    ...ownPlan(request.prompt),
  };
}

async function reviewReferences(world: World, task: TaskRecord): Promise<void> {
  const { refImageUrls, refVideoUrls, refAudioUrls } = task.request;
  task.references = await checkReferences([...refImageUrls, ...refVideoUrls, ...refAudioUrls]);
  const bad = task.references.find((check) => check.status !== 200 || check.bytes === 0);
  if (bad !== undefined)
    world.tasks.end(task, "failed", timeIn(world), `Reference could not be downloaded: ${bad.url}`);
  world.stateFile?.touch();
}

function chooseFault(world: World, record: RecordedRequest): Fault | undefined {
  const { model, prompt } = glimpse(record.body);
  const { account, key, idempotencyKey } = record;
  const subject = {
    account: account ?? undefined,
    key: key ?? undefined,
    idempotencyKey: idempotencyKey ?? undefined,
    model,
    prompt,
  };
  let own: readonly CountedFault[] = [];
  try {
    own = planFromPrompt(prompt).generate ?? world.settings.plan.generate ?? [];
  } catch {
    // A malformed directive is rejected when the request is decided.
  }
  return world.faults.choose("generate", subject, own, `generate\n${account}\n${idempotencyKey ?? record.body}`);
}

/** Model and prompt of a body that may be anything. */
function glimpse(body: string): { model: string; prompt: string } {
  let parsed: Json = null;
  try {
    parsed = parseLongJson(body);
  } catch {
    // Not JSON: no rule on model or prompt can match.
  }
  const { model, prompt } = isJsonObject(parsed) ? parsed : {};
  return { model: typeof model === "string" ? model : "", prompt: typeof prompt === "string" ? prompt : "" };
}

function parseBody(body: string): Json {
  try {
    return parseLongJson(body);
  } catch {
    throw new Refusal(30001, "Invalid parameters: body is not JSON");
  }
}

function ownPlan(prompt: string): Plan {
  try {
    return planFromPrompt(prompt);
  } catch (error) {
    throw new Refusal(30001, `Invalid parameters: ${error instanceof Error ? error.message : "bad sim directive"}`);
  }
}
