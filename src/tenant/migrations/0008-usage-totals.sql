-- Usage without end users has a table of its own, folded on its own: a release that does not know it leaves it behind,
-- not wrong.
CREATE TABLE usage_totals (
  day INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  model TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  PRIMARY KEY (day, key_id, model)
) WITHOUT ROWID;
INSERT INTO usage_totals
  SELECT day, key_id, model, SUM(tasks), SUM(credits), SUM(completed), SUM(failed), SUM(cancelled)
  FROM usage GROUP BY day, key_id, model;
INSERT INTO meta SELECT 'usage-totals-upto', value FROM meta WHERE name = 'usage-upto';
CREATE INDEX usage_by_end_user ON usage (end_user, day);
