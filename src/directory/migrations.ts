/** The Directory object's tables as numbered, append-only steps. What each is for: docs/storage-schema.md. */
import type { Migration } from "../lib/migrations.ts";
import firstRelease from "./migrations/0001-first-release.sql";
import latestDays from "./migrations/0002-latest-days.sql";
import auditIds from "./migrations/0003-audit-ids.sql";
import portalAudit from "./migrations/0004-portal-audit.sql";
import storageSizes from "./migrations/0005-storage-sizes.sql";
import pricesByModel from "./migrations/0006-prices-by-model.sql";
import creationsAndIntents from "./migrations/0007-creations-and-intents.sql";
import operators from "./migrations/0008-operators.sql";
import auditOfNewKeys from "./migrations/0009-audit-of-new-keys.sql";
import incidents from "./migrations/0010-incidents.sql";
import sortedTenants from "./migrations/0011-sorted-tenants.sql";
import counters from "./migrations/0012-counters.sql";
import cachePurges from "./migrations/0013-cache-purges.sql";
import earnings from "./migrations/0014-earnings.sql";

/** The Directory's migrations, in order; append-only. */
export const DIRECTORY_MIGRATIONS: readonly Migration[] = [
  { id: 1, sql: firstRelease },
  { id: 2, sql: latestDays },
  { id: 3, sql: auditIds },
  { id: 4, sql: portalAudit },
  { id: 5, sql: storageSizes },
  { id: 6, sql: pricesByModel },
  { id: 7, sql: creationsAndIntents },
  { id: 8, sql: operators },
  { id: 9, sql: auditOfNewKeys },
  { id: 10, sql: incidents },
  { id: 11, sql: sortedTenants },
  { id: 12, sql: counters },
  { id: 13, sql: cachePurges },
  { id: 14, sql: earnings },
];
