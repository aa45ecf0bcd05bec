//! The machine that an agent stands for: where it is, what it runs, what happens to it. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answers::{CapabilityField, Kind, NatType};

/// How likely each of these is between two heartbeats. Rare, as on real machines; a fleet has many of them.
const MOVES: f64 = 0.01;
const RESTARTS: f64 = 0.01;
const UPGRADES: f64 = 0.003;
const EDITS: f64 = 0.003;
const NEW_HOST_KEYS: f64 = 0.0005;
const TAMPERINGS: f64 = 0.001;

/// At this heartbeat one machine in so many does it in any case: a small fleet in a short run shows everything as well.
const SHOWN_AT: u32 = 2;
const OF_SO_MANY: u32 = 25;

/// A machine. All that is told of it follows from these few numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    number: u32,
    kind: Kind,
    /// How often it has moved.
    moves: u16,
    /// How often its agent was upgraded.
    upgrades: u16,
    /// How often its hooks were edited.
    edits: u16,
    /// How often it got another SSH host key.
    host_keys: u16,
}

/// Of what kind the machine `number` of so many is: the bridges are spread evenly.
pub fn kind(number: usize, bridges: usize, of: usize) -> Kind {
    let before = |number: usize| number as u128 * bridges as u128 / of.max(1) as u128;
    if before(number) < before(number + 1) { Kind::Bridge } else { Kind::Node }
}

/// What happened since the last heartbeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// It is elsewhere now.
    pub moved: bool,
    /// The agent started anew, and tells everything once more.
    pub restarted: bool,
    /// Somebody tampered with so many things.
    pub tampered: u8,
}

impl Machine {
    /// Machine number `number`, of this kind.
    pub fn new(number: usize, kind: Kind) -> Self {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Self { number, kind, moves: 0, upgrades: 0, edits: 0, host_keys: 0 }
    }

    /// Lets the time until heartbeat `beat` pass.
    pub fn live_on(&mut self, beat: u32, rng: &mut impl Rng) -> Happened {
        let turn = (beat == SHOWN_AT).then_some(self.number % OF_SO_MANY);
        let mut happens = |chance, its_turn| turn == Some(its_turn) || rng.random_bool(chance);
        let moved = happens(MOVES, 3);
        let upgraded = happens(UPGRADES, 5);
        let edited = happens(EDITS, 7);
        let new_host_key = happens(NEW_HOST_KEYS, 11);
        let tampered = happens(TAMPERINGS, 13);
        let restarted = happens(RESTARTS, 17) || upgraded;
        let counted = |counter: u16, happened| counter.wrapping_add(u16::from(happened));
        self.moves = counted(self.moves, moved);
        self.upgrades = counted(self.upgrades, upgraded);
        self.edits = counted(self.edits, edited);
        self.host_keys = counted(self.host_keys, new_host_key);
        Happened { moved, restarted, tampered: if tampered { rng.random_range(1..=3) } else { 0 } }
    }

    fn digest(&self, of: &str, generation: u16) -> [u8; 32] {
        Sha256::digest(format!("{of} {} {generation}", self.number)).into()
    }

    /// The address that its packets come from: some machines share one, behind the same NAT.
    pub fn endpoint(&self) -> SocketAddr {
        let place = self.digest("place", self.moves);
        let port = 1024 + u16::from_be_bytes([place[0], place[1]]) % 60_000;
        let address: IpAddr = if place[2] < 32 {
            Ipv6Addr::new(0x2001, 0xdb8, u16::from(place[3]), 0, 0, 0, u16::from(place[4]), u16::from(place[5]).max(1))
                .into()
        } else {
            Ipv4Addr::new(198, 18 + (place[3] & 1), place[4], place[5]).into()
        };
        SocketAddr::new(address, port)
    }

    /// The NAT in front of it: mostly the kinds that home and office routers are. Bridges stand where all can reach
    /// them.
    pub fn nat_type(&self) -> NatType {
        if self.kind == Kind::Bridge {
            return NatType::FullCone;
        }
        match self.digest("nat", self.moves / 3)[0] % 100 {
            0..15 => NatType::FullCone,
            15..35 => NatType::Restricted,
            35..75 => NatType::PortRestricted,
            75..95 => NatType::Symmetric,
            _ => NatType::Unknown,
        }
    }

