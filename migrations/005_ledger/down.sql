DROP TABLE audit_entries, outbox;
