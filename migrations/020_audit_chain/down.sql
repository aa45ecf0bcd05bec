ALTER TABLE audit_entries RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
CREATE INDEX audit_entries_domain_idx ON audit_entries (domain_id, id);
-- What has a number goes back to what waits, under its pseudonyms.
INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, reason, correlation_id)
SELECT nullif(chain_id, '00000000-0000-0000-0000-000000000000'), at, subject, action, object, decision, reason,
    correlation_id
FROM audit_chain ORDER BY at, chain_id, seq;
DROP TABLE audit_pseudonym_keys, audit_keys, audit_heads, audit_chain;
