ALTER TABLE nodes DROP COLUMN state_revision;
DROP INDEX signing_keys_domain_idx;
DROP TABLE node_state_entries;
