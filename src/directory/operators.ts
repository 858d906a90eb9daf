/** Operators with names and scopes: rows of the table `operators`. Only hashes of tokens are stored. SQL only. */
import type { OperatorScope } from "../domain/operator-scopes.ts";
import { Store } from "../lib/store.ts";

/** A text of a token that a rotation has replaced and that still works. */
export interface PreviousToken {
  readonly hash: string;
  readonly signedBy: string;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** One operator. Times in ms since epoch. */
export interface OperatorRow {
  readonly operatorId: string;
  readonly name: string;
  readonly scopes: readonly OperatorScope[];
  /** SHA-256 of the token. */
  readonly hash: string;
  /** Id of the signing secret that made the token. */
  readonly signedBy: string;
  readonly previous: readonly PreviousToken[];
  readonly createdAt: number;
  /** Null: never. */
  readonly expiresAt: number | null;
  /** Null: never rotated. */
  readonly rotatedAt: number | null;
  /** Null: never used. */
  readonly lastUsedAt: number | null;
}

/** An operator with its place in the list. */
export type ListedOperator = OperatorRow & { readonly seq: number };

const COLUMNS = `seq, operator_id AS operatorId, name, scopes, hash, signed_by AS signedBy, previous,
  created_at AS createdAt, expires_at AS expiresAt, rotated_at AS rotatedAt, last_used_at AS lastUsedAt`;

/** Rows of the table `operators`. */
export class OperatorStore extends Store {
  get count(): number {
    return this.value("SELECT COUNT(*) FROM operators");
  }

  /** @returns the operator, or null if there is none with this id */
  get(operatorId: string): ListedOperator | null {
    return this.#read("WHERE operator_id = ?", operatorId)[0] ?? null;
  }

  /** @param before `seq` of the last operator of the previous page, or null for the newest. @returns newest first */
  list(before: number | null, limit: number): ListedOperator[] {
    return this.#read("WHERE seq < ? ORDER BY seq DESC LIMIT ?", before ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** Adds an operator, or replaces all of its row. */
  put(row: OperatorRow): void {
    this.sql.exec(
      `INSERT INTO operators (operator_id, name, scopes, hash, signed_by, previous, created_at, expires_at, rotated_at,
         last_used_at) VALUES (?,?,?,?,?,?,?,?,?,?)
       ON CONFLICT (operator_id) DO UPDATE SET name = excluded.name, scopes = excluded.scopes, hash = excluded.hash,
         signed_by = excluded.signed_by, previous = excluded.previous, expires_at = excluded.expires_at,
         rotated_at = excluded.rotated_at, last_used_at = excluded.last_used_at`,
      row.operatorId,
      row.name,
      JSON.stringify(row.scopes),
      row.hash,
      row.signedBy,
      JSON.stringify(row.previous),
      row.createdAt,
      row.expiresAt,
      row.rotatedAt,
      row.lastUsedAt,
    );
  }

  remove(operatorId: string): void {
    this.sql.exec("DELETE FROM operators WHERE operator_id = ?", operatorId);
  }

  #read(rest: string, ...values: readonly (string | number)[]): ListedOperator[] {
    const rows = this.all<Record<string, SqlStorageValue>>(`SELECT ${COLUMNS} FROM operators ${rest}`, ...values);
    return rows.map(
      (row) =>
        ({ ...row, scopes: JSON.parse(String(row.scopes)), previous: JSON.parse(String(row.previous)) }) as never,
    );
  }
}
