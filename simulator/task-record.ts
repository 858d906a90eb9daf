import type { GenerateRequest } from "./generate-request.ts";
import type { Ending, Plan } from "./plan.ts";
import type { ReferenceCheck } from "./references.ts";

/** A task as SeedHorse keeps it. Times are milliseconds of the simulator's clock. */
export interface TaskRecord {
  /** decimal; past 2^53 by default */
  readonly taskId: string;
  /** 32 hex digits */
  readonly taskNo: string;
  readonly account: string;
  readonly idempotencyKey: string | null;
  readonly request: GenerateRequest;
  /** prompt, server and usual values put together: durations are always there */
  readonly plan: Plan & { readonly queueMs: number; readonly generateMs: number };
  readonly credits: number;
  readonly acceptedAt: number;
  /** an end put on the task by the control API or by its references */
  forced: { readonly at: number; readonly end: Ending | "lost"; readonly failReason: string } | null;
  refunded: boolean;
  references: readonly ReferenceCheck[];
}

/** What a new task is made from. */
export type NewTask = Pick<TaskRecord, "account" | "idempotencyKey" | "request" | "plan" | "credits" | "acceptedAt">;
