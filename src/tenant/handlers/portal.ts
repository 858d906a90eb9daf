/** What a signed-in person of the tenant sees and does (`/portal/api`): the same parts as the tenant's API, by session. */
import type { Doer } from "../../domain/audit.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import { type Refusal, refusal } from "../../errors.ts";
import type { KeySettings, TaskListQuery } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { Tenancy } from "../services.ts";
import { type UsageQuery, usagePage, viewTenantAccount } from "./account.ts";
import { createKey, listKeys, revokeKey, rotateKey } from "./keys.ts";
import { type LedgerQuery, ledgerPage } from "./ledger.ts";
import { authorizePortal, type PortalAccess } from "./portal-sessions.ts";
import { deleteTask } from "./task-deletion.ts";
import { findTask, listTasks } from "./tasks.ts";
import * as webhooks from "./webhooks.ts";

/** One call by a session; crosses RPC, so plain values only. */
export type PortalCall =
  | { readonly name: "account" | "keys" | "webhook" }
  | { readonly name: "usage"; readonly query: UsageQuery }
  | { readonly name: "ledger"; readonly query: LedgerQuery }
  | { readonly name: "tasks"; readonly query: TaskListQuery; readonly publicBaseUrl: string }
  | { readonly name: "task"; readonly taskId: number | null; readonly publicBaseUrl: string }
  | { readonly name: "deliveries"; readonly taskId: number | null }
  | { readonly name: "signOut" }
  | { readonly name: "deleteTask" | "redeliver"; readonly taskId: number | null }
  | { readonly name: "createKey"; readonly kind: KeyKind; readonly settings: KeySettings }
  | { readonly name: "rotateKey"; readonly keyId: string; readonly overlapMs: number }
  | { readonly name: "revokeKey"; readonly keyId: string }
  | { readonly name: "putWebhook"; readonly url: string }
  | { readonly name: "deleteWebhook" | "rotateWebhook" | "testWebhook" };

/** The answer as JSON text, or why not. */
export type PortalReply =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly refusal: Refusal };

const READS: ReadonlySet<PortalCall["name"]> = new Set([
  "account",
  "keys",
  "webhook",
  "usage",
  "ledger",
  "tasks",
  "task",
  "deliveries",
  // Whoever may look may also leave.
  "signOut",
]);

/** Keys that a person can have made; an operator is not bound by it. */
const MOST_KEYS = 100;

/** @param session hash of the session */
export async function answerPortal(
  tenancy: Tenancy,
  session: string,
  call: PortalCall,
  doer: Doer | undefined,
): Promise<PortalReply> {
  const writes = !READS.has(call.name);
  const access = authorizePortal(tenancy, session, writes);
  if ("code" in access) return { ok: false, refusal: access };
  const answer = await perform(tenancy, access, call, doer);
  if (writes) await tenancy.audit.deliver();
  if (typeof answer === "string") return { ok: true, json: answer };
  if ("status" in answer && "msg" in answer) return { ok: false, refusal: answer as Refusal };
  return { ok: true, json: JSON.stringify(answer) };
}

/** @returns a value, JSON text, or a refusal */
async function perform(
  tenancy: Tenancy,
  access: PortalAccess,
  call: PortalCall,
  doer: Doer | undefined,
): Promise<object | string> {
  const missing = (what: string) => refusal(40002, `${what} does not exist`);
  switch (call.name) {
    case "account": {
      const { filesVisibility } = access.tenant.settings;
      const sessionExpiresAt = new Date(access.expiresAt).toISOString();
      return { ...viewTenantAccount(tenancy, access.tenant), filesVisibility, sessionExpiresAt };
    }
    case "usage":
      return usagePage(tenancy, call.query);
    case "ledger":
      return ledgerPage(tenancy, call.query);
    case "tasks":
      return listTasks(tenancy, access, call.query, call.publicBaseUrl);
    case "task": {
      const task = findTask(tenancy, access, call.taskId);
      return "code" in task ? task : renderTask(access.tenant.tenantId, task, linkerOf(tenancy, call.publicBaseUrl));
    }
    case "deleteTask":
      return deleteTask(tenancy, access, call.taskId, doer);
    case "deliveries":
      return webhooks.listDeliveries(tenancy, access, call.taskId);
    case "redeliver":
      return webhooks.redeliver(tenancy, access, call.taskId);
    case "keys":
      return { keys: listKeys(tenancy) };
    case "createKey": {
      const active = listKeys(tenancy).filter(({ status }) => status === "active");
      if (active.length >= MOST_KEYS) return refusal(30001, `At most ${MOST_KEYS} keys: revoke some first`);
      return createKey(tenancy, call.kind, call.settings, doer);
    }
    case "rotateKey":
      return (await rotateKey(tenancy, call.keyId, call.overlapMs, doer)) ?? missing("Active key");
    case "revokeKey":
      return (await revokeKey(tenancy, call.keyId, doer)) ?? missing("Key");
    case "webhook": {
      const webhook = webhooks.getWebhook(tenancy);
      // For a page, having none is nothing unusual.
      return "code" in webhook ? "null" : webhook;
    }
    case "putWebhook":
      return webhooks.putWebhook(tenancy, call.url, doer);
    case "deleteWebhook":
      return webhooks.deleteWebhook(tenancy, doer);
    case "rotateWebhook":
      return webhooks.rotateWebhook(tenancy, doer);
    case "testWebhook":
      return webhooks.testWebhook(tenancy);
    case "signOut":
      await tenancy.commit.run(() => tenancy.portal.remove(access.session));
      return { signedOut: true };
  }
}
