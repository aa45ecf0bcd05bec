//! What the contract lets an operation answer: statuses, codes, headers and media types, read out of the contract
//! itself.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use plexsphere::contract::{Contract, ContractError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answers::{PermissionDenied, Problem};
use crate::connection::Answer;

const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! operations {
    ($($name:ident,)+) => {
        /// The operations that the fleet calls, by their ids in the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the contract's own names")]
        pub enum Operation { $($name,)+ }

        impl Operation {
            /// All of them.
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$name),+];

            /// Its operation id.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// Its place in [`Operation::ALL`].
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

operations! {
    CreateDomain,
    CreateProject,
    IssueBootstrapToken,
    Register,
    PostNodeHeartbeat,
    PutNodeEndpoint,
    PutNodeCapabilities,
    PostNodeIntegrityViolations,
    PutNodeReportEntry,
    DeleteNodeReportEntry,
    GetNodeState,
    GetNodeEvents,
    GetNodeReachability,
    GetNode,
    ListNodes,
    DrainNode,
    UndrainNode,
    PutNodeMetadataEntry,
    DeleteNodeMetadataEntry,
    GetDomainMeshTopology,
    PostNodeKeysRotate,
    GetNodeKeysRotatePreview,
    PostKeysRotate,
    GetPeerPsk,
    DeregisterNode,
    DeleteProject,
    DeleteDomain,
}

/// The contract cannot be held against answers.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It cannot be read.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// It has something that this program does not understand.
    #[error("the contract is not what this program was written for: {0}")]
    Unknown(String),
}

/// A broken rule: which one, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule, in a word or two.
    pub rule: &'static str,
    /// What was seen.
    pub detail: String,
}

impl Fault {
    /// `rule` was broken in the way that `detail` tells.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

/// An answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The problem code; "(none)" when the body has none.
    pub code: String,
    /// What the server says about it.
    pub detail: String,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Finds the request in the server's log.
    pub correlation_id: String,
}

impl Refusal {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        passes(self.status)
    }
}

/// Whether what is refused with this status may succeed later.
pub fn passes(status: u16) -> bool {
    status >= 500 && status != 501 || matches!(status, 408 | 429)
}

/// An answer as the contract sees it.
#[derive(Debug)]
pub struct Checked {
    /// Which rules it breaks.
    pub faults: Vec<Fault>,
    /// What kind of error it is, unless it is a success.
    pub refusal: Option<Refusal>,
}

/// The contract's rules for the operations of the fleet.
pub struct Rules {
    operations: Vec<OperationRules>,
    common_headers: Vec<CommonHeader>,
    titles: BTreeMap<String, String>,
}

struct OperationRules {
    method: Method,
    path: String,
    statuses: BTreeMap<u16, StatusRules>,
    general: BTreeMap<u16, Vec<String>>,
}

struct StatusRules {
    media_type: Option<String>,
    codes: Vec<String>,
    denial: bool,
    /// Headers of its own, and whether they have to be there. They stand in the place of common ones.
    headers: Vec<(HeaderName, bool)>,
}

struct CommonHeader {
    name: HeaderName,
    /// `None`: all of them.
    statuses: Option<Vec<u16>>,
    value: Wanted,
}

enum Wanted {
    Anything,
    Exactly(HeaderValue),
    CorrelationId,
    Seconds,
}

impl Wanted {
    fn read(header: &Value) -> Result<Self, RulesError> {
        match (header["value"].as_str(), header["pattern"].as_str()) {
            (Some(value), _) => HeaderValue::from_str(value).map(Self::Exactly).map_err(|_| unknown(value)),
            (None, Some("^[A-Za-z0-9._-]{1,64}$")) => Ok(Self::CorrelationId),
            (None, Some("^[0-9]+$")) => Ok(Self::Seconds),
            (None, Some(pattern)) => Err(unknown(&format!("the pattern {pattern} of a header"))),
            (None, None) => Ok(Self::Anything),
        }
    }

    fn holds(&self, value: &HeaderValue) -> bool {
        let bytes = value.as_bytes();
        match self {
            Self::Anything => true,
            Self::Exactly(wanted) => value == wanted,
            Self::CorrelationId => {
                (1..=64).contains(&bytes.len())
                    && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
            }
            Self::Seconds => !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit),
        }
    }
}

fn unknown(what: &str) -> RulesError {
    RulesError::Unknown(what.to_owned())
}

