/**
 * What the parts of a tenant's object share: stores, ports to the outside, clock and randomness. No wiring: services.ts
 * composes the parts, and each part's constructor names the other parts it needs.
 */
import type { SigningSecret } from "../domain/signing-secrets.ts";
import type { GroupCommit } from "../lib/group-commit.ts";
import type { Dependencies, DirectoryPort } from "./ports.ts";
import type { ClientTokenStore } from "./store/client-tokens.ts";
import type { EndUserStore } from "./store/end-users.ts";
import type { IdempotencyStore } from "./store/idempotency.ts";
import type { KeyStore } from "./store/keys.ts";
import type { LedgerStore } from "./store/ledger.ts";
import type { LedgerDays } from "./store/ledger-days.ts";
import type { MetaStore } from "./store/meta.ts";
import type { PortalStore } from "./store/portal.ts";
import type { PriceStore } from "./store/prices.ts";
import type { TaskStore } from "./store/tasks.ts";
import type { UploadStore } from "./store/uploads.ts";
import type { UsageStore } from "./store/usage.ts";

/** Stores, ports and clock that all parts of a tenant's object share. */
export interface TenantContext extends Dependencies {
  readonly secrets: readonly SigningSecret[];
  readonly sql: SqlStorage;
  readonly directory: DirectoryPort;
  /** The only way to write: one transaction for all writes of the same moment. */
  readonly commit: GroupCommit;
  readonly meta: MetaStore;
  readonly keys: KeyStore;
  readonly tasks: TaskStore;
  readonly ledgerStore: LedgerStore;
  readonly learnedPrices: PriceStore;
  readonly usage: UsageStore;
  readonly ledgerDays: LedgerDays;
  readonly tokens: ClientTokenStore;
  readonly endUsers: EndUserStore;
  readonly idempotency: IdempotencyStore;
  readonly uploads: UploadStore;
  readonly portal: PortalStore;
  /** @returns the number of tasks that have not ended: of one key, or of all (null) */
  activeTasks(keyId: string | null): number;
}
