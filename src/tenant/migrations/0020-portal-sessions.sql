-- For the list of a tenant's portal sessions: when and how each was opened, and when it was last used.
ALTER TABLE portal ADD COLUMN created_at INTEGER;
ALTER TABLE portal ADD COLUMN last_seen_at INTEGER;
ALTER TABLE portal ADD COLUMN method TEXT;
