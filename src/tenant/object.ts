/**
 * THE RECORD of one tenant: keys, limits, money, idempotency, tasks. A thin shell: each method asks for access, has a
 * part of `Tenancy` decide, and answers plain values. What must be exact is one SQLite database and one transaction.
 */
import type { Doer } from "../domain/audit.ts";
import { parseFileName } from "../domain/file-link.ts";
import { PHASE } from "../domain/task.ts";
import { readFiles } from "../domain/task-lifecycle.ts";
import type { FileSource, TenantFacts } from "../files/serve.ts";
import { constantTimeEqual, utf8 } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import type {
  Caller,
  DeliveriesView,
  GenerateJob,
  GenerateReply,
  Reply,
  TaskListQuery,
  TaskWatch,
  WatchOptions,
  WebhookTestView,
} from "./api.ts";
import { packReply } from "./api.ts";
import { type AccountView, type UsagePage, type UsageQuery, usagePage, viewAccount } from "./handlers/account.ts";
import { type MintedToken, mintToken, type TokenRequest } from "./handlers/client-tokens.ts";
import { generate } from "./handlers/generate.ts";
import { viewModels } from "./handlers/models.ts";
import { answerPortal, type PortalCall, type PortalReply } from "./handlers/portal.ts";
import { openPortalSession, type PortalCredential, sessionEnded } from "./handlers/portal-sessions.ts";
import { deleteTask } from "./handlers/task-deletion.ts";
import { findTask, listTasks, watchTask } from "./handlers/tasks.ts";
import {
  abandonUpload,
  beginUpload,
  deleteUpload,
  finishUpload,
  type UploadedFile,
  type UploadSlot,
} from "./handlers/uploads.ts";
import * as webhooks from "./handlers/webhooks.ts";
import { isRefusal } from "./loader.ts";
import { TenantForOperator } from "./operator-object.ts";
import type { PermissionName } from "./permissions.ts";
import { estimate } from "./rules/admission.ts";
import { linkerOf, renderTask } from "./rules/render.ts";
import type { WebhookView } from "./rules/webhook-endpoint.ts";

export class Tenant extends TenantForOperator {
  // ---- for tenants -----------------------------------------------------------------------------------------------

  /** Only whether the credential counts: for requests that are refused for another reason. */
  check(caller: Caller, permission: PermissionName): Promise<Reply<null>> {
    return this.door.withAccess(caller, permission, async () => null);
  }

  generate(caller: Caller, job: GenerateJob): Promise<Reply<GenerateReply>> {
    return this.door.withAccess<GenerateReply>(
      caller,
      "generate",
      (tenancy, access) => generate(tenancy, access, job),
      { fresh: false }, // the admission's own transaction makes them
    );
  }

  estimate(caller: Caller, job: Pick<GenerateJob, "shape" | "model">): Promise<Reply<string>> {
    return this.door.withAccess<string>(caller, "generate", async (tenancy, access) => {
      await tenancy.priceLookup.prepare(job.shape, access.tenant.settings);
      const result = estimate(tenancy.admission, access, job);
      return isRefusal(result) ? result : JSON.stringify(result);
    });
  }

