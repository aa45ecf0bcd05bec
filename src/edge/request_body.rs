//! Taking a body: its cap, its coding, and that it is exactly the JSON that the contract describes.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::operation::BodyGate;
use super::refusal::Refusal;
use crate::contract::Shape;
use crate::problem::ProblemCode;
use crate::serve::Activity;

/// After an early refusal so much is read, for so long, so that the refusal arrives; then the connection closes.
const DISCARD_BYTES: usize = 64 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// A body of which nothing has been read yet.
pub struct Arriving {
    body: Incoming,
    expects_continue: bool,
    time: Duration,
}

impl Arriving {
    /// The body of a request with `headers`; it has `time` to arrive.
    pub fn new(body: Incoming, headers: &HeaderMap, time: Duration) -> Self {
        Self { body, expects_continue: headers.contains_key(header::EXPECT), time }
    }

    /// Reads what a refused sender is still sending, within bounds; whether that was all. A sender that waits for
    /// `100 Continue` is not told to go on.
    pub async fn discard(mut self, activity: &Activity) -> bool {
        if self.body.is_end_stream() {
            return true;
        }
        if self.expects_continue {
            activity.linger();
            return false;
        }
        let drained = tokio::time::timeout(DISCARD_TIME, async {
            let mut taken = 0;
            while let Some(Ok(frame)) = self.body.frame().await {
                taken += frame.data_ref().map_or(0, Bytes::len);
                if taken > DISCARD_BYTES {
                    return false;
                }
            }
            true
        });
        let all = matches!(drained.await, Ok(true));
        if !all {
            activity.linger();
        }
        all
    }

    /// Reads the body and holds it against `shape`. What comes back is JSON that fits, without nulls.
    pub async fn take(
        self,
        rules: &BodyGate,
        shape: &Shape,
        headers: &HeaderMap,
        activity: &Activity,
    ) -> Result<Bytes, Refusal> {
        let raw = self.read(rules, activity).await?;
        let raw = decode(raw, rules, headers)?;
        let mut value = strict_json(&raw).map_err(|detail| Refusal::new(rules.malformed, detail))?;
        let changed = shape.fit(&mut value).map_err(|misfit| Refusal::new(rules.malformed, misfit.0))?;
        if !changed {
            return Ok(raw);
        }
        serde_json::to_vec(&value).map(Bytes::from).map_err(|e| Refusal::new(rules.malformed, e.to_string()))
    }

    async fn read(mut self, rules: &BodyGate, activity: &Activity) -> Result<Bytes, Refusal> {
        let too_large =
            || Refusal::new(rules.too_large, format!("the body is over {} bytes", rules.cap_bytes)).closing();
        if self.body.size_hint().lower() > rules.cap_bytes as u64 {
            self.discard(activity).await;
            return Err(too_large());
        }
        let time = self.time;
        let read = tokio::time::timeout(time, async {
            let mut first = Bytes::new();
            let mut rest: Option<BytesMut> = None;
            while let Some(frame) = self.body.frame().await {
                let frame = frame.map_err(|_| Refusal::new(rules.malformed, "the body ended early").closing())?;
                let Ok(data) = frame.into_data() else { continue };
                let taken = rest.as_ref().map_or(first.len(), BytesMut::len);
                if taken + data.len() > rules.cap_bytes {
                    return Ok(None);
                }
                match &mut rest {
                    Some(rest) => rest.extend_from_slice(&data),
                    None if first.is_empty() => first = data,
                    None => {
                        let mut joined = BytesMut::with_capacity(taken + data.len());
                        joined.extend_from_slice(&first);
                        joined.extend_from_slice(&data);
                        rest = Some(joined);
                    }
                }
            }
            Ok(Some(rest.map_or(first, BytesMut::freeze)))
        });
        match read.await {
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Ok(None)) => {
                self.discard(activity).await;
                Err(too_large())
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => {
                activity.linger();
                let waited = format!("the body did not arrive within {} s", time.as_secs());
                Err(Refusal::new(ProblemCode::RequestTimeout, waited).closing())
            }
        }
    }
}

fn decode(raw: Bytes, rules: &BodyGate, headers: &HeaderMap) -> Result<Bytes, Refusal> {
    let gzip = match text(headers, &header::CONTENT_ENCODING).as_deref() {
        None | Some("identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => return Err(Refusal::new(ProblemCode::UnsupportedContentEncoding, "the body may be plain or gzip")),
    };
    if let Some(media_type) = text(headers, &header::CONTENT_TYPE) {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
            return Err(Refusal::new(ProblemCode::UnsupportedMediaType, "the body must be application/json"));
        }
    }
    if !gzip {
        return Ok(raw);
    }
    let mut inflated = Vec::new();
    let limit = rules.cap_bytes as u64 + 1;
    match flate2::read::MultiGzDecoder::new(raw.as_ref()).take(limit).read_to_end(&mut inflated) {
        Ok(_) if inflated.len() > rules.cap_bytes => {
            Err(Refusal::new(rules.too_large, format!("the inflated body is over {} bytes", rules.cap_bytes)))
        }
        Ok(_) => Ok(inflated.into()),
        Err(_) => Err(Refusal::new(rules.malformed, "the body is not gzip, though it says so")),
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    // Codings that follow each other, or a value that is not text, are none that we take.
    let value = if values.next().is_some() { "several" } else { first.to_str().unwrap_or("unreadable") };
    Some(value.trim().to_ascii_lowercase())
}

/// Reads JSON without leniency: no duplicate member, no U+0000, nothing after the value.
fn strict_json(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Err("the body is empty".to_owned());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut deserializer).map_err(|e| e.to_string())?;
    deserializer.end().map_err(|_| "there is something after the JSON value".to_owned())?;
    Ok(value)
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        if value.contains('\0') {
            return Err(E::custom("U+0000 is not taken"));
        }
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.contains('\0') {
                return Err(A::Error::custom("U+0000 is not taken"));
            }
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is there twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::strict_json;

    #[test]
    fn only_one_whole_json_value_is_taken() {
        for body in [
            &b""[..],
            b"{",
            b"{} {}",
            b"{}x",
            b"\xef\xbb\xbf{}",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":{\"b\":1,\"b\":1}}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"\\u0000\"}",
            b"{\"\\u0000\":1}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":1e999}",
            b"{'a':1}",
            b"{\"a\":NaN}",
        ] {
            assert!(strict_json(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
        assert!(strict_json(&[b"[".repeat(500), b"]".repeat(500)].concat()).is_err(), "nesting has an end");
        assert!(strict_json(b" {\"a\": [1, 2.5, null, true, \"x\"]}\n").is_ok());
    }
}
