-- Which bridge relays for a Node: a row for each Node that has one. Written only by who holds the Domain's row, so it
-- refers to the Domain and to no Node: a reference would make the writer wait for a Node that waits for the Domain.
CREATE TABLE peer_relays (
    node_id uuid PRIMARY KEY,
    domain_id uuid NOT NULL CONSTRAINT peer_relays_domain_id_fkey REFERENCES domains (id) ON DELETE CASCADE,
    relay_node_id uuid NOT NULL,
    CHECK (node_id <> relay_node_id)
);
-- Counts and finds the Nodes of a bridge.
CREATE INDEX peer_relays_relay_idx ON peer_relays (domain_id, relay_node_id);
-- Finds the bridges of a Domain.
CREATE INDEX nodes_bridges_idx ON nodes (domain_id, id) WHERE kind = 'bridge' AND deregistered_at IS NULL;
