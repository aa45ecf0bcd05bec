//! The few messages of `authzed.api.v1` that are spoken, in Protocol Buffers.

use crate::access::rebac::{Holder, Relationship, Thing};

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Of what.
    pub object: Thing,
    /// A permission or a relation, as the schema has it.
    pub permission: String,
    /// About whom.
    pub subject: Holder,
}

/// What an answer must be made from.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AsOf {
    /// What the write that gave this token left, or a later one. Empty: what is there now.
    pub token: String,
    /// All that this load brought, and nothing that another one did. Empty: whatever is there.
    pub load: String,
}

/// What a write does with a relationship.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// It is there afterwards.
    Touch,
    /// It is not.
    Delete,
}

/// The answer could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not understood")]
pub struct NotUnderstood;

const TEXT: u8 = 2;
const NUMBER: u8 = 0;

/// A message being written. Members that are empty are left out, as the format wants it.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(mut self, field: u8, value: u64) -> Self {
        self.varint(u64::from(field << 3 | NUMBER));
        self.varint(value);
        self
    }

    fn bytes(mut self, field: u8, value: &[u8]) -> Self {
        self.varint(u64::from(field << 3 | TEXT));
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn text(self, field: u8, value: &str) -> Self {
        if value.is_empty() { self } else { self.bytes(field, value.as_bytes()) }
    }

    fn message(self, field: u8, value: Message) -> Self {
        self.bytes(field, &value.0)
    }
}

fn object(thing: &Thing) -> Message {
    Message::default().text(1, thing.kind.as_str()).text(2, &thing.id_text())
}

fn subject(holder: &Holder) -> Message {
    Message::default().message(1, object(&holder.thing)).text(2, if holder.members { "member" } else { "" })
}

/// `CheckBulkPermissionsRequest`. Where `as_of` names a load, one more question comes last: whether that is what SpiceDB
/// has. All are answered from the same state.
pub(super) fn check(as_of: &AsOf, questions: &[&Question]) -> Vec<u8> {
    let requirement = if as_of.token.is_empty() {
        Message::default().number(4, 1)
    } else {
        Message::default().message(2, Message::default().text(1, &as_of.token))
    };
    let items = questions.iter().map(|question| {
        Message::default()
            .message(1, object(&question.object))
            .text(2, &question.permission)
            .message(3, subject(&question.subject))
    });
    let whole = (!as_of.load.is_empty()).then(|| {
        Message::default()
            .message(1, carrier(TUPLES))
            .text(2, WHOLE)
            .message(3, Message::default().message(1, carrier(&as_of.load)))
    });
    let request = Message::default().message(1, requirement);
    items.chain(whole).fold(request, |all, item| all.message(2, item)).0
}

/// What SpiceDB says to a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// It cannot be told: groups in a circle, for one.
    GaveUp,
    /// The schema has no such thing: SpiceDB has lost it.
    Unknown,
}

