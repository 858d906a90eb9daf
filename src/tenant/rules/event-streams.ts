/**
 * Limits the event streams that each credential has open. A stream lives in the Worker and asks the tenant's object again
 * every few seconds, and each question renews the stream's lease. A stream whose client left, or whose Worker crashed, frees
 * its place when the lease ends. In memory only.
 */
import { type ApiError, apiError } from "../../errors.ts";
import { ownerText } from "../store/task-filter.ts";
import type { Access } from "./access.ts";

/** A key may have as many streams as its tenant may run tasks, within these bounds. */
const KEY_STREAMS = { least: 20, most: 100 } as const;
/** Streams of one end user, over all of its tokens, and of one session of the portal. */
const PERSON_STREAMS = 10;
/** How long a lease lasts beyond the end of a question, in ms: time for the next question to arrive. */
const BETWEEN_QUESTIONS_MS = 4_000;

/** The leases of open event streams. */
export class EventStreams {
  /** By credential: the end of each stream's lease, in ms since the epoch. */
  readonly #leases = new Map<string, Map<string, number>>();

  /**
   * Takes or renews the place of a stream.
   *
   * @param id names the stream
   * @param until the end of its present question, in ms since the epoch
   * @param now ms since the epoch
   * @returns 70002 if the credential has too many streams, else null
   */
  renew(access: Access, id: string, until: number, now: number): ApiError | null {
    const credential = credentialOf(access);
    const known = this.#leases.get(credential);
    // Only a new credential makes the map larger, so only a new one pays for the others.
    if (!known) this.#removeExpired(now);
    const leases = known ?? new Map<string, number>();
    for (const [other, end] of leases) if (end <= now) leases.delete(other);
    const most = mostStreams(access);
    if (!leases.has(id) && leases.size >= most) {
      return apiError(70002, `At most ${most} event streams at once with this credential`, { retryAfterSeconds: 5 });
    }
    leases.set(id, until + BETWEEN_QUESTIONS_MS);
    this.#leases.set(credential, leases);
    return null;
  }

  /** Number of credentials with a lease, expired ones included. */
  get credentials(): number {
    return this.#leases.size;
  }

  /** Removes expired leases of all credentials: one that never comes back would otherwise keep its memory. */
  #removeExpired(now: number): void {
    for (const [credential, leases] of this.#leases) {
      for (const [id, end] of leases) if (end <= now) leases.delete(id);
      if (leases.size === 0) this.#leases.delete(credential);
    }
  }

  /** Frees the place of a stream that has ended. */
  end(access: Access, id: string): void {
    const credential = credentialOf(access);
    const leases = this.#leases.get(credential);
    leases?.delete(id);
    if (leases?.size === 0) this.#leases.delete(credential);
  }
}

function credentialOf({ owner, key, caller }: Access): string {
  // All sessions of the portal have one key id: none of them may take the places of the others.
  if (caller.kind === "portal") return `session:${caller.session}`;
  return owner === null ? key.keyId : ownerText(owner);
}

function mostStreams({ caller, tenant }: Access): number {
  if (caller.kind !== "key") return PERSON_STREAMS;
  return Math.min(Math.max(tenant.settings.concurrentTasks, KEY_STREAMS.least), KEY_STREAMS.most);
}
