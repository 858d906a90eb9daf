-- The type of an upload by content; the digest of bytes that came as a data: URI; the state of an upload in parts.
ALTER TABLE uploads ADD COLUMN content_type TEXT;
ALTER TABLE uploads ADD COLUMN digest TEXT;
ALTER TABLE uploads ADD COLUMN parts TEXT;
CREATE INDEX uploads_by_digest ON uploads (digest) WHERE digest IS NOT NULL;
