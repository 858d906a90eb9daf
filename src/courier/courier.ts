/**
 * THE MUSCLE: the stateless entrypoint that makes outside calls. Objects start many of its calls at once without
 * awaiting each, because the platform limits open connections per invocation and not per object. For calls that an
 * object makes itself see courier/direct-courier.ts.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { readConfig } from "../config.ts";
import type { WebhookResponse } from "../domain/delivery.ts";
import { tenantOfResult } from "../domain/file-link.ts";
import { takePartMemory } from "../files/part-memory.ts";
import { MAX_RESULT_BYTES } from "../files/upstream-body.ts";
import { COPY_PACES, type CopyOutcome, type CopyPace, copyToBucket, type DeclaredKind, startsSlowly } from "./copy.ts";
import { type QueryReport, queryUnderKeys, type SubmitOutcome, submitTask } from "./seedhorse.ts";
import type { TaskNames } from "./task-names.ts";
import { deliverWebhook, WEBHOOK_TIMEOUT_MS, type WebhookRequest } from "./webhook.ts";

/** The stateless entrypoint for calls that may take long (docs/decisions/0016). */
export class Courier extends WorkerEntrypoint<Bindings> {
  async #config() {
    const result = await readConfig(this.env);
    if (!result.ok) throw new Error(result.problem);
    return result.config;
  }

  /** Submits one task under one master key; see `submitTask`. */
  async submit(masterKeyId: string, idempotencyKey: string, body: string, limitMs?: number): Promise<SubmitOutcome> {
    return submitTask(await this.#config(), masterKeyId, idempotencyKey, body, limitMs);
  }

  /** Queries one task; see `queryUnderKeys`. */
  async query(
    pinned: string | null,
    others: readonly string[],
    names: TaskNames,
    limitMs?: number,
  ): Promise<QueryReport> {
    return queryUnderKeys(await this.#config(), pinned, others, names, limitMs);
  }

  /** Copies one result file to R2 under `key`; see `CourierPort.copy`. */
  async copy(
    url: string,
    key: string,
    declaredKind: DeclaredKind,
    totalMs: number,
    pace: CopyPace,
  ): Promise<CopyOutcome> {
    return copyToBucket({
      url,
      bucket: this.env.FILES,
      key,
      declaredKind,
      maxBytes: MAX_RESULT_BYTES[declaredKind],
      fetch,
      limits: { ...COPY_PACES[pace], totalMs },
      // Without a place, it is tried again later.
      takePlace: async (bytesPerSecond) => {
        const place = await takePartMemory({ tenantId: tenantOfResult(key), endUser: null }, bytesPerSecond);
        return typeof place === "string" ? null : place;
      },
    });
  }

  /** Reads the start of a result file; see `CourierPort.startsSlowly`. */
  async startsSlowly(url: string): Promise<boolean> {
    return startsSlowly(url, fetch);
  }

  /**
   * Makes one attempt to deliver a webhook. @param request.ownOrigins the gateway's own origins, to which no webhook
   * may go
   */
  async deliver(request: WebhookRequest & { readonly ownOrigins: readonly string[] }): Promise<WebhookResponse> {
    const { allowPrivateUrls } = await this.#config();
    const rule = { allowPrivate: allowPrivateUrls, ownOrigins: request.ownOrigins };
    return deliverWebhook(request, { rule, fetch, timeoutMs: WEBHOOK_TIMEOUT_MS });
  }

  /** Deletes everything under a prefix. Safe to repeat. @returns the number of deleted objects */
  async removeFiles(prefix: string): Promise<number> {
    let removed = 0;
    for (;;) {
      const page = await this.env.FILES.list({ prefix, limit: 1_000 });
      if (page.objects.length === 0) return removed;
      await this.env.FILES.delete(page.objects.map(({ key }) => key));
      removed += page.objects.length;
    }
  }
}
