/** Requests of the doctor that need no credential. */

const PATIENCE_MS = 30_000;

/** Fetches with a limit of time, without following redirects. */
export function look(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS), ...init });
}
