-- Hashes of the e-mail addresses in tenants' settings, by which a person who asks for a portal link is found (portal-emails.ts).
CREATE TABLE portal_emails (
  hash TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  PRIMARY KEY (hash, tenant_id)
) WITHOUT ROWID;
CREATE INDEX portal_emails_by_tenant ON portal_emails (tenant_id);
