//! Integration tests: the real program over a real PostgreSQL and real TLS. Every answer that any of them sees is
//! held against the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // a test that meets what it does not expect should stop there
#![allow(clippy::large_futures)] // of which a test has one

mod harness;

mod access;
mod addresses;
mod api_tokens;
mod audit;
mod audit_chain;
mod audit_decisions;
mod audit_processes;
mod bodies;
mod bootstrap_tokens;
mod capabilities;
mod contract_agrees;
mod database_gone;
mod database_tls;
mod domains;
mod edge_psk;
mod endpoint;
mod endpoint_races;
mod envelopes;
mod events;
mod events_ends;
mod events_reconcile;
mod events_resume;
mod fleet;
mod heartbeat;
mod integrity;
mod kept_plans;
mod key_rotation;
mod key_rotation_faults;
mod key_rotation_model;
mod key_rotation_races;
mod ledger;
mod ledger_keys;
mod ledger_processes;
mod maintenance;
mod metrics;
mod migrations;
mod no_oracle;
mod nodes;
mod oidc;
mod order_of_checks;
mod processes;
mod projects;
mod provisioning;
mod reachability;
mod registration;
mod registration_faults;
mod relations;
mod relays;
mod schema;
mod sign_in;
mod smoke;
mod sockets;
mod spicedb;
mod spicedb_carrier;
mod state;
mod state_entries;
mod state_outage;
mod state_sharing;
mod state_statements;
mod stream_faults;
mod stream_parts;
mod taxonomy;
mod tidy;
mod topology;
mod who_may;
mod wrap_keys;
