-- Entries of a tenant's people are bounded per tenant, and found by an index of their own.
CREATE INDEX audit_by_portal ON audit (tenant_id, seq) WHERE actor = 'portal';
