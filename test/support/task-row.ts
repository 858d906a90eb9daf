/** A task's row for tests of pure parts: accepted long ago, running, nothing seen yet. */
import { PHASE, STATUS, type TaskRow } from "../../src/domain/task.ts";
import type { Pace } from "../../src/domain/task-lifecycle.ts";

export const CREATED_AT = 1_800_000_000_000;

/** The default pace of the contract's configuration. */
export const PACE: Pace = {
  pollMinMs: 5_000,
  pollMaxMs: 10_000,
  taskDeadlineMs: 21_600_000,
  mirrorGraceMs: 60_000,
};

export function taskRow(changes: Partial<TaskRow> = {}): TaskRow {
  return {
    task_id: 269_000_000_000_001,
    task_no: "0123456789abcdef0123456789abcdef",
    file_secret: "secret",
    phase: PHASE.running,
    status: STATUS.queuing,
    progress: 0,
    due_at: CREATED_AT,
    attempts: 0,
    model: "Imagen Nano Banana 2",
    type: "txt",
    task_type: 2,
    expected_results: 1,
    key_id: "key_0000000000000000",
    end_user: null,
    token_id: null,
    owner: null,
    created_at: CREATED_AT,
    submitted_at: CREATED_AT,
    polls: 0,
    polled_at: null,
    finished_at: null,
    ended_at: null,
    deleted_at: null,
    answered: 1,
    uncertain: 0,
    missing: 0,
    forbidden_since: null,
    master_key: "aaaaaaaaaaaa",
    upstream_key: "00000000-0000-0000-0000-000000000000",
    upstream_id: "9007199254740993",
    upstream_no: "fedcba9876543210fedcba9876543210",
    shape: "[]",
    markup: "1",
    price: 10,
    held: 10,
    corrected: 0,
    settled: "open",
    hold: 10,
    hold_balance: -10,
    fail_reason: "",
    idempotency_key: null,
    fingerprint: null,
    webhook_url: null,
    base_url: "https://gateway.test",
    metadata: "{}",
    request: "{}",
    snapshot: null,
    results: null,
    files: null,
    ...changes,
  };
}
