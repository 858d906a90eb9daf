/**
 * The size limit of a tenant's database (contract section 9, TENANT_STORAGE_MB). Requests that add to it are refused
 * before it is full.
 */
import { type ApiError, apiError } from "../../errors.ts";

/** Part of the limit above which new data is refused: running tasks, reads and deletions need the rest. */
const CLOSED_FROM = 0.9;

/** The size of the tenant's database, and whether it may grow (contract section 2, 70009). */
export class StorageLimit {
  readonly #sql: Pick<SqlStorage, "databaseSize">;
  /** Limit in bytes. */
  readonly limit: number;

  /** @param limit in bytes */
  constructor(sql: Pick<SqlStorage, "databaseSize">, limit: number) {
    this.#sql = sql;
    this.limit = limit;
  }

  /** Bytes in use now, without pages that deletions have freed. */
  get used(): number {
    return this.#sql.databaseSize;
  }

  /** @returns the error (70009) for a request that would add to the database, or null while there is room */
  fullError(): ApiError | null {
    return this.used < this.limit * CLOSED_FROM ? null : apiError(70009);
  }
}
