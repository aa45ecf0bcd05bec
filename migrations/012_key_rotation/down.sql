ALTER TABLE node_liveness DROP COLUMN rotation_pending_until;
ALTER TABLE nodes DROP COLUMN key_rotation_id;
DROP TABLE peer_key_rotations;
