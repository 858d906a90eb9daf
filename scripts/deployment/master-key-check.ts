/** Whether SeedHorse accepts a master key, found out by a query that costs and changes nothing. */

/** The outcome of a check; `reason` is for people and has nothing of the key. */
export type MasterKeyOutcome =
  | { readonly verdict: "accepted" }
  | { readonly verdict: "refused" | "unknown"; readonly reason: string };

/** A task number that no account has. */
const NO_TASK = 1;
/** The upstream's codes for a credential that it does not accept. */
const REFUSED = new Set([20_001, 20_002, 20_008]);
/** Codes that it sends only after it has accepted the credential: done, no such task, another account's task. */
const ACCEPTED = new Set([0, 40_002, 20_003]);
const PATIENCE_MS = 15_000;

/** Queries a task that does not exist with the key. */
export async function checkMasterKey(baseUrl: string, key: string): Promise<MasterKeyOutcome> {
  try {
    const response = await fetch(`${baseUrl}/api/v1/query/${NO_TASK}`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: "manual",
    });
    const code = readCode(await response.text());
    if (ACCEPTED.has(code)) return { verdict: "accepted" };
    if (REFUSED.has(code)) return { verdict: "refused", reason: `SeedHorse refuses it (code ${code})` };
    return { verdict: "unknown", reason: `SeedHorse answered HTTP ${response.status} without a word about the key` };
  } catch (error) {
    // A header's value that cannot be sent throws too, and its message would have the value.
    const reason =
      error instanceof Error && error.name === "TimeoutError" ? "did not answer in time" : "cannot be reached";
    return { verdict: "unknown", reason: `${new URL(baseUrl).host} ${reason}` };
  }
}

function readCode(text: string): number {
  try {
    return Number((JSON.parse(text) as { code?: unknown }).code);
  } catch {
    return Number.NaN;
  }
}
