DROP INDEX nodes_bridges_idx;
DROP TABLE peer_relays;
