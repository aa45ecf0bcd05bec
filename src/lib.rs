//! plexsphere: the control plane of a WireGuard mesh.
//!
//! Agents on machines enrol, report that they live and where they can be reached, and pull what they may talk to;
//! operators look and act. This crate is the server; `generated/` holds what is made from the OpenAPI contract.
//!
//! # Bird's-eye view
//!
//! One process holds no state that matters: everything durable is in PostgreSQL, so any number of replicas serve one
//! mesh. A request goes one way:
//!
//! ```text
//! socket -> serve (TLS, limits) -> edge (route, gate: provisioned? who? may they? how big? well formed?)
//!        -> generated router -> api (one line an operation) -> <slice>/wire -> capability -> store (one transaction)
//!        or, where the body is no model but bytes, edge::streamed -> <slice>/wire -> capability -> store
//! ```
//!
//! An event goes the other way:
//!
//! ```text
//! outbox row -> outbox::Relay (one leader: signs, appends) -> event_log (numbered without gaps) -> event_log::Tail
//! (one a replica: verifies, keeps the newest in memory)
//!            -> mesh::events (wakes those for whom it is) -> edge::streamed (a body that pulls) -> socket
//! ```
//!
//! and an audit entry, written with the change that it tells of, a third:
//!
//! ```text
//! audit row -> audit::Chainer (one leader: numbers, hashes, signs the head) -> a chain a Domain -> tenancy::audit_log
//! ```
//!
//! The generator gives models, one response enum an operation and a trait that stops compiling when the contract
//! grows. It cannot honour the contract alone, so the edge stands in front of it.
//!
//! # Invariants
//!
//! 1. Existence is provisioning: a capability is built from its collaborators or is absent, and absent is 501.
//! 2. A gate is a row: what an operation demands of its caller stands as data in `edge::operation`.
//! 3. A write, its event (`outbox`) and its audit entry are one transaction.
//! 4. Numbers are given by one writer, in the order of its commits, and a leader proves its epoch inside each
//!    transaction that it writes (`outbox::Relay`, `audit::Chainer`, `postgres::lease`).
//! 5. A signal is latency, a scan is correctness: every background task converges on its timer alone.
//! 6. Time is an argument: the clock is read once a request or task step.
//! 7. Everything has a limit, a named constant with its reason.
//! 8. A fault shrinks nothing and refuses nobody: it is a 503, never a 401, a 404 or a smaller answer.
//! 9. Secrets have no Debug, are compared in constant time, and are stored hashed or sealed.
//! 10. Hot paths batch: concurrent heartbeats share one statement and one commit (`shared_commit`), and so do reports
//!     of endpoints.
//! 11. One clock: a replica more than a second off the database's is not ready.
//! 12. Sealed rows say which key sealed them.
//!
//! # Modules, in reading order, from low to high; imports only point to what stands before
//!
//! `ids` `clock` `problem` `page` `contract` `config` `telemetry`, then `tls` `postgres` `background`
//! `shared_commit`, then `signing` `event_log` `outbox` `audit`, then `access` `tenancy`, then `mesh`, then `api`
//! `serve` `edge` `ops`, then `wiring` `shutdown` and the program. `agent` is the other end, for the fleet and for tests;
//! the server names none of it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod access;
pub mod agent;
pub mod api;
pub mod audit;
pub mod background;
pub mod clock;
pub mod config;
pub mod contract;
pub mod edge;
pub mod event_log;
pub mod housekeeping;
pub mod ids;
pub mod invalid_field;
pub mod mesh;
pub mod ops;
pub mod outbox;
pub mod page;
pub mod postgres;
pub mod problem;
pub mod serve;
pub mod shared_commit;
pub mod shutdown;
pub mod signing;
pub mod telemetry;
pub mod tenancy;
pub mod tls;
pub mod wiring;
