/** The public keys of a Cloudflare Access team, fetched from the team's own address and kept in the isolate. */
import { HOUR_MS } from "../domain/calendar.ts";

/** A public key as JWK, with the id that assertions name. */
export type AccessKey = JsonWebKey & { readonly kid?: string };

/** The keys change every six weeks, and old ones stay valid for a week more. */
const FRESH_MS = HOUR_MS;
/** Assertions with an unknown key id cause at most one fetch in this time. */
const COOLDOWN_MS = 30_000;
const FETCH_MS = 5_000;
/** The team's real response has some 4 KB. */
const MAX_BYTES = 65_536;

/** Values only, no requests under way: the platform ends a request's fetches with the request. */
let known: { readonly teamDomain: string; readonly keys: readonly AccessKey[]; readonly at: number } | null = null;

/**
 * Returns the team's keys, fetched again if they are old or none has this id.
 *
 * @param now ms since epoch
 * @throws if there are none yet and the team's address does not respond as documented
 */
export async function accessKeys(teamDomain: string, keyId: string, now: number): Promise<readonly AccessKey[]> {
  const kept = known?.teamDomain === teamDomain ? known : null;
  const age = kept === null ? Number.POSITIVE_INFINITY : now - kept.at;
  const hasKey = kept?.keys.some(({ kid }) => kid === keyId) ?? false;
  if (kept !== null && age < (hasKey ? FRESH_MS : COOLDOWN_MS)) return kept.keys;
  try {
    known = { teamDomain, keys: await fetchKeys(teamDomain), at: now };
    return known.keys;
  } catch (error) {
    // An outage of the team's address signs nobody out.
    if (kept === null) throw error;
    known = { ...kept, at: now - FRESH_MS + COOLDOWN_MS };
    return kept.keys;
  }
}

async function fetchKeys(teamDomain: string): Promise<readonly AccessKey[]> {
  const signal = AbortSignal.timeout(FETCH_MS);
  const response = await fetch(`${teamDomain}/cdn-cgi/access/certs`, { redirect: "manual", signal });
  const text = response.ok ? await readStart(response) : "";
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error("The keys of Cloudflare Access have another form");
  return keys as AccessKey[];
}

/** @throws for a body that is too large to be the keys */
async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error("The keys of Cloudflare Access are too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
