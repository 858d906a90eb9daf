-- A token ends with the text that minted it (`rotated_at`), or earlier (`ended`). Each owner has its own idempotency
-- keys.
ALTER TABLE keys ADD COLUMN rotated_at INTEGER;
ALTER TABLE client_tokens ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;

DROP INDEX tasks_by_idempotency_key;
CREATE INDEX tasks_by_idempotency_key ON tasks (idempotency_key, owner) WHERE idempotency_key IS NOT NULL;
