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
