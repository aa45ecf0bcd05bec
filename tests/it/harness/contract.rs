//! Holds every answer against the contract: an undeclared status, code, header or member fails the test that saw it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex};

use http::{HeaderMap, Method, StatusCode};
use plexsphere::contract::{Contract, ContractOperation};
use serde_json::{Value, json};

/// Headers that HTTP itself brings.
const TRANSPORT: [&str; 6] =
    ["date", "content-length", "content-type", "connection", "transfer-encoding", "keep-alive"];

struct Known {
    contract: Contract,
    /// The document with every object closed: a member that is not declared does not fit.
    closed: Value,
    validators: Mutex<HashMap<String, &'static jsonschema::Validator>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let contract = Contract::load().unwrap();
    let mut closed = json!({ "components": { "schemas": contract.document["components"]["schemas"] } });
    close(&mut closed);
    Known { contract, closed, validators: Mutex::default() }
});

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".into(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The operation that answers `method` on `path`, if any.
fn operation(method: &Method, path: &str) -> Option<&'static ContractOperation> {
    let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
    let steps: Vec<&str> = path.split('/').collect();
    KNOWN.contract.operations.iter().find(|operation| {
        let pattern: Vec<&str> = operation.path.split('/').collect();
        operation.method == wanted
            && pattern.len() == steps.len()
            && pattern
                .iter()
                .zip(&steps)
                .all(|(known, step)| (known.starts_with('{') && !step.is_empty()) || known == step)
    })
}

/// Panics when the contract does not allow this answer.
#[track_caller]
pub fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    if let Err(why) = allowed(method, path, status, headers, body) {
        panic!(
            "{method} {path} answered {status}, and the contract does not allow it: {why}\n{}",
            String::from_utf8_lossy(body)
        );
    }
}

fn allowed(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let document = &KNOWN.contract.document;
    let number = status.as_u16().to_string();
    let operation = operation(method, path);
    common_headers(status, headers)?;
    if method == Method::OPTIONS && status == StatusCode::NO_CONTENT {
        return headers.contains_key("allow").then_some(()).ok_or_else(|| "no Allow".to_owned());
    }
    let mut codes: BTreeSet<&str> = strings(&document["x-general-codes"][&number]).collect();
    let mut response = &Value::Null;
    if let Some(operation) = operation {
        codes.extend(strings(&operation.document["x-codes"][&number]));
        response = &operation.document["responses"][&number];
        if let Some(target) = response["$ref"].as_str() {
            response = document.pointer(target.trim_start_matches('#')).ok_or("dangling $ref")?;
        }
    }
    declared_headers(response, status, headers)?;
    let media_type = headers
        .get("content-type")
        .map(|value| value.to_str().unwrap_or("").split(';').next().unwrap_or("").to_owned());
    if method == Method::HEAD {
        return body.is_empty().then_some(()).ok_or_else(|| "HEAD with a body".to_owned());
    }
    if status.is_client_error() || status.is_server_error() {
        return problem(path, status, &codes, response, media_type.as_deref(), headers, body);
    }
    if response.is_null() {
        return Err(format!(
            "status not declared for {}",
            operation.map_or("any operation", |operation| &operation.id)
        ));
    }
    match (response["content"].as_object(), media_type) {
        (None, None) if body.is_empty() => Ok(()),
        (None, _) => Err("a body where none is declared".to_owned()),
        (Some(content), media_type) => {
            let media_type = media_type.ok_or("no Content-Type")?;
            let schema =
                &content.get(&media_type).ok_or_else(|| format!("media type {media_type} not declared"))?["schema"];
            if media_type == "application/json" { fits(schema, body) } else { Ok(()) }
        }
    }
}

fn problem(
    path: &str,
    status: StatusCode,
    codes: &BTreeSet<&str>,
    response: &Value,
    media_type: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), String> {
    if media_type != Some("application/problem+json") {
        return Err(format!("media type {media_type:?} of an error"));
    }
    let declared = &response["content"]["application/problem+json"]["schema"];
    let schema = if declared.is_null() { &json!({ "$ref": "#/components/schemas/Problem" }) } else { declared };
    fits(schema, body)?;
    let problem: Value = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    let code = problem["code"].as_str().unwrap_or_default();
    if !codes.contains(code) {
        return Err(format!("code {code} is not declared; declared are {codes:?}"));
    }
    let known = KNOWN.contract.codes.get(code).ok_or("code not in the catalogue")?;
    let same = [
        (known.status == status.as_u16(), "status of the code"),
        (problem["status"] == status.as_u16(), "status member"),
        (problem["title"] == known.title.as_str(), "title"),
        (problem["type"] == format!("/v1/errors/{code}"), "type"),
        (problem["instance"] == path, "instance"),
        (
            headers.get("x-correlation-id").and_then(|id| id.to_str().ok()) == problem["correlation_id"].as_str(),
            "correlation id",
        ),
    ];
    match same.iter().find(|(same, _)| !same) {
        Some((_, what)) => Err(format!("{what} differs")),
        None => Ok(()),
    }
}

fn fits(schema: &Value, body: &[u8]) -> Result<(), String> {
    let value: Value = serde_json::from_slice(body).map_err(|e| format!("not JSON: {e}"))?;
    let key = schema.to_string();
    let validator = *KNOWN.validators.lock().unwrap().entry(key).or_insert_with(|| {
        let mut root = schema.clone();
        close(&mut root);
        root["components"] = KNOWN.closed["components"].clone();
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        Box::leak(Box::new(jsonschema::options().should_validate_formats(true).build(&root).unwrap()))
    });
    match validator.iter_errors(&value).next() {
        Some(error) => Err(format!("at {}: {error}", error.instance_path())),
        None => Ok(()),
    }
}

fn common_headers(status: StatusCode, headers: &HeaderMap) -> Result<(), String> {
    if headers.get("x-plexsphere-api-version").is_none_or(|version| version != "v1") {
        return Err("no X-Plexsphere-API-Version: v1".to_owned());
    }
    let needs = [
        ("x-correlation-id", true),
        ("www-authenticate", status == StatusCode::UNAUTHORIZED),
        ("retry-after", status == StatusCode::SERVICE_UNAVAILABLE),
        ("allow", status == StatusCode::METHOD_NOT_ALLOWED),
    ];
    match needs.iter().find(|(name, needed)| *needed && !headers.contains_key(*name)) {
        Some((name, _)) => Err(format!("no {name}")),
        None => Ok(()),
    }
}

fn declared_headers(response: &Value, status: StatusCode, headers: &HeaderMap) -> Result<(), String> {
    let declared = response["headers"].as_object();
    let own: BTreeSet<String> = declared.into_iter().flatten().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let common: BTreeSet<String> = KNOWN.contract.document["x-common-headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    for name in headers.keys().map(http::HeaderName::as_str) {
        if name == "set-cookie" && response["x-set-cookies"].is_array() {
            continue;
        }
        if !own.contains(name) && !common.contains(name) && !TRANSPORT.contains(&name) {
            return Err(format!("header {name} is not declared"));
        }
    }
    for (name, header) in declared.into_iter().flatten() {
        let header = header["$ref"]
            .as_str()
            .and_then(|target| KNOWN.contract.document.pointer(target.trim_start_matches('#')))
            .unwrap_or(header);
        if header["required"] == true && !headers.contains_key(name.as_str()) && status != StatusCode::NOT_MODIFIED {
            return Err(format!("header {name} is declared and missing"));
        }
    }
    Ok(())
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
