/** A task as the gateway keeps it. */

/** Internal stages; the public status (0–5) is a column of its own. */
export const PHASE = {
  /** The upstream has not yet said yes or no. */
  submitting: 0,
  /** Accepted upstream and asked about at a pace. */
  running: 1,
  /** Finished upstream; its files are on their way to R2. */
  mirroring: 2,
  /** Ended for the tenant. Files that are not copied yet still have a due time. */
  ended: 3,
} as const;
/** The phases of a task, as stored. */
export type Phase = (typeof PHASE)[keyof typeof PHASE];

/** Longest reason of a failure that is kept, in characters: at most 300 kB in UTF-8. */
export const MAX_REASON_CHARACTERS = 100_000;

/** How a task's hold stands. */
export type Settled = "open" | "captured" | "released";

/**
 * One task. Times are ms since epoch; credits are integers. Which of these are columns of `tasks`, and which are kept
 * together as one JSON text, is known to store/tasks.ts alone.
 */
export interface TaskRow {
  readonly task_id: number;
  readonly task_no: string;
  readonly file_secret: string;
  readonly phase: Phase;
  readonly status: number;
  readonly progress: number;
  /** When there is work to do; null when there is none left. */
  readonly due_at: number | null;
  readonly attempts: number;
  readonly model: string;
  readonly type: string;
  readonly task_type: number;
  readonly expected_results: number;
  readonly key_id: string;
  readonly end_user: string | null;
  readonly token_id: string | null;
  /** What a credential that may not see all of the tenant's tasks is found by (`ownerText`); null if a secret key made it. */
  readonly owner: string | null;
  readonly created_at: number;
  readonly finished_at: number | null;
  readonly ended_at: number | null;
  readonly deleted_at: number | null;
  /** 1 once a caller has this taskId, so that it may never vanish again. */
  readonly answered: number;
  /** 1 when an attempt under `master_key` may have been accepted without our knowing. */
  readonly uncertain: number;
  /** How often in a row the upstream did not know the task. */
  readonly missing: number;
  /** Since when every answer to its submission was a 401 or 403 without the upstream's envelope; null: the last was none. */
  readonly forbidden_since: number | null;
  /** Id of the master key that the task is bound to. */
  readonly master_key: string;
  readonly upstream_key: string;
  readonly upstream_id: string | null;
  /** The upstream's `taskNo`, kept to be left out of everything that a tenant sees. */
  readonly upstream_no: string | null;
  readonly shape: string;
  readonly markup: string;
  /** The tenant's price as last known, shown as `estimatedCredits`. */
  readonly price: number;
  /** Credits out of the balance because of this task. */
  readonly held: number;
  /** 1 once the hold is final: corrected to the upstream's price, or from the operator's price list. */
  readonly corrected: number;
  readonly settled: Settled;
  /**
   * The task's hold as a ledger entry: what it took out of the balance (≥ 0), and the balance after it. Both are null for a
   * task of release 0.1, whose hold is a row of `ledger`.
   */
  readonly hold: number | null;
  readonly hold_balance: number | null;
  readonly fail_reason: string;
  readonly idempotency_key: string | null;
  /** Hex SHA-256 of what the body means, if it came with an idempotency key. */
  readonly fingerprint: string | null;
  readonly webhook_url: string | null;
  /** Where the stable URLs of this task began when it was submitted, e.g. `https://files.example`. */
  readonly base_url: string;
  readonly metadata: string;
  readonly request: string;
  /** JSON text of the upstream's last `data`, without what the gateway says itself. */
  readonly snapshot: string | null;
  /** JSON text: a list of strings, each the JSON text of one result without its URLs. */
  readonly results: string | null;
  /** JSON text of `MirroredFile[]`. */
  readonly files: string | null;
}

/** The upstream's public statuses (SeedHorse's API documentation). */
export const STATUS = { queuing: 0, generating: 1, completed: 2, failed: 3, review: 4, cancelled: 5 } as const;

/** One result or thumbnail on its way from the upstream to R2. */
export interface MirroredFile {
  /** `0` for result 0, `t0` for its thumbnail: the last part of the R2 key. */
  readonly name: string;
  readonly state: "waiting" | "stored" | "lost";
  /** Where the upstream has it; may have expired. */
  readonly url: string;
  readonly attempts: number;
  /** ms since epoch; when the next copy may start. */
  readonly dueAt: number;
}

/** Columns of a task that a write changes. */
export type TaskChanges = Partial<Omit<TaskRow, "task_id">>;
