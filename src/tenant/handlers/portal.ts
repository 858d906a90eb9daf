/** Calls of a signed-in person of the tenant (`/portal/t/{tenantId}/api`): the same parts as the tenant's API, by session. */
import type { Actor } from "../../domain/audit.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import type { Month } from "../../domain/statement.ts";
import { type ApiError, apiError, isApiError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { WebhookView } from "../../webhooks/endpoint.ts";
import type { DeliveryListQuery, EndUserQuery, PortalPerson, TaskListQuery, TokenQuery } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import type { KeySettings, KeyView } from "../settings.ts";
import type { EndUserLimits } from "../store/end-users.ts";
import type { PortalSessionQuery } from "../store/portal.ts";
import { type UsageQuery, usagePage, viewTenantAccount } from "./account.ts";
import { endToken, tokenPage } from "./client-tokens.ts";
import { endUserPage, putEndUser, viewEndUser } from "./end-users.ts";
import { createKey, type KeyListQuery, listKeys, revokeKey, rotateKey } from "./keys.ts";
import { type LedgerQuery, ledgerPage } from "./ledger.ts";
import { viewModels } from "./models.ts";
import {
  authorizePortal,
  endPortalSession,
  type PortalAccess,
  portalSessionPage,
  withName,
} from "./portal-sessions.ts";
import { createPortalLink } from "./portal-sign-in.ts";
import { statementOf } from "./statement.ts";
import { deleteTask } from "./task-deletion.ts";
import { taskStory } from "./task-story.ts";
import { findTask, listTasks } from "./tasks.ts";
import * as webhooks from "./webhooks.ts";

/** The person who calls. */
interface Person {
  readonly services: TenantServices;
  readonly access: PortalAccess;
  readonly actor: Actor | undefined;
}

type OfTask = { readonly taskId: number | null };
type Rendered = OfTask & { readonly publicBaseUrl: string };

const missing = (what: string) => apiError(40002, `${what} does not exist`);

/** Calls that change nothing of the tenant: a viewer makes no others. */
const READS = {
  account: ({ services, access }: Person) => {
    const { filesVisibility } = access.tenant.settings;
    const sessionExpiresAt = isoTime(access.expiresAt);
    const { role, person, returnUrl } = access;
    const account = viewTenantAccount(services, access.tenant);
    return { ...account, filesVisibility, sessionExpiresAt, role, person, returnUrl };
  },
  usage: ({ services }: Person, call: { readonly query: UsageQuery }) => usagePage(services, call.query),
  ledger: ({ services }: Person, call: { readonly query: LedgerQuery }) => ledgerPage(services, call.query),
  statement: ({ services }: Person, call: { readonly month: Month }) => statementOf(services, call.month),
  models: ({ services, access }: Person) => viewModels(services, access.tenant.settings, access.tenant.settings.models),
  tasks: ({ services, access }: Person, call: { readonly query: TaskListQuery; readonly publicBaseUrl: string }) =>
    listTasks(services, access, call.query, call.publicBaseUrl),
  task: ({ services, access }: Person, call: Rendered) => {
    const task = findTask(services, access, call.taskId);
    if (isApiError(task)) return task;
    return renderTask(access.tenant.tenantId, services.taskSteps.see(task), linkerOf(services, call.publicBaseUrl));
  },
  taskStory: async ({ services }: Person, call: Rendered) =>
    (await taskStory(services, call.taskId, call.publicBaseUrl)) ?? missing("Task"),
  keys: ({ services }: Person, call: { readonly query: KeyListQuery }) => {
    const page = listKeys(services, call.query);
    return { ...page, keys: page.keys.map(withoutMetadata) };
  },
  webhook: ({ services }: Person) => {
    const webhook = webhooks.getWebhook(services);
    // A page shows null: having no endpoint is normal.
    return isApiError(webhook) ? "null" : webhook;
  },
  deliveries: ({ services, access }: Person, call: OfTask) => webhooks.listDeliveries(services, access, call.taskId),
  deliveryList: ({ services }: Person, call: { readonly query: DeliveryListQuery }) =>
    webhooks.deliveryPage(services, call.query),
  delivery: ({ services }: Person, call: { readonly deliveryId: string }) =>
    webhooks.findDelivery(services, call.deliveryId),
  sessions: ({ services, access }: Person, call: { readonly query: PortalSessionQuery }) =>
    access.role === "viewer"
      ? apiError(20002, "Only administrators see who is signed in")
      : portalSessionPage(services, call.query, access.session),
  endUsers: ({ services }: Person, call: { readonly query: EndUserQuery }) => endUserPage(services, call.query),
  endUser: ({ services }: Person, call: { readonly endUser: string }) => viewEndUser(services, call.endUser),
  tokens: ({ services }: Person, call: { readonly query: TokenQuery }) => tokenPage(services, call.query),
  /** Ends the person's own session, which needs no more than reading. */
  signOut: async ({ services, access }: Person) => {
    await services.commit.run(() => services.portal.remove(access.session));
    return { signedOut: true };
  },
};

/** Most keys that people of the tenant can create; the operator's limit is higher. */
const MOST_KEYS = 100;

/** Calls that change something: for administrators. */
const CHANGES = {
  deleteTask: ({ services, access, actor }: Person, call: OfTask) => deleteTask(services, access, call.taskId, actor),
  redeliver: ({ services, access, actor }: Person, call: OfTask) =>
    webhooks.redeliver(services, access, call.taskId, actor),
  redeliverFailed: ({ services, actor }: Person) => webhooks.redeliverFailed(services, actor),
  createKey: async ({ services, actor }: Person, call: { readonly kind: KeyKind; readonly settings: KeySettings }) =>
    withoutMetadata(await createKey(services, call.kind, call.settings, actor, MOST_KEYS)),
  rotateKey: async ({ services, actor }: Person, call: { readonly keyId: string; readonly overlapMs: number }) =>
    withoutMetadata((await rotateKey(services, call.keyId, call.overlapMs, actor)) ?? missing("Active key")),
  revokeKey: async ({ services, actor }: Person, call: { readonly keyId: string }) =>
    withoutMetadata((await revokeKey(services, call.keyId, actor)) ?? missing("Key")),
  putWebhook: ({ services, actor }: Person, call: { readonly url: string; readonly events?: WebhookView["events"] }) =>
    webhooks.putWebhook(services, { url: call.url, events: call.events ?? null }, actor),
  deleteWebhook: ({ services, actor }: Person) => webhooks.deleteWebhook(services, actor),
  rotateWebhook: ({ services, actor }: Person) => webhooks.rotateWebhook(services, actor),
  testWebhook: ({ services }: Person) => webhooks.testWebhook(services),
  endSession: async ({ services, actor }: Person, call: { readonly sessionId: string }) =>
    (await endPortalSession(services, call.sessionId, actor)) ?? missing("Session"),
  invite: ({ services, access, actor }: Person, call: { readonly person: PortalPerson }) => {
    // The invitation ends with the key that the inviting session ends with.
    const { keyId, keyText } = access;
    return createPortalLink(services, actor, call.person, { keyId, keyText, method: "link" });
  },
  putEndUser: ({ services, actor }: Person, call: { readonly endUser: string; readonly limits: EndUserLimits }) =>
    putEndUser(services, call.endUser, call.limits, actor),
  endToken: ({ services, actor }: Person, call: { readonly tokenId: string }) =>
    endToken(services, call.tokenId, actor),
};

const CALLS = { ...READS, ...CHANGES };

/** One call by a session: its name and what it takes. It crosses RPC, so it has plain values only. */
export type PortalCall = {
  [K in keyof typeof CALLS]: { readonly name: K } & ((typeof CALLS)[K] extends (
    person: Person,
    call: infer C,
  ) => unknown
    ? C
    : never);
}[keyof typeof CALLS];

/** The response as JSON text, or the error. */
export type PortalResult =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly error: ApiError };

/** @param session hash of the session */
export async function callPortal(
  services: TenantServices,
  session: string,
  call: PortalCall,
  actor: Actor | undefined,
): Promise<PortalResult> {
  const isChange = !(call.name in READS);
  const access = authorizePortal(services, session, isChange);
  if (isApiError(access)) return { ok: false, error: access };
  const perform = CALLS[call.name] as (person: Person, call: PortalCall) => object | string | Promise<object | string>;
  const result = await perform({ services, access, actor: actor && withName(actor, access) }, call);
  if (isChange) await services.audit.deliver();
  if (typeof result === "string") return { ok: true, json: result };
  if (isApiError(result)) return { ok: false, error: result };
  return { ok: true, json: JSON.stringify(result) };
}

/** Returns a key (or an error) as people of the tenant see it: `metadata` is for the operator alone. */
function withoutMetadata(key: KeyView | ApiError): KeyView | ApiError {
  return "metadata" in key ? { ...key, metadata: null } : key;
}
