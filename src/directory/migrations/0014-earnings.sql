-- What completed tasks earned and cost, by day and model as JSON; and what the list of tenants shows and filters by.
ALTER TABLE rollups ADD COLUMN earned TEXT;
ALTER TABLE rollups ADD COLUMN note TEXT;
ALTER TABLE rollups ADD COLUMN low_balance INTEGER;
ALTER TABLE rollups ADD COLUMN webhook_failing INTEGER NOT NULL DEFAULT 0;
CREATE TABLE earnings (day INTEGER PRIMARY KEY, models TEXT NOT NULL);
CREATE TABLE tenant_earnings (
  day INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  models TEXT NOT NULL,
  PRIMARY KEY (day, tenant_id)
) WITHOUT ROWID;
