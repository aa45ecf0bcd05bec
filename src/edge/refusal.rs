use http::StatusCode;

use crate::access::context::DenyReason;
use crate::problem::ProblemCode;

/// A request that the edge answers itself.
#[derive(Debug)]
pub struct Refusal {
    pub code: ProblemCode,
    pub detail: String,
    /// Set for the shape PermissionDenied.
    pub denied: Option<DenyReason>,
    /// For 405: what is allowed.
    pub allow: Option<String>,
    /// Whether the connection should be closed: the peer may still be sending.
    pub close: bool,
}

impl Refusal {
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), denied: None, allow: None, close: false }
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn denied(mut self, reason: DenyReason) -> Self {
        self.denied = Some(reason);
        self
    }

    pub fn allowing(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }

    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}