impl Rules {
    /// Reads the compiled-in contract.
    ///
    /// # Errors
    /// [`RulesError`]: a defect of the build.
    pub fn load() -> Result<Self, RulesError> {
        let contract = Contract::load()?;
        let document = &contract.document;
        let general: BTreeMap<u16, Vec<String>> = codes_by_status(&document["x-general-codes"]);
        let mut operations = Vec::new();
        for operation in Operation::ALL {
            let found = contract.operations.iter().find(|found| found.id == operation.id());
            let found = found.ok_or_else(|| unknown(operation.id()))?;
            let codes = codes_by_status(&found.document["x-codes"]);
            let mut statuses = BTreeMap::new();
            for (status, response) in found.document["responses"].as_object().into_iter().flatten() {
                let status: u16 = status.parse().map_err(|_| unknown(status))?;
                let codes = codes.get(&status).cloned().unwrap_or_default();
                statuses.insert(status, StatusRules::read(document, response, codes)?);
            }
            operations.push(OperationRules {
                method: found.method.parse().map_err(|_| unknown(&found.method))?,
                path: found.path.clone(),
                statuses,
                general: general.clone(),
            });
        }
        let mut common_headers = Vec::new();
        for (name, header) in document["x-common-headers"].as_object().into_iter().flatten() {
            let statuses = header["statuses"].as_array().map(|statuses| {
                statuses.iter().filter_map(Value::as_str).filter_map(|status| status.parse().ok()).collect()
            });
            let name = name.parse().map_err(|_| unknown(name))?;
            common_headers.push(CommonHeader { name, statuses, value: Wanted::read(header)? });
        }
        let titles = contract.codes.into_iter().map(|(code, doc)| (code, doc.title)).collect();
        Ok(Self { operations, common_headers, titles })
    }

    /// Method and path of an operation; `ids` fill the parameters of its path in their order.
    pub fn request_line(&self, operation: Operation, ids: &[&str]) -> (Method, String) {
        let rules = &self.operations[operation.index()];
        let mut ids = ids.iter();
        let mut path = String::with_capacity(80);
        for (at, part) in rules.path.split(['{', '}']).enumerate() {
            // Every other part is the name of a parameter.
            path.push_str(if at % 2 == 0 { part } else { ids.next().copied().unwrap_or_default() });
        }
        (rules.method.clone(), path)
    }

    /// Holds an answer against the contract, all but the body of a success. `path` and `correlation_id` are those
    /// of the request.
    pub fn check(&self, operation: Operation, path: &str, correlation_id: &str, answer: &Answer) -> Checked {
        let mut faults = Vec::new();
        let status = answer.status.as_u16();
        let rules = &self.operations[operation.index()];
        let declared = rules.statuses.get(&status);
        let own_headers = declared.map_or(&[][..], |declared| declared.headers.as_slice());
        self.check_common_headers(status, own_headers, correlation_id, &answer.headers, &mut faults);
        if declared.is_none() && !rules.general.contains_key(&status) {
            faults.push(Fault::new("status", format!("{status} is not declared")));
        }
        for (name, required) in own_headers {
            if *required && !answer.headers.contains_key(name) {
                faults.push(Fault::new("header", format!("{status} without {name}")));
            }
        }
        let media_type = if status >= 400 {
            Some(PROBLEM_JSON)
        } else {
            declared.and_then(|declared| declared.media_type.as_deref())
        };
        check_media_type(status, media_type, answer, &mut faults);
        // What the caller has already is no error, where that can be said.
        let good = status < 300 || status == 304 && declared.is_some();
        let refusal = (!good).then(|| self.check_problem(rules, path, correlation_id, answer, &mut faults));
        Checked { faults, refusal }
    }

