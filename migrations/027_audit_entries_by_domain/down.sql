DROP INDEX audit_entries_domain_idx;
