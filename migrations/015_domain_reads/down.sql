DROP INDEX peer_endpoints_domain_idx;
