/**
 * Admission: one synchronous decision over idempotency, allowances, limits and money. It results in an error, or in a
 * task row with its hold. It runs inside one transaction; nothing is sent before that is on disk (docs/design.md, rules
 * 1 and 5).
 */
import { masterKeyHealth } from "../../courier/master-keys.ts";
import { FILE_NONCE_BYTES, mintFileSecret } from "../../domain/file-link.ts";
import { IDEMPOTENCY_TTL_MS } from "../../domain/idempotency.ts";
import { covers } from "../../domain/ledger.ts";
import { PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import { firstTaskIdAt } from "../../domain/task-id.ts";
import { formatTaskNo, TASK_NO_RANDOM_BYTES } from "../../domain/task-number.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { EstimateJob, GenerateJob } from "../api.ts";
import type { Dependencies } from "../ports.ts";
import type { ClientTokenStore } from "../store/client-tokens.ts";
import type { EndUserStore } from "../store/end-users.ts";
import { type Owner, ownerText } from "../store/task-filter.ts";
import type { TaskStore } from "../store/tasks.ts";
import { type Access, allowedModels, shareOf } from "./access.ts";
import type { Ledger } from "./ledger.ts";
import type { PriceBook, Quote } from "./price-book.ts";
import type { StorageLimit } from "./storage-limit.ts";

/** The result of an admission. */
export type Admission =
  | { readonly kind: "admitted"; readonly task: TaskRow }
  /** The same request was accepted before. */
  | { readonly kind: "replay"; readonly task: TaskRow }
  | { readonly kind: "refused"; readonly error: ApiError };

/** What an admission depends on. */
export interface AdmissionParts extends Dependencies {
  readonly tasks: TaskStore;
  readonly tokens: ClientTokenStore;
  readonly endUsers: EndUserStore;
  readonly ledger: Ledger;
  readonly storageLimit: StorageLimit;
  readonly prices: PriceBook;
  /** True while the first request that made this task waits for its response. */
  readonly isAwaitingResponse: (taskId: number) => boolean;
  /** Number of tasks that have not ended: of one key, or of the tenant (null). */
  readonly activeTasks: (keyId: string | null) => number;
}

/** Delay after a crash before an admitted task is submitted again. */
const SUBMIT_LEASE_MS = 5_000;
/**
 * Longest time for which a submission of unknown price keeps others of the same model and prepaid tenant out (contract
 * section 9, "Money").
 */
const UNPRICED_MS = 60_000;

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
  if (parts.isAwaitingResponse(task.task_id)) {
    return { kind: "refused", error: apiError(70003, undefined, { retryAfterSeconds: 1 }) };
  }
  if (task.answered === 0) parts.tasks.update(task.task_id, { answered: 1 });
  return { kind: "replay", task };
}

/** True if this credential may see the task. */
export function owns(owner: Owner | null, task: TaskRow): boolean {
  return owner === null || task[owner.column] === owner.value;
}

function modelDenied(access: Access, job: Pick<GenerateJob, "model">): ApiError | null {
  const allowed = allowedModels(access);
  if (allowed === null || allowed.includes(job.model)) return null;
  return apiError(20002, "This model is not allowed for this credential");
}

/** Allows `webhookUrl` to the tenant's backend alone, because the event goes there, signed with the tenant's secret. */
function webhookDenied(
  { caller, key }: Access,
  { webhookUrl }: Partial<Pick<GenerateJob, "webhookUrl">>,
): ApiError | null {
  if ((webhookUrl ?? null) === null || (caller.kind === "key" && key.kind === "secret")) return null;
  return apiError(20002, "webhookUrl is for secret keys only");
}

function tokenDenied(parts: AdmissionParts, { caller }: Access, price: number): ApiError | null {
  if (caller.kind !== "token") return null;
  const { tokenId, maxTasks, maxCredits } = caller.claims;
  if (maxTasks === null && maxCredits === null) return null;
  const used = parts.tokens.get(tokenId);
  if (maxTasks !== null && used.tasks >= maxTasks) return apiError(20002, "The token has used all of its maxTasks");
  if (maxCredits !== null && used.credits + price > maxCredits)
    return apiError(20002, "The token has used all of its maxCredits");
  return null;
}

