/** The audit log: what the operator and tenants' people did: who, what, when, before and after. */
import type { AppContext } from "../context.ts";
import { directoryOf } from "./operator.ts";

/** What was done; `before` and `after` must hold no key, token or secret. */
export interface AuditedAction {
  /** `operator` unless told otherwise. */
  readonly actor?: "portal";
  readonly action: string;
  /** Null for what concerns all tenants. */
  readonly tenantId: string | null;
  readonly target?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** The action may have been done by an earlier request, which could not enter it any more: it is entered if it is not there. */
  readonly once?: boolean;
}

/**
 * Records one action under the request's id. Called after the action, so that only what happened is in the log; the deletion of
 * a tenant is the exception.
 */
export async function audit(c: AppContext, done: AuditedAction): Promise<void> {
  const { actor = "operator", action, tenantId, target, before, after, once = false } = done;
  const entry = {
    actor,
    action,
    tenantId,
    target: target ?? null,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    requestId: c.get("requestId"),
  };
  await directoryOf(c).audit(entry, once);
}
