/** paddock-client: see the README. */
export {
  type Generated,
  type GenerateOptions,
  type ListOptions,
  Paddock,
  type QueryOptions,
  type TaskPage,
  type Uploadable,
  type UsageOptions,
} from "./client.ts";
export { type FieldIssue, PaddockConnectionError, PaddockError, WebhookVerificationError } from "./errors.ts";
export type { EventOptions, TaskEvent } from "./events.ts";
export type { LargeUploadOptions, SizedFile } from "./large-upload.ts";
export type { OperationName, OperationOptions, OperationPage } from "./operation.ts";
export type * from "./schema.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
export { hasEnded, TASK_STATUS, type WaitOptions } from "./waiting.ts";
export { type VerifyOptions, verifyWebhook, type WebhookEvent, type WebhookHeaders } from "./webhook.ts";
