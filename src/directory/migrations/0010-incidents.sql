-- What the operator is told: incidents, the deliveries of its webhook (as in a tenant's object), and when each tenant's
-- work and copies were due.
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
