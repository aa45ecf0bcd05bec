-- Who may call: API tokens, relation tuples, and the feed that empties the replicas' credential caches.
CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    identity_ref text NOT NULL,
    env_prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    -- The token that issued this one: it never outlives it and falls with it. Null for the bootstrap administrator's.
    issued_by_token_id uuid REFERENCES api_tokens (id) ON DELETE CASCADE,
    issued_by text,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_tokens_identity_idx ON api_tokens (identity_ref, id);
CREATE INDEX api_tokens_issuer_idx ON api_tokens (issued_by_token_id);

CREATE TABLE relation_tuples (
    id uuid PRIMARY KEY,
    object_type text NOT NULL CHECK (object_type IN ('platform', 'domain', 'project', 'group', 'node')),
    object_id text NOT NULL,
    relation text NOT NULL,
    subject_type text NOT NULL CHECK (subject_type IN ('user', 'service', 'group', 'node', 'project', 'domain', 'platform')),
    subject_id text NOT NULL,
    -- Empty, or 'member' for the members of a group.
    subject_relation text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    CONSTRAINT relation_tuples_key UNIQUE (object_type, object_id, relation, subject_type, subject_id, subject_relation)
);
CREATE INDEX relation_tuples_subject_idx ON relation_tuples (subject_type, subject_id, relation);

-- A row for each credential that stopped holding. Replicas read the last minutes of it every second, by the
-- database's own clock, so that a change whose transaction commits late is still inside the window.
CREATE TABLE credential_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credential_id uuid NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX credential_changes_at_idx ON credential_changes (changed_at);
