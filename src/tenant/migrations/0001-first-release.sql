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
