use plexsphere_api::{GetErrorCodeResponse, models};

use crate::access::RequestContext;
use crate::contract::Contract;
use crate::problem::ProblemCode;

/// GET /v1/errors/{code}
pub(super) fn get_error_code(contract: &Contract, code: &str, context: &RequestContext) -> GetErrorCodeResponse {
    match contract.codes.get(code) {
        Some(doc) => GetErrorCodeResponse::Ok(models::ErrorExplanation {
            code: code.to_owned(),
            status: i32::from(doc.status),
            title: doc.title.clone(),
            cause: doc.cause.clone(),
            remedy: doc.remedy.clone(),
        }),
        None => {
            GetErrorCodeResponse::NotFound(context.refuse(ProblemCode::ErrorCodeNotFound, "no error has this code"))
        }
    }
}

/// GET /v1/version
pub(super) fn version() -> models::VersionInfo {
    models::VersionInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: "v1".to_owned(),
        commit: option_env!("PLEXSPHERE_COMMIT").map(str::to_owned),
    }
}
