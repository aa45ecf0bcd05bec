//! Path and method to operation, from the contract's own paths.

use std::collections::HashMap;

use http::Method;
use uuid::Uuid;

use super::operation::Operation;
use super::refusal::Refusal;
use crate::contract::{Contract, Shape};
use crate::ids::parse_uuid;
use crate::problem::ProblemCode;

/// The contract and the program do not know the same operations.
#[derive(Debug, thiserror::Error)]
#[error("contract and program disagree: {0}")]
pub struct RoutesError(String);

struct Leaf {
    /// Names of the path's parameters, in order.
    parameters: Vec<String>,
    methods: Vec<(Method, Operation)>,
}

pub struct Routes {
    paths: matchit::Router<Leaf>,
    shapes: HashMap<Operation, Shape>,
}

pub enum Route {
    Found(Matched),
    OtherMethods(String),
    Unknown,
}

/// An operation with the path's parameters.
pub struct Matched {
    pub operation: Operation,
    parameters: Vec<(String, String)>,
}

impl Matched {
    /// Whether the number that the path is to name is one.
    pub fn numbered(&self, wanted: Option<(&'static str, ProblemCode)>) -> Result<(), Refusal> {
        let Some((name, code)) = wanted else { return Ok(()) };
        let text = self.parameters.iter().find(|(given, _)| given == name).map(|(_, text)| text.as_str());
        match text.and_then(|text| text.parse::<i64>().ok()) {
            Some(1..) => Ok(()),
            _ => Err(Refusal::new(code, format!("{name} must be a whole number from 1 on"))),
        }
    }

    /// The ids that the path names.
    pub fn ids(&self, wanted: &[(&'static str, ProblemCode)]) -> Result<Vec<Uuid>, Refusal> {
        wanted
            .iter()
            .map(|(name, code)| {
                let text = self.parameters.iter().find(|(given, _)| given == name).map(|(_, text)| text.as_str());
                text.and_then(parse_uuid)
                    .ok_or_else(|| Refusal::new(*code, format!("{name} must be a UUID, and not the nil one")))
            })
            .collect()
    }
}

impl Routes {
    pub fn new(contract: &Contract) -> Result<Self, RoutesError> {
        let mut by_path: HashMap<String, Leaf> = HashMap::new();
        let mut shapes = HashMap::new();
        for described in &contract.operations {
            let operation = Operation::ALL
                .iter()
                .copied()
                .find(|operation| operation.id() == described.id)
                .ok_or_else(|| RoutesError(format!("{} is not in the program", described.id)))?;
            let (pattern, parameters) = numbered(&described.path);
            let method = Method::from_bytes(described.method.as_bytes()).map_err(|e| RoutesError(e.to_string()))?;
            let leaf = by_path.entry(pattern).or_insert_with(|| Leaf { parameters, methods: Vec::new() });
            leaf.methods.push((method, operation));
            if let Some(body) = &described.body {
                shapes.insert(operation, body.clone());
            }
        }
        let mut paths = matchit::Router::new();
        for (pattern, leaf) in by_path {
            paths.insert(pattern, leaf).map_err(|e| RoutesError(e.to_string()))?;
        }
        Ok(Self { paths, shapes })
    }

    pub fn find(&self, method: &Method, path: &str) -> Route {
        let Ok(found) = self.paths.at(path) else { return Route::Unknown };
        let leaf = found.value;
        match leaf.methods.iter().find(|(allowed, _)| allowed == method) {
            Some((_, operation)) => Route::Found(Matched {
                operation: *operation,
                parameters: leaf
                    .parameters
                    .iter()
                    .cloned()
                    .zip(found.params.iter().map(|(_, text)| text.to_owned()))
                    .collect(),
            }),
            None => {
                let mut allow: Vec<&str> = leaf.methods.iter().map(|(method, _)| method.as_str()).collect();
                if allow.contains(&"GET") {
                    allow.push("HEAD");
                }
                allow.push("OPTIONS");
                allow.sort_unstable();
                Route::OtherMethods(allow.join(", "))
            }
        }
    }

    pub fn shape(&self, operation: Operation) -> Option<&Shape> {
        self.shapes.get(&operation)
    }
}

/// Parameters are numbered, because paths that share a place may name it differently.
fn numbered(path: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let steps: Vec<String> = path
        .split('/')
        .map(|step| match step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
            Some(name) => {
                names.push(name.to_owned());
                format!("{{p{}}}", names.len())
            }
            None => step.to_owned(),
        })
        .collect();
    (steps.join("/"), names)
}
