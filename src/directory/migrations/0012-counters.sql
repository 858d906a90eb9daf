-- Sums of what isolates count (day -1: of all time), and further figures of tenants.
ALTER TABLE rollups ADD COLUMN submitting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN mirroring INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN submission_at INTEGER;
ALTER TABLE rollups ADD COLUMN delivery_at INTEGER;
CREATE TABLE counters (day INTEGER PRIMARY KEY, sums TEXT NOT NULL);
