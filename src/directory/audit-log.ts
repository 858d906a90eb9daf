/**
 * The audit log of all tenants: SQL only. It is bounded: entries expire, and the entries of one tenant's people cannot
 * displace others.
 */
import type { AuditEntry } from "../domain/audit.ts";
import { DAY_MS } from "../domain/calendar.ts";
import { ByteLimit, utf8Length } from "../lib/byte-limit.ts";
import { rarest } from "../lib/rarest.ts";
import { Store } from "../lib/store.ts";

/** One entry as it is listed. */
export interface AuditRow {
  readonly seq: number;
  /** ms since epoch. */
  readonly at: number;
  readonly actorId: string;
  readonly actorName: string;
  readonly action: string;
  /** Null for an event that concerns all tenants. */
  readonly tenantId: string | null;
  /** Null: no tenant, or a deleted one. */
  readonly tenantName: string | null;
  readonly target: string | null;
  /** JSON text. */
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string | null;
}

/** An entry as the previous release lists it: `actor` is its kind. */
export type PreviousAuditRow = Omit<AuditRow, "actorId" | "actorName" | "tenantName"> & { readonly actor: string };

/** Which entries are wanted; null: all. */
export interface AuditFilter {
  readonly actor: string | null;
  readonly action: string | null;
  readonly tenantId: string | null;
  /** ms since epoch. */
  readonly from: number | null;
  readonly to: number | null;
}

/** The last entry of a page: its time and `seq`. */
export interface AuditCursor {
  readonly at: number;
  readonly seq: number;
}

/** Which page is wanted: the entries after that of the cursor, or the newest. */
export type AuditQuery = AuditFilter & { readonly after: AuditCursor | null };

/** One page of entries, newest first; `next` is null at the end. */
export interface AuditPage {
  readonly rows: readonly AuditRow[];
  readonly next: AuditCursor | null;
}

/** Id of the actor; the expression of the index `audit_by_actor_time`. Earlier releases stored the kind alone. */
const ACTOR_ID = "COALESCE(actor_id, CASE actor WHEN 'operator' THEN 'root' ELSE actor END)";
/** A page ends before its entries exceed this many bytes. */
const MAX_PAGE_BYTES = 500_000;

/** Most entries that are read for one page. */
const READ_AT_ONCE = 2_000;

/** How long entries are kept, in ms. */
const KEPT_MS = 400 * DAY_MS;
/** Most entries in the log, of at most 2 KiB each; the oldest are deleted for new ones. */
const MOST_ENTRIES = 1_000_000;
/** Most entries of one tenant's people in the log; the oldest are deleted for new ones. */
const MOST_PORTAL_ENTRIES = 2_000;
/** Sign-ins to the console in the log; the oldest are deleted for new ones. */
const MOST_SIGN_INS = 2_000;
/** Action of a sign-in to the console. */
export const SIGN_IN = "operator-session.create";
/** Entries deleted with each one written: more than one, so that the log shrinks to its bounds. */
const REMOVED_AT_ONCE = 20;

/** The rows of the audit log over all tenants. */
export class AuditLog extends Store {
  readonly #most: number;
  /** Number of entries, or more by those of transactions that were undone; null before it is needed. */
  #count: number | null = null;

  constructor(sql: SqlStorage, most = MOST_ENTRIES) {
    super(sql);
    this.#most = most;
  }

  /** Adds an entry. Safe to repeat. */
  enter(tenantId: string | null, entry: AuditEntry): void {
    this.#count ??= this.value<number>("SELECT COUNT(*) FROM audit");
    const added = this.all(
      `INSERT OR IGNORE INTO audit (id, at, actor, actor_id, actor_name, action, tenant_id, target, before, after,
       request_id) VALUES (?,?,?,?,?,?,?,?,?,?,?) RETURNING seq`,
      entry.id,
      entry.at,
      entry.actor,
      // Objects of earlier releases send neither.
      entry.actor_id ?? null,
      entry.actor_name ?? null,
      entry.action,
      tenantId,
      entry.target,
      entry.before,
      entry.after,
      entry.request_id,
    );
    this.#count += added.length;
  }

