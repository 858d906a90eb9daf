/** One wrong field of a request: `path` as in `refImageUrls.0`. */
export interface FieldIssue {
  path: string;
  message: string;
}

/** What an error is made of. */
export interface ErrorDetails {
  /** The envelope's code (see the README); 0 if the answer was no envelope, or there was none. */
  code: number;
  /** HTTP status; 0 if there was no answer. */
  status: number;
  /** The gateway's words. */
  msg: string;
  /** Everything that is wrong with the request; empty unless fields are at fault. */
  issues?: readonly FieldIssue[];
  /** `X-Request-Id`: what to tell the operator. */
  requestId?: string | null;
  /** Seconds after which the same request may succeed. */
  retryAfter?: number | null;
  cause?: unknown;
}

/** The gateway said no, or something between here and there did. */
export class PaddockError extends Error {
  override readonly name: string = "PaddockError";
  readonly code: number;
  readonly status: number;
  readonly msg: string;
  readonly issues: readonly FieldIssue[];
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor({ code, status, msg, issues, requestId, retryAfter, cause }: ErrorDetails) {
    super(`${msg} (${status === 0 ? "no answer" : `HTTP ${status}`}${code === 0 ? "" : `, code ${code}`})`, { cause });
    this.code = code;
    this.status = status;
    this.msg = msg;
    this.issues = issues ?? [];
    this.requestId = requestId ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}

/** No answer came: the network failed, or it took too long. `cause` is what `fetch` threw. */
export class PaddockConnectionError extends PaddockError {
  override readonly name = "PaddockConnectionError";

  constructor(msg: string, cause: unknown) {
    super({ code: 0, status: 0, msg, cause });
  }
}

/** A webhook is not to be trusted: the signature is missing or wrong, or it is too old. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

interface Envelope {
  code?: unknown;
  msg?: unknown;
  data?: unknown;
}

/** @returns the error that an answer stands for; `body` is its parsed JSON, or its text */
export function errorOf(response: Response, body: unknown): PaddockError {
  const { code, msg, data } = (typeof body === "object" && body !== null ? body : {}) as Envelope;
  const issues = (data as { issues?: unknown } | null | undefined)?.issues;
  return new PaddockError({
    code: typeof code === "number" ? code : 0,
    status: response.status,
    msg: typeof msg === "string" && msg !== "" ? msg : "The answer was not the gateway's",
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
