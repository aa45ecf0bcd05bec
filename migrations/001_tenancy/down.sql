DROP TABLE bootstrap_tokens, released_addresses, address_pools, projects, domains;
