/** Errors of the OpenAI-compatible surface: `{error: {message, type, code, param}}`. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../context.ts";
import { type ApiError, GatewayError } from "../../errors.ts";

/** The names of codes; all others of status 4xx are `invalid_request`, of 5xx `server_error`. */
const NAMES: Readonly<Record<number, string>> = {
  10001: "server_busy",
  20001: "invalid_api_key",
  20002: "permission_denied",
  20003: "permission_denied",
  20008: "invalid_api_key",
  40002: "not_found",
  40003: "model_not_found",
  50008: "invalid_size",
  50009: "invalid_size",
  50014: "moderation_blocked",
  50015: "moderation_blocked",
  60001: "insufficient_quota",
  70001: "rate_limit_exceeded",
  70002: "rate_limit_exceeded",
  70003: "idempotency_error",
  70004: "permission_denied",
  70005: "conflict",
  70007: "method_not_allowed",
  70009: "storage_full",
};
/** Codes whose request fails again in the same way: the `openai` package would repeat their statuses. */
const LASTING: readonly number[] = [70005, 70009];
/** Fields of the tenant API under OpenAI's names. */
const PARAMS: Readonly<Record<string, string>> = {
  imageCount: "n",
  durationSeconds: "seconds",
  aspectRatio: "size",
  resolution: "size",
  taskName: "prompt",
};

/** True for a request of this surface. */
export function isOpenAi(c: AppContext): boolean {
  return /^\/v1(\/|$)/.test(c.req.path);
}

/** Returns an error that only this surface has. @param openAi `retry: false` where a repetition would make a second task */
export function openAiError(status: number, msg: string, openAi: NonNullable<ApiError["openAi"]>): GatewayError {
  return new GatewayError({ code: status >= 500 ? 10001 : 30001, status, msg, openAi });
}

/** Sends an error, with the headers that were set before. */
export function sendOpenAiError(c: AppContext, reason: ApiError): Response {
  const { status, code, openAi = {}, issues } = reason;
  const [issue] = issues ?? [];
  const param =
    openAi.param ?? (issue === undefined ? null : paramOf(c, issue.path)) ?? (code === 40003 ? "model" : null);
  const message = issue !== undefined && param !== null ? `${param}: ${issue.message}` : reason.msg;
  if (openAi.retry === false || LASTING.includes(code)) c.header("x-should-retry", "false");
  c.header("cache-control", "no-store");
  const name = openAi.code ?? NAMES[code] ?? (status >= 500 ? "server_error" : "invalid_request");
  const error = { message, type: typeOf(status, name), code: name, param };
  return c.json({ error }, status as ContentfulStatusCode);
}

function typeOf(status: number, name: string): string {
  if (status === 402) return name;
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

function paramOf(c: AppContext, path: string): string | null {
  const [field = ""] = path.split(".");
  if (field === "") return null;
  if (field === "refImageUrls") return c.req.path.startsWith("/v1/videos") ? "input_reference" : "image";
  return PARAMS[field] ?? field;
}
