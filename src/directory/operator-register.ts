/**
 * The operators of the deployment, and the rules of who may change whom: nobody gives scopes or time that it does not
 * have itself (contract section 9, "Scopes of operators"). Taking away is allowed to all who manage operators. Every
 * change is recorded in the audit log, in the same transaction.
 */
import { type Actor, type AuditedChange, auditEntry } from "../domain/audit.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { type OperatorIdentity, type OperatorScope, scopesBeyond } from "../domain/operator-scopes.ts";
import { type ApiError, apiError } from "../errors.ts";
import { isSame } from "../lib/is-same.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { AuditLog } from "./audit-log.ts";
import { type ListedOperator, type OperatorRow, OperatorStore } from "./operators.ts";

/** Most operators. */
export const MOST_OPERATORS = 200;
/** Most texts of one token that work besides the newest. */
const MOST_PREVIOUS = 8;
/** A stored time of use younger than this is not rewritten. */
const LAST_USED_MS = 10 * MINUTE_MS;

/** The settings of an operator. */
export interface OperatorSettings {
  readonly name: string;
  readonly scopes: readonly OperatorScope[];
  /** ms since epoch; null: never. */
  readonly expiresAt: number | null;
}

/** A new token, as it is stored. */
export interface NewToken {
  readonly hash: string;
  readonly signedBy: string;
}

/** The operator who makes a change, and how the audit log names it. */
export interface Manager {
  readonly operator: OperatorIdentity;
  readonly actor: Actor;
}

/** An operator without the hashes of its tokens, which nobody outside the Directory needs. */
export type OperatorRecord = Omit<ListedOperator, "hash" | "previous"> & {
  readonly previous: readonly { readonly signedBy: string; readonly expiresAt: number }[];
};

/** A valid token: whose it is, and until when without asking again (ms since epoch; null: no end is set). */
export interface TokenHolder {
  readonly operator: OperatorIdentity;
  readonly validUntil: number | null;
}

/** The operators and their rules; all methods run inside a transaction. */
export class OperatorRegister {
  readonly #store: OperatorStore;
  readonly #audit: AuditLog;

  constructor(sql: SqlStorage, audit: AuditLog) {
    this.#store = new OperatorStore(sql);
    this.#audit = audit;
  }

  /** Adds an operator. @returns an error (20002, 30001) if the manager may not, or there are too many */
  create(
    operatorId: string,
    settings: OperatorSettings,
    token: NewToken,
    by: Manager,
    now: number,
  ): OperatorRecord | ApiError {
    const denied = scopeError(by.operator, settings);
    if (denied) return denied;
    if (this.#store.count >= MOST_OPERATORS) {
      return apiError(30001, `At most ${MOST_OPERATORS} operators: delete some first`);
    }
    const row = { operatorId, ...settings, ...token, previous: [], createdAt: now };
    this.#store.put({ ...row, rotatedAt: null, lastUsedAt: null });
    return this.#recorded(operatorId, by, now, (after) => ({ action: "operator.create", after }));
  }

  /** @returns the operator, or null if there is none with this id */
  find(operatorId: string): OperatorRecord | null {
    const row = this.#store.get(operatorId);
    return row && recordOf(row);
  }

  /** @param before `seq` of the last operator of the previous page, or null for the newest. @returns newest first */
  list(before: number | null, limit: number): OperatorRecord[] {
    return this.#store.list(before, limit).map(recordOf);
  }

