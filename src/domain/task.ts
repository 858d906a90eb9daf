/** A task as the gateway stores it. */

/** Internal stages; the public status (0–5) is a column of its own. */
export const PHASE = {
  /** The upstream has neither accepted nor refused it. */
  submitting: 0,
  /** Accepted upstream and polled. */
  running: 1,
  /** Finished upstream; its files are being copied to R2. */
  mirroring: 2,
  /** Ended for the tenant. Files that are not copied yet still have a due time. */
  ended: 3,
} as const;
/** The phases of a task, as stored. */
export type Phase = (typeof PHASE)[keyof typeof PHASE];

/** Longest reason of a failure that is kept, in characters: at most 300 kB in UTF-8. */
export const MAX_REASON_CHARACTERS = 100_000;

/** State of a task's hold. */
export type Settled = "open" | "captured" | "released";

/**
 * One task. Times are ms since epoch; credits are integers. Only store/tasks.ts knows which fields are columns of
 * `tasks` and which are kept together as one JSON text.
 */
export interface TaskRow {
  readonly task_id: number;
  readonly task_no: string;
  readonly file_secret: string;
  readonly phase: Phase;
  readonly status: number;
  readonly progress: number;
  /** Time at which work is due; null when none is left. */
  readonly due_at: number | null;
  readonly attempts: number;
  readonly model: string;
  readonly type: string;
  readonly task_type: number;
  readonly expected_results: number;
  readonly key_id: string;
  readonly end_user: string | null;
  readonly token_id: string | null;
  /**
   * The owner (`ownerText`), for credentials that may not see all of the tenant's tasks; null if a secret key made it.
   */
  readonly owner: string | null;
  readonly created_at: number;
  /** When the upstream's acceptance arrived; null before, and for a task of release 0.1. */
  readonly submitted_at: number | null;
  /** Polls so far; those since the last write are lost with the object's memory. */
  readonly polls: number;
  readonly polled_at: number | null;
  readonly finished_at: number | null;
  readonly ended_at: number | null;
  readonly deleted_at: number | null;
  /** 1 once a caller has this taskId, so that the task must not be removed any more. */
  readonly answered: number;
  /** 1 if an attempt under `master_key` may have been accepted, which is unknown. */
  readonly uncertain: number;
  /** Consecutive polls in which the upstream did not know the task. */
  readonly missing: number;
  /**
   * Time since which each response to its submission was a 401 or 403 without the upstream's envelope; null if the last
   * was not.
   */
  readonly forbidden_since: number | null;
  /** Id of the master key that the task is bound to. */
  readonly master_key: string;
  readonly upstream_key: string;
  readonly upstream_id: string | null;
  /** The upstream's `taskNo`, kept to remove it from everything that a tenant sees. */
  readonly upstream_no: string | null;
  readonly shape: string;
  readonly markup: string;
  /** The upstream's price as exact decimal text; null or, for a task of release 0.1, absent if it gave none. */
  readonly upstream_credits?: string | null;
  /** The tenant's price as last known, shown as `estimatedCredits`. */
  readonly price: number;
  /** Credits that this task has deducted from the balance. */
  readonly held: number;
  /** 1 once the hold is final: corrected to the upstream's price, or from the operator's price list. */
  readonly corrected: number;
  readonly settled: Settled;
  /**
   * The task's hold as a ledger entry: the deducted credits (≥ 0), and the balance after it. Both are null for a task
   * of release 0.1, whose hold is a row of `ledger`.
   */
  readonly hold: number | null;
  readonly hold_balance: number | null;
  readonly fail_reason: string;
  readonly idempotency_key: string | null;
  /** Hex SHA-256 of what the body means, if it came with an idempotency key. */
  readonly fingerprint: string | null;
  readonly webhook_url: string | null;
  /** Start of this task's stable URLs at its submission, e.g. `https://files.example`. */
  readonly base_url: string;
  readonly metadata: string;
  readonly request: string;
  /** JSON text of the upstream's last `data`, without the fields that the gateway sets itself. */
  readonly snapshot: string | null;
  /** JSON text: a list of strings, each the JSON text of one result without its URLs. */
  readonly results: string | null;
  /** JSON text of `MirroredFile[]`. */
  readonly files: string | null;
}

/** The upstream's public statuses (SeedHorse's API documentation). */
export const STATUS = { queuing: 0, generating: 1, completed: 2, failed: 3, review: 4, cancelled: 5 } as const;

/** One result or thumbnail to be copied to R2. */
export interface MirroredFile {
  /** `0` for result 0, `t0` for its thumbnail: the last part of the R2 key. */
  readonly name: string;
  readonly state: "waiting" | "stored" | "lost";
  /** The upstream's URL; may have expired. */
  readonly url: string;
  readonly attempts: number;
  /** ms since epoch; when the next copy may start. */
  readonly dueAt: number;
  /** ms since epoch; missing unless stored, and in rows of release 0.1. */
  readonly storedAt?: number;
}

const PROGRESS_STEP = 25;

/**
 * Returns the progress that is stored for a running task: the end of the step that the exact one, in memory, is in. So a
 * task has few writes, and after a restart it shows no less than before, if up to 24 more.
 */
export function progressStep(progress: number): number {
  return progress >= 99 ? progress : Math.min(99, Math.ceil(progress / PROGRESS_STEP) * PROGRESS_STEP);
}

/** Columns of a task that a write changes. */
export type TaskChanges = Partial<Omit<TaskRow, "task_id">>;
