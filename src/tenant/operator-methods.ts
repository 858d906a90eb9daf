/**
 * Calls of the operator to a tenant's object: settings, keys, credits, exports. The operator's token is verified before.
 */
import type { Actor } from "../domain/audit.ts";
import type { KeyKind } from "../domain/key-format.ts";
import type { SharedPrices } from "../domain/tenant-report.ts";
import { usagePage } from "./handlers/account.ts";
import { addCredits } from "./handlers/credits.ts";
import { createKey, findKey, type KeyListQuery, listKeys, patchKey, revokeKey, rotateKey } from "./handlers/keys.ts";
import { ledgerPage } from "./handlers/ledger.ts";
import { operatorTasks, taskLines } from "./handlers/operator-tasks.ts";
import { changesSince } from "./handlers/restore-preview.ts";
import { searchTenant } from "./handlers/search.ts";
import { statementOf } from "./handlers/statement.ts";
import { deleteTask } from "./handlers/task-deletion.ts";
import { taskStory } from "./handlers/task-story.ts";
import { deleteTenant } from "./handlers/tenant-deletion.ts";
import { patchTenant, viewLive } from "./handlers/tenant-settings.ts";
import { deliveryPage, findDelivery, getWebhook, redeliver, redeliverFailed } from "./handlers/webhooks.ts";
import type { TenantLoader } from "./loader.ts";
import { audited, live, type Methods } from "./methods.ts";
import type { KeySettings } from "./settings.ts";

const ALL_TASKS = { owner: null };
const NEWEST_KEYS: KeyListQuery = { limit: 100, cursor: null };

/** The methods for the operator: each returns null if there is no such tenant. */
export const OPERATOR_METHODS = {
  view: live(viewLive),
  /** Changes the given settings; see `patchTenant`. */
  patch: audited(patchTenant),
  /** Deletes the tenant and all its data. @returns false if there is no such tenant or it is deleted */
  async delete(loader: TenantLoader, actor?: Actor): Promise<boolean> {
    return (await loader.audited((services) => deleteTenant(services, actor))) ?? false;
  },

  /** Books credits, given or (if negative) taken. */
  addCredits: audited(addCredits),
  /** Returns a page of the ledger, newest first. */
  ledger: live(ledgerPage),
  /** Returns the statement of a month. */
  operatorStatement: live(statementOf),
  operatorUsage: live(usagePage),
  /** Stores a new price list for all tenants, which the Directory sends to each. */
  adoptPrices: live(({ commit, prices }, shared: SharedPrices) => commit.run(() => prices.adoptShared(shared))),
  /** Returns the report of this moment, for the Directory's check of overdue work. */
  currentReport: live(({ report }) => report.current()),

  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  operatorTasks: live(operatorTasks),
  /** @returns JSON text of everything about one task; null also if there is no such task */
  taskStory: live(taskStory),
  /** Deletes an ended task and its files. @returns 40002 or 70005 for an error */
  operatorDeleteTask: audited((services, taskId: number | null, actor?: Actor) =>
    deleteTask(services, ALL_TASKS, taskId, actor),
  ),
  /** Returns tasks for an export, newest first. */
  taskLines: live(taskLines),
  /** Returns what happened since `at` (ms since epoch). */
  changesSince: live(changesSince),
  /** Returns what a search finds in this tenant. */
  search: live(searchTenant),

  /** @returns the tenant's webhook endpoint, or 40002 if it has none */
  operatorWebhook: live(getWebhook),
  /** Returns a page of the tenant's deliveries, newest first. */
  operatorDeliveries: live(deliveryPage),
  /** @returns one delivery with its body and responses, or 40002 */
  operatorDelivery: live(findDelivery),
  /** Sends the event of a task's end again, in the background. */
  operatorRedeliver: audited((services, taskId: number | null, actor?: Actor) =>
    redeliver(services, ALL_TASKS, taskId, actor),
  ),
  /** Sends failed events again, up to a number, in the background. */
  operatorRedeliverFailed: audited(redeliverFailed),

  createKey: audited((services, kind: KeyKind, settings: KeySettings, actor?: Actor) =>
    createKey(services, kind, settings, actor),
  ),
  listKeys: live((services, query: KeyListQuery = NEWEST_KEYS) => listKeys(services, query)),
  /** @returns null also if there is no such key */
  findKey: live(findKey),
  patchKey: audited(patchKey),
  revokeKey: audited(revokeKey),
  rotateKey: audited(rotateKey),
} satisfies Methods;
