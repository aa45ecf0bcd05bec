//! Signed events read the same in other languages: vectors that are kept, and random ones.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use plexsphere::ids::{DomainId, EventId, SigningKeyId};
use plexsphere::signing::{Envelope, EventSigner, Payload, Scope, SignatureVerifier};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

/// Random envelopes that the other languages see.
const RANDOM: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is signed, before anything of ours has touched it.
#[derive(Debug)]
struct Given {
    name: String,
    seed: [u8; 32],
    id: Uuid,
    event_type: String,
    scope: Scope,
    key_id: Uuid,
    issued_at: DateTime<Utc>,
    payload: Value,
}

struct Signed {
    vector: Value,
    line: String,
}

fn sign(given: &Given) -> Signed {
    let signer = EventSigner::new(SigningKeyId(given.key_id), &given.seed);
    let envelope = Envelope {
        id: EventId(given.id),
        event_type: given.event_type.clone(),
        scope: given.scope,
        key_id: SigningKeyId(given.key_id),
        issued_at: given.issued_at,
        payload: Payload::of(&given.payload).unwrap(),
    };
    let line = signer.sign(envelope.clone());
    let domain = match given.scope {
        Scope::Domain(id) | Scope::Operators(id) => id,
        Scope::Node(_) => DomainId(given.id),
    };
    let mut verifier = SignatureVerifier::default();
    verifier.trust(domain, signer.key_id(), &signer.public_key());
    let read = verifier.verify(domain, &line).unwrap();
    assert_eq!(read.envelope, envelope);
    let signature = line.strip_suffix("\"}").unwrap().rsplit('"').next().unwrap();
    let vector = json!({
        "name": given.name,
        "seed": given.seed.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        "public_key": STANDARD.encode(signer.public_key()),
        "fields": {
            "id": given.id, "type": given.event_type, "scope": given.scope.to_string(), "key_id": given.key_id,
            "issued_at": given.issued_at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true),
            "payload": given.payload,
        },
        "canonical": read.canonical,
        "signature": signature,
    });
    Signed { vector, line }
}

/// The vectors that are kept.
fn kept() -> Vec<Given> {
    let node = "019ab5c2-0d6e-7a4e-9f6b-0e02b2c3d479";
    let domain = Scope::Domain(DomainId("019ab5c2-0d6e-7000-8000-000000000001".parse().unwrap()));
    let operators = Scope::Operators(DomainId(domain.id()));
    let of_node = Scope::of("node", node.parse().unwrap()).unwrap();
    let cases = [
        ("an_empty_payload", "node_secrets_updated", of_node, "2026-11-23T16:00:00Z", json!({})),
        (
            "a_peer",
            "peer_registered",
            domain,
            "2026-11-23T16:00:00.120Z",
            json!({
                "node_id": node, "mesh_ip": "10.20.0.1", "public_key": "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=",
                "endpoint": "[2001:db8::1]:51820", "nat_type": "full_cone", "relay_node_id": "", "fallback_endpoint": "",
            }),
        ),
        (
            "everything_that_is_escaped",
            "policy_updated",
            of_node,
            "2026-11-23T16:00:00.123456789Z",
            json!({ "rules": ["<a href=\"x\">&amp;</a>", "back\\slash", "line\u{2028}para\u{2029}", "/"], "<&>": "k" }),
        ),
        (
            "text_outside_of_ascii_is_literal",
            "session_setup",
            of_node,
            "2026-01-02T03:04:05.000000001Z",
            json!({ "name": "Zoë 日本 🦀 \u{e000}\u{fffd}\u{feff}\u{1f468}\u{200d}\u{1f469}", "日": { "é": "ﬀ", "e\u{301}": 1 } }),
        ),
        (
            "members_are_sorted_by_bytes",
            "action_request",
            of_node,
            "2026-11-23T16:00:00.100Z",
            json!({ "b": 1, "a": 2, "B": 3, "_": 4, "10": 5, "9": 6, "": 7, "ab": 8, "\u{ffff}": 9, "\u{10000}": 10 }),
        ),
        (
            "numbers_that_a_double_holds",
            "node_state_updated",
            of_node,
            "1999-12-31T23:59:59.999Z",
            json!({ "max": 9_007_199_254_740_991_i64, "min": -9_007_199_254_740_991_i64, "zero": 0, "list": [1, -1, 1_000_000_000_000_000_i64] }),
        ),
        (
            "nesting_and_every_kind_of_value",
            "integrity_alert",
            operators,
            "2026-11-23T23:59:59.990Z",
            json!({ "a": [[], {}, [{ "z": null, "y": [true, false, null] }]], "b": { "c": { "d": [] } } }),
        ),
    ];
    let number = |n: usize, of: u64| Uuid::from_u64_pair(0x019a_b5c2_0d6e_7000 + of, 0x8000_0000_0000_0000 + n as u64);
    cases
        .into_iter()
        .enumerate()
        .map(|(n, (name, event_type, scope, issued_at, payload))| Given {
            name: name.to_owned(),
            seed: [n as u8 + 1; 32],
            id: number(n, 0),
            event_type: event_type.to_owned(),
            scope,
            key_id: number(n, 1),
            issued_at: issued_at.parse().unwrap(),
            payload,
        })
        .collect()
}

