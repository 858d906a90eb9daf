/**
 * A person in the portal as a caller of the tenant's API: the Playground submits, estimates, uploads and follows tasks by the
 * same methods as a key. What it spends is recorded under the key id `portal`, and each task is an audit event of the person.
 */
import type { Actor } from "../../domain/audit.ts";
import type { TaskRow } from "../../domain/task.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { Caller, Denied } from "../api.ts";
import type { Permission, Scope } from "../permissions.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import { DEFAULT_KEY_SETTINGS } from "../settings.ts";
import type { KeyRow } from "../store/keys.ts";
import { authorizePortal, type PortalAccess, withName } from "./portal-sessions.ts";

/** The key id of tasks and uploads that people made in the portal. No key has it. */
export const PORTAL_KEY_ID = "portal";

/** Stands for the key that a person does not have. The session decides what works, so this one has no limits of its own. */
export const PORTAL_KEY: KeyRow = {
  ...DEFAULT_KEY_SETTINGS,
  keyId: PORTAL_KEY_ID,
  kind: "secret",
  name: "Portal",
  scopes: [],
  hash: "",
  signedBy: "",
  previous: [],
  createdAt: 0,
  revokedAt: null,
  lastUsedAt: null,
  rotatedAt: null,
};

/** A caller that is a session of the portal. */
export type PortalCaller = Extract<Caller, { kind: "portal" }>;

/** The one scope that a viewer has, and that a suspended tenant's people keep. */
const READ: Scope = "read";

/**
 * Decides whether a session may make a call of the tenant's API.
 *
 * @param counted false for a call that continues a counted one
 */
export function authorizePortalCaller(
  services: TenantServices,
  caller: PortalCaller,
  permission: Permission,
  counted: boolean,
): ({ readonly ok: true } & Access) | Denied {
  const writes = permission.scope !== READ || !permission.allow.includes("portal");
  const found = authorizePortal(services, caller.session, writes, { counted, audited: false });
  // An empty list, not null: an ended session is no failed attempt to guess a credential.
  if ("code" in found) return { ok: false, rate: [], error: found };
  if (permission.allow.includes("portal")) return { ok: true, ...accessOf(found, caller) };
  return { ok: false, rate: [], error: apiError(20002, "The portal may not do this") };
}

/** Checks the session again before a decision that spends. @returns 70001 if too many tasks were made in this minute */
export function renewPortalCaller(services: TenantServices, caller: PortalCaller): Access | ApiError {
  const found = authorizePortal(services, caller.session, true, { counted: false, audited: true });
  return "code" in found ? found : accessOf(found, caller);
}

/** Records who made a task in the portal. Call it inside the transaction of the admission. */
export function auditPortalTask(services: TenantServices, caller: PortalCaller, task: TaskRow): void {
  const person = services.portal.find(caller.session, "session", services.clock.now())?.person ?? null;
  const actor: Actor = withName({ kind: "portal", requestId: caller.requestId }, { person });
  const after = { taskId: task.task_id, model: task.model, credits: task.price };
  services.audit.enter(actor, { action: "task.generate", target: String(task.task_id), after });
}

function accessOf({ tenant }: PortalAccess, caller: PortalCaller): Access {
  return { tenant, key: PORTAL_KEY, caller, rate: [], owner: null };
}
