DROP INDEX peer_key_rotations_ended_idx;
ALTER TABLE peer_key_rotations DROP COLUMN public_key;
