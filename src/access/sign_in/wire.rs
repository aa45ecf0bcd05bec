//! Signing in and out on the wire.

use plexsphere_api::{GetAuthCallbackResponse, GetSignInResponse, PostSignInResponse, SignOutResponse, models};
use uuid::Uuid;

use super::{BeginRefusal, FinishRefusal, Onward, Returned, SignIns, Undecided};
use crate::access::RequestContext;
use crate::access::session::cookie;
use crate::fault;
use crate::ids::DomainId;
use crate::invalid_field::within_limits;
use crate::problem::ProblemCode;

/// Answers the beginning of a sign-in with the response enum of an operation; `$invalid` says there what is wrong with
/// what was asked.
macro_rules! begun {
    ($response:ident, $context:expr, $begun:expr, $invalid:expr) => {
        match $begun {
            Ok(onward) => $response::Found { location: set_out(onward, $context) },
            Err(refusal @ BeginRefusal::NoIssuer) => $invalid("domain_id", refusal.to_string()),
            Err(refusal @ BeginRefusal::Elsewhere) => $invalid("return_to", refusal.to_string()),
            Err(BeginRefusal::Issuer(undecided)) => $response::Unavailable(unreachable(&undecided, $context)),
            Err(refusal @ BeginRefusal::Seal(_)) => $response::Internal($context.failed(&refusal)),
            Err(BeginRefusal::Storage(error)) => fault!($response, $context, &error),
        }
    };
}

/// POST /v1/auth/sign-in
pub async fn post_sign_in(
    sign_ins: &SignIns,
    body: models::SignInRequest,
    context: &RequestContext,
) -> PostSignInResponse {
    use PostSignInResponse as Response;
    let invalid = |field: &str, rule: String| {
        Response::UnprocessableContent(context.refuse_field(ProblemCode::InvalidField, field, rule))
    };
    if let Err(broken) = within_limits(&body) {
        return invalid(&broken.field, broken.what.to_string());
    }
    let return_to = body.return_to.as_deref().unwrap_or("/");
    begun!(Response, context, sign_ins.begin(body.domain_id.map(DomainId), return_to, context.now()).await, invalid)
}

/// GET /v1/auth/sign-in
pub async fn get_sign_in(
    sign_ins: &SignIns,
    domain_id: Option<Uuid>,
    return_to: Option<String>,
    context: &RequestContext,
) -> GetSignInResponse {
    use GetSignInResponse as Response;
    let invalid = |name: &str, rule: String| {
        Response::BadRequest(context.refuse(ProblemCode::InvalidQuery, format!("{name}: {rule}")))
    };
    let return_to = return_to.as_deref().unwrap_or("/");
    let domain_id = domain_id.map(DomainId);
    let begun = if context.is_head() {
        sign_ins.would_begin(domain_id, return_to).await
    } else {
        sign_ins.begin(domain_id, return_to, context.now()).await
    };
    begun!(Response, context, begun, invalid)
}

/// GET /v1/auth/callback
pub async fn get_auth_callback(
    sign_ins: &SignIns,
    returned: Returned,
    context: &RequestContext,
) -> GetAuthCallbackResponse {
    use GetAuthCallbackResponse as Response;
    let browser = context.sign_in_cookie();
    let finished = if context.is_head() {
        sign_ins.would_finish(returned, browser, context.now()).await
    } else {
        sign_ins.finish(returned, browser, context.now(), context.correlation_id()).await
    };
    match finished {
        Ok(onward) => Response::Found { location: set_out(onward, context) },
        Err(refusal @ (FinishRefusal::Unknown | FinishRefusal::NoCode)) => {
            Response::BadRequest(context.refuse(ProblemCode::InvalidQuery, refusal.to_string()))
        }
        Err(FinishRefusal::Refused(why)) => {
            tracing::info!(correlation_id = context.correlation_id(), why, "a sign-in is refused");
            // It is over with that.
            if !context.is_head() {
                context.set_cookie(cookie::of_no_sign_in());
            }
            let detail = "the issuer did not vouch for anybody; the log says why, under the correlation id";
            Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, detail))
        }
        Err(FinishRefusal::Issuer(undecided)) => Response::Unavailable(unreachable(&undecided, context)),
        Err(refusal @ (FinishRefusal::NoSecret(_) | FinishRefusal::NoRandomness(_))) => {
            Response::Internal(context.failed(&refusal))
        }
        Err(FinishRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// DELETE /v1/auth/whoami
pub async fn sign_out(sign_ins: &SignIns, context: &RequestContext) -> SignOutResponse {
    use SignOutResponse as Response;
    let Some(operator) = context.operator() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, "this is for operators"));
    };
    match sign_ins.sign_out(operator, context.now(), context.correlation_id()).await {
        Ok(cookies) => {
            cookies.into_iter().for_each(|cookie| context.set_cookie(cookie));
            Response::NoContent
        }
        Err(error) => fault!(Response, context, &error),
    }
}

fn set_out(onward: Onward, context: &RequestContext) -> String {
    onward.cookies.into_iter().for_each(|cookie| context.set_cookie(cookie));
    onward.location
}

fn unreachable(undecided: &Undecided, context: &RequestContext) -> models::Problem {
    // Strangers can ask this without end; that an issuer is away is logged once.
    tracing::debug!(correlation_id = context.correlation_id(), %undecided, "an issuer cannot be asked");
    context.refuse(ProblemCode::DatastoreUnavailable, "")
}
