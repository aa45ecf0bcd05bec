//! What an agent reports besides that it lives: where it is, what it can do, what was tampered with. Every receipt is
//! held against what was sent.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::HeaderValue;
use rand::RngExt;
use rand::rngs::SmallRng;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::agent::{CLOCK_BOUND, Outcome, World, refused, unexpected};
use crate::answers::{CapabilityField, EndpointReceipt, Kind, ManifestReceipt, NatType, ViolationsReceipt};
use crate::caller::{Call, CallError, Said};
use crate::connection::Connection;
use crate::contract_check::Operation;
use crate::machine::Machine;
use crate::roster::{Pending, Told as Place};

/// The report is taken, or there is nothing to report.
pub const DONE: Outcome = Outcome::Accepted { renew_nsk: false, reconcile: false };

/// Who reports.
#[derive(Clone, Copy)]
pub struct Reporter<'a> {
    /// The agent's number.
    pub index: usize,
    /// Its Node.
    pub node_id: Uuid,
    /// Its NSK.
    pub bearer: &'a HeaderValue,
}

/// What an agent has told of its machine.
pub struct Reports {
    machine: Machine,
    beats: u32,
    /// The endpoint and its NAT that were told last.
    told: Option<(SocketAddr, NatType)>,
    looked_at: Option<DateTime<Utc>>,
    /// When the endpoint is to be told next.
    endpoint_due: Option<Instant>,
    manifest: Told,
    /// The manifest is to be told though nothing has changed.
    restarted: bool,
    /// So many violations are to be told.
    tampered: u8,
}

/// The manifest that the server has.
#[derive(Clone, Copy)]
enum Told {
    /// None.
    Nothing,
    /// That of the machine when it was like this.
    Of(Machine),
    /// An answer was lost.
    Unclear,
}

impl Reports {
    /// Of machine number `number`, which is of this kind.
    pub fn new(number: usize, kind: Kind) -> Self {
        Self {
            machine: Machine::new(number, kind),
            beats: 0,
            told: None,
            looked_at: None,
            endpoint_due: None,
            manifest: Told::Nothing,
            restarted: false,
            tampered: 0,
        }
    }

    /// The Node has enrolled, perhaps not for the first time: nobody knows where it is until it tells.
    pub fn enrolled(&mut self) {
        (self.told, self.endpoint_due) = (None, None);
    }

    /// The machine as it is.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Lets time pass until this heartbeat and reports what is due.
    pub async fn after_heartbeat(
        &mut self,
        reporter: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        self.beats = self.beats.saturating_add(1);
        let happened = self.machine.live_on(self.beats, rng);
        if happened.moved {
            world.caller.stats().moves.increment();
            self.endpoint_due = None;
        }
        self.restarted |= happened.restarted;
        self.tampered = self.tampered.max(happened.tampered);

        if self.endpoint_due.is_none_or(|due| due <= Instant::now()) {
            let outcome = self.endpoint(reporter, connection, world, rng).await;
            if outcome != DONE {
                return outcome;
            }
        }
        let manifest_due = self.restarted
            || !matches!(self.manifest, Told::Of(told) if self.machine.changes_since(Some(&told)).is_empty());
        if manifest_due {
            let outcome = self.manifest(reporter, connection, world, rng).await;
            if outcome != DONE {
                return outcome;
            }
        }
        if self.tampered > 0 {
            return self.violations(reporter, connection, world).await;
        }
        DONE
    }

