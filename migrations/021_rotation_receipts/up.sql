-- The key that completing it set: its receipt is shown again for this key only, whatever replicas of before have done
-- to the Node since.
ALTER TABLE peer_key_rotations ADD COLUMN public_key bytea;
-- Those that go after a while. Completed ones are receipts, and stay.
CREATE INDEX peer_key_rotations_ended_idx ON peer_key_rotations (ended_at) WHERE state IN ('superseded', 'expired');
