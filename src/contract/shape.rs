//! The shape that the contract gives a request body, and holding a body against it.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::Value;

use crate::ids::parse_uuid;

/// What a JSON value must be.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An object with exactly these members.
    Object(BTreeMap<String, Member>),
    /// An object with any member names.
    Map(Box<Shape>),
    /// A list.
    Array(Box<Shape>),
    /// Text.
    Text,
    /// Text: a hyphenated UUID, not the nil one.
    Uuid,
    /// Text: an RFC 3339 time with a zone.
    Time,
    /// Text: one of these.
    OneOf(Vec<String>),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// true or false.
    Boolean,
    /// Anything.
    Any,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    shape: Shape,
    required: bool,
}

/// Why a body does not fit, in words for its sender.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Shape {
    /// Reads a schema of `document`.
    pub fn read(document: &Value, schema: &Value) -> Self {
        if let Some(target) = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
            return document.pointer(target).map_or(Self::Any, |schema| Self::read(document, schema));
        }
        match schema["type"].as_str() {
            Some("object") => match (schema["properties"].as_object(), &schema["additionalProperties"]) {
                (Some(properties), _) => {
                    let required: Vec<&str> =
                        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                    Self::Object(
                        properties
                            .iter()
                            .map(|(name, schema)| {
                                let required = required.contains(&name.as_str());
                                (name.clone(), Member { shape: Self::read(document, schema), required })
                            })
                            .collect(),
                    )
                }
                (None, items @ Value::Object(_)) => Self::Map(Box::new(Self::read(document, items))),
                (None, _) => Self::Map(Box::new(Self::Any)),
            },
            Some("array") => Self::Array(Box::new(Self::read(document, &schema["items"]))),
            Some("string") => match (schema["enum"].as_array(), schema["format"].as_str()) {
                (Some(values), _) => Self::OneOf(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                (None, Some("uuid")) => Self::Uuid,
                (None, Some("date-time")) => Self::Time,
                _ => Self::Text,
            },
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Any,
        }
    }

    /// Holds `value` against the shape. Members that are null are taken out: an optional member that is null
    /// counts as absent. Returns whether any was.
    ///
    /// # Errors
    /// [`Malformed`], naming the first member that does not fit.
    pub fn fit(&self, value: &mut Value) -> Result<bool, Malformed> {
        self.fit_at(value, &mut String::new())
    }

    fn fit_at(&self, value: &mut Value, path: &mut String) -> Result<bool, Malformed> {
        let fits = match self {
            Self::Object(members) => return fit_object(members, value, path),
            Self::Map(shape) => {
                let Value::Object(entries) = value else { return Err(wrong(path, "must be an object")) };
                return fit_all(entries.iter_mut().map(|(name, value)| (format!(".{name}"), value)), shape, path);
            }
            Self::Array(shape) => {
                let Value::Array(items) = value else { return Err(wrong(path, "must be an array")) };
                return fit_all(
                    items.iter_mut().enumerate().map(|(at, value)| (format!("[{at}]"), value)),
                    shape,
                    path,
                );
            }
            Self::Text => value.is_string().then_some(()).ok_or("must be a string"),
            Self::Uuid => value.as_str().and_then(parse_uuid).map(drop).ok_or("must be a UUID, and not the nil one"),
            Self::Time => {
                value.as_str().filter(|text| is_time(text)).map(drop).ok_or("must be an RFC 3339 time with a zone")
            }
            Self::OneOf(values) => match value.as_str() {
                Some(text) if values.iter().any(|allowed| allowed == text) => Ok(()),
                _ => return Err(wrong(path, &format!("must be one of {}", values.join(", ")))),
            },
            Self::Integer => (value.is_i64() || value.is_u64()).then_some(()).ok_or("must be an integer"),
            Self::Number => value.is_number().then_some(()).ok_or("must be a number"),
            Self::Boolean => value.is_boolean().then_some(()).ok_or("must be true or false"),
            Self::Any => Ok(()),
        };
        fits.map(|()| false).map_err(|what| wrong(path, what))
    }
}

