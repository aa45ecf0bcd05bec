-- A sign-in under way is held by its browser, sealed: whoever begins one leaves nothing here. What is kept is which of
-- them became a session, for as long as they could be presented again.
CREATE TABLE spent_sign_ins (
    state_hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX spent_sign_ins_expiry_idx ON spent_sign_ins (expires_at);

-- Replicas of before still keep their sign-ins here and prune them; of those of now none reads it any more.
COMMENT ON TABLE sign_in_flows IS 'unused; to be dropped a release later';
