//! What a caller can decode and what it has already, from its headers. Whatever cannot be read is passed over: these
//! headers only ever save bytes.

use http::{HeaderMap, header};

use crate::mesh::snapshot::Coding;
use crate::mesh::snapshot::wire::HeldTags;

/// The coding that the caller likes best of those that there are; of equal ones the denser.
pub fn coding(headers: &HeaderMap) -> Coding {
    let mut asked: [Option<u16>; 3] = [None; 3];
    let mut others = None;
    for element in elements(headers, header::ACCEPT_ENCODING) {
        let mut words = element.split(';').map(str::trim);
        let name = words.next().unwrap_or_default().to_ascii_lowercase();
        let Some(weight) = weight(words) else { continue };
        match name.as_str() {
            "identity" => asked[0] = Some(weight),
            "gzip" | "x-gzip" => asked[1] = Some(weight),
            "zstd" => asked[2] = Some(weight),
            "*" => others = Some(weight),
            _ => {}
        }
    }
    let named = [(Coding::Zstd, asked[2]), (Coding::Gzip, asked[1])];
    let mut best = (Coding::Identity, 0);
    for (coding, weight) in named {
        let weight = weight.unwrap_or_default();
        if weight > best.1 {
            best = (coding, weight);
        }
    }
    match (asked[0], others) {
        // Plain bytes are taken by whoever does not refuse them, and liked more only by who says so.
        (Some(plain), _) if plain > best.1 => Coding::Identity,
        (Some(0), Some(1..)) if best.1 == 0 && asked[1].is_none() => Coding::Gzip,
        _ => best.0,
    }
}

/// A weight in thousandths; 1 when none is given. `None`: it cannot be read.
fn weight<'w>(parameters: impl Iterator<Item = &'w str>) -> Option<u16> {
    for parameter in parameters {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        if !name.trim().eq_ignore_ascii_case("q") {
            continue;
        }
        let value = value.trim();
        let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
        if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
        return match whole {
            "0" => Some(thousandths),
            "1" if thousandths == 0 => Some(1000),
            _ => None,
        };
    }
    Some(1000)
}

/// The validators in `If-None-Match`. They are compared weakly, so the mark of weak ones goes.
pub fn held_tags(headers: &HeaderMap) -> HeldTags {
    let mut tags = Vec::new();
    for value in headers.get_all(header::IF_NONE_MATCH) {
        let Ok(mut rest) = value.to_str() else { continue };
        // A tag may hold a comma, so quotes separate and not commas.
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.starts_with('*') {
                return HeldTags::Any;
            }
            let tag = rest.strip_prefix("W/").unwrap_or(rest);
            let Some(end) = tag.strip_prefix('"').and_then(|inner| inner.find('"')) else { break };
            let (tag, after) = tag.split_at(end + 2);
            tags.push(tag.to_owned());
            rest = after;
        }
    }
    if tags.is_empty() { HeldTags::None } else { HeldTags::These(tags) }
}

fn elements(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_coding_is_the_one_that_the_caller_likes_best() {
        for (values, expected) in [
            (&[][..], Coding::Identity),
            (&[""], Coding::Identity),
            (&["gzip"], Coding::Gzip),
            (&["GZIP"], Coding::Gzip),
            (&["x-gzip"], Coding::Gzip),
            (&["gzip, zstd"], Coding::Zstd),
            (&["gzip", "zstd"], Coding::Zstd),
            (&["gzip;q=1.0, zstd;q=0.9"], Coding::Gzip),
            (&["gzip;q=0.001, br"], Coding::Gzip),
            (&["gzip;q=0"], Coding::Identity),
            (&["gzip ; q=0.5 , identity"], Coding::Identity),
            (&["gzip;q=0.5, identity;q=0.5"], Coding::Gzip),
            (&["br, deflate"], Coding::Identity),
            (&["*"], Coding::Identity),
            (&["*;q=0"], Coding::Identity),
            (&["gzip, *;q=0"], Coding::Gzip),
            (&["identity;q=0, *"], Coding::Gzip),
            (&["identity;q=0, *, gzip;q=0"], Coding::Identity),
            (&["gzip;q=2, zstd;q=0.1234, gzip;q=nonsense"], Coding::Identity),
        ] {
            assert_eq!(coding(&headers(header::ACCEPT_ENCODING, values)), expected, "{values:?}");
        }
    }

    #[test]
    fn validators_are_read_from_lists_and_weak_ones_count() {
        let these = |tags: &[&str]| HeldTags::These(tags.iter().map(|tag| (*tag).to_owned()).collect());
        for (values, expected) in [
            (&[][..], HeldTags::None),
            (&[""], HeldTags::None),
            (&["unquoted"], HeldTags::None),
            (&["*"], HeldTags::Any),
            (&["\"a\""], these(&["\"a\""])),
            (&["W/\"a\", \"b,c\" ,\"d\""], these(&["\"a\"", "\"b,c\"", "\"d\""])),
            (&["\"a\"", "\"b\""], these(&["\"a\"", "\"b\""])),
            (&["\"a\", \"open"], these(&["\"a\""])),
        ] {
            assert_eq!(held_tags(&headers(header::IF_NONE_MATCH, values)), expected, "{values:?}");
        }
    }
}
