/**
 * The Directory object's tables as numbered, append-only steps, written as those of a tenant's object (tenant/migrations.ts).
 * What each table is for: docs/storage-schema.md.
 */
import type { Migration } from "../lib/migrations.ts";
import firstRelease from "./migrations/0001-first-release.sql";
import latestDays from "./migrations/0002-latest-days.sql";
import auditIds from "./migrations/0003-audit-ids.sql";
import storageSizes from "./migrations/0005-storage-sizes.sql";
import creationsAndIntents from "./migrations/0007-creations-and-intents.sql";
import operators from "./migrations/0008-operators.sql";
import incidents from "./migrations/0010-incidents.sql";
import sortedTenants from "./migrations/0011-sorted-tenants.sql";
import counters from "./migrations/0012-counters.sql";
import earnings from "./migrations/0014-earnings.sql";
import portalEmails from "./migrations/0015-portal-emails.sql";

/** The Directory's migrations, in order; append-only. */
export const DIRECTORY_MIGRATIONS: readonly Migration[] = [
  { id: 1, sql: firstRelease },
  { id: 2, sql: latestDays },
  { id: 3, sql: auditIds },
  // Entries of a tenant's people are bounded per tenant, and found by an index of their own.
  { id: 4, sql: "CREATE INDEX audit_by_portal ON audit (tenant_id, seq) WHERE actor = 'portal'" },
  { id: 5, sql: storageSizes },
  // By model, which is the first part of a shape.
  { id: 6, sql: "CREATE INDEX shape_prices_by_model ON shape_prices (json_extract(shape, '$[0]'), credits)" },
  { id: 7, sql: creationsAndIntents },
  { id: 8, sql: operators },
  // A search for a key asks the tenants that created such a key first.
  { id: 9, sql: "CREATE INDEX audit_of_new_keys ON audit (target, tenant_id) WHERE action = 'key.create'" },
  { id: 10, sql: incidents },
  { id: 11, sql: sortedTenants },
  { id: 12, sql: counters },
  // What the edge cache must drop (cache-purges.ts): JSON of a purge, null for everything.
  { id: 13, sql: "CREATE TABLE cache_purges (number INTEGER PRIMARY KEY, purge TEXT NOT NULL)" },
  { id: 14, sql: earnings },
  { id: 15, sql: portalEmails },
];
