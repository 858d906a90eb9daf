/** The tenants' clients: they submit, lose patience, hang up, retry, and record every response. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SubmissionPlan } from "./schedule.ts";

/** One response that a client has seen in full. */
export interface Answered {
  /** ms since epoch. */
  readonly at: number;
  readonly status: number;
  readonly code: number;
  readonly taskId: number | null;
  readonly resultUrls: readonly string[];
  readonly replayed: boolean;
}

/** A submission and all its responses in the order of arrival. */
export interface SubmissionRecord {
  readonly plan: SubmissionPlan;
  readonly answers: Answered[];
  /** Sent requests, with or without a response. */
  requests: number;
  /** Requests that ended without a response: the gateway was dead, or the client had gone. */
  unanswered: number;
}

/** Where and as whom to submit. */
export interface ClientWorld {
  readonly gatewayUrl: () => string;
  readonly key: string;
  /** The text of every response, to be searched for what must never leave the gateway. */
  readonly overhear: (text: string) => void;
  /** True once the storm is over: a client without a response stops waiting. */
  readonly isOver: () => boolean;
}

/** Doubled with each try, up to the second. */
const RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;
const PATIENCE_MS = 30_000;
/** After these a sensible client tries the same again (contract section 2). */
const WORTH_RETRYING = new Set([409, 429, 503]);

/** Plays one submission to its end: success, an error, or a client that gives up. */
export async function playSubmission(plan: SubmissionPlan, world: ClientWorld): Promise<SubmissionRecord> {
  const record: SubmissionRecord = { plan, answers: [], requests: 0, unanswered: 0 };
  await Promise.all([insist(record, world, plan.hangUpMs), ...(plan.twice ? [insist(record, world, null)] : [])]);
  return record;
}

/** Without a key a request is made once: whether to make another is a question of money, not of patience. */
async function insist(record: SubmissionRecord, world: ClientWorld, hangUpMs: number | null): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let attempt = 0; ; attempt++) {
    const answer = await submitOnce(record, world, attempt === 0 ? hangUpMs : null);
    if (record.plan.once === true) return;
    const again = answer === null ? record.plan.idempotencyKey !== null : WORTH_RETRYING.has(answer.status);
    if (!again || (Date.now() > giveUpAt && world.isOver())) return;
    await sleep(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** attempt));
  }
}

async function submitOnce(
  record: SubmissionRecord,
  world: ClientWorld,
  hangUpMs: number | null,
): Promise<Answered | null> {
  const { plan } = record;
  const headers: Record<string, string> = { authorization: `Bearer ${world.key}`, "content-type": "application/json" };
  if (plan.idempotencyKey !== null) headers["x-idempotency-key"] = plan.idempotencyKey;
  if (plan.waitSeconds !== null) headers.prefer = `wait=${plan.waitSeconds}`;
  record.requests += 1;
  try {
    const response = await fetch(`${world.gatewayUrl()}/api/v1/task/generate`, {
      method: "POST",
      headers,
      body: JSON.stringify(plan.body),
      signal: AbortSignal.timeout(hangUpMs ?? PATIENCE_MS),
    });
    const text = await response.text();
    world.overhear(text + JSON.stringify([...response.headers]));
    const { code, data } = JSON.parse(text) as { code: number; data: { taskId: number; resultUrls: string[] } | null };
    const answer: Answered = {
      at: Date.now(),
      status: response.status,
      code,
      taskId: code === 0 ? (data?.taskId ?? null) : null,
      resultUrls: code === 0 ? (data?.resultUrls ?? []) : [],
      replayed: response.headers.get("idempotent-replayed") === "true",
    };
    record.answers.push(answer);
    return answer;
  } catch {
    record.unanswered += 1;
    return null;
  }
}
