-- Where the Peers can be reached: a row for each Node that has a live Peer, rewritten by every report. No index on
-- what a report moves and free space on every page: each update stays on its page and touches no index.
CREATE TABLE peer_endpoints (
    node_id uuid PRIMARY KEY CONSTRAINT peer_endpoints_node_id_fkey REFERENCES nodes (id) ON DELETE CASCADE,
    domain_id uuid NOT NULL,
    -- All three or none; none: nothing was reported yet, or it was withdrawn.
    endpoint text,
    nat_type smallint CHECK (nat_type BETWEEN 0 AND 4), -- full_cone, restricted, port_restricted, symmetric, unknown
    reported_at timestamptz,
    -- When it was last confirmed, by the server's clock; stays when it is withdrawn.
    refreshed_at timestamptz,
    CHECK (num_nulls(endpoint, nat_type, reported_at) IN (0, 3)),
    CHECK (endpoint IS NULL OR refreshed_at IS NOT NULL)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO peer_endpoints (node_id, domain_id) SELECT node_id, domain_id FROM peers WHERE retired_at IS NULL;

-- Finds when the last Peer of a Node was retired.
CREATE INDEX peers_retired_idx ON peers (node_id, retired_at) WHERE retired_at IS NOT NULL;
