-- A copy of when the pending rotation expires, so that a heartbeat answers its hint from the row it writes. A step of its
-- own: a transaction that wants both nodes and node_liveness for itself waits for heartbeats that wait for it.
ALTER TABLE node_liveness ADD COLUMN IF NOT EXISTS rotation_pending_until timestamptz;
