-- The rotation that set the present public key; none: an enrolment did. First, so that the step has the strongest lock on
-- nodes before it has any other.
ALTER TABLE nodes ADD COLUMN key_rotation_id uuid;

-- Rotations of mesh keys. A completed one is the receipt that a repeated submission is answered with.
CREATE TABLE peer_key_rotations (
    id uuid PRIMARY KEY,
    node_id uuid NOT NULL CONSTRAINT peer_key_rotations_node_id_fkey REFERENCES nodes (id) ON DELETE CASCADE,
    domain_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'completed', 'superseded', 'expired')),
    triggered_at timestamptz NOT NULL,
    -- By what the Domain said when it was triggered.
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- The PSK that completing it issued.
    kid uuid,
    wrap_key_version integer,
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK ((state = 'completed') = (kid IS NOT NULL)),
    CHECK ((kid IS NULL) = (wrap_key_version IS NULL))
);
-- Decides which of two triggers makes the rotation.
CREATE UNIQUE INDEX peer_key_rotations_pending_key ON peer_key_rotations (node_id) WHERE state = 'pending';
CREATE INDEX peer_key_rotations_node_idx ON peer_key_rotations (node_id);
CREATE INDEX peer_key_rotations_expiry_idx ON peer_key_rotations (expires_at) WHERE state = 'pending';
