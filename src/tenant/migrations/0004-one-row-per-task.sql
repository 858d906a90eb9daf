-- The layout of docs/decisions/0019: a column for each value that is looked up, filtered, summed or changed, and one
-- JSON text for values fixed at admission. The hold of a new task is its row, so it has none in `ledger`; earlier holds
-- stay there. An idempotency key is a column of its task. Release 0.1 is deployed nowhere, so this one step removes
-- columns.
CREATE TABLE tasks_4 (
  task_id INTEGER PRIMARY KEY,
  phase INTEGER NOT NULL,
  status INTEGER NOT NULL,
  progress INTEGER NOT NULL,
  due_at INTEGER,
  has_work INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  uncertain INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  ended_at INTEGER,
  deleted_at INTEGER,
  model TEXT NOT NULL,
  key_id TEXT NOT NULL,
  end_user TEXT,
  owner TEXT,
  idempotency_key TEXT,
  price INTEGER NOT NULL,
  held INTEGER NOT NULL,
  corrected INTEGER NOT NULL,
  settled TEXT NOT NULL,
  hold INTEGER,
  hold_balance INTEGER,
  master_key TEXT NOT NULL,
  upstream_id TEXT,
  upstream_no TEXT,
  fail_reason TEXT NOT NULL,
  facts TEXT NOT NULL,
  request TEXT NOT NULL,
  snapshot TEXT,
  results TEXT,
  files TEXT
);
INSERT INTO tasks_4
  SELECT task_id, phase, status, progress, due_at, has_work, attempts, answered, uncertain, missing, created_at,
    finished_at, ended_at, deleted_at, model, key_id, end_user,
    CASE WHEN token_id IS NOT NULL AND end_user IS NOT NULL THEN 'end_user:' || end_user
      WHEN token_id IS NOT NULL THEN 'token_id:' || token_id
      WHEN (SELECT kind FROM keys WHERE keys.key_id = tasks.key_id) = 'publishable' THEN 'key_id:' || key_id END,
    idempotency_key, price, held, corrected, settled, NULL, NULL, master_key, upstream_id, upstream_no, fail_reason,
    json_object('task_no', task_no, 'file_secret', file_secret, 'type', type, 'task_type', task_type,
      'expected_results', expected_results, 'token_id', token_id, 'upstream_key', upstream_key, 'shape', shape,
      'markup', markup, 'fingerprint', (SELECT fingerprint FROM idempotency
        WHERE idempotency.key = tasks.idempotency_key AND idempotency.task_id = tasks.task_id),
      'webhook_url', webhook_url, 'base_url', base_url, 'metadata', metadata),
    request, snapshot, results, files
  FROM tasks;
DROP TABLE tasks;
ALTER TABLE tasks_4 RENAME TO tasks;
DELETE FROM idempotency WHERE task_id IS NOT NULL;

CREATE INDEX tasks_with_work ON tasks (task_id) WHERE has_work = 1;
CREATE INDEX tasks_by_idempotency_key ON tasks (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX tasks_by_owner ON tasks (owner, task_id) WHERE owner IS NOT NULL;
CREATE INDEX tasks_by_model ON tasks (model, task_id) WHERE phase = 3;
CREATE INDEX tasks_by_failure ON tasks (status, task_id) WHERE status IN (3, 5);
