//! A member of a body that breaks a rule. What is said about it never repeats what was sent.

use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

/// A member, by its full path on the wire, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct InvalidField {
    /// Its path, such as `reachability.stale_after`.
    pub field: String,
    /// What it must be and is not.
    pub what: String,
}

impl InvalidField {
    /// `field` is wrong in that it `what`.
    pub fn new(field: &str, what: impl Into<String>) -> Self {
        Self { field: field.to_owned(), what: what.into() }
    }
}

/// Holds `body` against the limits that the contract declares.
///
/// # Errors
/// The first member beyond one.
pub fn within_limits(body: &impl Validate) -> Result<(), InvalidField> {
    body.validate().map_err(|errors| first_invalid(&errors))
}

/// Refuses text that is there and says nothing.
///
/// # Errors
/// [`InvalidField`] naming `field`.
pub fn not_blank(field: &str, text: &str) -> Result<(), InvalidField> {
    if text.trim().is_empty() { Err(InvalidField::new(field, "must not be blank")) } else { Ok(()) }
}

/// The first failing member in the order of names, nested ones included.
pub fn first_invalid(errors: &ValidationErrors) -> InvalidField {
    search(errors, "").unwrap_or_else(|| InvalidField::new("", "is not valid"))
}

fn search(errors: &ValidationErrors, above: &str) -> Option<InvalidField> {
    let mut members: Vec<_> = errors.errors().iter().collect();
    members.sort_by(|a, b| a.0.cmp(b.0));
    members.into_iter().find_map(|(name, kind)| {
        // A Rust keyword as a name is written raw; no other member is renamed.
        let name = name.trim_start_matches("r#");
        let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        match kind {
            ValidationErrorsKind::Field(errors) => {
                errors.first().map(|error| InvalidField::new(&path, what(name, error)))
            }
            ValidationErrorsKind::Struct(nested) => search(nested, &path),
            ValidationErrorsKind::List(items) => {
                items.iter().find_map(|(at, item)| search(item, &format!("{path}[{at}]")))
            }
        }
    })
}

fn what(name: &str, error: &ValidationError) -> String {
    let bound = |which: &str| error.params.get(which).and_then(Value::as_i64);
    let unit = if error.code == "length" { " characters long" } else { "" };
    match (error.code.as_ref(), bound("min"), bound("max")) {
        ("length" | "range", Some(min), Some(max)) => format!("must be {min} to {max}{unit}"),
        ("length" | "range", Some(min), None) => format!("must be at least {min}{unit}"),
        ("length" | "range", None, Some(max)) => format!("must be at most {max}{unit}"),
        ("regex", ..) => match name {
            "slug" => "must be a lower-case letter, then lower-case letters, digits and hyphens".to_owned(),
            "env_prefix" => "must be lower-case letters".to_owned(),
            _ => "does not match the pattern of the contract".to_owned(),
        },
        _ => "is not valid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use plexsphere_api::models;

    use super::*;

    fn domain() -> models::CreateDomainRequest {
        models::CreateDomainRequest::new("Edge".into(), "edge".into(), "100.64.0.0/16".into())
    }

    fn refused(body: &impl Validate) -> (String, String) {
        let invalid = within_limits(body).unwrap_err();
        (invalid.field, invalid.what)
    }

    #[test]
    fn what_is_within_its_limits_passes() {
        assert_eq!(within_limits(&domain()), Ok(()));
    }

    #[test]
    fn the_member_and_its_rule_are_named() {
        let long = models::CreateDomainRequest { name: "x".repeat(129), ..domain() };
        assert_eq!(refused(&long), ("name".into(), "must be 1 to 128 characters long".into()));
        let short = models::CreateDomainRequest { endpoint_ttl_seconds: Some(9), ..domain() };
        assert_eq!(refused(&short), ("endpoint_ttl_seconds".into(), "must be 10 to 3600".into()));
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let (field, what) = refused(&models::CreateDomainRequest { slug: "S3CR3T".into(), ..domain() });
        assert_eq!(field, "slug");
        assert!(!what.contains("S3CR3T"), "{what}");
    }

    #[test]
    fn a_nested_member_has_its_whole_path() {
        let mut body = domain();
        let thresholds = models::ReachabilityThresholdsRequest {
            heartbeat_interval: None,
            stale_after: Some("1".repeat(33)),
            unreachable_after: None,
        };
        body.reachability = Some(thresholds);
        assert_eq!(refused(&body), ("reachability.stale_after".into(), "must be at most 32 characters long".into()));
    }

    #[test]
    fn of_several_always_the_same_one_is_named() {
        let body = models::CreateDomainRequest { name: String::new(), slug: "-".into(), ..domain() };
        assert_eq!(refused(&body).0, "name");
    }

    #[test]
    fn blank_text_is_refused() {
        assert!(not_blank("name", " \t\u{2003}").is_err());
        assert!(not_blank("name", " a ").is_ok());
    }
}
