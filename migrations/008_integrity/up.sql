-- What Nodes have found changed on themselves, and what operators have said to it.
CREATE TABLE integrity_violations (
    id uuid PRIMARY KEY,
    node_id uuid NOT NULL CONSTRAINT integrity_violations_node_id_fkey REFERENCES nodes (id) ON DELETE CASCADE,
    -- The Node's, which never change.
    domain_id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('binary_checksum', 'hook_checksum', 'ssh_host_key')),
    detected_by text NOT NULL CHECK (detected_by IN ('startup_scan', 'inotify', 'pre_dispatch')),
    artifact_id text NOT NULL,
    observed_checksum bytea,
    expected_checksum bytea,
    observed_fingerprint text,
    expected_fingerprint text,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged')),
    reported_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_reason text,
    CHECK ((status = 'acknowledged') = (acknowledged_at IS NOT NULL AND acknowledged_reason IS NOT NULL))
);
-- A page of the list is read from one of these, from one place for each kind and state asked for: however rare they are,
-- no more rows are read than a page of each.
CREATE INDEX integrity_violations_all_idx ON integrity_violations (kind, status, id);
CREATE INDEX integrity_violations_domain_idx ON integrity_violations (domain_id, kind, status, id);
CREATE INDEX integrity_violations_project_idx ON integrity_violations (project_id, kind, status, id);
CREATE INDEX integrity_violations_node_idx ON integrity_violations (node_id, kind, status, id);
