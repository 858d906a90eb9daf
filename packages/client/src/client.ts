/** The client: one method for each call of the API. */
import { type EventOptions, type TaskEvent, taskEvents } from "./events.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import { stringifyJson } from "./json.ts";
import { isLarge, LARGE_TYPE, type LargeUploadOptions, type SizedFile, uploadLarge } from "./large-upload.ts";
import { type OperationName, type OperationOptions, type OperationPage, operationCall, queryOf } from "./operation.ts";
import type {
  Account,
  ClientToken,
  ClientTokenRequest,
  Estimate,
  GenerateRequest,
  Models,
  Operations,
  Submission,
  Task,
  UploadedFile,
  Usage,
} from "./schema.ts";
import { type Call, type CallOptions, type ClientOptions, Transport } from "./transport.ts";
import { type WaitOptions, waitForTask } from "./waiting.ts";

/** Options of `generate`. */
export interface GenerateOptions extends CallOptions {
  /**
   * Requests with the same key and body return the same task. Default: a new key for each call, which its retries share.
   */
  idempotencyKey?: string | undefined;
  /** Time in seconds (1–60) to wait for the task's end; the result then has `task`. */
  wait?: number | undefined;
}

/** An accepted submission. */
export interface Generated extends Submission {
  /** True if the same key and request were accepted before; nothing is spent again. */
  replayed: boolean;
}

/** Options of `query`. */
export interface QueryOptions extends CallOptions {
  /** Time in seconds (1–60) to wait for the task's end. */
  wait?: number | undefined;
}

/** Filters and page size of a list of tasks. */
export interface ListOptions extends CallOptions {
  /** One of `TASK_STATUS`. */
  status?: number | undefined;
  model?: string | undefined;
  /** Only tasks that client tokens of this end user made. */
  endUser?: string | undefined;
  /** Only tasks with all these pairs in their metadata. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Part of the prompt or of the task name; ignores case. */
  q?: string | undefined;
  /** Start of the period: a `Date` or ISO 8601 text. */
  from?: Date | string | undefined;
  to?: Date | string | undefined;
  /** Tasks per page, 1–100; default 20. */
  limit?: number | undefined;
}

/** One page of a list of tasks, newest first. */
export interface TaskPage {
  tasks: Task[];
  /** Cursor of the next page; null at the end. */
  nextCursor: string | null;
}

/** Period and grouping of `usage`. */
export interface UsageOptions extends CallOptions {
  from?: Date | string | undefined;
  to?: Date | string | undefined;
  groupBy?: Usage["groupBy"] | undefined;
}

/** Content of a file. A request with a stream is not retried. */
export type Uploadable = Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A client of one gateway with one credential. */
export class Paddock {
  readonly #transport: Transport;
  readonly tasks: TaskCalls;
  readonly files: FileCalls;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.tasks = new TaskCalls(this.#transport);
    this.files = new FileCalls(this.#transport);
  }

  /**
   * Submits a generation. All attempts have the same idempotency key, so a retry never creates a second task.
   *
   * @throws PaddockError
   */
  async generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<Generated> {
    const { wait, idempotencyKey = newIdempotencyKey() } = options;
    const { data, headers } = await this.#transport.call<Submission>({
      ...post("/api/v1/task/generate", request, options),
      ...waiting(this.#transport, wait, { "content-type": "application/json", "x-idempotency-key": idempotencyKey }),
    });
    return { ...data, replayed: headers.get("idempotent-replayed") === "true" };
  }

