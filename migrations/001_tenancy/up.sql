-- Domains, their projects, and the pools that mesh addresses are taken from.
CREATE TABLE domains (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL CONSTRAINT domains_slug_key UNIQUE,
    mesh_cidr cidr NOT NULL,
    region text,
    heartbeat_interval_ms bigint NOT NULL,
    stale_after_ms bigint NOT NULL,
    unreachable_after_ms bigint NOT NULL,
    endpoint_ttl_seconds integer NOT NULL,
    rotation_expiry_seconds integer NOT NULL,
    -- Bumped last in every transaction that changes what a peer of the Domain sees.
    mesh_version bigint NOT NULL DEFAULT 0,
    -- The row's own version: its ETag.
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT domains_mesh_cidr_excl EXCLUDE USING gist (mesh_cidr inet_ops WITH &&)
);

CREATE TABLE projects (
    id uuid PRIMARY KEY,
    domain_id uuid NOT NULL CONSTRAINT projects_domain_id_fkey REFERENCES domains (id),
    name text NOT NULL,
    slug text NOT NULL,
    sub_range_cidr cidr,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT projects_slug_key UNIQUE (domain_id, slug),
    CONSTRAINT projects_sub_range_excl EXCLUDE USING gist (sub_range_cidr inet_ops WITH &&)
        WHERE (sub_range_cidr IS NOT NULL)
);

-- One pool for a Domain and one for each project with a sub-range (id = the owner's id). Everything from
-- next_address on has never been given out, except what a sub-range that went back left behind; what came back
-- lies in released_addresses.
CREATE TABLE address_pools (
    id uuid PRIMARY KEY,
    domain_id uuid NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    range cidr NOT NULL,
    next_address inet
);

CREATE TABLE released_addresses (
    pool_id uuid NOT NULL REFERENCES address_pools (id) ON DELETE CASCADE,
    address inet NOT NULL,
    free_at timestamptz NOT NULL,
    PRIMARY KEY (pool_id, address)
);

CREATE TABLE bootstrap_tokens (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL CONSTRAINT bootstrap_tokens_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('node', 'bridge')),
    env_prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    -- A token bound to a Node re-enrols that Node and can do nothing else.
    node_id uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX bootstrap_tokens_project_idx ON bootstrap_tokens (project_id, id);
CREATE INDEX bootstrap_tokens_node_idx ON bootstrap_tokens (node_id) WHERE node_id IS NOT NULL;
