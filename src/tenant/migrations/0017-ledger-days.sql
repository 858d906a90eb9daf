-- Sums of entries by their own day, for statements and margins; what a completed task earned and cost upstream, for
-- tasks that end from now on. Credits of the operator are few among many entries, and are listed on their own.
ALTER TABLE ledger ADD COLUMN revenue INTEGER;
ALTER TABLE ledger ADD COLUMN cost REAL;
CREATE INDEX ledger_of_operator ON ledger (entry_id) WHERE task_id IS NULL;
CREATE TABLE ledger_days (
  day INTEGER NOT NULL,
  model TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  revenue INTEGER NOT NULL,
  cost REAL NOT NULL,
  PRIMARY KEY (day, model)
) WITHOUT ROWID;
