/** The rows of `uploads`: a row stands before its object in R2 does, and goes after it. */
import type { Owner } from "./tasks.ts";

/** One uploaded reference. */
export interface UploadRow {
  readonly file_id: string;
  readonly token: string;
  readonly key_id: string;
  readonly end_user: string | null;
  readonly token_id: string | null;
  /** While the bytes are still coming: the most that they may become. */
  readonly bytes: number;
  readonly created_at: number;
  /** ms since epoch; then the object goes, and after it the row. */
  readonly expires_at: number;
}

/** The rows of `uploads`. */
export class UploadStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(row: UploadRow): void {
    this.#sql.exec(
      "INSERT INTO uploads (file_id, token, key_id, end_user, token_id, bytes, created_at, expires_at) VALUES (?,?,?,?,?,?,?,?)",
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

  complete(fileId: string, bytes: number, expiresAt: number): void {
    this.#sql.exec("UPDATE uploads SET bytes = ?, expires_at = ? WHERE file_id = ?", bytes, expiresAt, fileId);
  }

  /** Makes an upload due to go. */
  expire(fileId: string, at: number): void {
    this.#sql.exec("UPDATE uploads SET expires_at = ? WHERE file_id = ?", at, fileId);
  }

  remove(fileId: string): void {
    this.#sql.exec("DELETE FROM uploads WHERE file_id = ?", fileId);
  }

  /** @returns what the tenant's uploads take, and what those that are still coming may take. */
  total(): { files: number; bytes: number } {
    return this.#sql
      .exec<{ files: number; bytes: number }>("SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes FROM uploads")
      .one();
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

/** Whether a credential may delete the upload. */
export function ownsUpload(owner: Owner | null, row: UploadRow): boolean {
  return owner === null || row[owner.column] === owner.value;
}