  /**
   * @param packed whether the caller can read a packed answer
   * @returns JSON text of the query's `data`
   */
  async query(
    caller: Caller,
    taskId: number | null,
    publicBaseUrl: string,
    packed = false,
  ): Promise<Reply<string> | string> {
    const reply = await this.door.withAccess<string>(caller, "query", async (tenancy, access) => {
      const task = findTask(tenancy, access, taskId);
      if (isRefusal(task)) return task;
      return renderTask(access.tenant.tenantId, task, linkerOf(tenancy, publicBaseUrl));
    });
    return packed && reply.ok ? packReply(reply.rate, reply.data) : reply;
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  listTasks(caller: Caller, query: TaskListQuery, publicBaseUrl: string): Promise<Reply<string>> {
    return this.door.withAccess<string>(caller, "listTasks", (tenancy, access) =>
      listTasks(tenancy, access, query, publicBaseUrl),
    );
  }

  /** A task as soon as it is not as the caller has seen it, or after a while. */
  watch(caller: Caller, taskId: number | null, options: WatchOptions): Promise<Reply<TaskWatch>> {
    return this.door.withAccess<TaskWatch>(
      caller,
      options.by,
      (tenancy, access) => watchTask(tenancy, access, taskId, options),
      { counted: options.counted },
    );
  }

  /** Forgets an ended task and its files. */
  deleteTask(caller: Caller, taskId: number | null): Promise<Reply<{ taskId: number }>> {
    return this.door.withAccess<{ taskId: number }>(caller, "deleteTask", (tenancy, access) =>
      deleteTask(tenancy, access, taskId),
    );
  }

  /** Reserves a place for an upload; the bytes go from the Worker straight to R2. */
  beginUpload(caller: Caller, largestBytes: number): Promise<Reply<UploadSlot>> {
    return this.door.withAccess<UploadSlot>(caller, "files", (tenancy, access) =>
      beginUpload(tenancy, access, largestBytes),
    );
  }

  /** The bytes of a begun upload are in R2. */
  async finishUpload(fileId: string, bytes: number, publicBaseUrl: string): Promise<UploadedFile | null> {
    const tenancy = await this.door.openLive();
    return tenancy && finishUpload(tenancy, fileId, bytes, publicBaseUrl);
  }

  async abandonUpload(fileId: string): Promise<void> {
    const tenancy = await this.door.openLive();
    if (tenancy) await abandonUpload(tenancy, fileId);
  }

  deleteUpload(caller: Caller, fileId: string): Promise<Reply<{ fileId: string }>> {
    return this.door.withAccess<{ fileId: string }>(caller, "files", (tenancy, access) =>
      deleteUpload(tenancy, access, fileId),
    );
  }

  webhook(caller: Caller): Promise<Reply<WebhookView>> {
    return this.door.withAccess<WebhookView>(caller, "webhooks", async (tenancy) => webhooks.getWebhook(tenancy));
  }

  /** @param url checked already; the secret is in the answer if it was made now */
  putWebhook(caller: Caller, url: string): Promise<Reply<webhooks.WebhookWithSecret>> {
    return this.door.withAccess(caller, "webhooks", (tenancy) => webhooks.putWebhook(tenancy, url));
  }

  deleteWebhook(caller: Caller): Promise<Reply<{ deleted: true }>> {
    return this.door.withAccess<{ deleted: true }>(caller, "webhooks", (tenancy) => webhooks.deleteWebhook(tenancy));
  }

  rotateWebhook(caller: Caller): Promise<Reply<webhooks.WebhookWithSecret>> {
    return this.door.withAccess<webhooks.WebhookWithSecret>(caller, "webhooks", (tenancy) =>
      webhooks.rotateWebhook(tenancy),
    );
  }

  /** Sends one `webhook.test` and waits for its answer. */
  testWebhook(caller: Caller): Promise<Reply<WebhookTestView>> {
    return this.door.withAccess<WebhookTestView>(caller, "webhooks", (tenancy) => webhooks.testWebhook(tenancy));
  }

  deliveries(caller: Caller, taskId: number | null): Promise<Reply<DeliveriesView>> {
    return this.door.withAccess<DeliveriesView>(caller, "webhooks", async (tenancy, access) =>
      webhooks.listDeliveries(tenancy, access, taskId),
    );
  }

  /** Sends the ending of a task again, in the background. */
  redeliver(caller: Caller, taskId: number | null): Promise<Reply<DeliveriesView>> {
    return this.door.withAccess<DeliveriesView>(caller, "webhooks", (tenancy, access) =>
      webhooks.redeliver(tenancy, access, taskId),
    );
  }

  /** Makes a client token. */
  mintToken(caller: Caller, request: TokenRequest): Promise<Reply<MintedToken>> {
    return this.door.withAccess<MintedToken>(caller, "mintToken", (tenancy, access) =>
      mintToken(tenancy, access, request),
    );
  }

  account(caller: Caller): Promise<Reply<AccountView>> {
    return this.door.withAccess<AccountView>(caller, "account", async (tenancy, access) =>
      viewAccount(tenancy, access),
    );
  }

  /** One page of usage; `first` pages of an export count as requests, the following ones do not. */
  usage(caller: Caller, query: UsageQuery, first: boolean): Promise<Reply<UsagePage>> {
    return this.door.withAccess<UsagePage>(caller, "account", async (tenancy) => usagePage(tenancy, query), {
      counted: first,
    });
  }

  /** @returns JSON text of `{models, defaultHoldCredits}` */
  models(caller: Caller): Promise<Reply<string>> {
    return this.door.withAccess<string>(caller, "models", async (tenancy, access) => viewModels(tenancy, access));
  }

  // ---- for the tenant's people -----------------------------------------------------------------------------------

  /** Exchanges a link's code for a session, once. @returns null for a code that does not count (any more) */
  openPortal(codeHash: string, doer?: Doer): Promise<PortalCredential | null> {
    return this.audited((tenancy) => openPortalSession(tenancy, codeHash, doer));
  }

  /** One call by a session of the portal. */
  async portal(sessionHash: string, call: PortalCall, doer?: Doer): Promise<PortalReply> {
    const tenancy = await this.door.openLive();
    return tenancy ? answerPortal(tenancy, sessionHash, call, doer) : { ok: false, refusal: sessionEnded() };
  }

  // ---- for file URLs ---------------------------------------------------------------------------------------------

  /** What every file request needs to know of a tenant; cached by the Worker for at most 10 s. */
  async fileFacts(): Promise<TenantFacts | null> {
    const tenant = (await this.door.open())?.meta.tenant();
    return tenant ? { visibility: tenant.settings.filesVisibility, deleted: tenant.deletedAt !== null } : null;
  }

  /** Where a file is that is not in R2. */
  async fileSource(taskId: number, secret: string, name: string): Promise<FileSource> {
    const task = (await this.door.open())?.tasks.get(taskId);
    const wanted = parseFileName(name);
    if (!task || !wanted || !constantTimeEqual(utf8(task.file_secret), utf8(secret))) return { state: "unknown" };
    if (wanted.ext !== (wanted.thumbnail || task.task_type === 2 ? "png" : "mp4")) return { state: "unknown" };
    const file = readFiles(task).find((one) => one.name === `${wanted.thumbnail ? "t" : ""}${wanted.index}`);
    if (task.deleted_at !== null) return { state: "gone" };
    if (file?.state === "stored") return { state: "stored" };
    if (file?.state === "waiting") return { state: "upstream", url: file.url, reported: task.phase === PHASE.ended };
    if (file?.state === "lost" || task.phase === PHASE.ended) {
      return file || wanted.index < task.expected_results ? { state: "gone" } : { state: "unknown" };
    }
    return wanted.index < task.expected_results ? { state: "pending" } : { state: "unknown" };
  }

  // ---- background ------------------------------------------------------------------------------------------------

  /** Never throws and is never lost: whatever happens, the next alarm is set (DESIGN.md, rule 3). */
  override async alarm(): Promise<void> {
    try {
      const tenancy = await this.door.open();
      if (!tenancy) return;
      tenancy.schedule.fired();
      tenancy.deliveries.startDue();
      tenancy.runner.startDue();
      await tenancy.chores.runDue();
      await tenancy.runner.wake();
    } catch (error) {
      logEvent("error", "alarm", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
    }
  }
}