fn text() -> impl Strategy<Value = String> {
    let awkward =
        prop::sample::select(vec!['<', '>', '&', '\u{2028}', '\u{2029}', '"', '\\', '/', '\u{fffd}', '\'', ' ']);
    let char = prop_oneof![3 => any::<char>(), 2 => awkward, 3 => prop::char::range('a', 'f')];
    prop::collection::vec(char.prop_filter("refused at publish", |c| !c.is_control()), 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

fn payload() -> impl Strategy<Value = Value> {
    const END: i64 = 1 << 53;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-END + 1..END).prop_map(Value::from),
        (-20_i64..20).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(text(), inner, 0..6).prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    });
    prop::collection::hash_map(text(), value, 0..8).prop_map(|members| members.into_iter().collect::<Value>())
}

fn given() -> impl Strategy<Value = Given> {
    // Up to the year 9999; fractions that end with zeros are as likely as others.
    let fraction = (0_u32..1_000_000_000, 0_u32..=9).prop_map(|(nanos, zeros)| nanos - nanos % 10_u32.pow(zeros));
    let time = (0_i64..253_402_300_799, fraction);
    (any::<[u8; 32]>(), any::<[u128; 3]>(), 0..3_u8, "[a-z][a-z0-9_]{0,63}", time, payload()).prop_map(
        |(seed, ids, kind, event_type, (seconds, nanos), payload)| Given {
            name: "random".to_owned(),
            seed,
            id: Uuid::from_u128(ids[0] | 1),
            event_type,
            scope: Scope::of(["node", "domain", "operators"][usize::from(kind)], Uuid::from_u128(ids[1] | 1)).unwrap(),
            key_id: Uuid::from_u128(ids[2] | 1),
            issued_at: DateTime::from_timestamp(seconds, nanos).unwrap(),
            payload,
        },
    )
}

/// The kept vectors and random ones, the same at every run.
fn all() -> Vec<Signed> {
    let mut runner = TestRunner::deterministic();
    let strategy = given();
    let random = (0..RANDOM).map(|_| sign(&strategy.new_tree(&mut runner).unwrap().current())).collect::<Vec<_>>();
    kept().iter().map(sign).chain(random).collect()
}

/// Runs a program on `input`; returns what it says.
fn run(command: &mut Command, input: String) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    written.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A program of `make setup`, or the system's. `None`: there is none, which `make test` does not forgive.
fn tool(name: &str, works: &[&str]) -> Option<PathBuf> {
    let ours = root().join(".venv/bin").join(name);
    let found = [ours, PathBuf::from(name)].into_iter().find(|program| {
        let tried = Command::new(program).args(works).stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        let required = std::env::var_os("PLEXSPHERE_TEST_TOOLS").is_some_and(|value| value == "required");
        assert!(!required, "{name} is missing: run `make setup`");
        eprintln!("\n*** NOT TESTED: {name} is missing; `make test` brings it and tests with it ***\n");
    }
    found
}

#[test]
fn the_vectors_are_what_this_program_signs() {
    let file = root().join("tests/vectors/envelopes.json");
    let made: Vec<Value> = kept().iter().map(|given| sign(given).vector).collect();
    if std::env::var_os("PLEXSPHERE_TEST_UPDATE_VECTORS").is_some() {
        std::fs::write(&file, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let read: Vec<Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        read, made,
        "agents in the field verify by these bytes; PLEXSPHERE_TEST_UPDATE_VECTORS=1 renews the file"
    );
}

#[test]
fn python_builds_the_same_text_and_verifies_it() {
    let Some(python) = tool("python3", &["-c", "import cryptography"]) else { return };
    let vectors: Vec<Value> = all().into_iter().map(|signed| signed.vector).collect();
    let said = run(
        Command::new(python).arg(root().join("tools/verify_envelopes.py")).env("PYTHONUTF8", "1"),
        Value::from(vectors.clone()).to_string(),
    );
    assert_eq!(said.trim(), format!("{} vectors hold", vectors.len()));
}

#[test]
fn go_encodes_every_line_to_the_same_bytes() {
    let Some(go) = tool("go", &["version"]) else { return };
    let lines: Vec<String> = all().into_iter().map(|signed| signed.line).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let said = run(
        Command::new(go)
            .arg("run")
            .arg(root().join("tools/goencode/main.go"))
            // Nothing is fetched, and nothing is written outside of the build's folder.
            .env("GOCACHE", folder.join("go-cache"))
            .env("GOPATH", folder.join("go-path"))
            .env("GOTMPDIR", folder)
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOTELEMETRY", "off")
            .env("GO111MODULE", "off"),
        lines.join("\n") + "\n",
    );
    assert_eq!(said.trim(), format!("{} lines stay as they are", lines.len()));
}

proptest! {
    #[test]
    fn whatever_is_signed_is_read_back_and_no_changed_byte_is(given in given(), place in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let Signed { line, vector } = sign(&given);
        let domain = match given.scope { Scope::Node(_) => DomainId(given.id), scope => DomainId(scope.id()) };
        let mut verifier = SignatureVerifier::default();
        let key = STANDARD.decode(vector["public_key"].as_str().unwrap()).unwrap();
        verifier.trust(domain, SigningKeyId(given.key_id), &key);
        let mut bytes = line.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(verifier.verify(domain, &changed).is_err());
        }
    }
}
