-- Entries arrive from tenants' objects, perhaps more than once. Older ones have no id.
ALTER TABLE audit ADD COLUMN id TEXT;
CREATE UNIQUE INDEX audit_once ON audit (id) WHERE id IS NOT NULL;
