/** The Directory object's tables as numbered, append-only steps. What each is for: docs/storage-schema.md. */
import type { Migration } from "../lib/migrations.ts";

/** The Directory's migrations, in order; append-only. */
export const DIRECTORY_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE tenants (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL
      );
      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        tenant_id TEXT,
        target TEXT,
        before TEXT,
        after TEXT,
        request_id TEXT
      );
      CREATE INDEX audit_by_tenant ON audit (tenant_id, seq);

      CREATE TABLE rollups (
        tenant_id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        status TEXT NOT NULL,
        billing TEXT NOT NULL,
        balance INTEGER NOT NULL,
        running INTEGER NOT NULL,
        held INTEGER NOT NULL,
        copies_waiting INTEGER NOT NULL,
        deliveries_waiting INTEGER NOT NULL,
        webhook_disabled INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE tenant_days (
        day INTEGER NOT NULL,
        tenant_id TEXT NOT NULL,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        cancelled INTEGER NOT NULL,
        PRIMARY KEY (day, tenant_id)
      ) WITHOUT ROWID;
      CREATE TABLE days (
        day INTEGER PRIMARY KEY,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        cancelled INTEGER NOT NULL
      );

      CREATE TABLE shape_prices (shape TEXT PRIMARY KEY, credits INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE master_keys (
        id TEXT PRIMARY KEY,
        code INTEGER NOT NULL,
        until INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE problems (kind TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    `,
  },
  {
    // A tenant's latest day moves into its row of `rollups`, so that a report writes only that row. Each tenant that
    // has reported a day has such a row.
    id: 2,
    sql: `
      ALTER TABLE rollups ADD COLUMN day INTEGER;
      ALTER TABLE rollups ADD COLUMN tasks INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN credits INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;

      UPDATE rollups SET (day, tasks, credits, completed, failed, cancelled) = (latest.day, latest.tasks, latest.credits,
          latest.completed, latest.failed, latest.cancelled)
        FROM (SELECT tenant_id, MAX(day) AS day, tasks, credits, completed, failed, cancelled
          FROM tenant_days GROUP BY tenant_id) AS latest
        WHERE latest.tenant_id = rollups.tenant_id;
      UPDATE days SET tasks = days.tasks - moved.tasks, credits = days.credits - moved.credits,
          completed = days.completed - moved.completed, failed = days.failed - moved.failed,
          cancelled = days.cancelled - moved.cancelled
        FROM (SELECT day, SUM(tasks) AS tasks, SUM(credits) AS credits, SUM(completed) AS completed,
            SUM(failed) AS failed, SUM(cancelled) AS cancelled
          FROM rollups WHERE day IS NOT NULL GROUP BY day) AS moved
        WHERE moved.day = days.day;
      DELETE FROM tenant_days WHERE (day, tenant_id) IN (SELECT day, tenant_id FROM rollups);
    `,
  },
  {
    // Entries arrive from tenants' objects, perhaps more than once. Older ones have no id.
    id: 3,
    sql: `
      ALTER TABLE audit ADD COLUMN id TEXT;
      CREATE UNIQUE INDEX audit_once ON audit (id) WHERE id IS NOT NULL;
    `,
  },
  {
    // Entries of a tenant's people are bounded per tenant, and found by an index of their own.
    id: 4,
    sql: "CREATE INDEX audit_by_portal ON audit (tenant_id, seq) WHERE actor = 'portal';",
  },
  {
    // Sizes of tenants' databases.
    id: 5,
    sql: `
      ALTER TABLE rollups ADD COLUMN storage_bytes INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN storage_limit_bytes INTEGER NOT NULL DEFAULT 0;
    `,
  },
  // By model, which is the first part of a shape.
  { id: 6, sql: "CREATE INDEX shape_prices_by_model ON shape_prices (json_extract(shape, '$[0]'), credits)" },
  {
    id: 7,
    sql: `
      CREATE TABLE creations (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX creations_by_time ON creations (at);
      CREATE INDEX creations_by_tenant ON creations (tenant_id);
      CREATE TABLE intents (
        tenant_id TEXT PRIMARY KEY,
        intent TEXT NOT NULL,
        at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        due_at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX intents_by_due ON intents (due_at);
    `,
  },
  {
    // Operators with names; sessions of the console; who acted, by id and name. An entry without them is of an earlier
    // release, whose only operator was root; the expression of the index is `ACTOR_ID` in audit-log.ts.
    id: 8,
    sql: `
      CREATE TABLE operators (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        operator_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        hash TEXT NOT NULL,
        signed_by TEXT NOT NULL,
        previous TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        rotated_at INTEGER,
        last_used_at INTEGER
      );
      CREATE TABLE operator_sessions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        hash TEXT NOT NULL UNIQUE,
        operator_id TEXT NOT NULL,
        token_hash TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL
      );
      CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id, seq);
      CREATE INDEX operator_sessions_by_expiry ON operator_sessions (expires_at);

      ALTER TABLE audit ADD COLUMN actor_id TEXT;
      ALTER TABLE audit ADD COLUMN actor_name TEXT;
      CREATE INDEX audit_by_time ON audit (at);
      CREATE INDEX audit_by_tenant_time ON audit (tenant_id, at);
      CREATE INDEX audit_by_action_time ON audit (action, at);
      CREATE INDEX audit_by_actor_time ON audit (
        COALESCE(actor_id, CASE actor WHEN 'operator' THEN 'root' ELSE actor END), at
      );
    `,
  },
  {
    // A search for a key asks the tenants that created such a key first.
    id: 9,
    sql: "CREATE INDEX audit_of_new_keys ON audit (target, tenant_id) WHERE action = 'key.create';",
  },
  {
    // What the operator is told: incidents, the deliveries of its webhook (as in a tenant's object), and when each
    // tenant's work and copies were due.
    id: 10,
    sql: `
      ALTER TABLE rollups ADD COLUMN work_at INTEGER;
      ALTER TABLE rollups ADD COLUMN copy_at INTEGER;
      ALTER TABLE rollups ADD COLUMN last_notice INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE incidents (
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        closed_at INTEGER,
        data TEXT NOT NULL,
        PRIMARY KEY (kind, subject)
      ) WITHOUT ROWID;
      CREATE TABLE deliveries (
        event_id INTEGER PRIMARY KEY,
        webhook_id TEXT NOT NULL,
        type TEXT NOT NULL,
        at INTEGER NOT NULL,
        url TEXT,
        due_at INTEGER,
        attempts INTEGER NOT NULL,
        data TEXT,
        files TEXT,
        log TEXT NOT NULL
      );
      CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
    `,
  },
  {
    // The list of tenants is sorted by indexes. Each tenant has a row of rollups from its creation on.
    id: 11,
    sql: `
      ALTER TABLE tenants ADD COLUMN external_id TEXT;
      CREATE UNIQUE INDEX tenants_by_external_id ON tenants (external_id) WHERE external_id IS NOT NULL;
      CREATE INDEX tenants_by_name ON tenants (name COLLATE NOCASE, tenant_id);
      ALTER TABLE rollups ADD COLUMN last_active INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX rollups_by_balance ON rollups (balance, tenant_id);
      CREATE INDEX rollups_by_activity ON rollups (last_active, tenant_id);
      INSERT OR IGNORE INTO rollups (tenant_id, at, status, billing, balance, running, held, copies_waiting,
          deliveries_waiting, webhook_disabled)
        SELECT tenant_id, 0, 'active', 'unmetered', 0, 0, 0, 0, 0, 0 FROM tenants;
    `,
  },
  {
    // Sums of what isolates count (day -1: of all time), and further figures of tenants.
    id: 12,
    sql: `
      ALTER TABLE rollups ADD COLUMN submitting INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN mirroring INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE rollups ADD COLUMN submission_at INTEGER;
      ALTER TABLE rollups ADD COLUMN delivery_at INTEGER;
      CREATE TABLE counters (day INTEGER PRIMARY KEY, sums TEXT NOT NULL);
    `,
  },
  {
    // What the edge cache must forget (cache-purges.ts): JSON of a purge, null for everything.
    id: 13,
    sql: "CREATE TABLE cache_purges (number INTEGER PRIMARY KEY, purge TEXT NOT NULL);",
  },
  {
    // What completed tasks earned and cost, by day and model as JSON; and what the list of tenants shows and filters by.
    id: 14,
    sql: `
      ALTER TABLE rollups ADD COLUMN earned TEXT;
      ALTER TABLE rollups ADD COLUMN note TEXT;
      ALTER TABLE rollups ADD COLUMN low_balance INTEGER;
      ALTER TABLE rollups ADD COLUMN webhook_failing INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE earnings (day INTEGER PRIMARY KEY, models TEXT NOT NULL);
      CREATE TABLE tenant_earnings (
        day INTEGER NOT NULL,
        tenant_id TEXT NOT NULL,
        models TEXT NOT NULL,
        PRIMARY KEY (day, tenant_id)
      ) WITHOUT ROWID;
    `,
  },
];
