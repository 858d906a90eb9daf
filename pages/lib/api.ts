/** Calls to the gateway's own JSON endpoints, with the envelope taken off. */
import { t, translateError } from "../i18n/t.ts";

/** A field that the gateway refused, and why. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** The gateway said no, or could not be reached (status 0). `message` is fit to be shown. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: number;
  readonly issues: readonly Issue[];
  constructor(status: number, code: number, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.issues = issues;
  }
}

/** Where the endpoints are, and how a page signs in. */
export interface ApiOptions {
  /** Such as `/admin/v1`. */
  readonly base: string;
  /** Headers that say who asks. */
  readonly headers: () => Record<string, string>;
  /** The credential does not count (any more). */
  readonly onSignedOut: () => void;
}

/** Parameters of a query; null and undefined are left out. */
export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** Calls the gateway's endpoints and returns the envelope's `data`. */
export class Api {
  readonly #options: ApiOptions;
  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Where the endpoints are, such as `/admin/v1`. */
  get base(): string {
    return this.#options.base;
  }

  /** @throws ApiError; the signal's reason after it was aborted */
  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.send<T>("GET", path + queryText(query), undefined, {}, signal);
  }

  /** @throws ApiError; the signal's reason after it was aborted */
  async send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#read<T>(await this.#fetch(method, path, body, headers, signal));
  }

  async #read<T>(response: Response): Promise<T> {
    const text = await response.text();
    const envelope = readEnvelope(text);
    if (response.ok && envelope?.ok) return envelope.data as T;
    if (response.status === 401) this.#options.onSignedOut();
    throw errorOf(response.status, envelope);
  }

  /** @returns the response of `GET` as JSON text, for what JSON.parse would change. @throws ApiError */
  async text(path: string): Promise<string> {
    const response = await this.#fetch("GET", path, undefined, {});
    const text = await response.text();
    if (response.ok) return text;
    if (response.status === 401) this.#options.onSignedOut();
    throw readError(response.status, text);
  }

  /** Sends the bytes of a file. @throws ApiError */
  async sendFile<T>(method: string, path: string, file: Blob): Promise<T> {
    return this.#read<T>(await this.#fetch(method, path, file, {}));
  }

  /** @returns a list as a CSV file, with the byte order mark by which Excel recognises UTF-8. @throws ApiError */
  async csv(path: string, query: Query = {}): Promise<Blob> {
    const response = await this.#fetch("GET", path + queryText(query), undefined, { accept: "text/csv" });
    if (response.ok) return new Blob(["\uFEFF", await response.blob()], { type: "text/csv;charset=utf-8" });
    throw errorOf(response.status, readEnvelope(await response.text()));
  }

  async #fetch(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { base, headers: own } = this.#options;
    const isFile = body instanceof Blob;
    try {
      return await fetch(base + path, {
        method,
        headers: {
          ...own(),
          ...(body === undefined || isFile ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        // A text is JSON already, with integers that JavaScript cannot hold.
        ...(body === undefined ? {} : { body: isFile || typeof body === "string" ? body : JSON.stringify(body) }),
        cache: "no-store",
        redirect: "error",
        ...(signal && { signal }),
      });
    } catch {
      signal?.throwIfAborted();
      throw new ApiError(0, 0, t("common.unreachable"));
    }
  }
}

interface Envelope {
  readonly code: number;
  readonly msg: string;
  readonly ok: boolean;
  readonly data: unknown;
}

function readEnvelope(text: string): Envelope | null {
  try {
    const value = JSON.parse(text) as Partial<Envelope> | null;
    return typeof value?.code === "number" && typeof value.msg === "string" ? (value as Envelope) : null;
  } catch {
    return null;
  }
}

/** Returns the error that the text of a response is. */
export function readError(status: number, text: string): ApiError {
  return errorOf(status, readEnvelope(text));
}

function errorOf(status: number, envelope: Envelope | null): ApiError {
  if (!envelope) return new ApiError(status, 0, t("common.httpError", { status: String(status) }));
  const { issues = [] } = (envelope.data ?? {}) as { issues?: Issue[] };
  const own = issues.map(({ path, message }) => ({ path, message: translateError(0, message) }));
  return new ApiError(status, envelope.code, translateError(envelope.code, envelope.msg), own);
}

/** Returns `?name=value&…` of a query, "" if it is empty. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}
