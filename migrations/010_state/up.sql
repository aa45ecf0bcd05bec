-- What operators set for a Node, and what it reports of itself: opaque values under keys, listed in its state.
CREATE TABLE node_state_entries (
    node_id uuid NOT NULL CONSTRAINT node_state_entries_node_id_fkey REFERENCES nodes (id) ON DELETE CASCADE,
    kind smallint NOT NULL CHECK (kind IN (0, 1, 2)), -- metadata, data, reports
    key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    workload_tag text,
    PRIMARY KEY (node_id, kind, key)
);

-- A pull lists all keys of a Domain, not only the active one.
CREATE INDEX signing_keys_domain_idx ON signing_keys (domain_id);

-- Rises with each change of what operators set; the Node is told of it.
ALTER TABLE nodes ADD COLUMN state_revision bigint NOT NULL DEFAULT 0;