/// `CheckBulkPermissionsResponse`: an answer each, in the order of the questions.
pub(super) fn answers(bytes: &[u8]) -> Result<Vec<Answer>, NotUnderstood> {
    const HAS_PERMISSION: u64 = 2;
    let mut answers = Vec::new();
    for field in fields(bytes)? {
        let Field::Bytes(2, pair) = field else { continue };
        let mut answer = Answer::GaveUp;
        for field in fields(pair)? {
            answer = match field {
                Field::Bytes(2, item) => {
                    let yes = fields(item)?.contains(&Field::Number(1, HAS_PERMISSION));
                    if yes { Answer::Yes } else { Answer::No }
                }
                // The code is that of many faults; the reason in its details is not.
                Field::Bytes(3, status) if status.windows(UNKNOWN.len()).any(|part| part == UNKNOWN) => Answer::Unknown,
                _ => answer,
            };
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// How the reasons begin that tell of a definition, a relation or a permission that is not there.
const UNKNOWN: &[u8] = b"ERROR_REASON_UNKNOWN_";

/// What stands in SpiceDB beside the tuples: the name of the last write, and of the load that is there as a whole. A
/// write that was held up on its way, and that others have overtaken, names another one and is refused.
pub(super) const FENCE: &str = "definition carrier {\n    relation last: carrier\n    relation whole: carrier\n}\n";

/// The type of [`FENCE`].
pub(super) const CARRIER: &str = "carrier";
/// What both relations are on.
const TUPLES: &str = "tuples";
const LAST: &str = "last";
const WHOLE: &str = "whole";

const TOUCH: u64 = 2;
const DELETE: u64 = 3;

fn carrier(id: &str) -> Message {
    Message::default().text(1, CARRIER).text(2, id)
}

fn fence(operation: u64, relation: &str, name: &str) -> Message {
    let relationship = Message::default()
        .message(1, carrier(TUPLES))
        .text(2, relation)
        .message(3, Message::default().message(1, carrier(name)));
    Message::default().number(1, operation).message(2, relationship)
}

/// That the last write was `after`; that there was none, without it.
fn precondition(after: Option<&str>) -> Message {
    const MUST_NOT_MATCH: u64 = 1;
    const MUST_MATCH: u64 = 2;
    let mut filter = Message::default().text(1, CARRIER).text(2, TUPLES).text(3, LAST);
    if let Some(after) = after {
        filter = filter.message(4, carrier(after));
    }
    let operation = if after.is_some() { MUST_MATCH } else { MUST_NOT_MATCH };
    Message::default().number(1, operation).message(2, filter)
}

/// `WriteRelationshipsRequest`: the write `name`, which follows `after`, or none. With it the load `whole` is there.
pub(super) fn write(
    after: Option<&str>,
    name: &str,
    updates: &[(Operation, Relationship)],
    whole: Option<&str>,
) -> Vec<u8> {
    let updates = updates.iter().map(|(operation, tuple)| {
        let relationship = Message::default()
            .message(1, object(&tuple.object))
            .text(2, &tuple.relation)
            .message(3, subject(&tuple.subject));
        let operation = match operation {
            Operation::Touch => TOUCH,
            Operation::Delete => DELETE,
        };
        Message::default().number(1, operation).message(2, relationship)
    });
    let gone = after.map(|after| fence(DELETE, LAST, after));
    let whole = whole.map(|load| fence(TOUCH, WHOLE, load));
    let fences = [Some(fence(TOUCH, LAST, name)), gone, whole].into_iter().flatten();
    let request = updates.chain(fences).fold(Message::default(), |all, update| all.message(1, update));
    request.message(2, precondition(after)).0
}

/// `DeleteRelationshipsRequest`: all relationships on objects of a type, if `after` was the last write.
pub(super) fn delete_all(object_type: &str, after: Option<&str>) -> Vec<u8> {
    let request = Message::default().message(1, Message::default().text(1, object_type));
    if after.is_some() { request.message(2, precondition(after)).0 } else { request.0 }
}

/// `WriteSchemaRequest`
pub(super) fn schema(text: &str) -> Vec<u8> {
    Message::default().text(1, text).0
}

/// The token in the first member of an answer to a write or a deletion.
pub(super) fn token(bytes: &[u8]) -> Result<String, NotUnderstood> {
    for field in fields(bytes)? {
        if let Field::Bytes(1, token) = field {
            for field in fields(token)? {
                if let Field::Bytes(1, text) = field {
                    return String::from_utf8(text.to_vec()).map_err(|_| NotUnderstood);
                }
            }
        }
    }
    Err(NotUnderstood)
}

#[derive(PartialEq, Eq, Debug)]
enum Field<'b> {
    Number(u64, u64),
    Bytes(u64, &'b [u8]),
    Other,
}

fn varint(bytes: &mut &[u8]) -> Result<u64, NotUnderstood> {
    let mut value: u64 = 0;
    for place in 0..10 {
        let (first, rest) = bytes.split_first().ok_or(NotUnderstood)?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << (7 * place);
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(NotUnderstood)
}

fn take<'b>(bytes: &mut &'b [u8], length: u64) -> Result<&'b [u8], NotUnderstood> {
    let length = usize::try_from(length).map_err(|_| NotUnderstood)?;
    let (taken, rest) = bytes.split_at_checked(length).ok_or(NotUnderstood)?;
    *bytes = rest;
    Ok(taken)
}

fn fields(mut bytes: &[u8]) -> Result<Vec<Field<'_>>, NotUnderstood> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        found.push(match key & 7 {
            0 => Field::Number(key >> 3, varint(&mut bytes)?),
            1 => take(&mut bytes, 8).map(|_| Field::Other)?,
            2 => {
                let length = varint(&mut bytes)?;
                Field::Bytes(key >> 3, take(&mut bytes, length)?)
            }
            5 => take(&mut bytes, 4).map(|_| Field::Other)?,
            _ => return Err(NotUnderstood),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let message = Message::default().number(1, 300).text(2, "é").message(3, Message::default().number(1, 0)).0;
        assert_eq!(message, [8, 0xac, 2, 18, 2, 0xc3, 0xa9, 26, 2, 8, 0]);
        let expected = [Field::Number(1, 300), Field::Bytes(2, "é".as_bytes()), Field::Bytes(3, &[8, 0])];
        assert_eq!(fields(&message).unwrap(), expected);
    }

    #[test]
    fn an_answer_is_a_yes_only_when_it_says_so() {
        let pair = |given: u64| Message::default().message(2, Message::default().number(1, given));
        let failed = |reason: &str| Message::default().message(3, Message::default().number(1, 9).text(3, reason));
        let silent = Message::default().message(2, Message::default());
        let (deep, gone) = (failed("ERROR_REASON_MAXIMUM_DEPTH"), failed("ERROR_REASON_UNKNOWN_DEFINITION"));
        let all = [pair(1), pair(2), pair(3), deep, gone, silent, Message::default()];
        let bytes = all.into_iter().fold(Message::default(), |all, pair| all.message(2, pair)).0;
        use Answer::{GaveUp, No, Unknown, Yes};
        assert_eq!(answers(&bytes).unwrap(), [No, Yes, No, GaveUp, Unknown, No, GaveUp]);
    }

    #[test]
    fn what_is_cut_short_is_not_understood() {
        let bytes = Message::default().message(1, Message::default().text(1, "token")).0;
        assert_eq!(token(&bytes).unwrap(), "token");
        for end in 1..bytes.len() {
            assert_eq!(token(&bytes[..end]), Err(NotUnderstood), "{end}");
        }
        assert_eq!(token(&[]), Err(NotUnderstood));
        assert_eq!(fields(&[0xff; 12]), Err(NotUnderstood));
    }
}
