/** Calls of an object that does not respond, which must not stop others. */
import type { AppContext } from "../../context.ts";
import type { EndpointTrouble } from "../../domain/delivery.ts";
import type { ListedTenant } from "../../domain/tenant-report.ts";
import { type ApiError, apiError, CODES, GatewayError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import { logEvent } from "../../lib/log.ts";
import { LateError } from "../../lib/time-limit.ts";
import { openAiRetry } from "./idempotency.ts";

/** Outcome of a call: the object's result, or none; a late call may still be carried out. */
export type ObjectCall<T> =
  | { readonly responded: true; readonly value: T }
  | { readonly responded: false; readonly isLate: boolean };

/** Waits for a call of a tenant's object. Never throws. */
export function callObject<T>(tenantId: string, call: Promise<T>): Promise<ObjectCall<T>> {
  return call.then(
    (value): ObjectCall<T> => ({ responded: true, value }),
    (error: unknown): ObjectCall<T> => {
      logEvent("warn", "tenant-unavailable", { tenantId, error: String(error) });
      return { responded: false, isLate: error instanceof LateError };
    },
  );
}

/** A tenant whose object is not reachable, from the Directory's record. */
export interface UnavailableTenantView
  extends Pick<ListedTenant, "tenantId" | "name" | "status" | "billing" | "balance" | "runningTasks" | "externalId"> {
  readonly webhook: EndpointTrouble | null;
  readonly createdAt: string;
  readonly lastActiveAt: string | null;
  readonly unavailable: true;
}

/** Returns the Directory's record of a tenant: status as the operator last decided, figures as last reported. */
export function viewUnavailable(known: ListedTenant): UnavailableTenantView {
  const { tenantId, name, status, billing, balance, runningTasks, createdAt } = known;
  // A Directory of the previous release has none of these.
  const { externalId = null, lastActiveAt = 0, webhook = null } = known;
  return {
    ...{ tenantId, name, status, billing, balance, runningTasks, externalId, webhook },
    createdAt: isoTime(createdAt),
    lastActiveAt: lastActiveAt === 0 ? null : isoTime(lastActiveAt),
    unavailable: true,
  };
}

/** Posts that change nothing. */
const READS = /\/(restore|estimate)$/;
const REPEATABLE = ". This change may still be made; it is safe to repeat";
const UNKNOWN =
  ". This request may still be carried out: check before you repeat it. With an idempotency key, where one is accepted, it is safe to repeat";

/** Returns the error for a request whose object did not respond. */
export function unavailableError(c: AppContext): GatewayError {
  const what = c.req.path.startsWith("/admin/v1/tenants/")
    ? "The tenant does not respond now; it can only be suspended, activated and deleted"
    : CODES[10001][1];
  return new GatewayError(unknownOutcome(c, what, 15));
}

/** Returns the error for a request that broke off: a change may be made all the same. */
export function unknownOutcome(c: AppContext, what: string, retryAfterSeconds: number): ApiError {
  const { method, path } = c.req;
  const isRead = method === "GET" || method === "HEAD" || READS.test(path);
  const outcome = isRead ? "" : method === "POST" ? UNKNOWN : REPEATABLE;
  return apiError(10001, what + outcome, { retryAfterSeconds, openAi: openAiRetry(c) });
}
