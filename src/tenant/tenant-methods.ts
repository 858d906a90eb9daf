/** Calls of the tenant, and of its people by a session of the portal: tasks, webhook, account. */
import type { EndpointEvent } from "../domain/delivery.ts";
import { isApiError } from "../errors.ts";
import type {
  Caller,
  EstimateJob,
  FileReference,
  GenerateJob,
  GenerateResult,
  Result,
  TaskWatch,
  WatchOptions,
} from "./api.ts";
import { type UsagePage, type UsageQuery, usagePage, viewAccount } from "./handlers/account.ts";
import { generate } from "./handlers/generate.ts";
import { viewModels } from "./handlers/models.ts";
import { findReferences, placeReferences } from "./handlers/references.ts";
import { statementOf } from "./handlers/statement.ts";
import { deleteTask } from "./handlers/task-deletion.ts";
import { findTask, listTasks, watchTask } from "./handlers/tasks.ts";
import * as webhooks from "./handlers/webhooks.ts";
import type { TenantLoader } from "./loader.ts";
import { forAnyCaller, forTenant, type Methods } from "./methods.ts";
import type { PermissionName } from "./permissions.ts";
import { allowedModels } from "./rules/access.ts";
import { estimate } from "./rules/admission.ts";
import { linkerOf, renderTask } from "./rules/render.ts";

/** The methods for the tenant. */
export const TENANT_METHODS = {
  /** Checks the credential only: for a request that is refused for another reason. */
  check(loader: TenantLoader, caller: Caller, permission: PermissionName): Promise<Result<null>> {
    return loader.withAccess(caller, permission, () => null);
  },

  // ---- tasks -----------------------------------------------------------------------------------------------------

  generate(loader: TenantLoader, caller: Caller, job: GenerateJob): Promise<Result<GenerateResult>> {
    return loader.withAccess(
      caller,
      "generate",
      (services, access) => generate(services, access, job),
      { fresh: false }, // the admission's own transaction makes them
    );
  },
  /** Reserves places for the bytes of a submission's `data:` URIs, which the Worker puts into R2. */
  placeReferences: forTenant("generate", placeReferences),
  /**
   * The same as `generate` for a body with files of the tenant: a method of its own, because an object of an earlier
   * release must not submit their `fileId`s as URLs.
   *
   * @param counted false if `placeReferences` has counted the request
   */
  generateWithFiles(
    loader: TenantLoader,
    caller: Caller,
    job: GenerateJob,
    references: readonly FileReference[],
    counted: boolean,
  ): Promise<Result<GenerateResult>> {
    return loader.withAccess(caller, "generate", (services, access) => generate(services, access, job, references), {
      fresh: false,
      counted,
    });
  },
  estimate: forTenant("generate", async (services, access, job: EstimateJob) => {
    const found = findReferences(services, access, job.references ?? []);
    if (isApiError(found)) return found;
    await services.priceLookup.prepare(job.shape, access.tenant.settings);
    const result = estimate(services, access, job);
    return isApiError(result) ? result : JSON.stringify(result);
  }),
  /** @returns JSON text of the query's `data` */
  query: forTenant("query", (services, access, taskId: number | null, publicBaseUrl: string) => {
    const task = findTask(services, access, taskId);
    if (isApiError(task)) return task;
    return renderTask(access.tenant.tenantId, services.taskSteps.see(task), linkerOf(services, publicBaseUrl));
  }),
  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  listTasks: forTenant("listTasks", listTasks),
  /** Returns a task as soon as it differs from the caller's version, or after a while. */
  watch(
    loader: TenantLoader,
    caller: Caller,
    taskId: number | null,
    options: WatchOptions,
  ): Promise<Result<TaskWatch>> {
    return loader.withAccess(caller, options.by, (services, access) => watchTask(services, access, taskId, options), {
      counted: options.counted,
    });
  },
  /** Deletes an ended task and its files. */
  deleteTask: forTenant("deleteTask", (services, access, taskId: number | null) =>
    deleteTask(services, access, taskId),
  ),

  // ---- webhook ---------------------------------------------------------------------------------------------------

  webhook: forAnyCaller("webhooks", webhooks.getWebhook),
  /**
   * @param url validated; the secret is in the result if it was created now
   * @param events events that the endpoint receives; null: all
   */
  putWebhook: forAnyCaller("webhooks", (services, url: string, events: readonly EndpointEvent[] | null = null) =>
    webhooks.putWebhook(services, { url, events }),
  ),
  deleteWebhook: forAnyCaller("webhooks", webhooks.deleteWebhook),
  rotateWebhook: forAnyCaller("webhooks", webhooks.rotateWebhook),
  /** Sends one `webhook.test` and waits for its response. */
  testWebhook: forAnyCaller("webhooks", webhooks.testWebhook),
  deliveries: forTenant("webhooks", webhooks.listDeliveries),
  /** Returns a page of the deliveries of all events, newest first. */
  allDeliveries: forAnyCaller("webhooks", webhooks.deliveryPage),
  /** Returns one delivery with its body and responses. */
  delivery: forAnyCaller("webhooks", webhooks.findDelivery),
  /** Sends failed events again, up to a number, in the background. */
  redeliverFailed: forAnyCaller("webhooks", webhooks.redeliverFailed),
  /** Sends the event of a task's end again, in the background. */
  redeliver: forTenant("webhooks", webhooks.redeliver),

  // ---- account ---------------------------------------------------------------------------------------------------

  account: forTenant("account", viewAccount),
  /** Returns one page of usage. The `first` page of an export counts as a request, later ones do not. */
  usage(loader: TenantLoader, caller: Caller, query: UsageQuery, first: boolean): Promise<Result<UsagePage>> {
    return loader.withAccess(caller, "account", (services) => usagePage(services, query), { counted: first });
  },
  /** Returns the statement of a month. */
  statement: forAnyCaller("account", statementOf),
  /** @returns JSON text of `{models, defaultHoldCredits}` */
  models: forTenant("models", (services, access) =>
    viewModels(services, access.tenant.settings, allowedModels(access)),
  ),
} satisfies Methods;