    /// What its agent is.
    pub fn binary_version(&self) -> String {
        format!("plexd-simulated/{}.{}", env!("CARGO_PKG_VERSION"), self.upgrades)
    }

    /// SHA-256 of the agent's binary, base64.
    pub fn binary_checksum(&self) -> String {
        STANDARD.encode(Sha256::digest(self.binary_version()))
    }

    fn host_key(&self, generation: u16) -> Option<String> {
        // Some have no SSH server.
        (self.number % 9 != 4 || generation > 0)
            .then(|| format!("SHA256:{}", STANDARD_NO_PAD.encode(self.digest("host key", generation))))
    }

    fn hooks(&self) -> Vec<Value> {
        let hooks = if self.edits == 0 { self.number % 4 } else { 1 + (self.number + u32::from(self.edits)) % 4 };
        (0..hooks)
            .map(|at| {
                let checksum = STANDARD.encode(self.digest(&format!("hook {at}"), self.edits));
                json!({ "name": format!("hook-{at}"), "checksum": checksum })
            })
            .collect()
    }

    /// The body of its capability manifest. `turned`: its hooks in the other order, which is the same manifest.
    pub fn manifest(&self, turned: bool) -> String {
        let mut hooks = self.hooks();
        if turned {
            hooks.reverse();
        }
        let mut body = json!({
            "binary_version": self.binary_version(), "binary_checksum": self.binary_checksum(), "declared_hooks": hooks,
            "builtin_actions": [{
                "name": "restart-tunnel", "description": "Takes the tunnel down and up",
                "parameters": [{ "name": "delay", "type": "duration", "required": false, "default": "0s" }],
            }],
        });
        if let Some(host_key) = self.host_key(self.host_keys) {
            body["ssh_host_key_fingerprint"] = json!(host_key);
        }
        if self.number.is_multiple_of(5) {
            let digest = data_encoding::HEXLOWER.encode(&self.digest("image", 0));
            body["plexd_hooks"] = json!([{
                "name": "collect", "image_digest": format!("sha256:{digest}"), "timeout_seconds": 30,
                "parameters": { "interval": "1m" }, "sandbox": "strict",
            }]);
        }
        body.to_string()
    }

