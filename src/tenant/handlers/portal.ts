/** Calls of a signed-in person of the tenant (`/portal/t/{tenantId}/api`): the same parts as the tenant's API, by session. */
import type { Actor } from "../../domain/audit.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import type { Month } from "../../domain/statement.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { WebhookView } from "../../webhooks/endpoint.ts";
import type { TaskListQuery } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import type { KeySettings, KeyView } from "../settings.ts";
import { type UsageQuery, usagePage, viewTenantAccount } from "./account.ts";
import { createKey, type KeyListQuery, listKeys, revokeKey, rotateKey } from "./keys.ts";
import { type LedgerQuery, ledgerPage } from "./ledger.ts";
import { viewModels } from "./models.ts";
import { PEOPLE_READS, type PeopleCall, performForPeople } from "./portal-people.ts";
import { authorizePortal, type PortalAccess, withName } from "./portal-sessions.ts";
import { statementOf } from "./statement.ts";
import { deleteTask } from "./task-deletion.ts";
import { taskStory } from "./task-story.ts";
import { findTask, listTasks } from "./tasks.ts";
import * as webhooks from "./webhooks.ts";

/** One call by a session. It crosses RPC, so it has plain values only. */
export type PortalCall =
  | { readonly name: "account" | "webhook" }
  | { readonly name: "keys"; readonly query: KeyListQuery }
  | { readonly name: "usage"; readonly query: UsageQuery }
  | { readonly name: "ledger"; readonly query: LedgerQuery }
  | { readonly name: "statement"; readonly month: Month }
  | { readonly name: "models" }
  | { readonly name: "tasks"; readonly query: TaskListQuery; readonly publicBaseUrl: string }
  | { readonly name: "task" | "taskStory"; readonly taskId: number | null; readonly publicBaseUrl: string }
  | { readonly name: "deliveries"; readonly taskId: number | null }
  | { readonly name: "signOut" }
  | { readonly name: "deleteTask" | "redeliver"; readonly taskId: number | null }
  | { readonly name: "createKey"; readonly kind: KeyKind; readonly settings: KeySettings }
  | { readonly name: "rotateKey"; readonly keyId: string; readonly overlapMs: number }
  | { readonly name: "revokeKey"; readonly keyId: string }
  | { readonly name: "putWebhook"; readonly url: string; readonly events?: WebhookView["events"] }
  | { readonly name: "deleteWebhook" | "rotateWebhook" | "testWebhook" }
  | PeopleCall;

/** The response as JSON text, or the error. */
export type PortalResult =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly error: ApiError };

const READS: ReadonlySet<PortalCall["name"]> = new Set([
  "account",
  "keys",
  "webhook",
  "usage",
  "ledger",
  "statement",
  "models",
  "tasks",
  "task",
  "taskStory",
  "deliveries",
  ...PEOPLE_READS,
  // Signing out is allowed whenever reading is.
  "signOut",
]);

/** Most keys that people of the tenant can create; the operator's limit is higher. */
const MOST_KEYS = 100;

/** @param session hash of the session */
export async function callPortal(
  services: TenantServices,
  session: string,
  call: PortalCall,
  actor: Actor | undefined,
): Promise<PortalResult> {
  const writes = !READS.has(call.name);
  const access = authorizePortal(services, session, writes);
  if ("code" in access) return { ok: false, error: access };
  const result = await perform(services, access, call, actor && withName(actor, access));
  if (writes) await services.audit.deliver();
  if (typeof result === "string") return { ok: true, json: result };
  if ("status" in result && "msg" in result) return { ok: false, error: result as ApiError };
  return { ok: true, json: JSON.stringify(result) };
}

/** @returns a value, JSON text, or an error */
async function perform(
  services: TenantServices,
  access: PortalAccess,
  call: PortalCall,
  actor: Actor | undefined,
): Promise<object | string> {
  const missing = (what: string) => apiError(40002, `${what} does not exist`);
  switch (call.name) {
    case "account": {
      const { filesVisibility } = access.tenant.settings;
      const sessionExpiresAt = isoTime(access.expiresAt);
      const { role, person, returnUrl } = access;
      const account = viewTenantAccount(services, access.tenant);
      return { ...account, filesVisibility, sessionExpiresAt, role, person, returnUrl };
    }
    case "usage":
      return usagePage(services, call.query);
    case "ledger":
      return ledgerPage(services, call.query);
    case "statement":
      return statementOf(services, call.month);
    case "models":
      return viewModels(services, access.tenant.settings, access.tenant.settings.models);
    case "tasks":
      return listTasks(services, access, call.query, call.publicBaseUrl);
    case "task": {
      const task = findTask(services, access, call.taskId);
      if ("code" in task) return task;
      return renderTask(access.tenant.tenantId, services.taskSteps.see(task), linkerOf(services, call.publicBaseUrl));
    }
    case "taskStory":
      return (await taskStory(services, call.taskId, call.publicBaseUrl)) ?? missing("Task");
    case "deleteTask":
      return deleteTask(services, access, call.taskId, actor);
    case "deliveries":
      return webhooks.listDeliveries(services, access, call.taskId);
    case "redeliver":
      return webhooks.redeliver(services, access, call.taskId, actor);
    case "keys": {
      const page = listKeys(services, call.query);
      return { ...page, keys: page.keys.map(withoutMetadata) };
    }
    case "createKey":
      return withoutMetadata(await createKey(services, call.kind, call.settings, actor, MOST_KEYS));
    case "rotateKey":
      return withoutMetadata((await rotateKey(services, call.keyId, call.overlapMs, actor)) ?? missing("Active key"));
    case "revokeKey":
      return withoutMetadata((await revokeKey(services, call.keyId, actor)) ?? missing("Key"));
    case "webhook": {
      const webhook = webhooks.getWebhook(services);
      // A page shows null: having no endpoint is normal.
      return "code" in webhook ? "null" : webhook;
    }
    case "putWebhook":
      return webhooks.putWebhook(services, { url: call.url, events: call.events ?? null }, actor);
    case "deleteWebhook":
      return webhooks.deleteWebhook(services, actor);
    case "rotateWebhook":
      return webhooks.rotateWebhook(services, actor);
    case "testWebhook":
      return webhooks.testWebhook(services);
    case "signOut":
      await services.commit.run(() => services.portal.remove(access.session));
      return { signedOut: true };
    default:
      return performForPeople(services, access, call, actor);
  }
}

/** Returns a key (or an error) as people of the tenant see it: `metadata` is for the operator alone. */
function withoutMetadata(key: KeyView | ApiError): KeyView | ApiError {
  return "metadata" in key ? { ...key, metadata: null } : key;
}
