-- Operators with names; sessions of the console; who acted, by id and name. An entry without them is of an earlier
-- release, whose only operator was root; the expression of the index is `ACTOR_ID` in audit-log.ts.
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
