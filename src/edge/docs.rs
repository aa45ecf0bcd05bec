//! The contract itself and its reference page: answered here, because they are not JSON models.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt, Full};
use serde_json::json;

use super::operation::Operation;
use crate::contract::{Contract, YAML};
use crate::serve::ResponseBody;

/// The page with its program in it: one answer, no second host.
static PAGE: OnceLock<Bytes> = OnceLock::new();

/// Answers the operations that serve a document; `None` for all others.
pub fn answer(operation: Operation, contract: &Contract) -> Option<Response<ResponseBody>> {
    let (body, media_type) = match operation {
        Operation::GetOpenapiJson => (contract.json.clone(), "application/json"),
        Operation::GetOpenapiYaml => (Bytes::from_static(YAML.as_bytes()), "application/yaml"),
        Operation::GetDocs => (PAGE.get_or_init(page).clone(), "text/html; charset=utf-8"),
        _ => return None,
    };
    let mut response = Response::new(Full::new(body).boxed());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Some(response)
}

/// What the page may load and whom it may ask: itself and this server, nobody else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src 'self' data: blob:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

fn page() -> Bytes {
    let program = scalar_api_reference::get_asset("scalar.js").unwrap_or_default();
    // Whatever would send the contract, a request or a credential to the maker's own services is off.
    let settings = json!({
        "url": "/v1/openapi.json", "withDefaultFonts": false, "telemetry": false, "proxyUrl": "",
        "showDeveloperTools": "never", "hideClientButton": true,
        "agent": { "disabled": true }, "mcp": { "disabled": true },
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>plexsphere API</title>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
         <link rel=\"icon\" href=\"data:,\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\
         <body><div id=\"reference\"></div><script>{}</script>\
         <script>Scalar.createApiReference('#reference', {settings})</script></body></html>",
        String::from_utf8_lossy(&program)
    );
    Bytes::from(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_program_in_it_and_may_ask_this_server_only() {
        let page = String::from_utf8(page().to_vec()).unwrap();
        let (head, body) = page.split_once("</head>").unwrap();
        assert!(head.contains("connect-src 'self'") && !head.contains("://"), "{head}");
        assert!(body.len() > 1_000_000, "the program is missing");
        let (_, settings) = body.rsplit_once("<script>").unwrap();
        assert!(!settings.contains("://") && settings.contains(r#""proxyUrl":"""#), "{settings}");
    }
}