  /** Returns the price of a request and whether the balance covers it now. Spends nothing. */
  async estimate(request: GenerateRequest, options: CallOptions = {}): Promise<Estimate> {
    return (await this.#transport.call<Estimate>(post("/api/v1/task/estimate", request, options))).data;
  }

  /** Returns a task; with `wait`, once it has ended or the time is over. */
  async query(taskId: number, { wait, signal }: QueryOptions = {}): Promise<Task> {
    const call: Call = { method: "GET", path: `/api/v1/query/${taskId}`, signal };
    return (await this.#transport.call<Task>({ ...call, ...waiting(this.#transport, wait, {}) })).data;
  }

  /**
   * Returns a task once it has completed, failed or been cancelled: see `taskStatus` and `failReason`.
   *
   * @throws PaddockError, or the signal's reason
   */
  wait(taskId: number, options: WaitOptions = {}): Promise<Task> {
    return waitForTask(this.#transport, taskId, options);
  }

  /** Uploads a reference file. Its `url` is valid in `refImageUrls`, `refVideoUrls` and `refAudioUrls`. */
  upload(file: Uploadable, options: CallOptions = {}): Promise<UploadedFile> {
    return this.files.upload(file, options);
  }

  /** Returns the tenant, its limits, its balance and its usage of this month. */
  async account({ signal }: CallOptions = {}): Promise<Account> {
    return (await this.#transport.call<Account>({ method: "GET", path: "/api/v1/account", signal })).data;
  }

  /** Returns the number of tasks and the credits, by day unless `groupBy` is given. */
  async usage({ from, to, groupBy, signal }: UsageOptions = {}): Promise<Usage> {
    const path = `/api/v1/usage${queryOf({ from, to, groupBy })}`;
    return (await this.#transport.call<Usage>({ method: "GET", path, signal })).data;
  }

  /** Returns the models with their options and this tenant's prices. */
  async models({ signal }: CallOptions = {}): Promise<Models> {
    return (await this.#transport.call<Models>({ method: "GET", path: "/api/v1/models", signal })).data;
  }

  /**
   * Makes any call of the API by its method and path: webhooks, deliveries, end users, portal links, and with an operator's
   * token the operator API. A retry never repeats what an attempt without a response may have done, except where doing it
   * twice is the same.
   *
   * @returns the `data` of the response
   * @throws PaddockError, or the signal's reason
   */
  async request<Name extends OperationName>(
    name: Name,
    ...[options]: OperationOptions<Name>
  ): Promise<Operations[Name]["data"]> {
    return (await this.#transport.call<Operations[Name]["data"]>(operationCall(name, options))).data;
  }

  /** Iterates over the pages of a list, from `query.cursor` or the first one; fetches a page when it is needed. */
  async *pages<Name extends OperationPage>(
    name: Name,
    ...[options]: OperationOptions<Name>
  ): AsyncGenerator<Operations[Name]["data"], void, undefined> {
    const call = operationCall(name, options);
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const url =
        cursor === undefined ? call : operationCall(name, { ...options, query: { ...options?.query, cursor } });
      const { data } = await this.#transport.call<Operations[Name]["data"]>(url);
      yield data;
      cursor = data.nextCursor;
    }
  }

  /** Creates a client token for a browser. Requires a secret key. */
  async createClientToken(request: ClientTokenRequest = {}, options: CallOptions = {}): Promise<ClientToken> {
    return (await this.#transport.call<ClientToken>(post("/api/v1/client-tokens", request, options))).data;
  }
}

class TaskCalls {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Iterates over all tasks that match, newest first; fetches pages when they are needed. */
  async *list(options: ListOptions = {}): AsyncGenerator<Task, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: TaskPage = await this.page(options, cursor);
      yield* page.tasks;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** Returns one page of tasks. */
  async page(options: ListOptions = {}, cursor: string | null = null): Promise<TaskPage> {
    const { status, model, endUser, metadata, q, from, to, limit, signal } = options;
    const filters = { status, model, endUser, metadata, q, from, to };
    const path = `/api/v1/tasks${queryOf({ ...filters, limit, cursor })}`;
    return (await this.#transport.call<TaskPage>({ method: "GET", path, signal })).data;
  }

  /** Iterates over the changes of a task until it has ended. */
  events(taskId: number, options: EventOptions = {}): AsyncGenerator<TaskEvent, void, undefined> {
    return taskEvents(this.#transport, taskId, options);
  }

  /** Deletes an ended task and its files. */
  delete(taskId: number, { signal }: CallOptions = {}): Promise<void> {
    return remove(this.#transport, `/api/v1/tasks/${taskId}`, signal);
  }
}

class FileCalls {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Uploads a reference file: an image, audio or video. The gateway detects the type from the content. A file of known size that
   * is too large for one request is sent in parts.
   */
  async upload(file: Uploadable, { signal }: CallOptions = {}): Promise<UploadedFile> {
    if (isLarge(file)) return this.uploadLarge(file, { contentType: LARGE_TYPE, signal });
    // The gateway detects the type from the content.
    const headers = { "content-type": "application/octet-stream" };
    const call: Call = { method: "POST", path: "/api/v1/files", headers, body: file, timeoutMs: null, signal };
    return (await this.#transport.call<UploadedFile>(call)).data;
  }

  /**
   * Uploads a reference file in parts, of any size that the gateway accepts. A part that fails is sent again.
   *
   * @throws PaddockError, or the signal's reason; the parts that were sent are deleted then
   */
  uploadLarge(file: SizedFile, options: LargeUploadOptions = {}): Promise<UploadedFile> {
    return uploadLarge(this.#transport, file, options);
  }

  /** Deletes an uploaded file. */
  delete(fileId: string, { signal }: CallOptions = {}): Promise<void> {
    return remove(this.#transport, `/api/v1/files/${encodeURIComponent(fileId)}`, signal);
  }
}

const NOT_FOUND = 40_002;

async function remove(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<void> {
  const { error, lostBefore } = await transport.attempt({ method: "DELETE", path, signal });
  // After a lost response, 40002 means that the earlier attempt has deleted it.
  if (error && !(lostBefore && error.code === NOT_FOUND)) throw error;
}

function post(path: string, body: object, { signal }: CallOptions): Call {
  return { method: "POST", path, headers: { "content-type": "application/json" }, body: stringifyJson(body), signal };
}

/** Returns the header `Prefer: wait`, and a time limit that includes the wait. */
function waiting(
  transport: Transport,
  wait: number | undefined,
  headers: Record<string, string>,
): Pick<Call, "headers" | "timeoutMs"> {
  if (wait === undefined) return { headers };
  return { headers: { ...headers, prefer: `wait=${wait}` }, timeoutMs: transport.timeoutMs + wait * 1_000 };
}
