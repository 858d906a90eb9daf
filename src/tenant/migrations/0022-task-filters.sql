-- Lists by key and by metadata walk an index of tasks that are not deleted. Triggers fill `task_metadata`, so that the previous
-- release keeps it right too, and a task without metadata writes no row for it. Of the tasks that are there, the newest 200,000
-- are put into it, because a tenant waits meanwhile; older ones are found row by row.
CREATE INDEX tasks_by_key ON tasks (key_id, task_id) WHERE deleted_at IS NULL;
CREATE TABLE task_metadata (
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  task_id INTEGER NOT NULL,
  PRIMARY KEY (key, value, task_id)
) WITHOUT ROWID;
INSERT INTO meta (name, value)
  SELECT 'task-metadata-from', task_id FROM tasks ORDER BY task_id DESC LIMIT 1 OFFSET 199999;
INSERT INTO task_metadata
  SELECT pair.key, pair.value, tasks.task_id FROM tasks, json_each(tasks.facts ->> 'metadata') AS pair
  WHERE task_id >= COALESCE((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'task-metadata-from'), 0);

CREATE TRIGGER task_metadata_insert AFTER INSERT ON tasks WHEN NEW.facts ->> 'metadata' <> '{}' BEGIN
  INSERT INTO task_metadata SELECT key, value, NEW.task_id FROM json_each(NEW.facts ->> 'metadata');
END;
CREATE TRIGGER task_metadata_update AFTER UPDATE OF facts ON tasks
  WHEN NEW.facts ->> 'metadata' <> OLD.facts ->> 'metadata' BEGIN
  DELETE FROM task_metadata WHERE task_id = OLD.task_id
    AND (key, value) IN (SELECT key, value FROM json_each(OLD.facts ->> 'metadata'));
  INSERT INTO task_metadata SELECT key, value, NEW.task_id FROM json_each(NEW.facts ->> 'metadata');
END;
CREATE TRIGGER task_metadata_delete AFTER DELETE ON tasks WHEN OLD.facts ->> 'metadata' <> '{}' BEGIN
  DELETE FROM task_metadata WHERE task_id = OLD.task_id
    AND (key, value) IN (SELECT key, value FROM json_each(OLD.facts ->> 'metadata'));
END;
