/**
 * THE RECORD of one tenant: keys, limits, money, idempotency, tasks. A thin shell: each method checks access, lets a
 * part of `TenantServices` decide, and returns plain values. Whatever must be exact is in one SQLite database and one
 * transaction.
 */
import type { EndpointEvent } from "../domain/delivery.ts";
import type { Month, Statement } from "../domain/statement.ts";
import { isApiError } from "../errors.ts";
import { logEvent } from "../lib/log.ts";
import type { WebhookView } from "../webhooks/endpoint.ts";
import type {
  Caller,
  DeliveriesView,
  DeliveryDetail,
  DeliveryListQuery,
  DeliveryPage,
  EstimateJob,
  FileReference,
  GenerateJob,
  GenerateResult,
  ReferenceFile,
  ReferencePlace,
  Result,
  TaskListQuery,
  TaskWatch,
  WatchOptions,
  WebhookTestView,
} from "./api.ts";
import { TenantFiles } from "./files-object.ts";
import { type AccountView, type UsagePage, type UsageQuery, usagePage, viewAccount } from "./handlers/account.ts";
import { generate } from "./handlers/generate.ts";
import { viewModels } from "./handlers/models.ts";
import { findReferences, placeReferences } from "./handlers/references.ts";
import { statementOf } from "./handlers/statement.ts";
import { deleteTask } from "./handlers/task-deletion.ts";
import { findTask, listTasks, watchTask } from "./handlers/tasks.ts";
import * as webhooks from "./handlers/webhooks.ts";
import type { PermissionName } from "./permissions.ts";
import { allowedModels } from "./rules/access.ts";
import { estimate } from "./rules/admission.ts";
import { linkerOf, renderTask } from "./rules/render.ts";

/** A tenant's object: the methods for the tenant and the portal, and the alarm. */
export class Tenant extends TenantFiles {
  // ---- for tenants -----------------------------------------------------------------------------------------------

  /** Checks the credential only: for a request that is refused for another reason. */
  check(caller: Caller, permission: PermissionName): Promise<Result<null>> {
    return this.loader.withAccess(caller, permission, () => null);
  }

  generate(caller: Caller, job: GenerateJob): Promise<Result<GenerateResult>> {
    return this.loader.withAccess(
      caller,
      "generate",
      (services, access) => generate(services, access, job),
      { fresh: false }, // the admission's own transaction makes them
    );
  }

  /** Reserves places for the bytes of a submission's `data:` URIs, which the Worker puts into R2. */
  placeReferences(caller: Caller, files: readonly ReferenceFile[]): Promise<Result<readonly ReferencePlace[]>> {
    return this.loader.withAccess(caller, "generate", (services, access) => placeReferences(services, access, files));
  }

  /**
   * The same as `generate` for a body with files of the tenant: a method of its own, because an object of an earlier
   * release must not submit their `fileId`s as URLs.
   *
   * @param counted false if `placeReferences` has counted the request
   */
  generateWithFiles(
    caller: Caller,
    job: GenerateJob,
    references: readonly FileReference[],
    counted: boolean,
  ): Promise<Result<GenerateResult>> {
    return this.loader.withAccess(
      caller,
      "generate",
      (services, access) => generate(services, access, job, references),
      { fresh: false, counted },
    );
  }

  estimate(caller: Caller, job: EstimateJob): Promise<Result<string>> {
    return this.loader.withAccess(caller, "generate", async (services, access) => {
      const found = findReferences(services, access, job.references ?? []);
      if (isApiError(found)) return found;
      await services.priceLookup.prepare(job.shape, access.tenant.settings);
      const result = estimate(services, access, job);
      return isApiError(result) ? result : JSON.stringify(result);
    });
  }

  /** @returns JSON text of the query's `data` */
  query(caller: Caller, taskId: number | null, publicBaseUrl: string): Promise<Result<string>> {
    return this.loader.withAccess(caller, "query", async (services, access) => {
      const task = findTask(services, access, taskId);
      if (isApiError(task)) return task;
      return renderTask(access.tenant.tenantId, services.taskSteps.see(task), linkerOf(services, publicBaseUrl));
    });
  }

