-- Deletions that the edge cache must hear of, and, for a day, tasks that are not read from it. Earlier deletions are of
-- files that no cache has.
CREATE INDEX tasks_by_deletion ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
INSERT OR IGNORE INTO meta (name, value) SELECT 'cache-purged', COALESCE(MAX(deleted_at), 0) FROM tasks;
