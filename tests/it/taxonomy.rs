//! Operation, status, codes: the contract on one page, so that a change of it is seen as one.

use std::collections::BTreeMap;
use std::fmt::Write;

use plexsphere::contract::Contract;
use serde_json::Value;

/// Lists that many operations share, told once.
const USUAL: [(&str, &str); 6] = [
    ("401", "unauthenticated"),
    ("413", "request_body_too_large"),
    ("415", "unsupported_media_type, unsupported_content_encoding"),
    ("500", "internal"),
    ("501", "not_provisioned"),
    ("503", "overloaded, datastore_unavailable"),
];

fn listed(codes: &Value) -> String {
    let codes: Vec<&str> = codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    codes.join(", ")
}

#[test]
fn the_taxonomy_changes_only_on_purpose() {
    let contract = Contract::load().unwrap();
    let mut page = String::from("any request\n");
    for (status, codes) in contract.document["x-general-codes"].as_object().unwrap() {
        writeln!(page, "  {status} {}", listed(codes)).unwrap();
    }
    page.push_str("usual\n");
    for (status, codes) in USUAL {
        writeln!(page, "  {status} {codes}").unwrap();
    }
    for operation in &contract.operations {
        writeln!(page, "\n{} {} {}", operation.id, operation.method, operation.path).unwrap();
        let responses = operation.document["responses"].as_object().unwrap();
        let statuses: BTreeMap<&str, ()> = responses.keys().map(|status| (status.as_str(), ())).collect();
        let mut usual = String::new();
        for status in statuses.into_keys() {
            let codes = &operation.document["x-codes"][status];
            let codes = if codes.is_null() { String::new() } else { listed(codes) };
            if USUAL.contains(&(status, &codes)) {
                write!(usual, " {status}").unwrap();
            } else {
                writeln!(page, "{}", format!("  {status} {codes}").trim_end()).unwrap();
            }
        }
        if !usual.is_empty() {
            writeln!(page, "  usual{usual}").unwrap();
        }
    }
    insta::assert_snapshot!("taxonomy", page);
}