    async fn endpoint(
        &mut self,
        reporter: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        let operation = Operation::PutNodeEndpoint;
        let before = world.roster.maintenance(reporter.index);
        let (endpoint, nat_type, began) = (self.machine.endpoint(), self.machine.nat_type(), Instant::now());
        // Told again, it is nothing new to its peers.
        let change = (self.told != Some((endpoint, nat_type))).then(|| world.roster.change());
        if change.is_some() {
            world.roster.untell(reporter.index);
        }
        let sent = Utc::now();
        // It was looked at a moment ago.
        let looked_at = sent - TimeDelta::milliseconds(rng.random_range(0..500));
        // Never before the last look: what is older than what is known is not taken.
        let reported_at = self.looked_at.map_or(looked_at, |last| looked_at.max(last + TimeDelta::milliseconds(1)));
        self.looked_at = Some(reported_at);
        let body = format!(
            r#"{{"endpoint":"{}","nat_type":"{}","reported_at":"{}"}}"#,
            endpoint,
            nat_type.as_str(),
            reported_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        );
        let answered: Result<Said<EndpointReceipt>, _> = call(reporter, operation, body, connection, world).await;
        let after = world.roster.maintenance(reporter.index);
        let said = match answered {
            Ok(said) => said,
            // Told again with the next heartbeat: perhaps it is back then.
            Err(CallError::Refused(refusal))
                if matches!(refusal.code.as_str(), "endpoint_peer_not_found" | "endpoint_peer_gone") =>
            {
                change.map(Pending::nothing).unwrap_or_default();
                if before == after && before.is_in_the_mesh() {
                    unexpected(world, operation, &refusal, reporter.index);
                }
                return DONE;
            }
            Err(error) => return refused(world, operation, &error, &["endpoint_clock_skew"], reporter.index),
        };
        let broken = |rule, detail| world.caller.violation(operation, rule, detail, &said.correlation_id);
        let (accepted_at, stale_after) = (said.body.accepted_at.0, said.body.stale_after.0);
        check_clock(operation, accepted_at, sent, &said, world);
        if stale_after - accepted_at != world.endpoint_ttl {
            broken("lifetime", format!("accepted at {accepted_at}, stale after {stale_after}"));
        }
        if before == after && before.is_drained() {
            broken("drained", format!("{} is drained and has an endpoint", reporter.node_id));
        }
        change.map(Pending::done).unwrap_or_default();
        self.told = Some((endpoint, nat_type));
        if before == after && before.is_in_the_mesh() {
            world.roster.tell(reporter.index, Place { endpoint, nat_type, at: began });
        }
        world.caller.stats().endpoints.increment();
        let refresh = world.endpoint_ttl.to_std().unwrap_or(Duration::MAX) / 3;
        self.endpoint_due = Some(Instant::now() + refresh.mul_f64(rng.random_range(0.8..1.0)));
        DONE
    }

    async fn manifest(
        &mut self,
        reporter: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        let operation = Operation::PutNodeCapabilities;
        let told = std::mem::replace(&mut self.manifest, Told::Unclear);
        let sent = Utc::now();
        let body = self.machine.manifest(rng.random_bool(0.5));
        let said: Said<ManifestReceipt> = match call(reporter, operation, body, connection, world).await {
            Ok(said) => said,
            Err(error) => return refused(world, operation, &error, &["capabilities_node_not_found"], reporter.index),
        };
        self.manifest = Told::Of(self.machine);
        self.restarted = false;
        check_clock(operation, said.body.accepted_at.0, sent, &said, world);
        let wanted = match &told {
            Told::Nothing => Some(self.machine.changes_since(None)),
            Told::Of(before) => Some(self.machine.changes_since(Some(before))),
            Told::Unclear => None,
        };
        for (rule, detail) in manifest_faults(&said.body, wanted.as_deref()) {
            world.caller.violation(operation, rule, detail, &said.correlation_id);
        }
        let stats = world.caller.stats();
        stats.manifests.increment();
        if !matches!(told, Told::Nothing) && !said.body.fields_changed.is_empty() {
            stats.manifest_changes.increment();
        }
        if !matches!(told, Told::Nothing) && said.body.host_key_changed {
            stats.host_key_changes.increment();
        }
        DONE
    }