fn is_time(text: &str) -> bool {
    // chrono also takes a blank between date and time; RFC 3339 has it as a readability option, JSON peers do not.
    text.as_bytes().get(10).is_some_and(|b| matches!(b, b'T' | b't')) && DateTime::parse_from_rfc3339(text).is_ok()
}

fn fit_all<'v>(
    items: impl Iterator<Item = (String, &'v mut Value)>,
    shape: &Shape,
    path: &mut String,
) -> Result<bool, Malformed> {
    if matches!(shape, Shape::Any) {
        return Ok(false);
    }
    let mut changed = false;
    let length = path.len();
    for (step, value) in items {
        path.push_str(&step);
        changed |= shape.fit_at(value, path)?;
        path.truncate(length);
    }
    Ok(changed)
}

fn fit_object(members: &BTreeMap<String, Member>, value: &mut Value, path: &mut String) -> Result<bool, Malformed> {
    let Value::Object(object) = value else { return Err(wrong(path, "must be an object")) };
    let before = object.len();
    let length = path.len();
    let mut changed = false;
    for (name, value) in object.iter_mut() {
        path.push('.');
        path.push_str(name);
        let Some(member) = members.get(name) else {
            return Err(wrong(path, "is not a member of this request"));
        };
        if !value.is_null() {
            changed |= member.shape.fit_at(value, path)?;
        }
        path.truncate(length);
    }
    object.retain(|_, value| !value.is_null());
    for (name, member) in members {
        if member.required && !object.contains_key(name) {
            path.push('.');
            path.push_str(name);
            return Err(wrong(path, "is required"));
        }
    }
    Ok(changed || object.len() != before)
}

fn wrong(path: &str, what: &str) -> Malformed {
    // A sender's own member name may be anything: keep what is quoted short and printable.
    let shown: String = path.strip_prefix('.').unwrap_or(path).chars().filter(|c| !c.is_control()).take(128).collect();
    Malformed(if shown.is_empty() { format!("the body {what}") } else { format!("{shown} {what}") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape() -> Shape {
        let schema = json!({"type": "object", "required": ["at", "list"], "properties": {
            "at": {"type": "string", "format": "date-time"},
            "id": {"type": "string", "format": "uuid"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "free": {"type": "object", "additionalProperties": true}
        }});
        Shape::read(&json!({}), &schema)
    }

    fn fit(mut value: Value) -> Result<Value, String> {
        shape().fit(&mut value).map_err(|e| e.0)?;
        Ok(value)
    }

    #[test]
    fn an_optional_null_counts_as_absent_and_a_free_form_null_stays() {
        let body = json!({"at": "2026-01-01T00:00:00+01:00", "id": null, "list": [{"n": null}], "free": {"x": null}});
        let left = json!({"at": "2026-01-01T00:00:00+01:00", "list": [{}], "free": {"x": null}});
        assert_eq!(fit(body), Ok(left));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (body, says) in [
            (json!([]), "the body must be an object"),
            (json!({"list": []}), "at is required"),
            (json!({"at": null, "list": []}), "at is required"),
            (json!({"at": "2026-01-01T00:00:00", "list": []}), "at must be an RFC 3339 time with a zone"),
            (json!({"at": "2026-01-01 00:00:00Z", "list": []}), "at must be an RFC 3339 time with a zone"),
            (json!({"at": "2026-01-01T00:00:00Z", "list": [{}, {"n": "1"}]}), "list[1].n must be an integer"),
            (json!({"at": "2026-01-01T00:00:00Z", "list": [{"m": 1}]}), "list[0].m is not a member of this request"),
            (json!({"at": "2026-01-01T00:00:00Z", "list": [], "kind": "c"}), "kind must be one of a, b"),
            (
                json!({"at": "2026-01-01T00:00:00Z", "list": [], "id": "00000000-0000-0000-0000-000000000000"}),
                "id must be a UUID, and not the nil one",
            ),
        ] {
            assert_eq!(fit(body), Err(says.to_owned()));
        }
    }
}
