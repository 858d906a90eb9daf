/** A client of the gateway's HTTP API, for an operator or a tenant: as much as the demo, `npm run dev` and the tests use. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** A task as the gateway returns it, with the fields that are used here. */
export interface TaskData {
  readonly taskId: number;
  readonly taskStatus: number;
  readonly progress: number;
  readonly failReason: string;
  readonly results: readonly { readonly fileUrl: string | null; readonly mirrored: boolean }[];
}

/** The response to a submission. */
export interface Submission {
  readonly taskId: number;
  readonly taskNo: string;
  readonly estimatedCredits: number;
  readonly resultUrls: readonly string[];
}

/** An error of the gateway; the message has its status, code and text. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;
  readonly code: number;
  constructor(request: string, status: number, code: number, msg: string) {
    super(`${request} was refused: HTTP ${status}, code ${code}, ${msg}`);
    this.status = status;
    this.code = code;
  }
}

/** Returns the service token for a Cloudflare Access in front of the gateway, if the environment has one. */
function accessHeaders(): Record<string, string> {
  const { CF_ACCESS_CLIENT_ID: id, CF_ACCESS_CLIENT_SECRET: secret } = process.env;
  return id && secret ? { "cf-access-client-id": id, "cf-access-client-secret": secret } : {};
}

/** Calls the API with one credential: a tenant's key, a client token or the operator's token. */
export class GatewayClient {
  readonly #baseUrl: string;
  readonly #credential: string;

  constructor(baseUrl: string, credential: string) {
    this.#baseUrl = baseUrl;
    this.#credential = credential;
  }

  /**
   * One call; a body that is not text is sent as JSON.
   * @returns the envelope's `data`
   * @throws RefusedError for any code but 0
   */
  async call<T>(
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.fetch(path, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return readData<T>(`${method} ${path}`, response);
  }

  /** Uploads a reference. @throws RefusedError */
  async upload(body: Uint8Array<ArrayBuffer>): Promise<{ readonly fileId: string; readonly url: string }> {
    return readData("POST /api/v1/files", await this.fetch("/api/v1/files", { method: "POST", body }));
  }

  /** A request with this credential; the response as it is. @throws Error naming the gateway if it cannot be reached */
  async fetch(path: string, init: RequestInit & { readonly headers?: Record<string, string> } = {}): Promise<Response> {
    const headers = { ...init.headers, ...accessHeaders(), authorization: `Bearer ${this.#credential}` };
    try {
      return await fetch(this.#baseUrl + path, { redirect: "manual", ...init, headers });
    } catch (error) {
      // The message of `fetch` is "fetch failed", whatever the reason.
      if (!(error instanceof TypeError && error.cause instanceof Error)) throw error;
      throw new Error(`${this.#baseUrl} cannot be reached: ${error.cause.message}`, { cause: error.cause });
    }
  }

  submit(body: object | string, headers: Record<string, string> = {}): Promise<Submission> {
    return this.call<Submission>("POST", "/api/v1/task/generate", body, headers);
  }

  query(taskId: number): Promise<TaskData> {
    return this.call<TaskData>("GET", `/api/v1/query/${taskId}`);
  }

  /**
   * Asks about a task until it has ended: completed (2), failed (3) or cancelled (5).
   * @throws Error if that takes longer than `limitMs`, RefusedError
   */
  async untilEnded(
    taskId: number,
    { everyMs = 300, limitMs = 60_000, onProgress = (_: TaskData) => {} } = {},
  ): Promise<TaskData> {
    const giveUpAt = Date.now() + limitMs;
    for (;;) {
      const task = await this.query(taskId);
      onProgress(task);
      if ([2, 3, 5].includes(task.taskStatus)) return task;
      if (Date.now() > giveUpAt) {
        throw new Error(`task ${taskId} had not ended after ${limitMs / 1_000} s (${task.progress} %)`);
      }
      await sleep(everyMs);
    }
  }
}

/** A tenant made through the operator API, with the key that is shown only once. */
export interface NewTenant {
  readonly tenantId: string;
  readonly key: string;
}

/** Makes a tenant with the given settings, and a secret key for it. */
export async function createTenant(operator: GatewayClient, settings: { name: string }): Promise<NewTenant> {
  const { tenantId } = await operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", settings);
  return { tenantId, key: await createKey(operator, tenantId) };
}

/** Makes a secret key of a tenant. */
export async function createKey(operator: GatewayClient, tenantId: string): Promise<string> {
  const made = await operator.call<{ key: string }>("POST", `/admin/v1/tenants/${tenantId}/keys`, {
    name: "first key",
  });
  return made.key;
}

/** What came from a file's URL. */
export interface Download {
  readonly status: number;
  readonly contentType: string | null;
  readonly bytes: number;
  /** From `Last-Modified`, in ms since epoch; null without one. */
  readonly modifiedAt: number | null;
  /** lower-case hex */
  readonly sha256: string;
}

/** Downloads a file, holding none of it. @throws Error if the connection breaks before the file's end */
export async function download(url: string, signal: AbortSignal | null = null): Promise<Download> {
  const response = await fetch(url, { signal });
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  const modified = response.headers.get("last-modified");
  return {
    status: response.status,
    contentType: response.headers.get("content-type"),
    bytes,
    modifiedAt: modified === null ? null : Date.parse(modified),
    sha256: hash.digest("hex"),
  };
}

async function readData<T>(request: string, response: Response): Promise<T> {
  if (response.status >= 300 && response.status < 400) {
    const { host } = new URL(response.headers.get("location") ?? "", response.url);
    throw new Error(
      `${request} is redirected to ${host}; behind Cloudflare Access set CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET to a service token`,
    );
  }
  const { code, msg, data } = readEnvelope(await response.text());
  if (code !== 0) throw new RefusedError(request, response.status, code, msg);
  return data as T;
}

function readEnvelope(text: string): { code: number; msg: string; data: unknown } {
  try {
    const { code, msg, data } = JSON.parse(text) as Record<string, unknown>;
    return { code: Number(code), msg: String(msg), data };
  } catch {
    return { code: Number.NaN, msg: `not an envelope: ${text.slice(0, 200)}`, data: null };
  }
}