  /** @returns JSON text of `{tasks, nextCursor}`, newest first */
  listTasks(caller: Caller, query: TaskListQuery, publicBaseUrl: string): Promise<Result<string>> {
    return this.loader.withAccess(caller, "listTasks", (services, access) =>
      listTasks(services, access, query, publicBaseUrl),
    );
  }

  /** Returns a task as soon as it differs from the caller's version, or after a while. */
  watch(caller: Caller, taskId: number | null, options: WatchOptions): Promise<Result<TaskWatch>> {
    return this.loader.withAccess(
      caller,
      options.by,
      (services, access) => watchTask(services, access, taskId, options),
      { counted: options.counted },
    );
  }

  /** Deletes an ended task and its files. */
  deleteTask(caller: Caller, taskId: number | null): Promise<Result<{ taskId: number }>> {
    return this.loader.withAccess(caller, "deleteTask", (services, access) => deleteTask(services, access, taskId));
  }

  webhook(caller: Caller): Promise<Result<WebhookView>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.getWebhook(services));
  }

  /**
   * @param url validated; the secret is in the result if it was created now
   * @param events events that the endpoint receives; null: all
   */
  putWebhook(
    caller: Caller,
    url: string,
    events: readonly EndpointEvent[] | null = null,
  ): Promise<Result<webhooks.WebhookWithSecret>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.putWebhook(services, { url, events }));
  }

  deleteWebhook(caller: Caller): Promise<Result<{ deleted: true }>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.deleteWebhook(services));
  }

  rotateWebhook(caller: Caller): Promise<Result<webhooks.WebhookWithSecret>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.rotateWebhook(services));
  }

  /** Sends one `webhook.test` and waits for its response. */
  testWebhook(caller: Caller): Promise<Result<WebhookTestView>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.testWebhook(services));
  }

  deliveries(caller: Caller, taskId: number | null): Promise<Result<DeliveriesView>> {
    return this.loader.withAccess(caller, "webhooks", (services, access) =>
      webhooks.listDeliveries(services, access, taskId),
    );
  }

  /** Returns a page of the deliveries of all events, newest first. */
  allDeliveries(caller: Caller, query: DeliveryListQuery): Promise<Result<DeliveryPage>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.deliveryPage(services, query));
  }

  /** Returns one delivery with its body and responses. */
  delivery(caller: Caller, deliveryId: string): Promise<Result<DeliveryDetail>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.findDelivery(services, deliveryId));
  }

  /** Sends failed events again, up to a number, in the background. */
  redeliverFailed(caller: Caller): Promise<Result<{ readonly redelivered: number; readonly remaining: boolean }>> {
    return this.loader.withAccess(caller, "webhooks", (services) => webhooks.redeliverFailed(services));
  }

  /** Sends the event of a task's end again, in the background. */
  redeliver(caller: Caller, taskId: number | null): Promise<Result<DeliveriesView>> {
    return this.loader.withAccess(caller, "webhooks", (services, access) =>
      webhooks.redeliver(services, access, taskId),
    );
  }

  account(caller: Caller): Promise<Result<AccountView>> {
    return this.loader.withAccess(caller, "account", (services, access) => viewAccount(services, access));
  }

  /** Returns one page of usage. The `first` page of an export counts as a request, later ones do not. */
  usage(caller: Caller, query: UsageQuery, first: boolean): Promise<Result<UsagePage>> {
    return this.loader.withAccess(caller, "account", (services) => usagePage(services, query), {
      counted: first,
    });
  }

  /** Returns the statement of a month. */
  statement(caller: Caller, month: Month): Promise<Result<Statement>> {
    return this.loader.withAccess(caller, "account", (services) => statementOf(services, month));
  }

  /** @returns JSON text of `{models, defaultHoldCredits}` */
  models(caller: Caller): Promise<Result<string>> {
    return this.loader.withAccess(caller, "models", (services, access) =>
      viewModels(services, access.tenant.settings, allowedModels(access)),
    );
  }

  // ---- background ------------------------------------------------------------------------------------------------

  /** Runs due work. Never throws and is never lost: the next alarm is set whatever happens (docs/design.md, rule 3). */
  override async alarm(): Promise<void> {
    try {
      const services = await this.loader.openForAlarm();
      await services?.queue.alarm();
    } catch (error) {
      logEvent("error", "alarm", { tenantId: this.ctx.id.name, error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
    }
  }
}
