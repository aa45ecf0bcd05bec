-- A pull reads the endpoints of one Domain at a time. The columns never change, so refreshes stay HOT.
CREATE INDEX peer_endpoints_domain_idx ON peer_endpoints (domain_id, node_id);
