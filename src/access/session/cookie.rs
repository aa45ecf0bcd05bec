//! The cookies of a browser that signs in. Pure.

use chrono::TimeDelta;

/// The session. Scripts cannot read it.
pub const SESSION: &str = "plexsphere_session";
/// What a page shows beside the session when it changes something. Scripts can read it, those of other sites cannot.
pub const CSRF: &str = "plexsphere_csrf";
/// A sign-in under way, sealed, in the browser that began it.
pub const SIGN_IN: &str = "plexsphere_sign_in";
/// Where the sign-in's cookie goes.
const SIGN_IN_PATH: &str = "/v1/auth";

/// The cookie `name` of a request with these `Cookie` headers. Two of them are none: somebody who can write cookies for
/// a sibling of this host may have added one, and nobody can tell which.
pub fn only<'h>(headers: impl Iterator<Item = &'h str>, name: &str) -> Option<&'h str> {
    let mut values = headers.flat_map(|header| header.split(';')).filter_map(|pair| {
        let (given, value) = pair.trim().split_once('=')?;
        (given == name).then_some(value)
    });
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The cookies of a session that has begun.
pub fn of_session(secret: &str, csrf: &str, longest: TimeDelta) -> [String; 2] {
    let age = longest.num_seconds();
    [
        format!("{SESSION}={secret}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=Lax"),
        format!("{CSRF}={csrf}; Path=/; Max-Age={age}; Secure; SameSite=Lax"),
    ]
}

/// Takes the cookies of a session away.
pub fn of_no_session() -> [String; 2] {
    [
        format!("{SESSION}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"),
        format!("{CSRF}=; Path=/; Max-Age=0; Secure; SameSite=Lax"),
    ]
}

/// The cookie of a sign-in that has begun.
pub fn of_sign_in(sealed: &str, longest: TimeDelta) -> String {
    let age = longest.num_seconds();
    format!("{SIGN_IN}={sealed}; Path={SIGN_IN_PATH}; Max-Age={age}; HttpOnly; Secure; SameSite=Lax")
}

/// Takes the cookie of a sign-in away.
pub fn of_no_sign_in() -> String {
    format!("{SIGN_IN}=; Path={SIGN_IN_PATH}; Max-Age=0; HttpOnly; Secure; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_counts_when_it_is_the_only_one_of_its_name() {
        for (headers, expected) in [
            (&[][..], None),
            (&["plexsphere_session=a"], Some("a")),
            (&["x=1; plexsphere_session=a;y=2"], Some("a")),
            (&["x=1", "plexsphere_session=a"], Some("a")),
            (&["plexsphere_session=a; plexsphere_session=b"], None),
            (&["plexsphere_session=a", "plexsphere_session=a"], None),
            (&["plexsphere_session"], None),
            (&["xplexsphere_session=a; PLEXSPHERE_SESSION=a"], None),
            (&["plexsphere_session=a=b"], Some("a=b")),
        ] {
            assert_eq!(only(headers.iter().copied(), SESSION), expected, "{headers:?}");
        }
    }
}
