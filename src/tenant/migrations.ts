/**
 * The Tenant object's tables as numbered, append-only steps, each a Text module. Never edit a released step; add one, and let
 * it only add: the previous release must run on it (docs/design.md, rule 16).
 * What each table is for, and how long a row lives: docs/storage-schema.md.
 */
import type { Migration } from "../lib/migrations.ts";
import firstRelease from "./migrations/0001-first-release.sql";
import audit from "./migrations/0002-audit.sql";
import previousKeys from "./migrations/0003-previous-keys.sql";
import oneRowPerTask from "./migrations/0004-one-row-per-task.sql";
import endedTokens from "./migrations/0005-ended-tokens.sql";
import uploadsUnderWay from "./migrations/0006-uploads-under-way.sql";
import forbiddenTasks from "./migrations/0007-forbidden-tasks.sql";
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
import activeTasksByOwner from "./migrations/0018-active-tasks-by-owner.sql";
import deletedTasks from "./migrations/0019-deleted-tasks.sql";
import portalSessions from "./migrations/0020-portal-sessions.sql";

/** The tenant's migrations, in order; append-only. */
export const TENANT_MIGRATIONS: readonly Migration[] = [
  { id: 1, sql: firstRelease },
  { id: 2, sql: audit },
  { id: 3, sql: previousKeys },
  { id: 4, isBreaking: true, sql: oneRowPerTask },
  { id: 5, sql: endedTokens },
  { id: 6, sql: uploadsUnderWay },
  { id: 7, sql: forbiddenTasks },
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
  { id: 18, sql: activeTasksByOwner },
  { id: 19, sql: deletedTasks },
  { id: 20, sql: portalSessions },
];
