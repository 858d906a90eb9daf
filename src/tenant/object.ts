/**
 * THE RECORD of one tenant: keys, limits, money, idempotency, tasks. A thin shell: each method asks for access, has a
 * part of `Tenancy` decide, and answers plain values. What must be exact is one SQLite database and one transaction.
 */
import { DurableObject } from "cloudflare:workers";
import { type Bindings, DIRECTORY_NAME, type LoopbackExports, readConfig, signingSecretsOf } from "../config.ts";
import { parseFileName } from "../domain/file-link.ts";
import type { SharedPrices } from "../domain/rollup.ts";
import { PHASE } from "../domain/task.ts";
import { readFiles } from "../domain/task-lifecycle.ts";
import { type Refusal, refusal } from "../errors.ts";
import type { FileSource, TenantFacts } from "../files/serve.ts";
import { constantTimeEqual, utf8 } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import type { Access, Need } from "./access.ts";
import { type AccountView, type UsagePage, type UsageQuery, usagePage, viewAccount } from "./account.ts";
import { estimate } from "./admission.ts";
import { type MintedToken, mintToken, type TokenRequest } from "./client-tokens.ts";
import { addCredits, type CreditJob, type CreditReply } from "./credits.ts";
import { generate } from "./generate.ts";
import { createKey, listKeys, type NewKey, patchKey, revokeKey, rotateKey } from "./key-admin.ts";
import {
  type LedgerPage,
  type LedgerQuery,
  ledgerPage,
  operatorTasks,
  type TaskLine,
  taskLines,
} from "./ledger-export.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import { viewModels } from "./models.ts";
import { answerPortal, type PortalCall, type PortalReply } from "./portal.ts";
import { createPortalLink, openPortalSession, type PortalCredential, sessionEnded } from "./portal-access.ts";
import { type DirectoryPort, REAL_CHANCE } from "./ports.ts";
import { deleteTenant } from "./purge.ts";
import { renderTask } from "./render.ts";
import { deleteTask } from "./task-deletion.ts";
import { findTask, listTasks, watchTask } from "./task-reading.ts";
import { Tenancy } from "./tenancy.ts";
import type {
  Caller,
  DeliveriesView,
  GenerateJob,
  GenerateReply,
  KeyKind,
  KeySettings,
  KeyView,
  Reply,
  TaskListQuery,
  TaskWatch,
  TenantSettings,
  TenantView,
  WatchOptions,
  WebhookTestView,
} from "./types.ts";
import {
  abandonUpload,
  beginUpload,
  deleteUpload,
  finishUpload,
  type UploadedFile,
  type UploadSlot,
} from "./uploads.ts";
import type { WebhookView } from "./webhook-endpoint.ts";
import * as webhooks from "./webhooks.ts";

const ACCOUNT: Need = { scope: "read", allow: ["secret"] };
const WEBHOOKS: Need = { scope: "webhooks", allow: ["secret"] };
const FILES: Need = { scope: "files", allow: ["secret", "token"] };
const EVERYONE = ["secret", "publishable", "token"] as const;
/** Publishable keys query; an event stream is not among what they may do (contract section 4). */
const WATCH_NEEDS: Readonly<Record<WatchOptions["by"], Need>> = {
  events: { scope: "read", allow: ["secret", "token"] },
  query: { scope: "read", allow: EVERYONE },
  generate: { scope: "generate", allow: EVERYONE },
};

