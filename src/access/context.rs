//! One request, as everything behind the gate sees it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use plexsphere_api::models;
use zeroize::Zeroizing;

use super::credential::SECRET_BYTES;
use super::{NodeIdentity, Operator};
use crate::postgres::StorageError;
use crate::problem::{Problem, ProblemCode};

/// Who is calling, as the gate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular; the operation asks for no credential.
    Nobody,
    /// A Node.
    Node(NodeIdentity),
    /// An operator.
    Operator(Operator),
}

impl Principal {
    /// For logs and audit: what kind and which, never a secret.
    pub fn subject(&self) -> String {
        match self {
            Self::Nobody => "anonymous".to_owned(),
            Self::Node(node) => format!("node:{}", node.node_id),
            Self::Operator(operator) => operator.identity.to_string(),
        }
    }
}

/// One request as everything behind the gate sees it. Cheap to clone.
#[derive(Clone)]
pub struct RequestContext(Arc<Inner>);

struct Inner {
    correlation_id: String,
    path: String,
    now: DateTime<Utc>,
    principal: Principal,
    answered: OnceLock<ProblemCode>,
    presented_nsk: OnceLock<Zeroizing<[u8; SECRET_BYTES]>>,
    sign_in_cookie: OnceLock<Zeroizing<String>>,
    head: OnceLock<()>,
    cookies: Mutex<Vec<String>>,
}

impl RequestContext {
    /// The context of a request that the gate has let in. `path` is the request's path, without its query.
    pub fn new(correlation_id: String, path: String, now: DateTime<Utc>, principal: Principal) -> Self {
        Self(Arc::new(Inner {
            correlation_id,
            path,
            now,
            principal,
            answered: OnceLock::new(),
            presented_nsk: OnceLock::new(),
            sign_in_cookie: OnceLock::new(),
            head: OnceLock::new(),
            cookies: Mutex::default(),
        }))
    }

