-- Nodes, the Peers they are in the mesh, and their keys.
CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    domain_id uuid NOT NULL CONSTRAINT nodes_domain_id_fkey REFERENCES domains (id),
    project_id uuid NOT NULL CONSTRAINT nodes_project_id_fkey REFERENCES projects (id),
    kind text NOT NULL CHECK (kind IN ('node', 'bridge')),
    resource_handle text NOT NULL,
    mesh_ip inet NOT NULL,
    -- The pool that the address goes back to.
    pool_id uuid NOT NULL,
    public_key bytea NOT NULL,
    -- Rises by one with each PSK that is issued to the Node and never resets.
    psk_epoch bigint NOT NULL DEFAULT 0,
    enrolled_at timestamptz NOT NULL,
    drained_at timestamptz,
    deregistered_at timestamptz
);
CREATE UNIQUE INDEX nodes_resource_handle_key ON nodes (project_id, resource_handle) WHERE deregistered_at IS NULL;
CREATE UNIQUE INDEX nodes_public_key_key ON nodes (domain_id, public_key) WHERE deregistered_at IS NULL;
CREATE UNIQUE INDEX nodes_mesh_ip_key ON nodes (domain_id, mesh_ip) WHERE deregistered_at IS NULL;
CREATE INDEX nodes_domain_idx ON nodes (domain_id, id);
CREATE INDEX nodes_project_idx ON nodes (project_id, id);

CREATE TABLE node_secret_keys (
    id uuid PRIMARY KEY,
    node_id uuid NOT NULL CONSTRAINT node_secret_keys_node_id_fkey REFERENCES nodes (id),
    env text NOT NULL,
    key_hash bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz,
    flagged_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX node_secret_keys_live_key ON node_secret_keys (node_id) WHERE revoked_at IS NULL;

-- A Node's presence in the mesh. Drain retires it, undrain makes a new one at the same address.
CREATE TABLE peers (
    id uuid PRIMARY KEY,
    node_id uuid NOT NULL CONSTRAINT peers_node_id_fkey REFERENCES nodes (id),
    domain_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX peers_live_key ON peers (node_id) WHERE retired_at IS NULL;
CREATE INDEX peers_domain_live_idx ON peers (domain_id, node_id) WHERE retired_at IS NULL;

CREATE TABLE wrap_keys (
    domain_id uuid NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    version integer NOT NULL,
    sealed_key bytea NOT NULL,
    master_key_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (domain_id, version)
);

CREATE TABLE pre_shared_keys (
    kid uuid PRIMARY KEY,
    node_id uuid NOT NULL CONSTRAINT pre_shared_keys_node_id_fkey REFERENCES nodes (id),
    psk_epoch bigint NOT NULL,
    sealed_psk bytea NOT NULL,
    wrap_key_version integer NOT NULL,
    issued_at timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX pre_shared_keys_live_key ON pre_shared_keys (node_id) WHERE retired_at IS NULL;

CREATE TABLE signing_keys (
    key_id uuid PRIMARY KEY,
    domain_id uuid NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    public_key bytea NOT NULL,
    sealed_private_key bytea NOT NULL,
    master_key_version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'rotating', 'retired')),
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX signing_keys_active_key ON signing_keys (domain_id) WHERE state = 'active';

-- Nonces that registrations have used: a replayed one is refused.
CREATE TABLE registration_nonces (
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    nonce text NOT NULL,
    used_at timestamptz NOT NULL,
    CONSTRAINT registration_nonces_pkey PRIMARY KEY (project_id, nonce)
);
CREATE INDEX registration_nonces_used_idx ON registration_nonces (used_at);
