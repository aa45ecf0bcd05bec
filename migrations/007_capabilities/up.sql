-- The last capability manifest of each Node that has sent one. Lists are objects by name: the order in which they came
-- is no part of them.
CREATE TABLE node_capabilities (
    node_id uuid PRIMARY KEY CONSTRAINT node_capabilities_node_id_fkey REFERENCES nodes (id) ON DELETE CASCADE,
    -- The Node's, which never changes: so a page of a project's manifests is one range of one index.
    project_id uuid NOT NULL,
    binary_version text NOT NULL,
    binary_checksum bytea NOT NULL,
    ssh_host_key_fingerprint text,
    declared_hooks jsonb NOT NULL,
    plexd_hooks jsonb NOT NULL,
    builtin_actions jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX node_capabilities_project_idx ON node_capabilities (project_id, node_id);
