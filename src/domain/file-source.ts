/** What the tenant's record contains about a file: plain values that cross RPC. */

/** The state of a file that is not in R2 (yet), from the tenant's record. */
export type FileSource =
  | { state: "unknown" }
  | { state: "gone" }
  | { state: "pending" }
  /** Finished upstream; `reported`: the tenant has already been notified, before the copy. */
  | { state: "upstream"; url: string; reported: boolean }
  | { state: "stored" };

/** Tasks whose files are not read from the edge cache. */
export interface Uncached {
  /** The tasks up to this id. */
  readonly upTo: number;
  /** Deleted tasks beyond it. */
  readonly tasks: readonly number[];
}

/** Facts about a tenant that serving its files requires. */
export interface TenantFacts {
  visibility: "public" | "signed";
  deleted: boolean;
  /** Tasks whose files are not read from the edge cache; an object of the previous release leaves it out. */
  uncached?: Uncached;
}