    /// The members of its manifest that are others than in the one `before`, sorted; all that are there without one.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<CapabilityField> {
        use CapabilityField as Field;
        let new = before.is_none();
        let differs = |of: fn(&Self) -> u16| before.is_some_and(|before| of(before) != of(self));
        let changes = [
            (Field::BinaryChecksum, new || differs(|machine| machine.upgrades)),
            (Field::BinaryVersion, new || differs(|machine| machine.upgrades)),
            (Field::BuiltinActions, new),
            (Field::DeclaredHooks, new && !self.hooks().is_empty() || differs(|machine| machine.edits)),
            (Field::PlexdHooks, new && self.number.is_multiple_of(5)),
            (
                Field::SshHostKeyFingerprint,
                new && self.host_key(self.host_keys).is_some() || differs(|machine| machine.host_keys),
            ),
        ];
        changes.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
    }

    /// The body of a report of `count` violations, one of each kind in turn.
    pub fn violations(&self, count: u8) -> String {
        let checksum = |of| STANDARD.encode(self.digest(of, self.edits));
        let violation = |at: u8| match at % 3 {
            0 => json!({
                "kind": "hook_checksum", "detected_by": "inotify", "artifact_id": "hook-0",
                "observed_checksum": checksum("observed"), "expected_checksum": checksum("hook 0"),
            }),
            1 => json!({
                "kind": "binary_checksum", "detected_by": "startup_scan", "artifact_id": "/usr/bin/plexd",
                "observed_checksum": checksum("observed"),
            }),
            _ => json!({
                "kind": "ssh_host_key", "detected_by": "pre_dispatch", "artifact_id": "/etc/ssh/ssh_host_ed25519_key",
                "observed_fingerprint": self.host_key(u16::MAX),
            }),
        };
        json!({ "violations": (0..count).map(violation).collect::<Vec<_>>() }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jsonschema::Validator;
    use plexsphere::contract::Contract;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    fn schema(name: &str) -> Validator {
        let document = Contract::load().unwrap().document;
        jsonschema::validator_for(&json!({
            "$ref": format!("#/components/schemas/{name}"), "components": document["components"],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_told_is_what_the_contract_takes() {
        let (manifests, violations) = (schema("CapabilityManifestRequest"), schema("IntegrityViolationsRequest"));
        for number in 0..100 {
            let machine = Machine::new(number, Kind::Node);
            for turned in [false, true] {
                assert!(manifests.is_valid(&serde_json::from_str(&machine.manifest(turned)).unwrap()));
            }
            for count in 1..=3 {
                let body: Value = serde_json::from_str(&machine.violations(count)).unwrap();
                assert!(violations.is_valid(&body), "{body}");
                assert_eq!(body["violations"].as_array().unwrap().len(), usize::from(count));
            }
            let address = machine.endpoint().ip();
            assert!(!address.is_loopback() && !address.is_unspecified() && !address.is_multicast(), "{address}");
            assert!(machine.endpoint().port() >= 1024);
        }
    }

    #[test]
    fn changes_are_those_that_the_manifests_show() {
        let mut rng = SmallRng::seed_from_u64(1);
        let members = |machine: &Machine| -> BTreeMap<String, Value> {
            let body: Value = serde_json::from_str(&machine.manifest(false)).unwrap();
            body.as_object()
                .unwrap()
                .iter()
                .filter(|(_, value)| **value != json!([]))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        let named = |fields: Vec<CapabilityField>| -> Vec<String> {
            fields.iter().map(|field| serde_json::to_value(field).unwrap().as_str().unwrap().to_owned()).collect()
        };
        for number in 0..60 {
            let mut machine = Machine::new(number, Kind::Node);
            assert_eq!(named(machine.changes_since(None)), members(&machine).into_keys().collect::<Vec<_>>());
            for beat in 0..200 {
                let before = machine;
                machine.live_on(beat, &mut rng);
                let (old, new) = (members(&before), members(&machine));
                let mut differ: Vec<String> =
                    old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)).cloned().collect();
                differ.sort();
                differ.dedup();
                assert_eq!(named(machine.changes_since(Some(&before))), differ, "{before:?} to {machine:?}");
            }
        }
    }

    #[test]
    fn everything_happens_in_a_small_fleet_and_nothing_often() {
        let mut rng = SmallRng::seed_from_u64(2);
        let mut all = Happened::default();
        let (mut moves, mut changed, mut host_keys) = (0, 0, 0);
        for number in 0..50 {
            let mut machine = Machine::new(number, Kind::Node);
            for beat in 1..=3 {
                let before = machine;
                let happened = machine.live_on(beat, &mut rng);
                all.restarted |= happened.restarted;
                all.tampered = all.tampered.max(happened.tampered);
                moves += u32::from(happened.moved);
                changed += usize::from(!machine.changes_since(Some(&before)).is_empty());
                host_keys += u32::from(before.host_keys != machine.host_keys);
                assert_eq!(happened.moved, before.endpoint() != machine.endpoint());
            }
        }
        assert!(all.restarted && all.tampered > 0);
        assert!((2..12).contains(&moves) && (4..16).contains(&changed) && (2..6).contains(&host_keys));
    }

    #[test]
    fn bridges_are_as_many_as_wanted() {
        for (bridges, of) in [(0, 10), (1, 10), (4, 100), (7, 23), (5, 5)] {
            let found = (0..of).filter(|number| kind(*number, bridges, of) == Kind::Bridge).count();
            assert_eq!(found, bridges);
        }
    }

    #[test]
    fn most_nats_can_be_punched() {
        let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
        for number in 0..1000 {
            *kinds.entry(Machine::new(number, Kind::Node).nat_type().as_str()).or_default() += 1;
            assert_eq!(Machine::new(number, Kind::Bridge).nat_type(), NatType::FullCone);
        }
        assert_eq!(kinds.len(), 5);
        assert!(kinds["port_restricted"] > kinds["symmetric"] && kinds["symmetric"] > kinds["unknown"], "{kinds:?}");
    }
}
