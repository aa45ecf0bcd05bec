DROP TABLE leases, installation, node_handshakes, node_liveness;
