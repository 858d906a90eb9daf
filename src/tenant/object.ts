/**
 * THE RECORD of one tenant: keys, limits, money, idempotency, tasks. A thin shell: each method asks for access, has a
 * part of `Tenancy` decide, and answers plain values. What must be exact is one SQLite database and one transaction.
 */
import { DurableObject } from "cloudflare:workers";
import { type Bindings, type LoopbackExports, readConfig, signingSecretsOf } from "../config.ts";
import { parseFileName } from "../domain/file-link.ts";
import { PHASE } from "../domain/task.ts";
import { readFiles } from "../domain/task-lifecycle.ts";
import { type Refusal, refusal } from "../errors.ts";
import type { FileSource, TenantFacts } from "../files/serve.ts";
import { constantTimeEqual, utf8 } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import type { Access, Need } from "./access.ts";
import { estimate } from "./admission.ts";
import { generate } from "./generate.ts";
import { createKey, listKeys, type NewKey, patchKey, revokeKey, rotateKey } from "./key-admin.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import { REAL_CHANCE } from "./ports.ts";
import { renderTask } from "./render.ts";
import { deleteTask } from "./task-deletion.ts";
import { findTask, listTasks, waitForEnd, watchTask } from "./task-reading.ts";
import { Tenancy } from "./tenancy.ts";
import type {
  Caller,
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
} from "./types.ts";
import {
  abandonUpload,
  beginUpload,
  deleteUpload,
  finishUpload,
  type UploadedFile,
  type UploadSlot,
} from "./uploads.ts";

const FILES: Need = { scope: "files", allow: ["secret", "token"] };
const EVERYONE = ["secret", "publishable", "token"] as const;

export class Tenant extends DurableObject<Bindings> {
  #tenancy: Tenancy | null = null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that never was a tenant stays empty: asking for one by a made-up name must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
  }

  /** @returns the tenant's parts, or null for an object that is no tenant, or not one any more. */
  async #open(): Promise<Tenancy | null> {
    if (!this.#tenancy) {
      if (schemaVersion(this.ctx.storage) === 0) return null;
      const read = await readConfig(this.env);
      if (!read.ok) throw new Error(read.problem);
      const secrets = await signingSecretsOf(read.config);
      const { Courier } = this.ctx.exports as unknown as LoopbackExports;
      // A second call may have come this far meanwhile; two sets of parts would mean two schedules.
      this.#tenancy ??= new Tenancy({
        storage: this.ctx.storage,
        config: read.config,
        secrets,
        courier: Courier,
        chance: REAL_CHANCE,
        log: logEvent,
      });
    }
    return this.#tenancy.meta.tenant() ? this.#tenancy : null;
  }

  async #withAccess<T>(
    caller: Caller,
    need: Need,
    work: (t: Tenancy, access: Access) => Promise<T | Refusal>,
  ): Promise<Reply<T>> {
    const tenancy = await this.#open();
    if (!tenancy) return { ok: false, rate: null, refusal: refusal(20008) };
    const access = tenancy.access.authorize(caller, need, tenancy.chance.now());
    if (!access.ok) return access;
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
    return this.#withAccess<GenerateReply>(caller, { scope: "generate", allow: EVERYONE }, (tenancy, access) =>
      generate(tenancy, access, job),
    );
  }

  estimate(caller: Caller, job: Pick<GenerateJob, "shape" | "model">): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, { scope: "generate", allow: EVERYONE }, async (tenancy, access) => {
      const result = estimate(tenancy.admission, access, job);
      return isRefusal(result) ? result : JSON.stringify(result);
    });
  }

  /**
   * @param waitMs how long to wait for the task's end before answering; 0: not at all
   * @returns JSON text of the query's `data`
   */
  query(caller: Caller, taskId: number | null, publicBaseUrl: string, waitMs: number): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, { scope: "read", allow: EVERYONE }, async (tenancy, access) => {
      let task = findTask(tenancy, access, taskId);
      if (isRefusal(task)) return task;
      if (waitMs > 0) task = (await waitForEnd(tenancy, task.task_id, tenancy.chance.now() + waitMs)) ?? task;
      return renderTask(access.tenant.tenantId, task, tenancy.linker(publicBaseUrl));
    });
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  listTasks(caller: Caller, query: TaskListQuery, publicBaseUrl: string): Promise<Reply<string>> {
    return this.#withAccess<string>(caller, { scope: "read", allow: ["secret", "token"] }, (tenancy, access) =>
      listTasks(tenancy, access, query, publicBaseUrl),
    );
  }

  /** The next change of a task; `first` questions of a stream count as requests, the following ones do not. */
  async watch(
    caller: Caller,
    taskId: number | null,
    options: { seen: string | null; maxMs: number; publicBaseUrl: string; first: boolean },
  ): Promise<Reply<TaskWatch>> {
    const need: Need = { scope: "read", allow: ["secret", "token"], uncounted: !options.first };
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
      void tenancy.schedule.arm(tenancy.chance.now());
    });
    return this.view();
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
