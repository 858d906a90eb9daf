-- A search for a key asks the tenants that created such a key first.
CREATE INDEX audit_of_new_keys ON audit (target, tenant_id) WHERE action = 'key.create';
