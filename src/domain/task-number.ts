/**
 * Task numbers (`taskNo`): 32 hex digits, of which the last 14 are the task's id. So a number leads to the days and the
 * row of its task without an index. Numbers that release 0.1 made are random.
 */
import { type Bytes, concatBytes, decodeHex, decodeUint56, encodeHex, encodeUint56 } from "../lib/bytes.ts";

/** Random bytes of a task number; they make it unique among all tenants. */
export const TASK_NO_RANDOM_BYTES = 9;

/** @throws RangeError for another number of random bytes */
export function formatTaskNo(taskId: number, random: Uint8Array): string {
  if (random.length !== TASK_NO_RANDOM_BYTES) throw new RangeError("a task number has 9 random bytes");
  return encodeHex(concatBytes(random, encodeUint56(taskId)));
}

/** @returns the task id in a number, or null if the text is no number or contains no id */
export function taskIdOfNo(text: string): number | null {
  const bytes: Bytes | null = text.length === 32 ? decodeHex(text) : null;
  return bytes === null ? null : decodeUint56(bytes.subarray(TASK_NO_RANDOM_BYTES));
}
