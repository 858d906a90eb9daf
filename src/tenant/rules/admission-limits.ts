/** What a submission may not exceed: models, allowances of token and end user, places, money. Each returns an error or null. */
import { MINUTE_MS } from "../../domain/calendar.ts";
import { covers } from "../../domain/ledger.ts";
import { firstTaskIdAt } from "../../domain/task-id.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { GenerateJob } from "../api.ts";
import type { TenantContext } from "../context.ts";
import { ownerText } from "../store/task-filter.ts";
import { type Access, allowedModels, shareOf } from "./access.ts";
import type { Ledger } from "./ledger.ts";
import type { PriceBook, Quote } from "./price-book.ts";
import type { StorageLimit } from "./storage-limit.ts";

/** What an admission depends on. */
export interface AdmissionParts extends TenantContext {
  readonly ledger: Ledger;
  readonly storageLimit: StorageLimit;
  readonly prices: PriceBook;
  /** Tasks whose first request waits for its response. */
  readonly awaitingResponse: ReadonlySet<number>;
}

/**
 * Longest time for which a submission of unknown price keeps others of the same model and prepaid tenant out (contract
 * section 9, "Money").
 */
const UNPRICED_MS = MINUTE_MS;

/** Allows the models of the tenant, the key and the token alone. */
export function modelDenied(access: Access, job: Pick<GenerateJob, "model">): ApiError | null {
  const allowed = allowedModels(access);
  if (allowed === null || allowed.includes(job.model)) return null;
  return apiError(20002, "This model is not allowed for this credential");
}

/** Allows `webhookUrl` to the tenant's backend alone, because the event goes there, signed with the tenant's secret. */
export function webhookDenied(
  { caller, key }: Access,
  { webhookUrl }: Partial<Pick<GenerateJob, "webhookUrl">>,
): ApiError | null {
  if ((webhookUrl ?? null) === null || (caller.kind === "key" && key.kind === "secret")) return null;
  return apiError(20002, "webhookUrl is for secret keys only");
}

/** Checks what a client token may spend in all. */
export function tokenDenied(parts: AdmissionParts, { caller }: Access, price: number): ApiError | null {
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
export function endUserDenied(
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

/** Limits the running tasks of the tenant and of the key. */
export function tooMany(parts: AdmissionParts, { tenant, key }: Access): ApiError | null {
  const { concurrentTasks } = tenant.settings;
  const refuse = (most: number, where = "") =>
    apiError(70002, `At most ${most} tasks may run at once${where}`, { retryAfterSeconds: 5 });
  if (parts.activeTasks(null) >= concurrentTasks) return refuse(concurrentTasks);
  const most = key.concurrentTasks;
  return most !== null && parts.activeTasks(key.keyId) >= most ? refuse(most, " with this key") : null;
}

/** Limits the running tasks of one end user, so that it cannot take all of the tenant's places. */
export function tooManyOfToken(parts: AdmissionParts, { tenant, caller, owner }: Access): ApiError | null {
  if (caller.kind !== "token" || owner === null) return null;
  const { concurrentTasks, endUser } = caller.claims;
  const ofToken = concurrentTasks ?? shareOf(tenant.settings.concurrentTasks);
  const ofEndUser = endUser === null ? null : parts.endUsers.get(endUser).concurrentTasks;
  const most = Math.min(ofToken, ofEndUser ?? ofToken);
  const name = ownerText(owner);
  if ((parts.tasks.countActiveByOwner([name]).get(name) ?? 0) < most) return null;
  const whose = most === ofEndUser ? "for this end user" : "with this token";
  return apiError(70002, `At most ${most} tasks may run at once ${whose}`, { retryAfterSeconds: 5 });
}

/**
 * Holds back all but one submission of a prepaid tenant to a model without a known price, because nothing shows what
 * the balance covers. The place is free once that submission is priced, refused or ended, at the latest after {@link
 * UNPRICED_MS}.
 */
export function unpricedDenied(
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

/** Checks balance and credits of the month. */
export function moneyDenied(
  parts: AdmissionParts,
  { tenant, key }: Access,
  price: number,
  now: number,
): ApiError | null {
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
