/** What the tenant's record contains about a file: plain values that cross RPC. */

/** The state of a file that is not in R2 (yet), from the tenant's record. */
export type FileSource =
  | { state: "unknown" }
  | { state: "gone" }
  | { state: "pending" }
  /** Finished upstream; `reported`: the tenant has already been notified, before the copy. */
  | { state: "upstream"; url: string; reported: boolean }
  | { state: "stored" };

/** Facts about a tenant that serving its files requires. */
export interface TenantFacts {
  visibility: "public" | "signed";
  deleted: boolean;
}
