/** The rows of `uploads`. A row is written before its object in R2 and deleted after it. */
import type { Owner } from "./task-filter.ts";

/** One uploaded reference. */
export interface UploadRow {
  readonly file_id: string;
  readonly token: string;
  readonly key_id: string;
  readonly end_user: string | null;
  readonly token_id: string | null;
  /** While the bytes are arriving: the bytes reserved for those that have arrived and the next step. */
  readonly bytes: number;
  readonly created_at: number;
  /** ms since epoch: when the object is deleted, and then the row. */
  readonly expires_at: number;
}

/** Number and size of uploads. */
export interface UploadUsage {
  readonly files: number;
  readonly bytes: number;
  /** Uploads whose bytes are still arriving. */
  readonly underWay: number;
}

/** The rows of `uploads`. */
export class UploadStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(row: UploadRow): void {
    this.#sql.exec(
      "INSERT INTO uploads (file_id, token, key_id, end_user, token_id, bytes, created_at, expires_at, under_way) VALUES (?,?,?,?,?,?,?,?,1)",
      row.file_id,
      row.token,
      row.key_id,
      row.end_user,
      row.token_id,
      row.bytes,
      row.created_at,
      row.expires_at,
    );
  }

  get(fileId: string): UploadRow | null {
    const [row] = this.#sql.exec("SELECT * FROM uploads WHERE file_id = ?", fileId).toArray();
    return row ? (row as unknown as UploadRow) : null;
  }

  /** Returns the upload with this token in its URL, or null. Reads all uploads of the tenant, which are bounded. */
  withToken(token: string): UploadRow | null {
    const [row] = this.#sql.exec("SELECT * FROM uploads WHERE token = ? AND under_way = 0 LIMIT 1", token).toArray();
    return row ? (row as unknown as UploadRow) : null;
  }

  complete(fileId: string, bytes: number, expiresAt: number): void {
    this.#sql.exec(
      "UPDATE uploads SET bytes = ?, expires_at = ?, under_way = 0 WHERE file_id = ?",
      bytes,
      expiresAt,
      fileId,
    );
  }

  /** Makes an upload due for deletion. */
  expire(fileId: string, at: number): void {
    this.#sql.exec("UPDATE uploads SET expires_at = ? WHERE file_id = ?", at, fileId);
  }

  remove(fileId: string): void {
    this.#sql.exec("DELETE FROM uploads WHERE file_id = ?", fileId);
  }

  /**
   * @param owner null: the whole tenant's uploads
   * @param now ms since epoch
   * @returns files and bytes of all uploads, reservations included, and how many are under way
   */
  usage(owner: Owner | null, now: number): UploadUsage {
    const underWay = "COALESCE(SUM(expires_at > ? AND under_way = 1), 0) AS underWay";
    const statement = `SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes, ${underWay} FROM uploads`;
    const rows = owner
      ? this.#sql.exec(`${statement} WHERE ${owner.column} = ?`, now, owner.value)
      : this.#sql.exec(statement, now);
    return rows.one() as unknown as UploadUsage;
  }

  /** Sets the reserved bytes of an upload under way, and their expiry. @param expiresAt ms since epoch */
  reserve(fileId: string, bytes: number, expiresAt: number): void {
    this.#sql.exec("UPDATE uploads SET bytes = ?, expires_at = ? WHERE file_id = ?", bytes, expiresAt, fileId);
  }

  expired(now: number, limit: number): UploadRow[] {
    return this.#sql
      .exec("SELECT * FROM uploads WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit)
      .toArray() as unknown as UploadRow[];
  }

  nextExpiry(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT MIN(expires_at) AS at FROM uploads").one().at;
  }
}

/** The upload's owner: an end user, a token, or null for the tenant itself. */
export function ownerOfUpload({ end_user, token_id }: UploadRow): Owner | null {
  if (end_user !== null) return { column: "end_user", value: end_user };
  return token_id === null ? null : { column: "token_id", value: token_id };
}

/** True if a credential may delete the upload. */
export function ownsUpload(owner: Owner | null, row: UploadRow): boolean {
  return owner === null || row[owner.column] === owner.value;
}
