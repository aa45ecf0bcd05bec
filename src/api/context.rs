//! A request as it goes through the generated router.

use std::ops::Deref;

use swagger::auth::{Authorization, Scopes};
use swagger::{Has, XSpanIdString};

use crate::access::RequestContext;

/// The request as the generated router carries it.
pub struct ApiContext {
    request: RequestContext,
    span: XSpanIdString,
    authorization: Option<Authorization>,
}

impl ApiContext {
    /// Wraps a request that the gate has let in.
    pub fn new(request: RequestContext) -> Self {
        // The router refuses what has no authorization; who may was decided before it.
        let authorization = Authorization { subject: String::new(), scopes: Scopes::All, issuer: None };
        Self { request, span: XSpanIdString(String::new()), authorization: Some(authorization) }
    }
}

impl Deref for ApiContext {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.request
    }
}

macro_rules! has {
    ($member:ident: $type:ty) => {
        impl Has<$type> for ApiContext {
            fn get(&self) -> &$type {
                &self.$member
            }

            fn get_mut(&mut self) -> &mut $type {
                &mut self.$member
            }

            fn set(&mut self, value: $type) {
                self.$member = value;
            }
        }
    };
}

has!(span: XSpanIdString);
has!(authorization: Option<Authorization>);
