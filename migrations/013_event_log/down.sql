DROP TABLE outbox_dead_letters;
ALTER TABLE signing_keys DROP COLUMN transition_expires;
DROP INDEX outbox_signing_key_idx;
ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold), DROP COLUMN signing_key_id;
DROP TABLE event_log_oldest, event_log_head, event_log;
