/** Calls of one tenant's object by the operator, whom an unreachable object must not stop. */
import type { EndpointTrouble } from "../../domain/delivery.ts";
import type { ListedTenant } from "../../domain/tenant-report.ts";
import { apiError, GatewayError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import { logEvent } from "../../lib/log.ts";
import { within } from "../../lib/time-limit.ts";

/** Longest wait of the operator for one object. */
const PATIENCE_MS = 5_000;

/** Outcome of a call: the object's result, or none in time. */
export type ObjectCall<T> = { readonly responded: true; readonly value: T } | { readonly responded: false };

/** Waits for a call of a tenant's object. Never throws. */
export async function callObject<T>(tenantId: string, call: Promise<T>): Promise<ObjectCall<T>> {
  const ended = call.then(
    (value): ObjectCall<T> => ({ responded: true, value }),
    (error: unknown): ObjectCall<T> => {
      logEvent("warn", "tenant-unavailable", { tenantId, error: String(error) });
      return { responded: false };
    },
  );
  return within<ObjectCall<T>, ObjectCall<T>>(ended, PATIENCE_MS, { responded: false });
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

/** Returns the error for a call that only the object can handle. */
export function unavailableError(): GatewayError {
  return new GatewayError(
    apiError(10001, "The tenant does not respond now; it can only be suspended, activated and deleted", {
      retryAfterSeconds: 15,
    }),
  );
}
