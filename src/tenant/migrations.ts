/**
 * The Tenant object's tables as numbered, append-only steps. Never edit a released step; add one, and let it only add: the
 * previous release must run on it (docs/design.md, rule 16).
 * What each table is for, and how long a row lives: docs/storage-schema.md.
 */
import type { Migration } from "../lib/migrations.ts";

/** The tenant's migrations, in order; append-only. */
export const TENANT_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

      CREATE TABLE keys (
        key_id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        hash TEXT NOT NULL,
        signed_by TEXT NOT NULL,
        previous_hash TEXT,
        previous_signed_by TEXT,
        previous_expires_at INTEGER,
        scopes TEXT NOT NULL,
        models TEXT,
        allowed_origins TEXT,
        expires_at INTEGER,
        requests_per_minute INTEGER,
        monthly_credits INTEGER,
        created_at INTEGER NOT NULL,
        revoked_at INTEGER,
        last_used_at INTEGER
      ) WITHOUT ROWID;

      CREATE TABLE tasks (
        task_id INTEGER PRIMARY KEY,
        task_no TEXT NOT NULL,
        file_secret TEXT NOT NULL,
        phase INTEGER NOT NULL,
        status INTEGER NOT NULL,
        progress INTEGER NOT NULL,
        due_at INTEGER,
        has_work INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        model TEXT NOT NULL,
        type TEXT NOT NULL,
        task_type INTEGER NOT NULL,
        expected_results INTEGER NOT NULL,
        key_id TEXT NOT NULL,
        end_user TEXT,
        token_id TEXT,
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        ended_at INTEGER,
        deleted_at INTEGER,
        answered INTEGER NOT NULL,
        uncertain INTEGER NOT NULL,
        missing INTEGER NOT NULL,
        master_key TEXT NOT NULL,
        upstream_key TEXT NOT NULL,
        upstream_id TEXT,
        upstream_no TEXT,
        shape TEXT NOT NULL,
        markup TEXT NOT NULL,
        price INTEGER NOT NULL,
        held INTEGER NOT NULL,
        corrected INTEGER NOT NULL,
        settled TEXT NOT NULL,
        fail_reason TEXT NOT NULL,
        idempotency_key TEXT,
        webhook_url TEXT,
        base_url TEXT NOT NULL,
        metadata TEXT NOT NULL,
        request TEXT NOT NULL,
        snapshot TEXT,
        results TEXT,
        files TEXT
      );
      CREATE INDEX tasks_with_work ON tasks (task_id) WHERE has_work = 1;

      CREATE TABLE idempotency (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        task_id INTEGER,
        reply TEXT,
        expires_at INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE ledger (
        entry_id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        credits INTEGER NOT NULL,
        balance INTEGER NOT NULL,
        task_id INTEGER,
        key_id TEXT,
        model TEXT,
        end_user TEXT,
        note TEXT
      );
      CREATE UNIQUE INDEX ledger_once ON ledger (task_id, kind) WHERE task_id IS NOT NULL;

      CREATE TABLE prices (
        shape TEXT PRIMARY KEY,
        credits INTEGER NOT NULL,
        learned_at INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE usage (
        day INTEGER NOT NULL,
        key_id TEXT NOT NULL,
        model TEXT NOT NULL,
        end_user TEXT NOT NULL,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        cancelled INTEGER NOT NULL,
        PRIMARY KEY (day, key_id, model, end_user)
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
      CREATE INDEX deliveries_due ON deliveries (event_id) WHERE due_at IS NOT NULL;

      CREATE TABLE uploads (
        file_id TEXT PRIMARY KEY,
        token TEXT NOT NULL,
        key_id TEXT NOT NULL,
        end_user TEXT,
        token_id TEXT,
        bytes INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE client_tokens (
        token_id TEXT PRIMARY KEY,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE portal (
        hash TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) WITHOUT ROWID;
    `,
  },
  {
    id: 2,
    sql: `
      CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        target TEXT,
        before TEXT,
        after TEXT,
        request_id TEXT NOT NULL
      );
    `,
  },
  {
    // A key that is rotated again has several previous texts that still work. The columns for a single one stay,
    // unused, so that a deployment can be rolled back.
    id: 3,
    sql: `
      ALTER TABLE keys ADD COLUMN previous TEXT;
      UPDATE keys SET previous = json_array(json_object('hash', previous_hash, 'signedBy', previous_signed_by,
          'expiresAt', previous_expires_at))
        WHERE previous_hash IS NOT NULL;
    `,
  },
  {
    // The layout of docs/decisions/0019: a column for each value that is looked up, filtered, summed or changed, and
    // one JSON text for values fixed at admission. The hold of a new task is its row, so it has none in `ledger`;
    // earlier holds stay there. An idempotency key is a column of its task. Release 0.1 is deployed nowhere, so this
    // one step removes columns.
    id: 4,
    isBreaking: true,
    sql: `
      CREATE TABLE tasks_4 (
        task_id INTEGER PRIMARY KEY,
        phase INTEGER NOT NULL,
        status INTEGER NOT NULL,
        progress INTEGER NOT NULL,
        due_at INTEGER,
        has_work INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        uncertain INTEGER NOT NULL,
        missing INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        ended_at INTEGER,
        deleted_at INTEGER,
        model TEXT NOT NULL,
        key_id TEXT NOT NULL,
        end_user TEXT,
        owner TEXT,
        idempotency_key TEXT,
        price INTEGER NOT NULL,
        held INTEGER NOT NULL,
        corrected INTEGER NOT NULL,
        settled TEXT NOT NULL,
        hold INTEGER,
        hold_balance INTEGER,
        master_key TEXT NOT NULL,
        upstream_id TEXT,
        upstream_no TEXT,
        fail_reason TEXT NOT NULL,
        facts TEXT NOT NULL,
        request TEXT NOT NULL,
        snapshot TEXT,
        results TEXT,
        files TEXT
      );
      INSERT INTO tasks_4
        SELECT task_id, phase, status, progress, due_at, has_work, attempts, answered, uncertain, missing, created_at,
          finished_at, ended_at, deleted_at, model, key_id, end_user,
          CASE WHEN token_id IS NOT NULL AND end_user IS NOT NULL THEN 'end_user:' || end_user
            WHEN token_id IS NOT NULL THEN 'token_id:' || token_id
            WHEN (SELECT kind FROM keys WHERE keys.key_id = tasks.key_id) = 'publishable' THEN 'key_id:' || key_id END,
          idempotency_key, price, held, corrected, settled, NULL, NULL, master_key, upstream_id, upstream_no, fail_reason,
          json_object('task_no', task_no, 'file_secret', file_secret, 'type', type, 'task_type', task_type,
            'expected_results', expected_results, 'token_id', token_id, 'upstream_key', upstream_key, 'shape', shape,
            'markup', markup, 'fingerprint', (SELECT fingerprint FROM idempotency
              WHERE idempotency.key = tasks.idempotency_key AND idempotency.task_id = tasks.task_id),
            'webhook_url', webhook_url, 'base_url', base_url, 'metadata', metadata),
          request, snapshot, results, files
        FROM tasks;
      DROP TABLE tasks;
      ALTER TABLE tasks_4 RENAME TO tasks;
      DELETE FROM idempotency WHERE task_id IS NOT NULL;

      CREATE INDEX tasks_with_work ON tasks (task_id) WHERE has_work = 1;
      CREATE INDEX tasks_by_idempotency_key ON tasks (idempotency_key) WHERE idempotency_key IS NOT NULL;
      CREATE INDEX tasks_by_owner ON tasks (owner, task_id) WHERE owner IS NOT NULL;
      CREATE INDEX tasks_by_model ON tasks (model, task_id) WHERE phase = 3;
      CREATE INDEX tasks_by_failure ON tasks (status, task_id) WHERE status IN (3, 5);
    `,
  },
  {
    // A token ends with the text that minted it (`rotated_at`), or earlier (`ended`). Each owner has its own
    // idempotency keys.
    id: 5,
    sql: `
      ALTER TABLE keys ADD COLUMN rotated_at INTEGER;
      ALTER TABLE client_tokens ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;

      DROP INDEX tasks_by_idempotency_key;
      CREATE INDEX tasks_by_idempotency_key ON tasks (idempotency_key, owner) WHERE idempotency_key IS NOT NULL;
    `,
  },
  {
    // Uploads under way are counted; what release 0.1 had under way expires within an hour.
    id: 6,
    sql: "ALTER TABLE uploads ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0;",
  },
  { id: 7, sql: "ALTER TABLE tasks ADD COLUMN forbidden_since INTEGER" },
  {
    // Usage without end users has a table of its own, folded on its own: a release that does not know it leaves it behind, not wrong.
    id: 8,
    sql: `
      CREATE TABLE usage_totals (
        day INTEGER NOT NULL,
        key_id TEXT NOT NULL,
        model TEXT NOT NULL,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        cancelled INTEGER NOT NULL,
        PRIMARY KEY (day, key_id, model)
      ) WITHOUT ROWID;
      INSERT INTO usage_totals
        SELECT day, key_id, model, SUM(tasks), SUM(credits), SUM(completed), SUM(failed), SUM(cancelled)
        FROM usage GROUP BY day, key_id, model;
      INSERT INTO meta SELECT 'usage-totals-upto', value FROM meta WHERE name = 'usage-upto';
      CREATE INDEX usage_by_end_user ON usage (end_user, day);
    `,
  },
  {
    id: 9,
    sql: `
      ALTER TABLE keys ADD COLUMN concurrent_tasks INTEGER;
      ALTER TABLE keys ADD COLUMN allowed_ips TEXT;
      ALTER TABLE keys ADD COLUMN metadata TEXT;
    `,
  },
  {
    // Who acted, by id and name. An entry without them is of an earlier release, whose only operator was root.
    id: 10,
    sql: "ALTER TABLE audit ADD COLUMN actor_id TEXT; ALTER TABLE audit ADD COLUMN actor_name TEXT;",
  },
  {
    // For a task's time line; written only together with other changes of the row.
    id: 11,
    sql: `
      ALTER TABLE tasks ADD COLUMN submitted_at INTEGER;
      ALTER TABLE tasks ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE tasks ADD COLUMN polled_at INTEGER;
    `,
  },
  {
    // Work in memory is what is due first in each lane (engine/due-window.ts).
    id: 12,
    sql: `
      CREATE INDEX deliveries_by_lane ON deliveries (url IS NULL, attempts > 0, due_at, event_id)
        WHERE due_at IS NOT NULL;
    `,
  },
  {
    // Deliveries that were given up are few among many, and are what the list of deliveries is asked for. A person who
    // is signed in to the portal has a name, and a page to return to.
    id: 13,
    sql: `
      CREATE INDEX deliveries_failed ON deliveries (event_id)
        WHERE due_at IS NULL AND COALESCE(json_extract(log, '$[#-1].status'), 0) NOT BETWEEN 200 AND 299;
      ALTER TABLE portal ADD COLUMN person TEXT;
      ALTER TABLE portal ADD COLUMN return_url TEXT;
    `,
  },
  {
    // Limits of end users, and the end user of a token that was used.
    id: 14,
    sql: `
      CREATE TABLE end_users (
        end_user TEXT PRIMARY KEY,
        blocked INTEGER NOT NULL,
        daily_credits INTEGER,
        monthly_credits INTEGER,
        daily_tasks INTEGER,
        concurrent_tasks INTEGER
      ) WITHOUT ROWID;
      ALTER TABLE client_tokens ADD COLUMN end_user TEXT;
      CREATE INDEX client_tokens_by_end_user ON client_tokens (end_user, token_id) WHERE end_user IS NOT NULL;
    `,
  },
  {
    // The type of an upload by content; the digest of bytes that came as a data: URI; the state of an upload in parts.
    id: 15,
    sql: `
      ALTER TABLE uploads ADD COLUMN content_type TEXT;
      ALTER TABLE uploads ADD COLUMN digest TEXT;
      ALTER TABLE uploads ADD COLUMN parts TEXT;
      CREATE INDEX uploads_by_digest ON uploads (digest) WHERE digest IS NOT NULL;
    `,
  },
  {
    // Which text of which key made a link to the portal: link and session end with it.
    id: 16,
    sql: `
      ALTER TABLE portal ADD COLUMN key_id TEXT;
      ALTER TABLE portal ADD COLUMN key_text TEXT;
    `,
  },
  {
    // Sums of entries by their own day, for statements and margins; what a completed task earned and cost upstream, for tasks
    // that end from now on. Credits of the operator are few among many entries, and are listed on their own.
    id: 17,
    sql: `
      ALTER TABLE ledger ADD COLUMN revenue INTEGER;
      ALTER TABLE ledger ADD COLUMN cost REAL;
      CREATE INDEX ledger_of_operator ON ledger (entry_id) WHERE task_id IS NULL;
      CREATE TABLE ledger_days (
        day INTEGER NOT NULL,
        model TEXT NOT NULL,
        tasks INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        completed INTEGER NOT NULL,
        revenue INTEGER NOT NULL,
        cost REAL NOT NULL,
        PRIMARY KEY (day, model)
      ) WITHOUT ROWID;
    `,
  },
  {
    // The running tasks of an end user are counted at each of its submissions.
    id: 18,
    sql: "CREATE INDEX tasks_active_by_owner ON tasks (owner) WHERE owner IS NOT NULL AND ended_at IS NULL;",
  },
  {
    // Deletions that the edge cache must hear of, and, for a day, tasks that are not read from it. Earlier deletions are of
    // files that no cache has.
    id: 19,
    sql: `
      CREATE INDEX tasks_by_deletion ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
      INSERT OR IGNORE INTO meta (name, value) SELECT 'cache-purged', COALESCE(MAX(deleted_at), 0) FROM tasks;
    `,
  },
  {
    // For the list of a tenant's portal sessions: when and how each was opened, and when it was last used.
    id: 20,
    sql: `
      ALTER TABLE portal ADD COLUMN created_at INTEGER;
      ALTER TABLE portal ADD COLUMN last_seen_at INTEGER;
      ALTER TABLE portal ADD COLUMN method TEXT;
    `,
  },
];
