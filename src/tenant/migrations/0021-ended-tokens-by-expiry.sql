-- Ended tokens are few among those that made tasks, and are counted when another one is ended.
CREATE INDEX client_tokens_ended ON client_tokens (expires_at) WHERE ended = 1;
