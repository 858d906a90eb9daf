/** The client: one method a call of the API. */
import { type EventOptions, type TaskEvent, taskEvents } from "./events.ts";
import { stringifyJson } from "./json.ts";
import type {
  Account,
  ClientToken,
  ClientTokenRequest,
  Estimate,
  GenerateRequest,
  Models,
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
   * The same key and request give the same task, however often they are sent. Default: a new key for each call, the same
   * for its own retries.
   */
  idempotencyKey?: string | undefined;
  /** Seconds (1–60) to wait for the task's end before answering; the answer then has `task`. */
  wait?: number | undefined;
}

/** An accepted submission. */
export interface Generated extends Submission {
  /** True if the same key and request were accepted before: nothing was spent. */
  replayed: boolean;
}

/** Options of `query`. */
export interface QueryOptions extends CallOptions {
  /** Seconds (1–60) to wait for the task's end before answering. */
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
  /** A `Date`, or ISO 8601. */
  from?: Date | string | undefined;
  to?: Date | string | undefined;
  /** Tasks a page, 1–100; default 20. */
  limit?: number | undefined;
}

/** One page of a list of tasks, newest first. */
export interface TaskPage {
  tasks: Task[];
  /** For the next page; null at the end. */
  nextCursor: string | null;
}

/** Period and grouping of `usage`. */
export interface UsageOptions extends CallOptions {
  from?: Date | string | undefined;
  to?: Date | string | undefined;
  groupBy?: Usage["groupBy"] | undefined;
}

/** A file, in the forms in which platforms have one. A stream is not sent again if it fails. */
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
   * Submits a generation. Safe to be repeated by the network: all attempts carry one idempotency key.
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

  /** What a request would cost, and whether it would be let through now. Spends nothing. */
  async estimate(request: GenerateRequest, options: CallOptions = {}): Promise<Estimate> {
    return (await this.#transport.call<Estimate>(post("/api/v1/task/estimate", request, options))).data;
  }

  /** A task as it is; with `wait`, as it is when it has ended or the time is over. */
  async query(taskId: number, { wait, signal }: QueryOptions = {}): Promise<Task> {
    const call: Call = { method: "GET", path: `/api/v1/query/${taskId}`, signal };
    return (await this.#transport.call<Task>({ ...call, ...waiting(this.#transport, wait, {}) })).data;
  }

  /**
   * A task when it has ended, whichever way: see `taskStatus` and `failReason`.
   *
   * @throws PaddockError, or the signal's reason
   */
  wait(taskId: number, options: WaitOptions = {}): Promise<Task> {
    return waitForTask(this.#transport, taskId, options);
  }

  /** Uploads a reference; its `url` can go straight into `refImageUrls`. */
  upload(file: Uploadable, options: CallOptions = {}): Promise<UploadedFile> {
    return this.files.upload(file, options);
  }

  /** The tenant, its limits, its balance and its use this month. */
  async account({ signal }: CallOptions = {}): Promise<Account> {
    return (await this.#transport.call<Account>({ method: "GET", path: "/api/v1/account", signal })).data;
  }

  /** Tasks and credits, by day unless told otherwise. */
  async usage({ from, to, groupBy, signal }: UsageOptions = {}): Promise<Usage> {
    const path = `/api/v1/usage${queryOf({ from, to, groupBy })}`;
    return (await this.#transport.call<Usage>({ method: "GET", path, signal })).data;
  }

  /** What can be asked for, and what it costs this tenant. */
  async models({ signal }: CallOptions = {}): Promise<Models> {
    return (await this.#transport.call<Models>({ method: "GET", path: "/api/v1/models", signal })).data;
  }

  /** For a backend with a secret key: a token to hand to a browser. */
  async createClientToken(request: ClientTokenRequest = {}, options: CallOptions = {}): Promise<ClientToken> {
    return (await this.#transport.call<ClientToken>(post("/api/v1/client-tokens", request, options))).data;
  }
}

class TaskCalls {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All tasks that fit, newest first; pages are fetched as they are needed. */
  async *list(options: ListOptions = {}): AsyncGenerator<Task, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: TaskPage = await this.page(options, cursor);
      yield* page.tasks;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** One page of tasks. */
  async page(options: ListOptions = {}, cursor: string | null = null): Promise<TaskPage> {
    const { status, model, endUser, metadata = {}, q, from, to, limit, signal } = options;
    const pairs = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value]));
    const filters = { status, model, endUser, ...pairs, q, from, to };
    const path = `/api/v1/tasks${queryOf({ ...filters, limit, cursor: cursor ?? undefined })}`;
    return (await this.#transport.call<TaskPage>({ method: "GET", path, signal })).data;
  }

  /** The changes of a task as they happen, until it has ended. */
  events(taskId: number, options: EventOptions = {}): AsyncGenerator<TaskEvent, void, undefined> {
    return taskEvents(this.#transport, taskId, options);
  }

  /** Forgets a finished task and deletes its files. */
  delete(taskId: number, { signal }: CallOptions = {}): Promise<void> {
    return remove(this.#transport, `/api/v1/tasks/${taskId}`, signal);
  }
}

class FileCalls {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Uploads a reference: an image, audio or video, told by its content. */
  async upload(file: Uploadable, { signal }: CallOptions = {}): Promise<UploadedFile> {
    // Said of every file alike: what it is, its content tells.
    const headers = { "content-type": "application/octet-stream" };
    const call: Call = { method: "POST", path: "/api/v1/files", headers, body: file, timeoutMs: null, signal };
    return (await this.#transport.call<UploadedFile>(call)).data;
  }

  /** Deletes an uploaded file. */
  delete(fileId: string, { signal }: CallOptions = {}): Promise<void> {
    return remove(this.#transport, `/api/v1/files/${encodeURIComponent(fileId)}`, signal);
  }
}

const NO_SUCH_THING = 40_002;

async function remove(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<void> {
  const { error, lostBefore } = await transport.attempt({ method: "DELETE", path, signal });
  // An attempt whose answer was lost has done it.
  if (error && !(lostBefore && error.code === NO_SUCH_THING)) throw error;
}

function post(path: string, body: object, { signal }: CallOptions): Call {
  return { method: "POST", path, headers: { "content-type": "application/json" }, body: stringifyJson(body), signal };
}

/** `Prefer: wait`, and a time limit that leaves room for it. */
function waiting(
  transport: Transport,
  wait: number | undefined,
  headers: Record<string, string>,
): Pick<Call, "headers" | "timeoutMs"> {
  if (wait === undefined) return { headers };
  return { headers: { ...headers, prefer: `wait=${wait}` }, timeoutMs: transport.timeoutMs + wait * 1_000 };
}

function queryOf(parameters: Record<string, string | number | Date | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

function newIdempotencyKey(): string {
  // Not randomUUID, which pages without TLS do not have.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
