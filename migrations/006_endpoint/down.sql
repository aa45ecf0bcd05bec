DROP INDEX peers_retired_idx;
DROP TABLE peer_endpoints;
