-- A tenant's latest day moves into its row of `rollups`, so that a report writes only that row. Each tenant that has
-- reported a day has such a row.
ALTER TABLE rollups ADD COLUMN day INTEGER;
ALTER TABLE rollups ADD COLUMN tasks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN credits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;

UPDATE rollups SET (day, tasks, credits, completed, failed, cancelled) = (latest.day, latest.tasks, latest.credits,
    latest.completed, latest.failed, latest.cancelled)
  FROM (SELECT tenant_id, MAX(day) AS day, tasks, credits, completed, failed, cancelled
    FROM tenant_days GROUP BY tenant_id) AS latest
  WHERE latest.tenant_id = rollups.tenant_id;
UPDATE days SET tasks = days.tasks - moved.tasks, credits = days.credits - moved.credits,
    completed = days.completed - moved.completed, failed = days.failed - moved.failed,
    cancelled = days.cancelled - moved.cancelled
  FROM (SELECT day, SUM(tasks) AS tasks, SUM(credits) AS credits, SUM(completed) AS completed,
      SUM(failed) AS failed, SUM(cancelled) AS cancelled
    FROM rollups WHERE day IS NOT NULL GROUP BY day) AS moved
  WHERE moved.day = days.day;
DELETE FROM tenant_days WHERE (day, tenant_id) IN (SELECT day, tenant_id FROM rollups);
