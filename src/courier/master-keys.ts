/**
 * Which master keys are in trouble, and how fast the upstream may be called, as far as this isolate has seen. Advice only,
 * so memory is enough: after an eviction the first calls find out again.
 */
import { BackPressure } from "../domain/back-pressure.ts";

/** How soon a key in trouble is asked again for a caller who would otherwise be turned away. */
const ASK_AGAIN_MS = 2_000;

/** A master key's trouble, for the log and for /metrics. */
export interface MasterKeyTrouble {
  /** ms since epoch; when it was last tried. */
  readonly askedAt: number;
  /** ms since epoch; from then on it is tried again. */
  readonly until: number;
  /** The upstream's code: 20001, 20002, 20008 refused; 60001 out of credits. */
  readonly code: number;
}

/** Which master keys the upstream refuses, and until when they are left alone. */
export class MasterKeyHealth {
  readonly #trouble = new Map<string, MasterKeyTrouble>();

  /**
   * The upstream refused this key, or its account is out of credits: it is left alone for `restMs`, which a refusal in the
   * meantime does not make longer.
   */
  refused(id: string, code: number, now: number, restMs: number): void {
    const until = this.#trouble.get(id)?.until ?? now;
    this.#trouble.set(id, { askedAt: now, until: until > now ? until : now + restMs, code });
  }

  /** This key is about to be tried. */
  asking(id: string, now: number): void {
    const trouble = this.#trouble.get(id);
    if (trouble) this.#trouble.set(id, { ...trouble, askedAt: now });
  }

  worked(id: string): void {
    this.#trouble.delete(id);
  }

  /** @returns the usable keys of `ids`, in the operator's order of preference. */
  usable(ids: readonly string[], now: number): string[] {
    return ids.filter((id) => (this.#trouble.get(id)?.until ?? 0) <= now);
  }

  /** @returns the usable keys of `ids`; if there is none, those that were not tried just now: one may work again. */
  worthTrying(ids: readonly string[], now: number): string[] {
    const usable = this.usable(ids, now);
    if (usable.length > 0) return usable;
    return ids.filter((id) => now - (this.#trouble.get(id)?.askedAt ?? 0) >= ASK_AGAIN_MS);
  }

  /** @returns when the first of `ids` is tried again (ms since epoch); `now` or before: one is usable. */
  retryAt(ids: readonly string[], now: number): number {
    return ids.reduce((first, id) => Math.min(first, this.#trouble.get(id)?.until ?? now), Number.POSITIVE_INFINITY);
  }

  /** @returns the trouble of each key that has any. */
  troubles(): ReadonlyMap<string, MasterKeyTrouble> {
    return this.#trouble;
  }
}

/** One for all objects of this isolate. */
export const masterKeyHealth = new MasterKeyHealth();

/** Kinds of calls that can be in trouble by themselves. */
export type UpstreamCall = "submit" | "query";

const pressures = new Map<string, BackPressure>();

/** @returns the pace at which this isolate may make such calls under this master key. */
export function pressureOn(call: UpstreamCall, masterKeyId: string): BackPressure {
  const name = `${call} ${masterKeyId}`;
  const known = pressures.get(name) ?? new BackPressure();
  pressures.set(name, known);
  return known;
}