    fn check_common_headers(
        &self,
        status: u16,
        own_headers: &[(HeaderName, bool)],
        correlation_id: &str,
        headers: &HeaderMap,
        faults: &mut Vec<Fault>,
    ) {
        for header in &self.common_headers {
            let name = &header.name;
            let other_status = header.statuses.as_ref().is_some_and(|statuses| !statuses.contains(&status));
            if other_status || own_headers.iter().any(|(own, _)| own == name) {
                continue;
            }
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (None, _) => faults.push(Fault::new("header", format!("{status} without {name}"))),
                (Some(_), Some(_)) => faults.push(Fault::new("header", format!("{status} with {name} twice"))),
                (Some(value), None) if !header.value.holds(value) => {
                    faults.push(Fault::new("header", format!("{status} with {name}: {value:?}")));
                }
                (Some(value), None) => {
                    if matches!(header.value, Wanted::CorrelationId) && value.as_bytes() != correlation_id.as_bytes() {
                        faults.push(Fault::new("correlation id", format!("{correlation_id} became {value:?}")));
                    }
                }
            }
        }
    }

    fn check_problem(
        &self,
        rules: &OperationRules,
        path: &str,
        correlation_id: &str,
        answer: &Answer,
        faults: &mut Vec<Fault>,
    ) -> Refusal {
        let status = answer.status.as_u16();
        let logged = correlation_id.to_owned();
        let retry_after = answer.headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let declared = rules.statuses.get(&status);
        let denial = declared.is_some_and(|declared| declared.denial);
        let problem = match problem(&answer.body, denial) {
            Ok(problem) => problem,
            Err(error) => {
                let start = String::from_utf8_lossy(answer.body.get(..200).unwrap_or(&answer.body)).into_owned();
                faults.push(Fault::new("problem", format!("{status}: {error}, in {start:?}")));
                let code = "(none)".to_owned();
                return Refusal { status, code, detail: String::new(), retry_after, correlation_id: logged };
            }
        };

        let code = problem.code.as_str();
        let lists = [declared.map(|declared| &declared.codes), rules.general.get(&status)];
        if !lists.into_iter().flatten().any(|codes| codes.iter().any(|declared| declared == code)) {
            faults.push(Fault::new("code", format!("{status} {code} is not declared: {}", problem.detail)));
        }
        let members = [
            ("status", problem.status.to_string(), status.to_string()),
            ("type", problem.r#type.clone(), format!("/v1/errors/{code}")),
            ("title", problem.title.clone(), self.titles.get(code).cloned().unwrap_or_default()),
            ("instance", problem.instance.clone(), path.to_owned()),
            ("correlation_id", problem.correlation_id.clone(), correlation_id.to_owned()),
        ];
        for (member, is, wanted) in members {
            if is != wanted {
                faults.push(Fault::new("problem", format!("{code}: {member} is {is:?}, not {wanted:?}")));
            }
        }
        if problem.detail.is_empty() {
            faults.push(Fault::new("problem", format!("{code}: detail is empty")));
        }
        Refusal { status, code: problem.code, detail: problem.detail, retry_after, correlation_id: logged }
    }
}

impl StatusRules {
    fn read(document: &Value, response: &Value, codes: Vec<String>) -> Result<Self, RulesError> {
        let response = match response["$ref"].as_str() {
            Some(target) => {
                let found = target.strip_prefix('#').and_then(|path| document.pointer(path));
                found.ok_or_else(|| unknown(target))?
            }
            None => response,
        };
        let content = response["content"].as_object().and_then(|content| content.iter().next());
        let schema = content.map(|(_, content)| content["schema"]["$ref"].as_str().unwrap_or_default());
        let mut headers = Vec::new();
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let required = header["required"].as_bool() == Some(true);
            headers.push((name.parse().map_err(|_| unknown(name))?, required));
        }
        Ok(Self {
            media_type: content.map(|(media_type, _)| media_type.clone()),
            codes,
            denial: schema.is_some_and(|schema| schema.ends_with("/PermissionDenied")),
            headers,
        })
    }
}

fn codes_by_status(codes: &Value) -> BTreeMap<u16, Vec<String>> {
    let entries = codes.as_object().into_iter().flatten();
    entries
        .filter_map(|(status, codes)| {
            let codes = codes.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            Some((status.parse().ok()?, codes))
        })
        .collect()
}

fn check_media_type(status: u16, wanted: Option<&str>, answer: &Answer, faults: &mut Vec<Fault>) {
    let given = answer.headers.get(CONTENT_TYPE);
    match (wanted, given) {
        (Some(wanted), Some(given)) => {
            let essence = given.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            if essence.trim_ascii() != wanted.as_bytes() {
                faults.push(Fault::new("media type", format!("{status} with {given:?}, not {wanted}")));
            }
        }
        (Some(wanted), None) => faults.push(Fault::new("media type", format!("{status} without {wanted}"))),
        (None, _) if !answer.body.is_empty() => {
            faults.push(Fault::new("body", format!("{status} with a body of {} bytes", answer.body.len())));
        }
        (None, _) => {}
    }
}

fn problem(body: &[u8], denial: bool) -> Result<Problem, serde_json::Error> {
    if !denial {
        return serde_json::from_slice(body);
    }
    let denied: PermissionDenied = serde_json::from_slice(body)?;
    Ok(Problem {
        r#type: denied.r#type,
        title: denied.title,
        status: denied.status,
        detail: denied.detail,
        instance: denied.instance,
        code: denied.code,
        correlation_id: denied.correlation_id,
        field: denied.field,
    })
}

