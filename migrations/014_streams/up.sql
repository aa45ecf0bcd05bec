-- How far a Node has come with the events: what its streams have delivered, and where the log ended when it last pulled
-- its state. In the row that each heartbeat rewrites, so that a heartbeat is answered from it. No index on them.
ALTER TABLE node_liveness
    ADD COLUMN events_delivered bigint NOT NULL DEFAULT 0,
    ADD COLUMN state_pulled bigint NOT NULL DEFAULT 0;
