/** Tenant API: end users, their limits and use (contract section 4). */
import type { AppContext, AppRoutes } from "../context.ts";
import { issuesError } from "../errors.ts";
import { isDecodable } from "../lib/percent-encoding.ts";
import { type Checked, check } from "../schemas/check.ts";
import { formatValueCursor } from "../schemas/cursors.ts";
import { EndUserParameters, EndUserPath, endUserQuery, PutEndUser } from "../schemas/end-users.ts";
import type { EndUserPage } from "../tenant/handlers/end-users.ts";
import {
  requireBody,
  requireParameters,
  requireValid,
  respond,
  respondResult,
  tenantOf,
  unwrap,
} from "./support/responses.ts";

/** `GET /end-users`, `GET` and `PUT /end-users/{endUser}`. */
export function addEndUserRoutes(routes: AppRoutes): void {
  routes.get("/end-users", list);
  routes.get("/end-users/:endUser", view);
  routes.put("/end-users/:endUser", put);
}

async function list(c: AppContext): Promise<Response> {
  const query = endUserQuery(await requireParameters(c, EndUserParameters(), "endUsers"));
  return respondEndUsers(c, await unwrap(c, tenantOf(c).endUsers(c.get("caller"), query)));
}

/** Responds with a page of end users, whose names may have any characters. */
export function respondEndUsers(c: AppContext, { endUsers, nextCursor }: EndUserPage): Response {
  return respond(c, { endUsers, nextCursor: nextCursor === null ? null : formatValueCursor(nextCursor) });
}

async function view(c: AppContext): Promise<Response> {
  const endUser = await requireValid(c, namedEndUser(c), "endUsers");
  return respondResult(c, tenantOf(c).endUser(c.get("caller"), endUser));
}

async function put(c: AppContext): Promise<Response> {
  const endUser = await requireValid(c, namedEndUser(c), "endUsers");
  const limits = await requireBody(c, PutEndUser(), "endUsers");
  return respondResult(c, tenantOf(c).putEndUser(c.get("caller"), endUser, limits));
}

/** @returns the end user in the path, or the error that names what is wrong with it */
export function namedEndUser(c: AppContext): Checked<string> {
  // A name whose octets are no UTF-8 would be another end user's: `%FC` is not `ü`.
  if (!isDecodable(new URL(c.req.url).pathname)) {
    return { ok: false, error: issuesError([{ path: "endUser", message: "must be percent-encoded UTF-8" }]) };
  }
  const checked = check(EndUserPath(), { endUser: c.req.param("endUser") });
  return checked.ok ? { ok: true, value: checked.value.endUser } : checked;
}
