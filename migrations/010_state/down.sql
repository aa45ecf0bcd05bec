ALTER TABLE nodes DROP COLUMN state_revision;
DROP TABLE node_state_entries;
