-- While a chain is left as it is, what waits for the others is found past all of its entries.
CREATE INDEX audit_entries_domain_idx ON audit_entries (domain_id, id);