  /** Changes settings. @returns null for an unknown operator; an error (20002) if the manager may not */
  patch(
    operatorId: string,
    changes: Partial<OperatorSettings>,
    by: Manager,
    now: number,
  ): OperatorRecord | ApiError | null {
    const current = this.#store.get(operatorId);
    if (!current) return null;
    const next: OperatorRow = { ...current, ...changes };
    if (operatorId === by.operator.id && (changes.scopes !== undefined || changes.expiresAt !== undefined)) {
      return apiError(20002, "An operator cannot change its own scopes or expiry");
    }
    const denied = scopeError(by.operator, current, false) ?? scopeError(by.operator, next, "expiresAt" in changes);
    if (denied) return denied;
    if (isSame(next, current)) return recordOf(current);
    this.#store.put(next);
    return this.#recorded(operatorId, by, now, (after) => ({
      action: "operator.update",
      before: publicState(current),
      after,
    }));
  }

  /** Deletes an operator: its tokens stop working. @returns false for an unknown operator */
  remove(operatorId: string, { actor }: Manager, now: number): boolean {
    const current = this.#store.get(operatorId);
    if (!current) return false;
    this.#store.remove(operatorId);
    this.#enter(actor, { action: "operator.delete", target: operatorId, before: publicState(current) }, now);
    return true;
  }

  /**
   * Gives an operator a new token. The old one works for `overlapMs` more, but not longer than the operator itself; with
   * 0 all earlier texts end at once.
   *
   * @returns null for an operator that is unknown or expired; an error (20002, 30001)
   */
  rotate(
    operatorId: string,
    token: NewToken,
    overlapMs: number,
    by: Manager,
    now: number,
  ): OperatorRecord | ApiError | null {
    const current = this.#store.get(operatorId);
    if (!current || (current.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return null;
    // A new token is time: the manager can keep it.
    const denied = scopeError(by.operator, current);
    if (denied) return denied;
    const earlier = current.previous.filter(({ expiresAt }) => expiresAt > now);
    if (overlapMs > 0 && earlier.length >= MOST_PREVIOUS) {
      return apiError(
        30001,
        "overlapSeconds: too many earlier texts of this token still work; let some expire, or end all of them with 0",
      );
    }
    const expiresAt = Math.min(now + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY);
    const previous = [{ hash: current.hash, signedBy: current.signedBy, expiresAt }, ...earlier];
    this.#store.put({ ...current, ...token, previous: overlapMs > 0 ? previous : [], rotatedAt: now });
    return this.#recorded(operatorId, by, now, () => ({ action: "operator.rotate" }));
  }

  /** @param hash of the token. @returns the operator whose token it is, or null if it is none that works now */
  holder(operatorId: string, hash: string, now: number): TokenHolder | null {
    const holder = this.valid(operatorId, hash, now);
    const row = holder && this.#store.get(operatorId);
    if (row && now - (row.lastUsedAt ?? 0) >= LAST_USED_MS) {
      this.#store.put({ ...row, lastUsedAt: Math.floor(now / MINUTE_MS) * MINUTE_MS });
    }
    return holder;
  }

  /** As `holder`, without recording a use. */
  valid(operatorId: string, hash: string, now: number): TokenHolder | null {
    const row = this.#store.get(operatorId);
    const previous = row?.previous.find((text) => text.hash === hash);
    if (!row || (row.hash !== hash && previous === undefined)) return null;
    const ends = [row.expiresAt, row.hash === hash ? null : previous?.expiresAt].filter(
      (end) => typeof end === "number",
    );
    const validUntil = ends.length > 0 ? Math.min(...ends) : null;
    if (validUntil !== null && validUntil <= now) return null;
    const { name, scopes, expiresAt } = row;
    return { operator: { id: operatorId, name, isRoot: false, scopes, expiresAt }, validUntil };
  }

  #recorded(
    operatorId: string,
    by: Manager,
    now: number,
    change: (after: unknown) => Omit<AuditedChange, "target">,
  ): OperatorRecord {
    const row = this.#store.get(operatorId);
    if (!row) throw new Error("The operator was not stored");
    this.#enter(by.actor, { ...change(publicState(row)), target: operatorId }, now);
    return recordOf(row);
  }

  #enter(actor: Actor, change: AuditedChange, now: number): void {
    this.#audit.enter(null, auditEntry(actor, change, { id: crypto.randomUUID(), at: now }));
  }
}

/** Returns the error for a manager who gives more than it has itself, or null. */
function scopeError(
  manager: OperatorIdentity,
  { scopes, expiresAt }: Pick<OperatorSettings, "scopes" | "expiresAt">,
  givesTime = true,
): ApiError | null {
  const beyond = scopesBeyond(manager, scopes);
  if (beyond.length > 0) {
    return apiError(20002, `This needs an operator who has the scopes of the other one too: ${beyond.join(", ")}`);
  }
  const isLonger = manager.expiresAt !== null && (expiresAt === null || expiresAt > manager.expiresAt);
  return givesTime && isLonger ? apiError(20002, "expiresAt: must not be later than your own expiry") : null;
}

function recordOf({ hash: _, previous, ...row }: ListedOperator): OperatorRecord {
  return { ...row, previous: previous.map(({ signedBy, expiresAt }) => ({ signedBy, expiresAt })) };
}

function publicState({ name, scopes, expiresAt }: OperatorSettings) {
  return { name, scopes, expiresAt: isoTime(expiresAt) };
}
