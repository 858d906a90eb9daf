/** How much a tenant's database may hold (contract section 9, TENANT_STORAGE_MB): what adds to it is refused before it is full. */
import { type ApiError, apiError } from "../../errors.ts";

/** Above this part of the limit nothing new is taken: running tasks, reads and deletions need the rest. */
const CLOSED_FROM = 0.9;

/** How full the tenant is, and whether it may store more (contract section 2, 70009). */
export class StorageLimit {
  readonly #sql: Pick<SqlStorage, "databaseSize">;
  /** In bytes. */
  readonly limit: number;

  /** @param limit in bytes */
  constructor(sql: Pick<SqlStorage, "databaseSize">, limit: number) {
    this.#sql = sql;
    this.limit = limit;
  }

  /** Bytes in use now: pages that deletions have freed do not count. */
  get used(): number {
    return this.#sql.databaseSize;
  }

  /** @returns the refusal (70009) of a request that would add to the database, or null while there is room */
  refusal(): ApiError | null {
    return this.used < this.limit * CLOSED_FROM ? null : apiError(70009);
  }
}
