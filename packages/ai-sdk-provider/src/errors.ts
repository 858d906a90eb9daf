/** Errors as the AI SDK expects them: its retries follow `isRetryable`. */
import { APICallError } from "@ai-sdk/provider";
import { PaddockConnectionError, PaddockError, type Task } from "paddock-client";

/** What failed, for the error's `url` and `requestBodyValues`. */
export interface FailedCall {
  readonly url: string;
  readonly request: unknown;
}

/** Rate limit, overload, or a proxy that could not reach the gateway: nothing was accepted. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** A request with the same idempotency key is still running: the attempt before this one. */
const STILL_RUNNING = 70_003;
const NOT_ALLOWED = 20_002;

/**
 * Returns the AI SDK's error for an error of the client; any other error, such as an abort, unchanged. It is retryable where
 * the gateway lets the same request succeed later, and after a lost connection, because a retry has the same idempotency key.
 */
export function apiCallError(error: unknown, { url, request }: FailedCall): unknown {
  if (!(error instanceof PaddockError)) return error;
  const { code, status, msg, issues, requestId, retryAfter } = error;
  const isLost = error instanceof PaddockConnectionError;
  return new APICallError({
    message: isLost ? msg : `${msg}${hint(error, request)}`,
    url,
    requestBodyValues: request,
    ...(isLost ? {} : { statusCode: status, responseBody: JSON.stringify({ code, msg, data: { issues } }) }),
    responseHeaders: {
      ...(requestId === null ? {} : { "x-request-id": requestId }),
      ...(retryAfter === null ? {} : { "retry-after": String(retryAfter) }),
    },
    isRetryable: isLost || BUSY.has(status) || (status === 409 && code === STILL_RUNNING),
    data: { code, issues },
    cause: error,
  });
}

/** Returns the error of a task that failed or was cancelled. A retry would create and pay a second task: never retryable. */
export function generationFailed(task: Task, { url, request }: FailedCall): APICallError {
  return new APICallError({
    message: failureOf(task),
    url,
    requestBodyValues: request,
    isRetryable: false,
    data: { taskId: task.taskId, taskStatus: task.taskStatus, failReason: task.failReason },
  });
}

/** Returns why a task, or its first failed result, has no file. */
export function failureOf(task: Task): string {
  const reason = task.failReason || task.results.find(({ failReason }) => failReason)?.failReason;
  return reason || "The generation failed without a reason";
}

function hint(error: PaddockError, request: unknown): string {
  const hasWebhook = typeof request === "object" && request !== null && "webhookUrl" in request;
  return hasWebhook && error.code === NOT_ALLOWED
    ? ". A client token or publishable key cannot set a webhook: poll, or start the video on a server with a secret key"
    : "";
}
