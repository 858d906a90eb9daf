/** The simulated upstream's control API, for tests inside workerd. All files share one simulator: match by prompt. */
import { inject } from "vitest";

/** A task as the upstream sees it; ids are text. */
export interface UpstreamTask {
  readonly taskId: string;
  readonly taskNo: string;
  readonly account: string;
  readonly idempotencyKey: string | null;
  readonly status: number;
  readonly ended: boolean;
  readonly credits: number;
  readonly refunded: boolean;
  readonly queries: number;
  readonly queriedAt: readonly number[];
}

/** A result file there, and how often it was asked for. */
export interface UpstreamFile {
  readonly name: string;
  readonly index: number;
  readonly url: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly requests: number;
  readonly completeDownloads: number;
}

/** A submission as it arrived there. */
export interface UpstreamRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly key: string | null;
  readonly idempotencyKey: string | null;
  readonly fault: string | null;
  readonly code: number | null;
  readonly taskId: string | null;
  readonly replayed: boolean;
}

async function control<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${inject("simulatorUrl")}/_sim${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return JSON.parse(text) as T;
}

/** @returns the upstream's tasks whose prompt contains the text, oldest first */
export async function upstreamTasks(prompt: string): Promise<readonly UpstreamTask[]> {
  const query = new URLSearchParams({ prompt, files: "false" });
  return (await control<{ tasks: UpstreamTask[] }>("GET", `/tasks?${query}`)).tasks;
}

/** @returns the result files of one of the upstream's tasks, with their SHA-256 in hex */
export async function upstreamFiles(upstreamId: string): Promise<readonly UpstreamFile[]> {
  return (await control<{ files: UpstreamFile[] }>("GET", `/tasks/${upstreamId}`)).files;
}

/** @returns the submissions whose body contains the text, oldest first, refused and struck ones too */
export async function upstreamRequests(text: string): Promise<readonly UpstreamRequest[]> {
  const { requests } = await control<{ requests: UpstreamRequest[] }>("GET", "/requests");
  return requests.filter(({ body }) => body.includes(text));
}

/** Puts a fault in force for the requests that `match` describes. @returns its id */
export async function strike(
  on: "generate" | "query" | "file",
  fault: string | object,
  match: object,
  more: { times?: number; skip?: number } = {},
): Promise<string> {
  return (await control<{ id: string }>("POST", "/faults", { on, fault, match, ...more })).id;
}

export async function clearFault(id: string): Promise<void> {
  await control("DELETE", `/faults/${id}`);
}

/** Ends a task there, now: "lost" answers 40002 from then on. */
export async function endUpstream(upstreamId: string, end: string): Promise<void> {
  await control("POST", `/tasks/${upstreamId}`, { end });
}

/** A text that no other test uses, to put into prompts and to match by. */
export function uniqueTag(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}
