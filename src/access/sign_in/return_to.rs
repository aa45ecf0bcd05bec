//! Where a browser goes once it is signed in. Pure.

/// Longest path; the contract says so.
const LONGEST: usize = 2048;

/// Whether it is a path on this server, to every browser: one leading slash, and nothing that some browser takes for a
/// second one or leaves out.
pub fn is_ours(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        && path.len() <= LONGEST
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_back_to() {
        for ours in ["/", "/v1/docs", "/a?b=c#d", "/a//b", "/%5c"] {
            assert!(is_ours(ours), "{ours}");
        }
        for elsewhere in [
            "",
            "v1",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: x=1",
            "https://evil.example",
            "javascript:alert(1)",
            " /",
            "/\u{7f}",
            "/\u{2028}",
        ] {
            assert!(!is_ours(elsewhere), "{elsewhere:?}");
        }
    }
}
