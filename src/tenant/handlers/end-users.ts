/** End users of a tenant: limits over all tokens of one, and what it has used (contract section 4). */
import type { Actor } from "../../domain/audit.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { isSame } from "../../lib/is-same.ts";
import type { EndUserQuery } from "../api.ts";
import type { EndUserUse } from "../rules/end-user-spend.ts";
import type { TenantServices } from "../services.ts";
import type { EndUserLimits } from "../store/end-users.ts";
import { ownerText } from "../store/task-filter.ts";

/** One end user with its limits and use. */
export interface EndUserView extends EndUserLimits {
  readonly endUser: string;
  readonly used: EndUserUse & {
    /** Tasks that have not ended. */
    readonly running: number;
  };
}

/** One page of end users by name; `nextCursor` is null at the end. */
export interface EndUserPage {
  readonly endUsers: readonly EndUserView[];
  readonly nextCursor: string | null;
}

/** @returns an end user; one that was never seen has no limits and no use */
export function viewEndUser(services: TenantServices, endUser: string): EndUserView {
  return viewAll(services, [endUser])[0] as EndUserView;
}

/** Replaces the limits of an end user. @param actor for the audit log, if a person did it. @returns 70009 while the tenant's storage is full */
export function putEndUser(
  services: TenantServices,
  endUser: string,
  limits: EndUserLimits,
  actor?: Actor,
): Promise<EndUserView | ApiError> {
  return services.commit.run((): EndUserView | ApiError => {
    const full = services.storageLimit.fullError();
    if (full) return full;
    const before = services.endUsers.get(endUser);
    if (isSame({ ...before, ...limits }, before)) return viewEndUser(services, endUser);
    services.endUsers.put(endUser, limits);
    services.audit.enter(actor, { action: "end-user.update", target: endUser, before, after: limits });
    return viewEndUser(services, endUser);
  });
}

/** @returns one page of the end users that have limits, use or tasks */
export function endUserPage(services: TenantServices, { after, limit }: EndUserQuery): EndUserPage {
  const names = services.endUsers.names(after ?? "", limit + 1);
  const shown = names.slice(0, limit);
  return {
    endUsers: viewAll(services, shown),
    nextCursor: names.length > limit ? (shown.at(-1) ?? null) : null,
  };
}

/** @returns 20002 if no token may be made for this end user, else null */
export function blockedError({ endUsers }: TenantServices, endUser: string | null): ApiError | null {
  return endUser !== null && endUsers.get(endUser).blocked ? apiError(20002, "This end user is blocked") : null;
}

function viewAll({ endUsers, ledger, tasks, clock }: TenantServices, names: readonly string[]): EndUserView[] {
  const running = tasks.countActiveByOwner(names.map((value) => ownerText({ column: "end_user", value })));
  return names.map((endUser) => ({
    endUser,
    ...endUsers.get(endUser),
    used: {
      ...ledger.usedByEndUser(endUser, clock.now()),
      running: running.get(ownerText({ column: "end_user", value: endUser })) ?? 0,
    },
  }));
}
