ALTER TABLE node_liveness
    DROP COLUMN events_delivered,
    DROP COLUMN state_pulled;
