//! Integration tests: the real program over a real PostgreSQL and real TLS. Every answer that any of them sees is
//! held against the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // a test that meets what it does not expect should stop there

mod harness;

mod bodies;
mod contract_agrees;
mod order_of_checks;
mod provisioning;
mod schema;
mod smoke;
mod taxonomy;
mod tidy;
