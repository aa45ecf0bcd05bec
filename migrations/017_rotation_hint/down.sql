ALTER TABLE node_liveness DROP COLUMN rotation_pending_until;
