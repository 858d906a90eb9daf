/** One invalid field of a request; `path` is, for example, `refImageUrls.0`. */
export interface FieldIssue {
  path: string;
  message: string;
}

/** Properties of an error. */
export interface ErrorDetails {
  /** Code of the envelope (see the README); 0 if there was no response, or one without an envelope. */
  code: number;
  /** HTTP status; 0 if there was no response. */
  status: number;
  /** Message of the gateway. */
  msg: string;
  /** All invalid fields of the request. */
  issues?: readonly FieldIssue[];
  /** The header `X-Request-Id`; include it when you contact support. */
  requestId?: string | null;
  /** Seconds after which the same request may succeed. */
  retryAfter?: number | null;
  cause?: unknown;
}

/** An error response of the gateway, or of a proxy in front of it. */
export class PaddockError extends Error {
  override readonly name: string = "PaddockError";
  readonly code: number;
  readonly status: number;
  readonly msg: string;
  readonly issues: readonly FieldIssue[];
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor({ code, status, msg, issues, requestId, retryAfter, cause }: ErrorDetails) {
    super(`${msg} (${status === 0 ? "no response" : `HTTP ${status}`}${code === 0 ? "" : `, code ${code}`})`, {
      cause,
    });
    this.code = code;
    this.status = status;
    this.msg = msg;
    this.issues = issues ?? [];
    this.requestId = requestId ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}

/** There was no response: the network failed or the time was over. `cause` is the error of `fetch`. */
export class PaddockConnectionError extends PaddockError {
  override readonly name = "PaddockConnectionError";

  constructor(msg: string, cause: unknown) {
    super({ code: 0, status: 0, msg, cause });
  }
}

/** A webhook is not authentic: its signature is missing or wrong, or it is too old. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

interface Envelope {
  code?: unknown;
  msg?: unknown;
  data?: unknown;
}

/** @returns the error of a response. @param body its parsed JSON, or null */
export function errorOf(response: Response, body: unknown): PaddockError {
  const { code, msg, data } = (typeof body === "object" && body !== null ? body : {}) as Envelope;
  const issues = (data as { issues?: unknown } | null | undefined)?.issues;
  return new PaddockError({
    code: typeof code === "number" ? code : 0,
    status: response.status,
    msg: typeof msg === "string" && msg !== "" ? msg : "The response is not from the gateway",
    issues: Array.isArray(issues) ? (issues as FieldIssue[]) : [],
    requestId: response.headers.get("x-request-id"),
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
  });
}

/** `Retry-After` (RFC 9110 section 10.2.3) in seconds. @param now ms since epoch */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1_000));
}