    async fn violations(&mut self, reporter: Reporter<'_>, connection: &mut Connection, world: &World) -> Outcome {
        let operation = Operation::PostNodeIntegrityViolations;
        let sent = Utc::now();
        let body = self.machine.violations(self.tampered);
        let said: Said<ViolationsReceipt> = match call(reporter, operation, body, connection, world).await {
            Ok(said) => said,
            Err(error) => {
                return refused(world, operation, &error, &["integrity_violations_node_not_found"], reporter.index);
            }
        };
        check_clock(operation, said.body.accepted_at.0, sent, &said, world);
        if said.body.violation_count != i64::from(self.tampered) {
            let detail = format!("{} violations became {}", self.tampered, said.body.violation_count);
            world.caller.violation(operation, "count", detail, &said.correlation_id);
        }
        for _ in 0..self.tampered {
            world.caller.stats().tamperings.increment();
        }
        self.tampered = 0;
        DONE
    }
}

async fn call<T: DeserializeOwned>(
    reporter: Reporter<'_>,
    operation: Operation,
    body: String,
    connection: &mut Connection,
    world: &World,
) -> Result<Said<T>, CallError> {
    let mut buffer = Uuid::encode_buffer();
    let ids = [&*reporter.node_id.as_hyphenated().encode_lower(&mut buffer)];
    world.caller.call(connection, Call::new(operation).ids(&ids).bearer(reporter.bearer).body(body)).await
}

fn check_clock<T>(
    operation: Operation,
    accepted_at: DateTime<Utc>,
    sent: DateTime<Utc>,
    said: &Said<T>,
    world: &World,
) {
    let now = Utc::now();
    if accepted_at < sent - CLOCK_BOUND || accepted_at > now + CLOCK_BOUND {
        let detail = format!("sent at {sent}, answered at {now}, accepted at {accepted_at}");
        world.caller.violation(operation, "clock", detail, &said.correlation_id);
    }
}

/// What is wrong with the receipt of a manifest that differs in `wanted` from the one before, where that is known.
fn manifest_faults(receipt: &ManifestReceipt, wanted: Option<&[CapabilityField]>) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let fields = &receipt.fields_changed;
    if !fields.is_sorted_by(|a, b| a < b) {
        faults.push(("order", format!("{fields:?}")));
    }
    if receipt.host_key_changed != fields.contains(&CapabilityField::SshHostKeyFingerprint) {
        faults.push(("host key", format!("{fields:?}, host key changed: {}", receipt.host_key_changed)));
    }
    if wanted.is_some_and(|wanted| wanted != fields) {
        faults.push(("changes", format!("{wanted:?} became {fields:?}")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_what_changed_in_order() {
        use CapabilityField::{BinaryChecksum, BinaryVersion, SshHostKeyFingerprint};
        let receipt = |fields: &[CapabilityField], host_key_changed: bool| {
            let body = serde_json::json!({
                "accepted_at": "2026-01-05T10:00:00.123Z", "fields_changed": fields, "host_key_changed": host_key_changed,
            });
            serde_json::from_value::<ManifestReceipt>(body).unwrap()
        };
        let rules = |receipt: &ManifestReceipt, wanted: Option<&[CapabilityField]>| -> Vec<&str> {
            manifest_faults(receipt, wanted).into_iter().map(|(rule, _)| rule).collect()
        };
        let both = [BinaryChecksum, BinaryVersion];
        assert!(rules(&receipt(&both, false), Some(&both)).is_empty());
        assert!(rules(&receipt(&[], false), Some(&[])).is_empty());
        assert!(rules(&receipt(&both, false), None).is_empty());
        assert_eq!(rules(&receipt(&[BinaryVersion, BinaryChecksum], false), None), ["order"]);
        assert_eq!(rules(&receipt(&[BinaryVersion, BinaryVersion], false), None), ["order"]);
        assert_eq!(rules(&receipt(&[SshHostKeyFingerprint], false), None), ["host key"]);
        assert_eq!(rules(&receipt(&both, true), None), ["host key"]);
        assert_eq!(rules(&receipt(&both, false), Some(&[])), ["changes"]);
    }
}
