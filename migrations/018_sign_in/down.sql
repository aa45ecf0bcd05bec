DROP TABLE sign_in_flows, sessions, idp_bindings, identities;
