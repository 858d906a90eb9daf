/** The rows of `uploads`. A row is written before its object in R2 and deleted after it. */
import { DAY_MS } from "../../domain/calendar.ts";
import { Store } from "../../lib/store.ts";
import type { Owner } from "./task-filter.ts";

/** The values of `uploads.under_way`. */
export const UPLOAD_STATE = {
  complete: 0,
  /** The bytes are arriving in one request. */
  arriving: 1,
  /** Bytes of a `data:` URI whose task is not admitted yet. */
  placed: 2,
  /** The bytes arrive in parts, over hours. */
  inParts: 3,
} as const;

/** Age up to which the file of a `data:` URI is used again. */
const REUSED_FOR_MS = DAY_MS;

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
  /** One of UPLOAD_STATE. */
  readonly under_way: number;
  /** The type by content; null while the bytes arrive, and for uploads of an earlier release. */
  readonly content_type: string | null;
  /** Hex SHA-256 of bytes that came as a `data:` URI, otherwise null. */
  readonly digest: string | null;
  /** JSON text of `UploadParts` for an upload in parts; null once nothing of its parts is left. */
  readonly parts: string | null;
}

/** Number and size of uploads. */
export interface UploadUsage {
  readonly files: number;
  readonly bytes: number;
  /** Uploads whose bytes are still arriving. */
  readonly underWay: number;
  /** Uploads in parts that are not complete. */
  readonly inParts: number;
}

/** The rows of `uploads`. */
export class UploadStore extends Store {
  insert(row: UploadRow): void {
    const columns = Object.keys(row);
    this.sql.exec(
      `INSERT INTO uploads (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
      ...Object.values(row),
    );
  }

  get(fileId: string): UploadRow | null {
    return this.first("SELECT * FROM uploads WHERE file_id = ?", fileId);
  }

  /** Returns the upload with this token in its URL, or null. Reads all uploads of the tenant, which are bounded. */
  withToken(token: string): UploadRow | null {
    return this.first("SELECT * FROM uploads WHERE token = ? AND under_way = 0 LIMIT 1", token);
  }

  /**
   * Returns the file of these bytes that the owner itself has sent as a `data:` URI, complete or not, or null. Older
   * files are sent again, because the bucket's lifecycle rule deletes objects by their age (docs/operations.md).
   */
  withDigest(digest: string, owner: Owner | null, now: number): UploadRow | null {
    const rows = this.all<UploadRow>(
      "SELECT * FROM uploads WHERE digest = ? AND expires_at > ? AND created_at > ?",
      digest,
      now,
      now - REUSED_FOR_MS,
    );
    const own = (row: UploadRow) =>
      owner === null ? row.end_user === null && row.token_id === null : ownsUpload(owner, row);
    return rows.find(own) ?? null;
  }

  /** @param contentType null: unknown to a Worker of an earlier release */
  complete(fileId: string, bytes: number, expiresAt: number, contentType: string | null): void {
    this.sql.exec(
      "UPDATE uploads SET bytes = ?, expires_at = ?, content_type = ?, under_way = 0 WHERE file_id = ?",
      bytes,
      expiresAt,
      contentType,
      fileId,
    );
  }

  setParts(fileId: string, parts: string): void {
    this.sql.exec("UPDATE uploads SET parts = ? WHERE file_id = ?", parts, fileId);
  }

  partsRemoved(fileId: string): void {
    this.sql.exec("UPDATE uploads SET parts = NULL WHERE file_id = ?", fileId);
  }

  /** Returns complete uploads whose parts are still in R2, because their deletion was interrupted. */
  withPartsLeft(limit: number): UploadRow[] {
    return this.all<UploadRow>("SELECT * FROM uploads WHERE under_way = 0 AND parts IS NOT NULL LIMIT ?", limit);
  }

  /** Lets an upload live at least until this time. @param at ms since epoch */
  extend(fileId: string, at: number): void {
    this.sql.exec("UPDATE uploads SET expires_at = ? WHERE file_id = ? AND expires_at < ?", at, fileId, at);
  }

  /** Makes an upload due for deletion. */
  expire(fileId: string, at: number): void {
    this.sql.exec("UPDATE uploads SET expires_at = ? WHERE file_id = ?", at, fileId);
  }

  remove(fileId: string): void {
    this.sql.exec("DELETE FROM uploads WHERE file_id = ?", fileId);
  }

  /**
   * @param owner null: the whole tenant's uploads
   * @param now ms since epoch
   * @returns files and bytes of all uploads, reservations included, and how many are under way
   */
  usage(owner: Owner | null, now: number): UploadUsage {
    const count = (state: number) => `COALESCE(SUM(expires_at > ?1 AND under_way = ${state}), 0)`;
    const statement = `SELECT COUNT(*) AS files, COALESCE(SUM(bytes), 0) AS bytes,
      ${count(UPLOAD_STATE.arriving)} AS underWay, ${count(UPLOAD_STATE.inParts)} AS inParts FROM uploads`;
    const rows = owner
      ? this.sql.exec(`${statement} WHERE ${owner.column} = ?2`, now, owner.value)
      : this.sql.exec(statement, now);
    return rows.one() as unknown as UploadUsage;
  }

  /** Sets the reserved bytes of an upload under way, and their expiry. @param expiresAt ms since epoch */
  reserve(fileId: string, bytes: number, expiresAt: number): void {
    this.sql.exec("UPDATE uploads SET bytes = ?, expires_at = ? WHERE file_id = ?", bytes, expiresAt, fileId);
  }

  expired(now: number, limit: number): UploadRow[] {
    return this.all<UploadRow>("SELECT * FROM uploads WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit);
  }

  /** Returns when the next upload expires, in ms since epoch; 0 while parts of a complete one are left; or null. */
  nextExpiry(): number | null {
    const at = "MIN(IIF(under_way = 0 AND parts IS NOT NULL, 0, expires_at)) AS at";
    return this.value<number | null>(`SELECT ${at} FROM uploads`);
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
