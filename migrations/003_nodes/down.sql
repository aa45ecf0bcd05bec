DROP TABLE registration_nonces, signing_keys, pre_shared_keys, wrap_keys, peers, node_secret_keys, nodes;
