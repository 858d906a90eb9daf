/**
 * Admission: one synchronous decision over idempotency, allowances, limits and money. It results in an error, or in a
 * task row with its hold. It runs inside one transaction; nothing is sent before that is on disk (docs/design.md, rules
 * 1 and 5).
 */
import { masterKeyHealth } from "../../courier/master-keys.ts";
import { FILE_NONCE_BYTES, mintFileSecret } from "../../domain/file-link.ts";
import { IDEMPOTENCY_TTL_MS } from "../../domain/idempotency.ts";
import { PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import { formatTaskNo, TASK_NO_RANDOM_BYTES } from "../../domain/task-number.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { EstimateJob, GenerateJob } from "../api.ts";
import { type Owner, ownerText } from "../store/task-filter.ts";
import type { Access } from "./access.ts";
import {
  type AdmissionParts,
  endUserDenied,
  modelDenied,
  moneyDenied,
  tokenDenied,
  tooMany,
  tooManyOfToken,
  unpricedDenied,
  webhookDenied,
} from "./admission-limits.ts";
import type { Quote } from "./price-book.ts";

/** The result of an admission. */
export type Admission =
  | { readonly kind: "admitted"; readonly task: TaskRow }
  /** The same request was accepted before. */
  | { readonly kind: "replay"; readonly task: TaskRow }
  | { readonly kind: "refused"; readonly error: ApiError };

/** Delay after a crash before an admitted task is submitted again. */
const SUBMIT_LEASE_MS = 5_000;

/**
 * Decides about one submission. Call it inside a transaction. A repeated request gets the response of the first one,
 * even if a new request would now be refused.
 *
 * @param problem why a new request is refused before its admission is looked at: its references
 */
export function admit(
  parts: AdmissionParts,
  access: Access,
  job: GenerateJob,
  problem: ApiError | null = null,
): Admission {
  const now = parts.clock.now();
  const replay = replayOf(parts, access, job, now);
  if (replay) return replay;
  const masterKeys = parts.config.masterKeys.map(({ id }) => id);
  const { tenantId, settings } = access.tenant;
  const use = { tenantId, shape: job.shape, credits: parts.prices.upstreamCredits(job.shape) };
  const [masterKey] = masterKeyHealth.worthTrying(masterKeys, use, now);
  const quote = parts.prices.quote(job.shape, settings);
  const price = quote.credits;
  const denied =
    problem ??
    modelDenied(access, job) ??
    webhookDenied(access, job) ??
    (masterKey === undefined ? apiError(10001, undefined, { retryAfterSeconds: 15 }) : null) ??
    parts.storageLimit.fullError() ??
    tokenDenied(parts, access, price) ??
    endUserDenied(parts, access, price, now) ??
    tooMany(parts, access) ??
    tooManyOfToken(parts, access) ??
    unpricedDenied(parts, access, job, quote, now) ??
    moneyDenied(parts, access, price, now);
  if (denied || masterKey === undefined) return { kind: "refused", error: denied ?? apiError(10001) };

  const task = parts.ledger.hold(newTask(parts, access, job, { now, quote, masterKey }));
  parts.tasks.insert(task);
  if (task.token_id !== null && access.caller.kind === "token") {
    const { endUser, expiresAt } = access.caller.claims;
    parts.tokens.add(task.token_id, { tasks: 1, credits: price }, expiresAt, endUser);
  }
  return { kind: "admitted", task };
}

/** Returns the price of a submission of this shape, and whether it would be admitted. Spends nothing. */
export function estimate(
  parts: AdmissionParts,
  access: Access,
  job: EstimateJob,
): { readonly estimatedCredits: number; readonly affordable: boolean } | ApiError {
  const denied = modelDenied(access, job) ?? webhookDenied(access, job);
  if (denied) return denied;
  const { prices, clock } = parts;
  const estimatedCredits = prices.quote(job.shape, access.tenant.settings).credits;
  const now = clock.now();
  const refused =
    tokenDenied(parts, access, estimatedCredits) ??
    endUserDenied(parts, access, estimatedCredits, now) ??
    moneyDenied(parts, access, estimatedCredits, now);
  return { estimatedCredits, affordable: refused === null };
}

/**
 * @returns the admission of a repeated request; null if it has no idempotency key, or an unused one. Each owner has its
 * own keys.
 */
function replayOf(parts: AdmissionParts, access: Access, job: GenerateJob, now: number): Admission | null {
  if (!job.idempotency) return null;
  const task = parts.tasks.withIdempotencyKey(job.idempotency.key, access.owner);
  if (task === null || task.created_at + IDEMPOTENCY_TTL_MS <= now) return null;
  if (task.fingerprint !== job.idempotency.fingerprint) {
    const msg = "This idempotency key was used for a different request";
    return { kind: "refused", error: apiError(70003, msg, { status: 422 }) };
  }
  if (parts.awaitingResponse.has(task.task_id)) {
    return { kind: "refused", error: apiError(70003, undefined, { retryAfterSeconds: 1 }) };
  }
  if (task.answered === 0) parts.tasks.update(task.task_id, { answered: 1 });
  return { kind: "replay", task };
}

/** True if this credential may see the task. */
export function owns(owner: Owner | null, task: TaskRow): boolean {
  return owner === null || task[owner.column] === owner.value;
}

function newTask(
  parts: AdmissionParts,
  { tenant, key, caller, owner }: Access,
  job: GenerateJob,
  { now, quote, masterKey }: { now: number; quote: Quote; masterKey: string },
): TaskRow {
  const { random, ledger, config } = parts;
  const price = quote.credits;
  const taskId = ledger.nextId(now);
  const [signingSecret = ""] = config.signingSecrets;
  return {
    task_id: taskId,
    task_no: formatTaskNo(taskId, random.bytes(TASK_NO_RANDOM_BYTES)),
    file_secret: mintFileSecret(tenant.tenantId, taskId, random.bytes(FILE_NONCE_BYTES), signingSecret),
    phase: PHASE.submitting,
    status: STATUS.queuing,
    progress: 0,
    due_at: now + SUBMIT_LEASE_MS,
    attempts: 0,
    model: job.model,
    type: job.type,
    task_type: job.taskType,
    expected_results: job.results,
    key_id: key.keyId,
    end_user: caller.kind === "token" ? caller.claims.endUser : null,
    token_id: caller.kind === "token" ? caller.claims.tokenId : null,
    owner: owner && ownerText(owner),
    created_at: now,
    submitted_at: null,
    polls: 0,
    polled_at: null,
    finished_at: null,
    ended_at: null,
    deleted_at: null,
    answered: 0,
    // The row is on disk before the first attempt. After a crash it is unknown whether the attempt was made.
    uncertain: 1,
    missing: 0,
    forbidden_since: null,
    master_key: masterKey,
    upstream_key: crypto.randomUUID(),
    upstream_id: null,
    upstream_no: null,
    shape: job.shape,
    markup: String(tenant.settings.markup),
    price,
    held: price,
    corrected: quote.source === "list" ? 1 : 0,
    settled: "open",
    hold: null,
    hold_balance: null,
    fail_reason: "",
    idempotency_key: job.idempotency?.key ?? null,
    fingerprint: job.idempotency?.fingerprint ?? null,
    webhook_url: job.webhookUrl,
    base_url: job.publicBaseUrl,
    metadata: job.metadata,
    request: job.body,
    snapshot: null,
    results: null,
    files: null,
  };
}
