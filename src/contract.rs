//! The contract as the running program knows it: the OpenAPI document, compiled in, read once.
//!
//! From it come the routes, the shape of every request body (what the strict decoder holds bodies against) and
//! the error catalogue. What an operation demands of its caller stands in `edge::operation`, in Rust; a test
//! compares the two.

mod shape;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

pub use shape::{Malformed, Shape};

/// The document as it is written.
pub const YAML: &str = include_str!("../api/openapi/plexsphere-v1.yaml");

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The parsed contract.
pub struct Contract {
    /// The document as JSON.
    pub json: Bytes,
    /// The document as a tree.
    pub document: Value,
    /// Every operation.
    pub operations: Vec<ContractOperation>,
    /// Every problem code with its explanation.
    pub codes: BTreeMap<String, CodeDoc>,
}

/// One operation of the contract.
pub struct ContractOperation {
    /// Its operation id.
    pub id: String,
    /// Its method, upper case.
    pub method: String,
    /// Its path template.
    pub path: String,
    /// What its body must look like, if it takes one.
    pub body: Option<Shape>,
    /// The document's own object.
    pub document: Value,
}

/// What a problem code means.
#[derive(Clone, Debug, Deserialize)]
pub struct CodeDoc {
    /// The status it comes with.
    pub status: u16,
    /// A few words.
    pub title: String,
    /// What brings it about.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

/// The compiled-in document cannot be used: a defect of the build, found by any test.
#[derive(Debug, thiserror::Error)]
#[error("the contract cannot be read: {0}")]
pub struct ContractError(String);

impl Contract {
    /// Reads the compiled-in document.
    ///
    /// # Errors
    /// [`ContractError`] when it is not the OpenAPI document that this program was written for.
    pub fn load() -> Result<Self, ContractError> {
        let document: Value = serde_yaml_ng::from_str(YAML).map_err(|e| ContractError(e.to_string()))?;
        let json = serde_json::to_vec(&document).map_err(|e| ContractError(e.to_string()))?;
        let codes = serde_json::from_value(document["x-problem-codes"].clone())
            .map_err(|e| ContractError(format!("x-problem-codes: {e}")))?;
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let id = operation["operationId"]
                    .as_str()
                    .ok_or_else(|| ContractError(format!("{method} {path} has no operationId")))?;
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                operations.push(ContractOperation {
                    id: id.to_owned(),
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    body: (!schema.is_null()).then(|| Shape::read(&document, schema)),
                    document: operation.clone(),
                });
            }
        }
        Ok(Self { json: json.into(), document, operations, codes })
    }
}