/** Checks the caps of a token's end user, over all of its tokens. */
function endUserDenied(
  { endUsers, ledger }: AdmissionParts,
  { caller }: Access,
  price: number,
  now: number,
): ApiError | null {
  const endUser = caller.kind === "token" ? caller.claims.endUser : null;
  if (endUser === null) return null;
  const { dailyCredits, monthlyCredits, dailyTasks } = endUsers.get(endUser);
  if (dailyCredits === null && monthlyCredits === null && dailyTasks === null) return null;
  const { todayCredits, monthCredits, todayTasks } = ledger.usedByEndUser(endUser, now);
  const over = (cap: number | null, wanted: number) => cap !== null && wanted > cap;
  const used = (cap: string) => apiError(20002, `The end user has used all of its ${cap}`);
  if (over(dailyTasks, todayTasks + 1)) return used("dailyTasks");
  if (over(dailyCredits, todayCredits + price)) return used("dailyCredits");
  return over(monthlyCredits, monthCredits + price) ? used("monthlyCredits") : null;
}

function tooMany(parts: AdmissionParts, { tenant, key }: Access): ApiError | null {
  const { concurrentTasks } = tenant.settings;
  const refuse = (most: number, where = "") =>
    apiError(70002, `At most ${most} tasks may run at once${where}`, { retryAfterSeconds: 5 });
  if (parts.activeTasks(null) >= concurrentTasks) return refuse(concurrentTasks);
  const most = key.concurrentTasks;
  return most !== null && parts.activeTasks(key.keyId) >= most ? refuse(most, " with this key") : null;
}

/** Limits the running tasks of one end user, so that it cannot take all of the tenant's places. */
function tooManyOfToken(parts: AdmissionParts, { tenant, caller, owner }: Access): ApiError | null {
  if (caller.kind !== "token" || owner === null) return null;
  const { concurrentTasks, endUser } = caller.claims;
  const ofToken = concurrentTasks ?? shareOf(tenant.settings.concurrentTasks);
  const most = Math.min(ofToken, (endUser === null ? null : parts.endUsers.get(endUser).concurrentTasks) ?? ofToken);
  const name = ownerText(owner);
  if ((parts.tasks.countActiveByOwner([name]).get(name) ?? 0) < most) return null;
  return apiError(70002, `At most ${most} tasks may run at once with this token`, { retryAfterSeconds: 5 });
}

/**
 * Holds back all but one submission of a prepaid tenant to a model without a known price, because nothing shows what
 * the balance covers. The place is free once that submission is priced, refused or ended, at the latest after {@link
 * UNPRICED_MS}.
 */
function unpricedDenied(
  { tasks }: AdmissionParts,
  { tenant }: Access,
  { model }: Pick<GenerateJob, "model">,
  { source }: Quote,
  now: number,
): ApiError | null {
  if (tenant.settings.billing !== "prepaid" || source !== "default") return null;
  if (!tasks.hasRunning(model, firstTaskIdAt(now - UNPRICED_MS + 1))) return null;
  const msg = "The price of this model is not known yet: one task at a time until it is";
  return apiError(70002, msg, { retryAfterSeconds: 5 });
}

function moneyDenied(parts: AdmissionParts, { tenant, key }: Access, price: number, now: number): ApiError | null {
  const { billing, monthlyCredits } = tenant.settings;
  const balance = parts.ledger.balance();
  if (!covers(billing, balance, price) || !parts.ledger.canHold(price)) {
    return apiError(60001, undefined, { data: { required: price, available: balance } });
  }
  const caps = [
    { cap: monthlyCredits, keyId: null },
    { cap: key.monthlyCredits, keyId: key.keyId },
  ];
  for (const { cap, keyId } of caps) {
    if (cap === null) continue;
    const available = cap - parts.ledger.spentThisMonth(now, keyId);
    if (price > available) {
      return apiError(60001, "This month's credits are used up", { data: { required: price, available } });
    }
  }
  return null;
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