  /**
   * Deletes some entries past the bounds. Call it inside a transaction, after entries were added. @param tenantId tenant
   * of the entries @param now ms since epoch
   */
  removeOld(tenantId: string | null, now: number): void {
    const excess = Math.max(0, (this.#count ?? 0) - this.#most);
    this.#remove(
      "SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT ?1) WHERE at < ?2",
      REMOVED_AT_ONCE,
      now - KEPT_MS,
    );
    if (excess > 0) this.#remove("SELECT seq FROM audit ORDER BY seq LIMIT ?", Math.min(excess, REMOVED_AT_ONCE));
    if (tenantId === null) {
      this.#remove(
        `SELECT seq FROM audit WHERE action = ?1 ORDER BY at
         LIMIT MIN(?2, MAX(0, (SELECT COUNT(*) FROM audit WHERE action = ?1) - ?3))`,
        SIGN_IN,
        REMOVED_AT_ONCE,
        MOST_SIGN_INS,
      );
      return;
    }
    this.#remove(
      `SELECT seq FROM audit INDEXED BY audit_by_portal WHERE actor = 'portal' AND tenant_id = ?1 ORDER BY seq
       LIMIT MIN(?2, MAX(0, (SELECT COUNT(*) FROM audit INDEXED BY audit_by_portal
         WHERE actor = 'portal' AND tenant_id = ?1) - ?3))`,
      tenantId,
      REMOVED_AT_ONCE,
      MOST_PORTAL_ENTRIES,
    );
  }

  /** @param selection selects the `seq` of entries */
  #remove(selection: string, ...bindings: readonly SqlStorageValue[]): void {
    const removed = this.all(`DELETE FROM audit WHERE seq IN (${selection}) RETURNING seq`, ...bindings);
    if (this.#count !== null) this.#count -= removed.length;
  }

  /** @returns the cursor of an entry, for a Worker of the previous release, which knows only its `seq` */
  cursorAt(seq: number): AuditCursor {
    return { at: this.first<{ at: number }>("SELECT at FROM audit WHERE seq = ?", seq)?.at ?? 0, seq };
  }

  /**
   * Returns a page of entries, newest first. Walks the index of one filter and checks the others entry by entry, for a bounded number
   * of them: a page may have fewer entries than `limit` and still a next page.
   *
   * @param after the last entry of the previous page, or null for the newest
   */
  list(after: AuditCursor | null, limit: number, filter: AuditFilter): AuditPage {
    const last = after ?? { at: Number.MAX_SAFE_INTEGER, seq: 0 };
    const range = "at BETWEEN ? AND ? AND (at, seq) < (?, ?)";
    const bounds = [filter.from ?? 0, Math.min(filter.to ?? last.at, last.at), last.at, last.seq];
    const conditions = conditionsOf(filter);
    const counted = ({ from, values }: Walk, most: number) =>
      this.value<number>(
        `SELECT COUNT(*) FROM (SELECT 1 FROM ${from} AND ${range} LIMIT ${most})`,
        ...values,
        ...bounds,
      );
    const walked = rarest<Walk>(conditions, counted) ?? ALL;
    const others = conditions.filter((one) => one !== walked);
    const matches = others.map(({ column }) => `${column} = ?`).join(" AND ") || "true";
    const found = this.each<AuditRow & { readonly matches: number }>(
      `SELECT seq, at, ${ACTOR_ID} AS actorId, COALESCE(actor_name, ${ACTOR_ID}) AS actorName, action,
         tenant_id AS tenantId, (SELECT name FROM tenants WHERE tenants.tenant_id = audit.tenant_id) AS tenantName, target, before, after,
         request_id AS requestId, ${matches} AS matches
       FROM ${walked.from} AND ${range} ORDER BY at DESC, seq DESC LIMIT ${READ_AT_ONCE + 1}`,
      ...others.map(({ value }) => value),
      ...walked.values,
      ...bounds,
    );
    const rows: AuditRow[] = [];
    const bytes = new ByteLimit(MAX_PAGE_BYTES);
    let next: AuditCursor | null = null;
    let read = 0;
    for (const { matches, ...row } of found) {
      if (rows.length === limit || read === READ_AT_ONCE) return { rows, next };
      if (matches === 1) {
        if (!bytes.takes(utf8Length(JSON.stringify(row))) && rows.length > 0) return { rows, next };
        rows.push(row);
      }
      read += 1;
      next = { at: row.at, seq: row.seq };
    }
    return { rows, next: null };
  }
}

/** An index to walk, as SQL from the table's name to its condition. */
interface Walk {
  readonly from: string;
  readonly values: readonly string[];
}

const ALL: Walk = { from: "audit INDEXED BY audit_by_time WHERE true", values: [] };

/** A condition with an index in the order of time. */
interface Condition extends Walk {
  readonly column: string;
  readonly value: string;
}

function conditionsOf({ tenantId, action, actor }: AuditFilter): Condition[] {
  const conditions = [
    ["tenant_id", "audit_by_tenant_time", tenantId],
    ["action", "audit_by_action_time", action],
    [ACTOR_ID, "audit_by_actor_time", actor],
  ] as const;
  return conditions.flatMap(([column, index, value]) =>
    value === null ? [] : { column, value, values: [value], from: `audit INDEXED BY ${index} WHERE ${column} = ?` },
  );
}
