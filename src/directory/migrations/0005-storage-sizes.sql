-- Sizes of tenants' databases.
ALTER TABLE rollups ADD COLUMN storage_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN storage_limit_bytes INTEGER NOT NULL DEFAULT 0;