export class Tenant extends DurableObject<Bindings> {
  #tenancy: Tenancy | null = null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that never was a tenant stays empty: asking for one by a made-up name must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
  }

  /**
   * @param fresh whether writes that nobody has waited for yet are made first, so that a reader sees them
   * @returns the tenant's parts, or null for an object that is no tenant, or not one any more.
   */
  async #open(fresh = true): Promise<Tenancy | null> {
    if (!this.#tenancy) {
      if (schemaVersion(this.ctx.storage) === 0) return null;
      const read = await readConfig(this.env);
      if (!read.ok) throw new Error(read.problem);
      const secrets = await signingSecretsOf(read.config);
      const { Courier } = this.ctx.exports as unknown as LoopbackExports;
      // A second call may have come this far meanwhile; two sets of parts would mean two schedules.
      if (!this.#tenancy) {
        this.#tenancy = new Tenancy({
          storage: this.ctx.storage,
          config: read.config,
          secrets,
          courier: Courier,
          directory: this.#directory(),
          chance: REAL_CHANCE,
          log: logEvent,
        });
        // What came due while this object was away does not wait for the alarm.
        if (this.#tenancy.schedule.due(Date.now()).length > 0) void this.#tenancy.runner.wake();
        this.#tenancy.deliveries.startDue();
      }
    }
    if (fresh) this.#tenancy.commit.flush();
    return this.#tenancy.meta.tenant() ? this.#tenancy : null;
  }

  #directory(): DirectoryPort {
    const { DIRECTORY } = this.env;
    // A stub for each call: one whose call has failed may be of no use any more.
    const stub = () => DIRECTORY.getByName(DIRECTORY_NAME);
    return {
      report: (report) => stub().report(report),
      priceOf: (shape, sharedVersion) => stub().priceOf(shape, sharedVersion),
      remove: (tenantId) => stub().remove(tenantId),
    };
  }

  async #withAccess<T>(
    caller: Caller,
    need: Need,
    work: (t: Tenancy, access: Access) => Promise<T | Refusal>,
    fresh = true,
  ): Promise<Reply<T>> {
    const tenancy = await this.#open(fresh);
    if (!tenancy) return { ok: false, rate: null, refusal: refusal(20008) };
    const access = tenancy.access.authorize(caller, need, tenancy.chance.now());
    if (!access.ok) return access;
    tenancy.lastUsed.seen(access.key.lastUsedAt);
    const done = await work(tenancy, access);
    if (isRefusal(done)) return { ok: false, rate: access.rate, refusal: done };
    return { ok: true, rate: access.rate, data: done };
  }

  // ---- for tenants -----------------------------------------------------------------------------------------------

  /** Only whether the credential counts: for requests that are refused for another reason. */
  check(caller: Caller, need: Need): Promise<Reply<null>> {
    return this.#withAccess(caller, need, async () => null);
  }

  generate(caller: Caller, job: GenerateJob): Promise<Reply<GenerateReply>> {
    return this.#withAccess<GenerateReply>(
      caller,
      { scope: "generate", allow: EVERYONE },
      (tenancy, access) => generate(tenancy, access, job),
      false, // the admission's own transaction makes them
    );
  }

  estimate(caller: Caller, job: Pick<GenerateJob, "shape" | "model">): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, { scope: "generate", allow: EVERYONE }, async (tenancy, access) => {
      await tenancy.priceLookup.prepare(job.shape, access.tenant.settings);
      const result = estimate(tenancy.admission, access, job);
      return isRefusal(result) ? result : JSON.stringify(result);
    });
  }

  /** @returns JSON text of the query's `data` */
  query(caller: Caller, taskId: number | null, publicBaseUrl: string): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, WATCH_NEEDS.query, async (tenancy, access) => {
      const task = findTask(tenancy, access, taskId);
      if (isRefusal(task)) return task;
      return renderTask(access.tenant.tenantId, task, tenancy.linker(publicBaseUrl));
    });
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  listTasks(caller: Caller, query: TaskListQuery, publicBaseUrl: string): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, { scope: "read", allow: ["secret", "token"] }, (tenancy, access) =>
      listTasks(tenancy, access, query, publicBaseUrl),
    );
  }

  /** A task as soon as it is not as the caller has seen it, or after a while. */
  watch(caller: Caller, taskId: number | null, options: WatchOptions): Promise<Reply<TaskWatch>> {
    const need: Need = { ...WATCH_NEEDS[options.by], uncounted: !options.counted };
    return this.#withAccess<TaskWatch>(caller, need, (tenancy, access) => watchTask(tenancy, access, taskId, options));
  }

  /** Forgets an ended task and its files. */
  deleteTask(caller: Caller, taskId: number | null): Promise<Reply<{ taskId: number }>> {
    return this.#withAccess<{ taskId: number }>(
      caller,
      { scope: "generate", allow: ["secret", "token"] },
      (tenancy, access) => deleteTask(tenancy, access, taskId),
    );
  }

  /** Reserves a place for an upload; the bytes go from the Worker straight to R2. */
  beginUpload(caller: Caller, largestBytes: number): Promise<Reply<UploadSlot>> {
    return this.#withAccess<UploadSlot>(caller, FILES, (tenancy, access) => beginUpload(tenancy, access, largestBytes));
  }

  /** The bytes of a begun upload are in R2. */
  async finishUpload(fileId: string, bytes: number, publicBaseUrl: string): Promise<UploadedFile | null> {
    const tenancy = await this.#openLive();
    return tenancy && finishUpload(tenancy, fileId, bytes, publicBaseUrl);
  }

  async abandonUpload(fileId: string): Promise<void> {
    const tenancy = await this.#openLive();
    if (tenancy) await abandonUpload(tenancy, fileId);
  }

  deleteUpload(caller: Caller, fileId: string): Promise<Reply<{ fileId: string }>> {
    return this.#withAccess<{ fileId: string }>(caller, FILES, (tenancy, access) =>
      deleteUpload(tenancy, access, fileId),
    );
  }

  webhook(caller: Caller): Promise<Reply<WebhookView>> {
    return this.#withAccess<WebhookView>(caller, WEBHOOKS, async (tenancy) => webhooks.getWebhook(tenancy));
  }

  /** @param url checked already; the secret is in the answer if it was made now */
  putWebhook(caller: Caller, url: string): Promise<Reply<webhooks.WebhookWithSecret>> {
    return this.#withAccess(caller, WEBHOOKS, (tenancy) => webhooks.putWebhook(tenancy, url));
  }

  deleteWebhook(caller: Caller): Promise<Reply<{ deleted: true }>> {
    return this.#withAccess<{ deleted: true }>(caller, WEBHOOKS, (tenancy) => webhooks.deleteWebhook(tenancy));
  }

  rotateWebhook(caller: Caller): Promise<Reply<webhooks.WebhookWithSecret>> {
    return this.#withAccess<webhooks.WebhookWithSecret>(caller, WEBHOOKS, (tenancy) => webhooks.rotateWebhook(tenancy));
  }

  /** Sends one `webhook.test` and waits for its answer. */
  testWebhook(caller: Caller): Promise<Reply<WebhookTestView>> {
    return this.#withAccess<WebhookTestView>(caller, WEBHOOKS, (tenancy) => webhooks.testWebhook(tenancy));
  }

  deliveries(caller: Caller, taskId: number | null): Promise<Reply<DeliveriesView>> {
    return this.#withAccess<DeliveriesView>(caller, WEBHOOKS, async (tenancy, access) =>
      webhooks.listDeliveries(tenancy, access, taskId),
    );
  }

  /** Sends the ending of a task again, in the background. */
  redeliver(caller: Caller, taskId: number | null): Promise<Reply<DeliveriesView>> {
    return this.#withAccess<DeliveriesView>(caller, WEBHOOKS, (tenancy, access) =>
      webhooks.redeliver(tenancy, access, taskId),
    );
  }

  /** Makes a client token. */
  mintToken(caller: Caller, request: TokenRequest): Promise<Reply<MintedToken>> {
    return this.#withAccess<MintedToken>(caller, { scope: "tokens", allow: ["secret"] }, (tenancy, access) =>
      mintToken(tenancy, access, request),
    );
  }

  account(caller: Caller): Promise<Reply<AccountView>> {
    return this.#withAccess<AccountView>(caller, ACCOUNT, async (tenancy, access) => viewAccount(tenancy, access));
  }

  /** One page of usage; `first` pages of an export count as requests, the following ones do not. */
  usage(caller: Caller, query: UsageQuery, first: boolean): Promise<Reply<UsagePage>> {
    return this.#withAccess<UsagePage>(caller, { ...ACCOUNT, uncounted: !first }, async (tenancy) =>
      usagePage(tenancy, query),
    );
  }

  /** @returns JSON text of `{models, defaultHoldCredits}` */
  models(caller: Caller): Promise<Reply<string>> {
    const need: Need = { scope: "read", allow: ["secret", "token"] };
    return this.#withAccess<string>(caller, need, async (tenancy, access) => viewModels(tenancy, access));
  }

  // ---- for the tenant's people -----------------------------------------------------------------------------------

  /** Exchanges a link's code for a session, once. @returns null for a code that does not count (any more) */
  async openPortal(codeHash: string): Promise<PortalCredential | null> {
    const tenancy = await this.#openLive();
    return tenancy && openPortalSession(tenancy, codeHash);
  }

  /** One call by a session of the portal. */
  async portal(sessionHash: string, call: PortalCall): Promise<PortalReply> {
    const tenancy = await this.#openLive();
    return tenancy ? answerPortal(tenancy, sessionHash, call) : { ok: false, refusal: sessionEnded() };
  }

  // ---- for file URLs ---------------------------------------------------------------------------------------------

  /** What every file request needs to know of a tenant; cached by the Worker for at most 10 s. */
  async fileFacts(): Promise<TenantFacts | null> {
    const tenant = (await this.#open())?.meta.tenant();
    return tenant ? { visibility: tenant.settings.filesVisibility, deleted: tenant.deletedAt !== null } : null;
  }

  /** Where a file is that is not in R2. */
  async fileSource(taskId: number, secret: string, name: string): Promise<FileSource> {
    const task = (await this.#open())?.tasks.get(taskId);
    const wanted = parseFileName(name);
    if (!task || !wanted || !constantTimeEqual(utf8(task.file_secret), utf8(secret))) return { state: "unknown" };
    if (wanted.ext !== (wanted.thumbnail || task.task_type === 2 ? "png" : "mp4")) return { state: "unknown" };
    const file = readFiles(task).find((one) => one.name === `${wanted.thumbnail ? "t" : ""}${wanted.index}`);
    if (task.deleted_at !== null) return { state: "gone" };
    if (file?.state === "stored") return { state: "stored" };
    if (file?.state === "waiting") return { state: "upstream", url: file.url };
    if (file?.state === "lost" || task.phase === PHASE.ended) {
      return file || wanted.index < task.expected_results ? { state: "gone" } : { state: "unknown" };
    }
    return wanted.index < task.expected_results ? { state: "pending" } : { state: "unknown" };
  }

  // ---- for the operator ------------------------------------------------------------------------------------------

  /** Makes this object a tenant. Repeating it with the same id changes nothing. */
  async create(tenantId: string, settings: TenantSettings): Promise<TenantView> {
    migrate(this.ctx.storage, TENANT_MIGRATIONS);
    if (!(await this.#open())) {
      const record = { tenantId, createdAt: Date.now(), deletedAt: null, settings };
      this.ctx.storage.sql.exec(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('tenant', ?)",
        JSON.stringify(record),
      );
      this.#tenancy = null;
    }
    const view = await this.view();
    if (!view) throw new Error("The tenant could not be created");
    return view;
  }

  /** @returns null if there is no such tenant */
  async view(): Promise<TenantView | null> {
    const tenancy = await this.#open();
    const tenant = tenancy?.meta.tenant();
    if (!tenancy || !tenant || tenant.deletedAt !== null) return null;
    return {
      tenantId: tenant.tenantId,
      ...tenant.settings,
      createdAt: new Date(tenant.createdAt).toISOString(),
      balance: tenancy.books.balance(),
      runningTasks: tenancy.activeTasks,
    };
  }

  /** Changes settings; what is not named stays. @returns null if there is no such tenant */
  async patch(changes: Partial<TenantSettings>): Promise<TenantView | null> {
    const tenancy = await this.#openLive();
    await tenancy?.commit.run(() => {
      const tenant = tenancy.meta.tenant();
      if (tenant) tenancy.meta.putTenant({ ...tenant, settings: { ...tenant.settings, ...changes } });
      // A shorter retention counts from now on.
      tenancy.chores.due("retention", tenancy.chance.now());
      tenancy.rollup.touchSettings();
      void tenancy.schedule.arm(tenancy.chance.now());
    });
    return this.view();
  }

  /** Deletes the tenant and everything it has. @returns false if there is no such tenant (any more) */
  async delete(): Promise<boolean> {
    const tenancy = await this.#openLive();
    return tenancy !== null && deleteTenant(tenancy);
  }

  /** Enters credits, given or (negative) taken. @returns null if there is no such tenant */
  async addCredits(job: CreditJob): Promise<CreditReply | Refusal | null> {
    const tenancy = await this.#openLive();
    return tenancy && addCredits(tenancy, job);
  }

  /** The ledger, newest first. @returns null if there is no such tenant */
  async ledger(query: LedgerQuery): Promise<LedgerPage | null> {
    const tenancy = await this.#openLive();
    return tenancy && ledgerPage(tenancy, query);
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first, or null if there is no such tenant */
  async operatorTasks(query: TaskListQuery, publicBaseUrl: string): Promise<string | null> {
    const tenancy = await this.#openLive();
    return tenancy && operatorTasks(tenancy, query, publicBaseUrl);
  }

  /** Tasks for an export, newest first. @returns null if there is no such tenant */
  async taskLines(query: TaskListQuery): Promise<{ lines: TaskLine[]; more: boolean } | null> {
    const tenancy = await this.#openLive();
    return tenancy && taskLines(tenancy, query);
  }

  async operatorUsage(query: UsageQuery): Promise<UsagePage | null> {
    const tenancy = await this.#openLive();
    return tenancy && usagePage(tenancy, query);
  }

  /** The operator has made another price list for all tenants (the Directory tells each). */
  async adoptPrices(shared: SharedPrices): Promise<void> {
    const tenancy = await this.#openLive();
    await tenancy?.commit.run(() => tenancy.prices.adoptShared(shared));
  }

  /** @returns the code of a single-use link to the portal */
  async createPortalLink(): Promise<PortalCredential | null> {
    const tenancy = await this.#openLive();
    return tenancy && createPortalLink(tenancy);
  }

  async createKey(kind: KeyKind, settings: KeySettings): Promise<NewKey | null> {
    const tenancy = await this.#openLive();
    return tenancy && createKey(tenancy, kind, settings);
  }

  async listKeys(): Promise<KeyView[] | null> {
    const tenancy = await this.#openLive();
    return tenancy && listKeys(tenancy);
  }

  async patchKey(keyId: string, changes: Partial<KeySettings>): Promise<KeyView | null> {
    const tenancy = await this.#openLive();
    return tenancy && patchKey(tenancy, keyId, changes);
  }

  async revokeKey(keyId: string): Promise<KeyView | null> {
    const tenancy = await this.#openLive();
    return tenancy && revokeKey(tenancy, keyId);
  }

  async rotateKey(keyId: string, overlapMs: number): Promise<NewKey | null> {
    const tenancy = await this.#openLive();
    return tenancy && rotateKey(tenancy, keyId, overlapMs);
  }

  async #openLive(): Promise<Tenancy | null> {
    const tenancy = await this.#open();
    return tenancy?.meta.tenant()?.deletedAt === null ? tenancy : null;
  }

  // ---- background ------------------------------------------------------------------------------------------------

  /** Never throws and is never lost: whatever happens, the next alarm is set (DESIGN.md, rule 3). */
  override async alarm(): Promise<void> {
    try {
      const tenancy = await this.#open();
      if (!tenancy) return;
      tenancy.schedule.fired();
      tenancy.chores.startDue();
      tenancy.deliveries.startDue();
      await tenancy.runner.wake();
    } catch (error) {
      logEvent("error", "alarm", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
    }
  }
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "code" in value && "status" in value && "msg" in value;
}
