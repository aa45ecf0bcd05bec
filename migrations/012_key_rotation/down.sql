ALTER TABLE nodes DROP COLUMN key_rotation_id;
DROP TABLE peer_key_rotations;
