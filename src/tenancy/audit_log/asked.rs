//! What a list of audit entries may be narrowed by, as it is sent.

use chrono::{DateTime, Utc};

use crate::audit::{Decision, Filter};

/// The longest text that is looked for: all that stand there are shorter.
const LONGEST: usize = 256;

/// A filter that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilter {
    /// Its text is none that an entry could have.
    #[error("{0} must be 1 to {LONGEST} visible ASCII characters")]
    Text(&'static str),
    /// The action is not one.
    #[error("action must be words of a-z and _ with full stops between them, such as node.drain")]
    Action,
    /// The stretch of time ends before it begins.
    #[error("to must not be before from")]
    Times,
}

/// Takes what was sent for a filter.
///
/// # Errors
/// [`InvalidFilter`].
pub fn filter(
    subject: Option<String>,
    action: Option<String>,
    object: Option<String>,
    decision: Option<Decision>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Filter, InvalidFilter> {
    for (name, text) in [("subject", &subject), ("object", &object), ("action", &action)] {
        let visible = |text: &String| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !text.as_ref().is_none_or(visible) {
            return Err(InvalidFilter::Text(name));
        }
    }
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if !action.as_ref().is_none_or(|action| action.contains('.') && action.split('.').all(word)) {
        return Err(InvalidFilter::Action);
    }
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(InvalidFilter::Times);
    }
    Ok(Filter { subject, action, object, decision, from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_stand_there_is_looked_for() {
        let text = |text: &str| Some(text.to_owned());
        let time = |text: &str| Some(text.parse().unwrap());
        filter(None, None, None, None, None, None).unwrap();
        filter(text("user:a"), text("node.state.put"), text("node:b"), Some(Decision::Denied), None, None).unwrap();
        filter(None, None, None, None, time("2026-01-01T00:00:00Z"), time("2026-01-01T00:00:00Z")).unwrap();
        for bad in ["", "a b", "é", "a\nb", &"x".repeat(LONGEST + 1)] {
            assert_eq!(filter(text(bad), None, None, None, None, None), Err(InvalidFilter::Text("subject")));
            assert_eq!(filter(None, None, text(bad), None, None, None), Err(InvalidFilter::Text("object")));
            assert_eq!(filter(None, text(bad), None, None, None, None), Err(InvalidFilter::Text("action")));
        }
        for bad in ["drain", "node.", ".drain", "Node.drain", "node..drain", "node.drain2"] {
            assert_eq!(filter(None, text(bad), None, None, None, None), Err(InvalidFilter::Action), "{bad}");
        }
        let (later, sooner) = (time("2026-01-02T00:00:00Z"), time("2026-01-01T00:00:00Z"));
        assert_eq!(filter(None, None, None, None, later, sooner), Err(InvalidFilter::Times));
    }
}
