-- The running tasks of an end user are counted at each of its submissions.
CREATE INDEX tasks_active_by_owner ON tasks (owner) WHERE owner IS NOT NULL AND ended_at IS NULL;
