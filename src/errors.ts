/**
 * The closed list of the gateway's error codes, and the envelope of every response. Codes and statuses: contract
 * section 2. Routes throw `GatewayError`; only `onError` in app.ts writes it.
 */

/** The HTTP status and the fixed message of each code of the gateway's own. */
export const CODES = {
  10001: [503, "The service is busy, please retry later"],
  20001: [401, "Missing credentials"],
  20002: [403, "Not allowed for this key"],
  20003: [403, "No permission to operate this task"],
  20008: [
    401,
    "Invalid API key, unknown, revoked or expired: send `Authorization: Bearer pdk_…` with a key of this gateway",
  ],
  30001: [400, "Invalid parameters"],
  40002: [404, "Task does not exist"],
  40003: [404, "Model does not exist"],
  50003: [400, "Generation method not supported"],
  50006: [400, "Resolution not supported"],
  50007: [400, "Duration not supported"],
  50008: [400, "Image size not supported"],
  50009: [400, "Aspect ratio not supported"],
  50010: [400, "Invalid image count"],
  50011: [400, "Reference image required"],
  60001: [402, "Insufficient credits"],
  70001: [429, "Too many requests"],
  70002: [429, "Too many tasks at once"],
  70003: [409, "A request with this idempotency key is still running"],
  70004: [403, "The account is suspended"],
  70005: [409, "The task is still running"],
  70006: [413, "The request body is too large"],
  70007: [405, "Method not allowed"],
  70008: [415, "Unsupported request body"],
  70009: [507, "The storage of this tenant is full: delete tasks or set a retention"],
  70010: [409, "This externalId is taken"],
} as const satisfies Record<number, readonly [status: number, message: string]>;

/** A code of the gateway's own. */
export type GatewayCode = keyof typeof CODES;

/** One wrong field: `path` as in `refImageUrls.0`, `message` a sentence. */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

/** An error as a plain value, which objects return and which can cross RPC. */
export interface ApiError {
  readonly code: number;
  readonly status: number;
  readonly msg: string;
  readonly retryAfterSeconds?: number;
  readonly issues?: readonly FieldIssue[];
  /** More about the error, as fields of the envelope's `data` (contract section 2). */
  readonly data?: Readonly<Record<string, number | readonly string[]>>;
  /** How the OpenAI-compatible surface shows the error, where that does not follow from `code` (routes/openai/errors.ts). */
  readonly openAi?: { readonly code?: string; readonly param?: string; readonly retry?: false };
}

/** `Retry-After` of a 429 or 503 for which no better time is known. */
const RETRY_AFTER_SECONDS = 5;

/** @returns the error with this code; `status` only where one code has two (70003: 409 or 422). */
export function apiError(
  code: GatewayCode,
  msg?: string,
  more: Partial<Pick<ApiError, "retryAfterSeconds" | "issues" | "data" | "status" | "openAi">> = {},
): ApiError {
  const [status, message] = CODES[code];
  const retry = status === 429 || status === 503 ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {};
  return { code, status, msg: msg ?? message, ...retry, ...more };
}

/**
 * Returns an upstream error, its code and message unchanged (contract section 2, last table row). Reference content
 * that failed review (50014, 50015) is 422, an unknown model 404, everything else 400.
 */
export function upstreamError(code: number, msg: string): ApiError {
  const status = code === 50014 || code === 50015 ? 422 : code === 40003 ? 404 : 400;
  return { code, status, msg };
}

/** Thrown by routes and middleware; contains what the response needs and nothing else. */
export class GatewayError extends Error {
  readonly error: ApiError;
  constructor(reason: ApiError) {
    super(reason.msg);
    this.name = "GatewayError";
    this.error = reason;
  }
}

/** The error 30001 for these issues; its message is that of the first. */
export function issuesError(issues: readonly FieldIssue[]): ApiError {
  const [first] = issues;
  return apiError(30001, first && (first.path === "" ? first.message : `${first.path}: ${first.message}`), { issues });
}

/** Type guard: true for an error among the results of an object. */
export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "status" in value && "msg" in value;
}

/** Throws the error with this code. */
export function throwApiError(...args: Parameters<typeof apiError>): never {
  throw new GatewayError(apiError(...args));
}

/** Returns the envelope of a success around `data` as JSON text (no parse, no copy of large bodies). */
export function successEnvelope(dataJson: string): string {
  return `{"code":0,"msg":"success","ok":true,"data":${dataJson}}`;
}

/** Returns the envelope of an error. `data` is null unless the error has more fields. */
export function errorEnvelope({ code, msg, data, issues }: ApiError): string {
  const more = data || issues ? { ...data, ...(issues && { issues }) } : null;
  return JSON.stringify({ code, msg, ok: false, data: more });
}
