//! The contract's `x-` data and the program's own tables say the same, whichever side one starts from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use plexsphere::contract::{Contract, ContractOperation};
use plexsphere::edge::operation::{Credential, Gate, Operation, Relation};
use plexsphere::problem::ProblemCode;
use serde_json::{Map, Value, json};

use crate::harness::Harness;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::load().unwrap());

fn described(operation: Operation) -> &'static ContractOperation {
    CONTRACT.operations.iter().find(|described| described.id == operation.id()).unwrap()
}

/// A row of the gate table as the contract would write it.
fn as_written(gate: &Gate) -> Value {
    let credential = match gate.credential {
        Credential::None => "none",
        Credential::Nsk => "nsk",
        Credential::Operator => "operator",
        Credential::OperatorOrNsk => "operator-or-nsk",
        Credential::BootstrapToken => "bootstrap-token",
    };
    let relation = match gate.relation {
        Relation::None => None,
        Relation::Authenticated => Some(("authenticated", "self")),
        Relation::Path(permission) => Some((permission.name(), "path")),
        Relation::Body(permission) => Some((permission.name(), "body")),
        Relation::Row(permission) => Some((permission.name(), "row")),
    };
    let code = |code: Option<ProblemCode>| code.map(ProblemCode::code);
    let ids: Map<String, Value> =
        gate.path_ids.iter().map(|(name, code)| ((*name).to_owned(), code.code().into())).collect();
    let mut written = json!({
        "credential": credential,
        "relation": relation.map(|(relation, _)| relation),
        "relation-source": relation.map(|(_, source)| source),
        "body-cap-bytes": gate.body.map(|body| body.cap_bytes),
        "body-too-large": code(gate.body.map(|body| body.too_large)),
        "malformed": code(gate.body.map(|body| body.malformed)),
        "unauthenticated": code(gate.unauthenticated),
        "forbidden": code(gate.forbidden),
        "forbidden-nsk": code(gate.forbidden_nsk),
        "not-provisioned": code(gate.not_provisioned),
        "path-ids": (!ids.is_empty()).then_some(ids),
    });
    written.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    written
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn contract_and_program_know_the_same_operations() {
    let written: Vec<&str> = CONTRACT.operations.iter().map(|operation| operation.id.as_str()).collect();
    let known: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.id()).collect();
    assert_eq!(written.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(written.len(), known.len(), "an operation id is there twice");
}

#[test]
fn every_gate_is_what_the_contract_writes() {
    for &operation in Operation::ALL {
        assert_eq!(as_written(&operation.gate()), described(operation).document["x-gate"], "{}", operation.id());
    }
}

/// The first id of a row is the object of the relation, so their order counts.
#[test]
fn path_ids_stand_in_the_order_of_the_path_and_are_declared_as_uuids() {
    for &operation in Operation::ALL {
        let described = described(operation);
        let parameters = described.document["parameters"].as_array().into_iter().flatten();
        let uuids: BTreeSet<&str> = parameters
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(target) => CONTRACT.document.pointer(target.trim_start_matches('#')).unwrap(),
                None => parameter,
            })
            .filter(|parameter| parameter["in"] == "path" && parameter["schema"]["format"] == "uuid")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_path: Vec<&str> = described
            .path
            .split('/')
            .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
            .filter(|name| uuids.contains(name))
            .collect();
        let in_gate: Vec<&str> = operation.gate().path_ids.iter().map(|(name, _)| *name).collect();
        assert_eq!(in_gate, in_path, "{}", operation.id());
    }
}

#[test]
fn a_403_is_plain_where_the_contract_declares_a_problem() {
    for &operation in Operation::ALL {
        let Some(target) = described(operation).document["responses"]["403"]["$ref"].as_str() else {
            assert!(!operation.gate().forbidden_plain, "{} has no 403", operation.id());
            continue;
        };
        let response = CONTRACT.document.pointer(target.trim_start_matches('#')).unwrap();
        let schema = response["content"]["application/problem+json"]["schema"]["$ref"].as_str().unwrap();
        let declared = match schema.rsplit('/').next().unwrap() {
            "Problem" => true,
            "PermissionDenied" => false,
            other => panic!("{}: a 403 of shape {other}", operation.id()),
        };
        assert_eq!(operation.gate().forbidden_plain, declared, "{}", operation.id());
    }
}

#[test]
fn a_gate_asks_for_a_body_where_the_contract_has_one() {
    for &operation in Operation::ALL {
        assert_eq!(operation.gate().body.is_some(), described(operation).body.is_some(), "{}", operation.id());
    }
}

