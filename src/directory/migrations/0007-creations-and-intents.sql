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
