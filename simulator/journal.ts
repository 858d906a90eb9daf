/** A generate request as it came in, and what became of it. */
export interface RecordedRequest {
  /** real time, milliseconds */
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  /** raw text */
  readonly body: string;
  readonly key: string | null;
  readonly account: string | null;
  readonly idempotencyKey: string | null;
  /** kind of the fault that struck, if one did */
  fault: string | null;
  /** SeedHorse's code, as decided (the caller may have seen something else); null: never decided */
  code: number | null;
  taskId: string | null;
  /** true if an idempotency key made this the response of an earlier request */
  replayed: boolean;
}

/** How one account's idempotency key was used. */
export interface IdempotencyUse {
  readonly account: string;
  readonly key: string;
  /** submissions that carried it */
  seen: number;
  /** tasks made under it: 0 or 1 */
  tasks: number;
  /** submissions whose body differed from that of the first */
  differentBodies: number;
}

/** Downloads of one result file. */
export interface FileUse {
  requests: number;
  /** times every byte was sent */
  complete: number;
  bytesSent: number;
}

const QUERIES_KEPT = 1000;

/** Counts what the simulator was asked; kept in memory only. */
export class Journal {
  readonly #keep: number;
  #requests: RecordedRequest[] = [];
  readonly #idempotency = new Map<string, { readonly use: IdempotencyUse; readonly firstBody: string }>();
  readonly #queries = new Map<string, { count: number; at: number[] }>();
  readonly #files = new Map<string, FileUse>();
  readonly #faults = new Map<string, number>();
  readonly #codes = new Map<number, number>();
  unauthenticated = 0;

  /** @param keep how many generate requests to keep in full */
  constructor(keep: number) {
    this.#keep = keep;
  }

  submission(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#keep) this.#requests = this.#requests.slice(-Math.ceil(this.#keep / 2));
    if (request.account === null) this.unauthenticated++;
    if (request.account === null || request.idempotencyKey === null) return;
    const id = `${request.account}\n${request.idempotencyKey}`;
    const known = this.#idempotency.get(id);
    const { use, firstBody } = known ?? {
      use: { account: request.account, key: request.idempotencyKey, seen: 0, tasks: 0, differentBodies: 0 },
      firstBody: request.body,
    };
    use.seen++;
    if (firstBody !== request.body) use.differentBodies++;
    if (known === undefined) this.#idempotency.set(id, { use, firstBody });
  }

  /** Notes a submission's outcome. */
  decided(request: RecordedRequest, code: number, taskId: string | null, replayed: boolean): void {
    Object.assign(request, { code, taskId, replayed });
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    const use = this.#idempotency.get(`${request.account}\n${request.idempotencyKey}`)?.use;
    if (use !== undefined && taskId !== null && !replayed) use.tasks++;
  }

  query(taskId: string): void {
    const known = this.#queries.get(taskId) ?? { count: 0, at: [] };
    known.count++;
    known.at.push(Date.now());
    if (known.at.length > QUERIES_KEPT) known.at.shift();
    this.#queries.set(taskId, known);
  }

  fault(on: string, kind: string): void {
    const name = `${on} ${kind}`;
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  /** The counters of one file, to be changed in place. */
  file(taskNo: string, fileName: string): FileUse {
    const id = `${taskNo}/${fileName}`;
    const use = this.#files.get(id) ?? { requests: 0, complete: 0, bytesSent: 0 };
    this.#files.set(id, use);
    return use;
  }

  /** Oldest first. */
  requests(): RecordedRequest[] {
    return this.#requests.map((request) => ({ ...request }));
  }

  idempotencyUses(): IdempotencyUse[] {
    return [...this.#idempotency.values()].map(({ use }) => ({ ...use }));
  }

  /** Number of queries of a task, and the real times (milliseconds) of the last thousand. */
  queriesOf(taskId: string): { count: number; at: number[] } {
    const known = this.#queries.get(taskId);
    return { count: known?.count ?? 0, at: [...(known?.at ?? [])] };
  }

  /** Totals over everything seen so far. */
  totals() {
    const files = [...this.#files.values()];
    return {
      unauthenticated: this.unauthenticated,
      downloads: files.reduce((sum, file) => sum + file.requests, 0),
      completeDownloads: files.reduce((sum, file) => sum + file.complete, 0),
      bytesSent: files.reduce((sum, file) => sum + file.bytesSent, 0),
      codes: Object.fromEntries(this.#codes),
      faults: Object.fromEntries(this.#faults),
    };
  }
}
