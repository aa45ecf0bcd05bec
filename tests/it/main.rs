//! Integration tests: the real program over a real PostgreSQL and real TLS. Every answer that any of them sees is
//! held against the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // a test that meets what it does not expect should stop there

mod harness;

mod access;
mod addresses;
mod bootstrap_tokens;
mod domains;
mod nodes;
mod projects;
mod registration;
mod registration_faults;
mod smoke;
