//! Why a stream does not open.

use crate::postgres::StorageError;

/// Why a stream does not open.
#[derive(Debug, thiserror::Error)]
pub enum StreamRefusal {
    /// There is no such Node (any more).
    #[error("no such Node")]
    NodeNotFound,
    /// Operators have as many streams of this Node open as they may.
    #[error("operators have {} streams of this Node open", super::OPERATORS)]
    TooMany,
    /// The server stops.
    #[error("the server stops")]
    Draining,
    /// Whether the Node is there cannot be told.
    #[error(transparent)]
    Storage(StorageError),
    /// The log cannot be reached.
    #[error("the event log cannot be read: {0}")]
    Log(StorageError),
}

/// The text is not a number that an event may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("must be a number of an event: digits, at most {}", i64::MAX)]
pub struct InvalidLastEventId;

/// Reads a Last-Event-ID. `None`: it is empty, and the stream begins with what happens next.
///
/// # Errors
/// [`InvalidLastEventId`].
pub fn last_event_id(text: &str) -> Result<Option<i64>, InvalidLastEventId> {
    if text.is_empty() {
        return Ok(None);
    }
    // A sign, which a number may have, is no digit.
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidLastEventId);
    }
    text.parse().map(Some).map_err(|_| InvalidLastEventId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_event_id_is_digits_up_to_the_largest_number() {
        for (text, read) in [
            ("", Ok(None)),
            ("0", Ok(Some(0))),
            ("007", Ok(Some(7))),
            ("00000000000000000000000000000000001", Ok(Some(1))),
            ("9223372036854775807", Ok(Some(i64::MAX))),
            ("9223372036854775808", Err(InvalidLastEventId)),
            ("99999999999999999999999", Err(InvalidLastEventId)),
            ("-1", Err(InvalidLastEventId)),
            ("+1", Err(InvalidLastEventId)),
            ("1 2", Err(InvalidLastEventId)),
            ("1.0", Err(InvalidLastEventId)),
            ("0x1", Err(InvalidLastEventId)),
            ("\u{0661}", Err(InvalidLastEventId)),
        ] {
            assert_eq!(last_event_id(text), read, "{text}");
        }
    }
}
