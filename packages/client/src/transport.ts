/** Sends requests with credentials, time limits and retries; returns the envelope's `data`. */
import { errorOf, PaddockConnectionError, type PaddockError } from "./errors.ts";
import { parseJson } from "./json.ts";
import { type Failure, retryDelay } from "./retry.ts";

/** Options of the client. */
export interface ClientOptions {
  /** URL of the gateway, for example `https://gateway.example`. */
  baseUrl: string;
  /** A key or a client token, or a function that returns the current one; it is called before every attempt. */
  credential: string | (() => string | Promise<string>);
  /** Default: the platform's `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Most retries of a failed request; default 3. */
  maxRetries?: number | undefined;
  /** Time limit of one attempt in ms, in addition to `wait`; default 60,000. Uploads have no limit. */
  timeoutMs?: number | undefined;
  /** Longest `Retry-After` to wait for, in ms; default 60,000. */
  maxRetryDelayMs?: number | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call and its waiting. */
  signal?: AbortSignal | undefined;
}

/** One call of the API. */
export interface Call extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, or a signed URL, which gets no credential. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined;
  /** Default: the client's `maxRetries`. */
  readonly maxRetries?: number | undefined;
  /** Null: no limit. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | null | undefined;
}

/** A successful response: the envelope's `data`, and the headers. */
export interface Received<T> {
  readonly data: T;
  readonly headers: Headers;
}

/** The response or the error of a call. `lostBefore`: an earlier attempt got no response. */
export interface Outcome<T> {
  readonly response: Received<T> | null;
  readonly error: PaddockError | null;
  readonly lostBefore: boolean;
}

const DEFAULTS = { maxRetries: 3, timeoutMs: 60_000, maxRetryDelayMs: 60_000 } as const;

/** Sends calls with the credential, retries them, and unwraps the envelope. */
export class Transport {
  readonly #baseUrl: string;
  readonly #credential: ClientOptions["credential"];
  readonly #fetch: typeof globalThis.fetch;
  readonly #maxRetries: number;
  readonly #maxDelayMs: number;
  readonly timeoutMs: number;

  /** @throws TypeError if the base URL or the credential cannot be meant */
  constructor(options: ClientOptions) {
    this.#baseUrl = originOf(options.baseUrl);
    requireCredential(options.credential);
    this.#credential = options.credential;
    // Browsers throw if `fetch` is called as a method of another object.
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.#maxRetries = options.maxRetries ?? DEFAULTS.maxRetries;
    this.#maxDelayMs = options.maxRetryDelayMs ?? DEFAULTS.maxRetryDelayMs;
    this.timeoutMs = options.timeoutMs ?? DEFAULTS.timeoutMs;
  }

  /** @returns the response's `data` and headers. @throws PaddockError, or the signal's reason */
  async call<T>(call: Call): Promise<Received<T>> {
    const { response, error } = await this.attempt<T>(call);
    if (response) return response;
    throw error;
  }

  /** Like `call`, but returns the error. @throws the signal's reason */
  async attempt<T>(call: Call): Promise<Outcome<T>> {
    const maxRetries = call.body instanceof ReadableStream ? 0 : (call.maxRetries ?? this.#maxRetries);
    let lostBefore = false;
    for (let attempts = 1; ; attempts++) {
      const result = await this.#once<T>(call);
      if ("data" in result) return { response: result, error: null, lostBefore };
      const failure = failureOf(result);
      const context = { attempts, maxRetries, lostBefore, maxDelayMs: this.#maxDelayMs, random: Math.random() };
      const delay = retryDelay(failure, context);
      if (delay === null) return { response: null, error: result, lostBefore };
      lostBefore ||= failure.kind === "lost";
      await sleep(delay, call.signal);
    }
  }

  /**
   * Makes one attempt. Does not read the response's body; the signal covers the body too.
   *
   * @throws PaddockConnectionError if there is no response, or the signal's reason
   */
  async open({ method, path, headers, body, signal }: Call): Promise<Response> {
    signal?.throwIfAborted();
    const isSigned = /^https?:/.test(path);
    const authorization = isSigned ? {} : { authorization: `Bearer ${await this.#bearer()}` };
    try {
      return await this.#fetch(isSigned ? path : this.#baseUrl + path, {
        method,
        headers: { ...headers, ...authorization },
        ...(body === undefined ? {} : { body }),
        // Node and browsers require this option for a body that is a stream.
        ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
        ...(signal ? { signal } : {}),
      } as RequestInit);
    } catch (error) {
      signal?.throwIfAborted();
      throw new PaddockConnectionError("The gateway cannot be reached", error);
    }
  }

  async #once<T>(call: Call): Promise<Received<T> | PaddockError> {
    const limitMs = call.timeoutMs === undefined ? this.timeoutMs : call.timeoutMs;
    const limit = new TimeLimit(limitMs, call.signal);
    try {
      const response = await this.open({ ...call, signal: limit.signal });
      const body = parsed(await response.text());
      if (response.ok && body?.code === 0) return { data: body.data as T, headers: response.headers };
      return errorOf(response, body);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (error instanceof PaddockConnectionError) return error;
      return new PaddockConnectionError(limit.isOver ? "No response in time" : "The response was interrupted", error);
    } finally {
      limit.release();
    }
  }

  async #bearer(): Promise<string> {
    return typeof this.#credential === "string" ? this.#credential : this.#credential();
  }
}

/** Returns the base URL without a slash at its end. @throws TypeError naming what is accepted */
function originOf(baseUrl: unknown): string {
  if (typeof baseUrl !== "string" || !/^https?:\/\//i.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new TypeError("baseUrl must be the gateway's URL with its scheme, for example https://gateway.example");
  }
  const text = baseUrl.replace(/\/+$/, "");
  const [path] = /\/(?:api|admin|v1)(?:\/v1)?$/.exec(new URL(text).pathname) ?? [];
  if (path !== undefined)
    throw new TypeError(`baseUrl must not end with ${path}: the client adds the paths of its calls`);
  return text;
}

/** @throws TypeError if the credential is missing, as from an environment variable that is not set */
function requireCredential(credential: unknown): void {
  if (typeof credential === "function") return;
  if (typeof credential !== "string" || credential === "" || credential === "undefined") {
    throw new TypeError(
      "credential must be a key (pdk_…), a client token, an operator's token, or a function that returns one",
    );
  }
  if (/\s/.test(credential)) throw new TypeError("credential must be the token alone, without Bearer and spaces");
}

function failureOf(error: PaddockError): Failure {
  if (error instanceof PaddockConnectionError) return { kind: "lost" };
  return { kind: "refused", status: error.status, code: error.code, retryAfter: error.retryAfter };
}

function parsed(text: string): { code?: unknown; data?: unknown } | null {
  try {
    const value = parseJson(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** A signal that aborts with another one, or when the time is over. `release` removes timer and listener. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #follow = () => this.#controller.abort(this.#outer?.reason);
  #timer: ReturnType<typeof setTimeout> | null = null;
  isOver = false;

  constructor(limitMs: number | null, outer?: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted) this.#follow();
    outer?.addEventListener("abort", this.#follow, { once: true });
    if (limitMs !== null) this.restart(limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the time again. */
  restart(limitMs: number): void {
    this.#stop();
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#controller.abort();
    }, limitMs);
  }

  release(): void {
    this.#stop();
    this.#outer?.removeEventListener("abort", this.#follow);
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Waits. @throws the signal's reason if it is aborted meanwhile */
export async function sleep(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
