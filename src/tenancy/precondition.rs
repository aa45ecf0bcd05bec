//! `ETag` and `If-Match`: a change happens to the version that the caller has read.

/// The strong validator of a revision.
pub fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// Whether a change may happen to `revision`. No header asks for nothing; weak validators never match, as
/// `If-Match` compares strongly; a header that cannot be read names no version.
pub fn holds(if_match: Option<&str>, revision: i64) -> bool {
    let Some(header) = if_match else { return true };
    let present = etag(revision);
    // Ours have no comma, so a foreign validator that has one cannot be taken for ours by its pieces.
    header.trim() == "*" || header.split(',').any(|tag| tag.trim() == present)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_was_read_is_one_of_those_named() {
        for header in [None, Some("\"7\""), Some(" \"7\" "), Some("\"6\", \"7\""), Some("W/\"7\",\"7\""), Some("*")] {
            assert!(holds(header, 7), "{header:?}");
        }
    }

    #[test]
    fn other_versions_weak_ones_and_nonsense_do_not_match() {
        for header in ["\"8\"", "W/\"7\"", "7", "", "\"7", "\"07\"", "\"a,7\"", "**", "\"*\""] {
            assert!(!holds(Some(header), 7), "{header}");
        }
    }
}
