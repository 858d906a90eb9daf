/**
 * Which master keys are in trouble, and how fast the upstream may be called, as far as this isolate has seen. Advice only,
 * so memory is enough: after an eviction the first calls find out again.
 */
import { BackPressure } from "../domain/back-pressure.ts";

/** A master key's trouble, for the log and for /metrics. */
export interface MasterKeyTrouble {
  /** ms since epoch; from then on it is tried again. */
  readonly until: number;
  /** The upstream's code: 20001, 20002, 20008 refused; 60001 out of credits. */
  readonly code: number;
}

export class MasterKeyHealth {
  readonly #trouble = new Map<string, MasterKeyTrouble>();

  /** The upstream refused this key, or its account is out of credits. */
  refused(id: string, code: number, until: number): void {
    this.#trouble.set(id, { until, code });
  }

  worked(id: string): void {
    this.#trouble.delete(id);
  }

  /** @returns the usable keys of `ids`, in the operator's order of preference. */
  usable(ids: readonly string[], now: number): string[] {
    return ids.filter((id) => (this.#trouble.get(id)?.until ?? 0) <= now);
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