/// Reads the body of a success.
///
/// # Errors
/// The [`Fault`] that it is when it is not what the contract says.
pub fn body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    // Not the body itself: it may hold secrets.
    serde_json::from_slice(body).map_err(|error| Fault::new("body", error.to_string()))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    const PATH: &str = "/v1/nodes/0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f/heartbeat";

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> Answer {
        let mut map = HeaderMap::new();
        map.append("cache-control", HeaderValue::from_static("no-store"));
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: map, body: body.into() }
    }

    const GOOD: [(&str, &str); 2] = [("x-plexsphere-api-version", "v1"), ("x-correlation-id", "c-1")];

    fn problem(code: &str, status: u16) -> Value {
        let rules = Rules::load().unwrap();
        serde_json::json!({
            "type": format!("/v1/errors/{code}"), "title": rules.titles[code], "status": status, "detail": "Why.",
            "instance": PATH, "code": code, "correlation_id": "c-1",
        })
    }

    fn faults(answer: &Answer) -> Vec<&'static str> {
        let checked = Rules::load().unwrap().check(Operation::PostNodeHeartbeat, PATH, "c-1", answer);
        checked.faults.iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn every_operation_is_in_the_contract() {
        let rules = Rules::load().unwrap();
        let (method, path) =
            rules.request_line(Operation::PostNodeHeartbeat, &["0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f"]);
        assert_eq!((method, path.as_str()), (Method::POST, PATH));
        assert_eq!(rules.request_line(Operation::ListNodes, &[]), (Method::GET, "/v1/nodes".to_owned()));
        for operation in Operation::ALL {
            assert!(rules.operations[operation.index()].statuses.keys().any(|status| *status < 300), "{operation:?}");
        }
    }

    #[test]
    fn a_proper_answer_has_no_faults() {
        let json = [GOOD[0], GOOD[1], ("content-type", "application/json")];
        assert!(faults(&answer(200, &json, &serde_json::json!({}))).is_empty());
        let refused = [GOOD[0], GOOD[1], ("content-type", PROBLEM_JSON), ("www-authenticate", "Bearer")];
        assert!(faults(&answer(401, &refused, &problem("nsk_revoked", 401))).is_empty());
        let busy = [GOOD[0], GOOD[1], ("content-type", PROBLEM_JSON), ("retry-after", "3")];
        let answer = answer(503, &busy, &problem("overloaded", 503));
        let checked = Rules::load().unwrap().check(Operation::PostNodeHeartbeat, PATH, "c-1", &answer);
        assert!(checked.faults.is_empty(), "{:?}", checked.faults);
        let refusal = checked.refusal.unwrap();
        assert_eq!((refusal.code.as_str(), refusal.retry_after), ("overloaded", Some(Duration::from_secs(3))));
        assert!(refusal.is_transient());
    }

    #[test]
    fn not_modified_is_a_success_where_it_is_declared() {
        let rules = Rules::load().unwrap();
        let headers = [GOOD[0], GOOD[1], ("etag", "\"1\""), ("vary", "Accept-Encoding")];
        let not_modified = answer(304, &headers, &Value::Null);
        let checked = rules.check(Operation::GetNodeState, PATH, "c-1", &not_modified);
        assert!(checked.faults.is_empty() && checked.refusal.is_none(), "{checked:?}");
        let checked = rules.check(Operation::GetNodeState, PATH, "c-1", &answer(304, &headers[..2], &Value::Null));
        assert_eq!(checked.faults[0].rule, "header", "an ETag is required");
        assert!(rules.check(Operation::GetNode, PATH, "c-1", &not_modified).refusal.is_some());
    }

    #[test]
    fn what_the_contract_does_not_say_is_a_fault() {
        let json = ("content-type", "application/json");
        let problem_json = ("content-type", PROBLEM_JSON);
        let empty = serde_json::json!({});
        let cases = [
            (answer(200, &[json, GOOD[0]], &empty), vec!["header"]),
            (answer(200, &[json, GOOD[1]], &empty), vec!["header"]),
            (answer(200, &[json, GOOD[0], GOOD[1], GOOD[1]], &empty), vec!["header"]),
            (answer(200, &[json, GOOD[0], ("x-correlation-id", "c-2")], &empty), vec!["correlation id"]),
            (answer(200, &[problem_json, GOOD[0], GOOD[1]], &empty), vec!["media type"]),
            (answer(201, &[GOOD[0], GOOD[1]], &Value::Null), vec!["status"]),
            (answer(401, &[problem_json, GOOD[0], GOOD[1]], &problem("nsk_revoked", 401)), vec!["header"]),
            (answer(503, &[problem_json, GOOD[0], GOOD[1]], &problem("overloaded", 503)), vec!["header"]),
            (answer(400, &[problem_json, GOOD[0], GOOD[1]], &problem("invalid_query", 400)), vec!["code"]),
            (answer(404, &[problem_json, GOOD[0], GOOD[1]], &problem("node_not_found", 400)), vec!["problem"]),
            (answer(403, &[problem_json, GOOD[0], GOOD[1]], &problem("node_id_mismatch", 403)), vec!["problem"]),
            (answer(502, &[problem_json, GOOD[0], GOOD[1]], &Value::Null), vec!["status", "problem"]),
        ];
        for (answer, wanted) in cases {
            assert_eq!(faults(&answer), wanted, "{} {:?}", answer.status, answer.body);
        }
    }
}