#[test]
fn what_a_gate_can_answer_is_declared() {
    for &operation in Operation::ALL {
        let gate = operation.gate();
        let mut answers: Vec<ProblemCode> =
            gate.path_ids.iter().chain(&gate.path_number).map(|(_, code)| *code).collect();
        answers.extend(
            [gate.unauthenticated, gate.forbidden, gate.forbidden_nsk, gate.not_provisioned].into_iter().flatten(),
        );
        if let Some(body) = gate.body {
            let media = [ProblemCode::UnsupportedMediaType, ProblemCode::UnsupportedContentEncoding];
            answers.extend([body.too_large, body.malformed].into_iter().chain(media));
        }
        if gate.not_provisioned.is_some() {
            answers.push(ProblemCode::DatastoreUnavailable);
        }
        for code in answers {
            let declared = &described(operation).document["x-codes"][code.status().to_string()];
            assert!(
                declared.is_array() && names(declared).contains(code.code()),
                "{} lacks {}",
                operation.id(),
                code.code()
            );
        }
    }
}

#[test]
fn contract_and_program_know_the_same_codes() {
    let written: BTreeMap<&str, (u16, &str)> =
        CONTRACT.codes.iter().map(|(code, doc)| (code.as_str(), (doc.status, doc.title.as_str()))).collect();
    let known: BTreeMap<&str, (u16, &str)> =
        ProblemCode::ALL.iter().map(|code| (code.code(), (code.status(), code.title()))).collect();
    let only_written: Vec<_> = written.iter().filter(|(code, said)| known.get(*code) != Some(said)).collect();
    let only_known: Vec<_> = known.iter().filter(|(code, said)| written.get(*code) != Some(said)).collect();
    assert!(only_written.is_empty() && only_known.is_empty(), "contract {only_written:#?}\nprogram {only_known:#?}");
    assert_eq!(known.len(), ProblemCode::ALL.len(), "a code is there twice");
}

#[test]
fn every_code_in_use_exists_under_its_status_and_every_code_is_in_use() {
    let general = CONTRACT.document["x-general-codes"].as_object().unwrap();
    let mut lists: Vec<(&str, &String, &Value)> =
        general.iter().map(|(status, list)| ("any request", status, list)).collect();
    for operation in &CONTRACT.operations {
        let codes = operation.document["x-codes"].as_object().unwrap();
        lists.extend(codes.iter().map(|(status, list)| (operation.id.as_str(), status, list)));
    }
    let mut used = BTreeSet::new();
    for (of, status, list) in lists {
        for code in names(list) {
            let known =
                CONTRACT.codes.get(code).unwrap_or_else(|| panic!("{of} answers {code}, which nothing explains"));
            assert_eq!(&known.status.to_string(), status, "{of} answers {code}");
            used.insert(code);
        }
    }
    let known: BTreeSet<&str> = CONTRACT.codes.keys().map(String::as_str).collect();
    assert_eq!(used, known, "a code that no operation answers");
}

#[test]
fn every_declared_error_status_has_codes_and_every_code_a_declared_status() {
    for operation in &CONTRACT.operations {
        let declared = operation.document["responses"].as_object().unwrap().keys();
        let errors: BTreeSet<&String> = declared.filter(|status| status.as_str() >= "400").collect();
        let codes = operation.document["x-codes"].as_object().unwrap();
        assert_eq!(codes.keys().collect::<BTreeSet<_>>(), errors, "{}", operation.id);
        for (status, list) in codes {
            assert!(!names(list).is_empty(), "{} {status}", operation.id);
            assert_eq!(
                names(list).len(),
                list.as_array().unwrap().len(),
                "{} {status} lists a code twice",
                operation.id
            );
        }
    }
}

#[test]
fn codes_of_members_are_codes_of_their_operation() {
    for operation in &CONTRACT.operations {
        let all: BTreeSet<&str> = operation.document["x-codes"].as_object().unwrap().values().flat_map(names).collect();
        for (member, codes) in operation.document["x-member-codes"].as_object().into_iter().flatten() {
            assert!(names(codes).is_subset(&all), "{} {member}: {codes}", operation.id);
        }
    }
}

#[tokio::test]
async fn every_code_is_explained_where_its_problems_point() {
    let h = Harness::start().await;
    let anyone = h.anonymous();
    for code in ProblemCode::ALL {
        let told = anyone.get(&format!("/v1/errors/{}", code.code())).await.expect(200);
        assert_eq!((&told["code"], &told["status"]), (&code.code().into(), &code.status().into()));
        assert_eq!(told["title"], code.title());
        for member in ["cause", "remedy"] {
            let text = told[member].as_str().unwrap();
            assert!(text.trim() == text && text.len() > 1 && text.ends_with('.'), "{} {member}: {text:?}", code.code());
        }
    }
    anyone.get("/v1/errors/no_such_code").await.refused(404, "error_code_not_found");
    h.stop().await;
}
