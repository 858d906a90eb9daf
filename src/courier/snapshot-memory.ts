/**
 * The last snapshot of each running task, by the text from which it was read. Between two polls mostly the progress changes, and then
 * nothing else is parsed. In memory of the isolate only.
 */
import { ExpiringMap } from "../lib/expiring-map.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TaskNames } from "./task-names.ts";

/** Most snapshots kept; with the longest text of each that is at most 16 MB, and 1 MB with the documented fields. */
const MAX_SNAPSHOTS = 500;
/** Longest text that is kept, in characters; a longer one is parsed at each poll. */
const MAX_CHARACTERS = 16_384;
/** Progress as the upstream documents it: a field with an integer. */
const PROGRESS = /"progress":\s*(\d{1,3})(?=\s*[,}])/g;

interface Kept {
  /** The response with its progress taken out. */
  readonly rest: string;
  readonly snapshot: Snapshot;
}

/** Remembers snapshots of running tasks. */
export class SnapshotMemory {
  readonly #kept = new ExpiringMap<Kept>(MAX_SNAPSHOTS);

  /** @returns the snapshot in a response, if it differs from the last one of the same task at most in its progress */
  recall({ taskNo = "" }: TaskNames, text: string): Snapshot | null {
    const known = this.#kept.get(taskNo, 0);
    if (known === undefined) return null;
    const parts = takeProgress(text);
    if (parts === null || parts.rest !== known.rest) return null;
    return { ...known.snapshot, progress: Math.min(100, parts.progress) };
  }

  /** Keeps what was read from a response. */
  keep({ taskNo = "" }: TaskNames, text: string, snapshot: Snapshot): void {
    this.#kept.delete(taskNo);
    if (taskNo === "" || text.length > MAX_CHARACTERS) return;
    const parts = takeProgress(text);
    // Only a progress that was read as the snapshot's may stand for it.
    if (parts === null || Math.min(100, parts.progress) !== snapshot.progress) return;
    this.#kept.set(taskNo, { rest: parts.rest, snapshot }, Number.POSITIVE_INFINITY);
  }

  /** Forgets a task that runs no more. */
  forget({ taskNo = "" }: TaskNames): void {
    this.#kept.delete(taskNo);
  }
}

/** @returns null for a text with no such field or with several, as in an echoed prompt */
function takeProgress(text: string): { readonly rest: string; readonly progress: number } | null {
  let progress: number | null = null;
  let count = 0;
  const rest = text.replace(PROGRESS, (_, digits: string) => {
    progress = Number(digits);
    count += 1;
    return "";
  });
  return progress === null || count > 1 ? null : { rest, progress };
}
