-- One narrow row a Node, rewritten by every heartbeat. No index on what a heartbeat moves and free space on
-- every page: each update stays on its page and touches no index.
CREATE TABLE node_liveness (
    node_id uuid PRIMARY KEY,
    domain_id uuid NOT NULL,
    last_heartbeat_at timestamptz,
    state smallint NOT NULL CHECK (state IN (0, 1, 2)), -- healthy, stale, unreachable
    changed_at timestamptz NOT NULL,
    -- The state before the last write, so that the write itself tells whether it was a transition.
    state_before smallint NOT NULL,
    -- Copies of the live NSK's flag and expiry, so that a heartbeat answers its hint from the row it writes.
    nsk_flagged boolean NOT NULL DEFAULT false,
    nsk_expires_at timestamptz,
    binary_version text,
    binary_checksum bytea,
    nat_summary jsonb
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- When Nodes last shook hands with their peers, as they report it: {peer id: unix milliseconds}, bounded.
CREATE TABLE node_handshakes (
    node_id uuid PRIMARY KEY,
    peers jsonb NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);

-- The installation's one row. alive_at: until when the control plane is known to have been there;
-- recovered_at: since when it is back from its last outage, from which all thresholds then count.
CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    alive_at timestamptz,
    recovered_at timestamptz
);
INSERT INTO installation DEFAULT VALUES;

-- Leadership. A leader proves its epoch inside each transaction that it writes.
CREATE TABLE leases (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
