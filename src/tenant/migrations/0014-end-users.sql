-- Limits of end users, and the end user of a token that was used.
CREATE TABLE end_users (
  end_user TEXT PRIMARY KEY,
  blocked INTEGER NOT NULL,
  daily_credits INTEGER,
  monthly_credits INTEGER,
  daily_tasks INTEGER,
  concurrent_tasks INTEGER
) WITHOUT ROWID;
ALTER TABLE client_tokens ADD COLUMN end_user TEXT;
CREATE INDEX client_tokens_by_end_user ON client_tokens (end_user, token_id) WHERE end_user IS NOT NULL;
