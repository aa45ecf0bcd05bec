-- Who signs in where: users and services, the issuers that are trusted, sessions, and sign-ins under way.

-- Users are the pair (issuer, subject) and never an e-mail address. `domain_id` is the Domain outside of which an
-- identity holds nothing; null: the platform's. It refers to no row, so that whoever belongs to a Domain that is gone
-- does not become one of the platform's.
CREATE TABLE identities (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('user', 'service')),
    issuer text,
    subject text,
    domain_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT identities_subject_key UNIQUE (issuer, subject),
    CHECK ((kind = 'user') = (issuer IS NOT NULL)),
    CHECK ((issuer IS NULL) = (subject IS NULL))
);
CREATE INDEX identities_domain_idx ON identities (domain_id) WHERE domain_id IS NOT NULL;

-- The issuers bound by `plexsphere admin idp`; those of the configuration file are not here.
CREATE TABLE idp_bindings (
    id uuid PRIMARY KEY,
    issuer text NOT NULL,
    client_id text NOT NULL,
    -- Null for a public client, which has PKCE alone.
    sealed_client_secret bytea,
    master_key_version integer,
    -- Null: bound to the platform.
    domain_id uuid REFERENCES domains (id) ON DELETE CASCADE,
    -- Further audiences whose tokens are taken, a list of strings; those of `client_id` always are.
    audiences jsonb NOT NULL DEFAULT '[]',
    -- Hosts beside the issuer's own at which it may have its keys and its token endpoint, a list of strings.
    hosts jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CHECK ((sealed_client_secret IS NULL) = (master_key_version IS NULL))
);
-- An issuer is bound once: else its users would belong to two places.
CREATE UNIQUE INDEX idp_bindings_issuer_key ON idp_bindings (issuer) WHERE disabled_at IS NULL;
CREATE INDEX idp_bindings_domain_idx ON idp_bindings (domain_id) WHERE domain_id IS NOT NULL;

-- The id is the first half of the hash of what the browser holds: one look-up finds the row.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    secret_hash bytea NOT NULL,
    identity_id uuid NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    -- Written in batches, at most once a minute a session.
    last_seen_at timestamptz NOT NULL,
    -- The end for want of use counts from last_seen_at, the end at all costs is fixed.
    idle_seconds integer NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX sessions_identity_idx ON sessions (identity_id);
CREATE INDEX sessions_expiry_idx ON sessions (expires_at);

-- A sign-in is under way for minutes. Nonce and PKCE verifier are sealed under the master key; what the browser shows
-- is stored as hashes.
CREATE TABLE sign_in_flows (
    state_hash bytea PRIMARY KEY,
    cookie_hash bytea NOT NULL,
    issuer text NOT NULL,
    sealed_secrets bytea NOT NULL,
    master_key_version integer NOT NULL,
    return_to text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_flows_expiry_idx ON sign_in_flows (expires_at);