    /// The one reading of the clock for this request.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now
    }

    /// Who is calling.
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The operator who is calling, where the gate admits operators only.
    pub fn operator(&self) -> Option<&Operator> {
        match &self.0.principal {
            Principal::Operator(operator) => Some(operator),
            _ => None,
        }
    }

    /// The Node that is calling, if one is.
    pub fn node(&self) -> Option<&NodeIdentity> {
        match &self.0.principal {
            Principal::Node(node) => Some(node),
            _ => None,
        }
    }

    /// Keeps the key of the NSK that proved the caller, for the operation that seals its answer under it.
    pub fn keep_nsk(&self, key: Zeroizing<[u8; SECRET_BYTES]>) {
        // A request presents one.
        let _already = self.0.presented_nsk.set(key);
    }

    /// The key of the NSK that proved the caller, where it was kept.
    pub fn presented_nsk(&self) -> Option<&[u8; SECRET_BYTES]> {
        self.0.presented_nsk.get().map(|key| &**key)
    }

    /// Keeps the cookie of a sign-in, for the operation that finishes it.
    pub fn keep_sign_in_cookie(&self, cookie: &str) {
        let _already = self.0.sign_in_cookie.set(Zeroizing::new(cookie.to_owned()));
    }

    /// The cookie of a sign-in, where it was kept.
    pub fn sign_in_cookie(&self) -> Option<&str> {
        self.0.sign_in_cookie.get().map(|cookie| cookie.as_str())
    }

    /// Notes that HEAD was asked, where GET would do something.
    pub fn keep_head(&self) {
        let _already = self.0.head.set(());
    }

    /// Whether only status and headers are asked for, and nothing is to be done.
    pub fn is_head(&self) -> bool {
        self.0.head.get().is_some()
    }

    /// Sends a cookie along with the answer.
    pub fn set_cookie(&self, cookie: String) {
        self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner).push(cookie);
    }

    /// The cookies that go with the answer.
    pub fn take_cookies(&self) -> Vec<String> {
        std::mem::take(&mut self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ties answer, log and audit together.
    pub fn correlation_id(&self) -> &str {
        &self.0.correlation_id
    }

    /// The code that was answered, for the log.
    pub fn answered(&self) -> Option<ProblemCode> {
        self.0.answered.get().copied()
    }

    /// A Problem with `code`; `detail` says what went wrong this time.
    pub fn problem(&self, code: ProblemCode, detail: impl Into<String>) -> Problem {
        // The first code is the one that is answered.
        let _already = self.0.answered.set(code);
        Problem::new(code, detail.into(), &self.0.path, &self.0.correlation_id)
    }

    /// As [`Self::problem`], as the generated model.
    pub fn refuse(&self, code: ProblemCode, detail: impl Into<String>) -> models::Problem {
        self.problem(code, detail).into()
    }

    /// As [`Self::refuse`], naming the member that broke a rule.
    pub fn refuse_field(&self, code: ProblemCode, field: &str, detail: impl std::fmt::Display) -> models::Problem {
        let mut problem = self.problem(code, format!("{field}: {detail}"));
        problem.field = Some(field.to_owned());
        problem.into()
    }

    /// The shape PermissionDenied. Every refusal by a relation looks the same, so that none tells what exists.
    pub fn deny(&self, code: ProblemCode, reason: DenyReason, detail: impl Into<String>) -> models::PermissionDenied {
        let problem = self.problem(code, detail);
        models::PermissionDenied {
            r#type: problem.r#type,
            title: problem.title,
            status: i32::from(problem.status),
            detail: problem.detail,
            instance: problem.instance,
            code: problem.code,
            correlation_id: problem.correlation_id,
            field: None,
            reason: match reason {
                DenyReason::OutOfScope => models::DenialReason::OutOfScope,
                DenyReason::InsufficientRelation => models::DenialReason::InsufficientRelation,
                DenyReason::CaveatViolation => models::DenialReason::CaveatViolation,
            },
            relation_path: Vec::new(),
        }
    }

    /// What a fault of the database is answered with. Logs the cause: this is where it is consumed.
    pub fn fault(&self, error: &StorageError) -> Fault {
        if error.is_passing() {
            tracing::warn!(correlation_id = %self.0.correlation_id, %error, "request not served");
            Fault::Unavailable(self.refuse(ProblemCode::DatastoreUnavailable, ""))
        } else {
            Fault::Internal(self.failed(error))
        }
    }

    /// Logs what is nobody's fault but ours, and refuses.
    pub fn failed(&self, error: &impl std::fmt::Display) -> models::Problem {
        tracing::error!(correlation_id = %self.0.correlation_id, %error, "request failed");
        self.refuse(ProblemCode::Internal, "")
    }
}

/// Turns a Problem into the shape PermissionDenied.
pub fn denied(mut problem: Problem, reason: DenyReason) -> Problem {
    problem.reason = Some(reason.as_str());
    problem.relation_path = Some(Vec::new());
    problem
}

/// Why permission is denied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DenyReason {
    /// The credential is good, for something else.
    OutOfScope,
    /// No relation allows it.
    InsufficientRelation,
    /// A condition on the credential does not hold.
    CaveatViolation,
}

impl DenyReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfScope => "out_of_scope",
            Self::InsufficientRelation => "insufficient_relation",
            Self::CaveatViolation => "caveat_violation",
        }
    }
}

/// The two answers to a fault; every operation has both.
pub enum Fault {
    /// 503: try again.
    Unavailable(models::Problem),
    /// 500: our fault.
    Internal(models::Problem),
}

/// Answers a [`StorageError`] with the response enum of an operation.
#[macro_export]
macro_rules! fault {
    ($response:ident, $context:expr, $error:expr) => {
        match $context.fault($error) {
            $crate::access::context::Fault::Unavailable(problem) => $response::Unavailable(problem),
            $crate::access::context::Fault::Internal(problem) => $response::Internal(problem),
        }
    };
}
