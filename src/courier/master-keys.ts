/**
 * The health of each master key and the allowed pace of upstream calls, as far as this isolate has seen. This is
 * advice, so memory is enough: after an eviction the first calls find out again.
 */
import { BackPressure } from "../domain/back-pressure.ts";
import { KeyTrouble, type KeyUse, type SharedTrouble } from "../domain/key-trouble.ts";

/** The health of each master key, by its id. */
class MasterKeyHealth {
  readonly #troubles = new Map<string, KeyTrouble>();
  readonly #workedAt = new Map<string, number>();

  /**
   * Records that the upstream refused this key for this submission. @returns whether the key now counts as refused for
   * all tenants
   */
  refused(id: string, use: KeyUse, code: number, now: number): boolean {
    const trouble = this.#troubles.get(id) ?? new KeyTrouble();
    this.#troubles.set(id, trouble);
    return trouble.refused(use, code, now);
  }

  /** Records that a submission with this key is about to be made. */
  asking(id: string, use: KeyUse, now: number): void {
    this.#troubles.get(id)?.asking(use, now);
  }

  /** Records that the upstream accepted a submission with this key. @returns whether that ended its trouble */
  worked(id: string, now: number): boolean {
    this.#workedAt.set(id, now);
    return this.#troubles.delete(id);
  }

  /** @returns the time of the last accepted submission with this key (ms since epoch), or null */
  workedAt(id: string): number | null {
    return this.#workedAt.get(id) ?? null;
  }

  /** @returns the keys of `ids` that can be used for this submission, in the operator's order of preference */
  usable(ids: readonly string[], use: KeyUse, now: number): string[] {
    return ids.filter((id) => this.#troubles.get(id)?.isUsable(use, now) ?? true);
  }

  /** @returns the usable keys of `ids`; if there are none, the keys that may still be tried for a waiting caller */
  worthTrying(ids: readonly string[], use: KeyUse, now: number): string[] {
    const usable = this.usable(ids, use, now);
    if (usable.length > 0) return usable;
    return ids.filter((id) => this.#troubles.get(id)?.isWorthAsking(use, now));
  }

  /** @returns the time at which the first of `ids` can be used (ms since epoch); `now` if one can be used already */
  retryAt(ids: readonly string[], use: KeyUse, now: number): number {
    return Math.min(...ids.map((id) => this.#troubles.get(id)?.retryAt(use, now) ?? now));
  }

  /**
   * Returns the trouble that concerns all tenants, by key: what lasts at `now`. With an earlier time it includes trouble
   * whose rest has ended meanwhile without a success.
   */
  shared(now: number): ReadonlyMap<string, SharedTrouble> {
    const shared = [...this.#troubles].map(([id, trouble]) => [id, trouble.shared(now)] as const);
    return new Map(shared.flatMap(([id, trouble]) => (trouble === null ? [] : [[id, trouble] as const])));
  }

  /** Drops everything known, as a new isolate would. */
  reset(): void {
    this.#troubles.clear();
    this.#workedAt.clear();
  }
}

/** The health that all objects of this isolate share. */
export const masterKeyHealth = new MasterKeyHealth();

/** Kinds of calls that have a pace of their own. */
export type UpstreamCall = "submit" | "query";

const pressures = new Map<string, BackPressure>();

/** @returns the pace at which this isolate may make such calls under this master key */
export function pressureOn(call: UpstreamCall, masterKeyId: string): BackPressure {
  const name = `${call} ${masterKeyId}`;
  const known = pressures.get(name) ?? new BackPressure();
  pressures.set(name, known);
  return known;
}
