/** The Courier as a tenant's object sees it: over RPC, or in the object itself (direct-courier.ts). */
import type { WebhookResponse } from "../domain/delivery.ts";
import type { CopyOutcome, CopyPace, DeclaredKind } from "./copy.ts";
import type { QueryReport, SubmitOutcome } from "./seedhorse.ts";
import type { TaskNames } from "./task-names.ts";
import type { WebhookRequest } from "./webhook.ts";

/** The outside calls that a tenant's object makes. */
export interface CourierPort {
  submit(masterKeyId: string, idempotencyKey: string, body: string, limitMs: number): Promise<SubmitOutcome>;
  query(pinned: string | null, others: readonly string[], names: TaskNames, limitMs: number): Promise<QueryReport>;
  /**
   * Copies one result file to R2.
   *
   * @param totalMs longest time, headers included
   * @param pace the least speed of the body
   */
  copy(url: string, key: string, declaredKind: DeclaredKind, totalMs: number, pace: CopyPace): Promise<CopyOutcome>;
  /** Reads the start of a result file and stores nothing. @returns true if the start came too slowly */
  startsSlowly(url: string): Promise<boolean>;
  removeFiles(prefix: string): Promise<number>;
  deliver(request: WebhookRequest & { readonly ownOrigins: readonly string[] }): Promise<WebhookResponse>;
}
