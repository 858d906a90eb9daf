-- The list of tenants is sorted by indexes. Each tenant has a row of rollups from its creation on.
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
