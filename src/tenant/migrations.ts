/**
 * The Tenant object's tables as numbered, append-only steps. A step of one statement stands in the list, a longer one is a Text
 * module. Never edit a released step; add one, and let it only add: the previous release must run on it (docs/design.md, rule 16).
 * What each table is for, and how long a row lives: docs/storage-schema.md.
 */
import type { Migration } from "../lib/migrations.ts";
import firstRelease from "./migrations/0001-first-release.sql";
import audit from "./migrations/0002-audit.sql";
import previousKeys from "./migrations/0003-previous-keys.sql";
import oneRowPerTask from "./migrations/0004-one-row-per-task.sql";
import endedTokens from "./migrations/0005-ended-tokens.sql";
import usageTotals from "./migrations/0008-usage-totals.sql";
import keyLimits from "./migrations/0009-key-limits.sql";
import auditActors from "./migrations/0010-audit-actors.sql";
import taskTimes from "./migrations/0011-task-times.sql";
import deliveryLanes from "./migrations/0012-delivery-lanes.sql";
import failedDeliveries from "./migrations/0013-failed-deliveries.sql";
import endUsers from "./migrations/0014-end-users.sql";
import uploadContents from "./migrations/0015-upload-contents.sql";
import portalKeys from "./migrations/0016-portal-keys.sql";
import ledgerDays from "./migrations/0017-ledger-days.sql";
import deletedTasks from "./migrations/0019-deleted-tasks.sql";
import portalSessions from "./migrations/0020-portal-sessions.sql";
import endedTokensByExpiry from "./migrations/0021-ended-tokens-by-expiry.sql";
import taskFilters from "./migrations/0022-task-filters.sql";

/** The tenant's migrations, in order; append-only. */
export const TENANT_MIGRATIONS: readonly Migration[] = [
  { id: 1, sql: firstRelease },
  { id: 2, sql: audit },
  { id: 3, sql: previousKeys },
  { id: 4, isBreaking: true, sql: oneRowPerTask },
  { id: 5, sql: endedTokens },
  // Uploads under way are counted; what release 0.1 had under way expires within an hour.
  { id: 6, sql: "ALTER TABLE uploads ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0" },
  { id: 7, sql: "ALTER TABLE tasks ADD COLUMN forbidden_since INTEGER" },
  { id: 8, sql: usageTotals },
  { id: 9, sql: keyLimits },
  { id: 10, sql: auditActors },
  { id: 11, sql: taskTimes },
  { id: 12, sql: deliveryLanes },
  { id: 13, sql: failedDeliveries },
  { id: 14, sql: endUsers },
  { id: 15, sql: uploadContents },
  { id: 16, sql: portalKeys },
  { id: 17, sql: ledgerDays },
  // The running tasks of an end user are counted at each of its submissions.
  { id: 18, sql: "CREATE INDEX tasks_active_by_owner ON tasks (owner) WHERE owner IS NOT NULL AND ended_at IS NULL" },
  { id: 19, sql: deletedTasks },
  { id: 20, sql: portalSessions },
  { id: 21, sql: endedTokensByExpiry },
  { id: 22, sql: taskFilters },
];
