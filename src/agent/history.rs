//! What a Node's streams have delivered, held against what the log has: in order, each event once, none missing, the
//! same bytes everywhere, signed, and nothing that is another's. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::trusted::RESYNC;
use crate::signing::Scope;

/// Numbers that are told of one fault.
const TOLD: usize = 10;

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its `id:`.
    pub id: String,
    /// Its `event:`.
    pub event: Arc<str>,
    /// Its `data:`.
    pub line: Arc<str>,
}

/// What happened to a Node's streams, in order. One stream at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A stream was opened.
    Opened {
        /// The last id that was sent along.
        after: Option<i64>,
        /// A head of the log that was read once the stream was open: what comes after it has to be delivered. `None`:
        /// not known.
        head: Option<i64>,
    },
    /// It delivered something.
    Frame(Frame),
    /// It ended.
    Closed,
}

/// An event as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Who it is for.
    pub scope: Scope,
    /// The signed envelope.
    pub line: String,
}

/// Everything that was ever in the log, also what is not kept any more.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: BTreeMap<i64, Logged>,
    scopes: HashMap<Scope, BTreeSet<i64>>,
    /// The first number that was still kept when it was last looked at, of a log that has never been restored. `None`:
    /// that is not known.
    kept_from: Option<i64>,
}

impl Log {
    /// Adds an event.
    pub fn add(&mut self, sequence: i64, entry: Logged) {
        self.scopes.entry(entry.scope).or_default().insert(sequence);
        self.entries.insert(sequence, entry);
    }

    /// It has never been restored, and keeps what comes from this number on: nobody can be told of less.
    pub fn kept_from(&mut self, oldest: i64) {
        self.kept_from = Some(oldest);
    }

    /// Whether every number is there, from 1 to the last.
    pub fn is_whole(&self) -> bool {
        usize::try_from(self.head()).is_ok_and(|head| head == self.entries.len())
    }

    /// The last number; 0 before the first.
    pub fn head(&self) -> i64 {
        self.entries.keys().next_back().copied().unwrap_or(0)
    }

    /// The numbers of `scopes` after `after` and before `before`.
    fn between(&self, scopes: &[Scope], after: i64, before: i64) -> Vec<i64> {
        if after + 1 >= before {
            return Vec::new();
        }
        let of = |scope| self.scopes.get(scope).into_iter().flat_map(|numbers| numbers.range(after + 1..before));
        let mut numbers: Vec<i64> = scopes.iter().flat_map(of).copied().collect();
        numbers.sort_unstable();
        numbers
    }
}

/// What streams must not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its id is not a number.
    #[error("{0:?} is no id")]
    Id(String),
    /// It came after a later one.
    #[error("{id} came after {after}")]
    OutOfOrder {
        /// What came.
        id: i64,
        /// After what.
        after: i64,
    },
    /// It came again.
    #[error("{0} came twice")]
    Twice(i64),
    /// They never came.
    #[error("{count} did not come before {before}, among them {some:?}")]
    Missing {
        /// How many.
        count: usize,
        /// Some of them.
        some: Vec<i64>,
        /// What came without them, or the number up to which all had to be there.
        before: i64,
    },
    /// Its scope is another's.
    #[error("{id} is for {scope}")]
    Foreign {
        /// What came.
        id: i64,
        /// For whom.
        scope: String,
    },
    /// The log has nothing under this number.
    #[error("{0} is not in the log")]
    NotInTheLog(i64),
    /// It is not what the log has under this number.
    #[error("{0} is not what the log has")]
    Differs(i64),
    /// Its name is not the type that was signed.
    #[error("{id} is named {event}")]
    Named {
        /// What came.
        id: i64,
        /// Its name.
        event: String,
    },
    /// It does not verify.
    #[error("{id}: {why}")]
    Unverified {
        /// What came.
        id: i64,
        /// Why not.
        why: String,
    },
    /// The client did not go on where it was.
    #[error("it went on after {asked:?} and was at {last:?}")]
    Resumed {
        /// What was sent along.
        asked: Option<i64>,
        /// Where it was.
        last: Option<i64>,
    },
    /// A resync came that is not as the contract says.
    #[error("a resync {why}: {id} {line}")]
    Resync {
        /// What is wrong with it.
        why: &'static str,
        /// Its number.
        id: i64,
        /// What came.
        line: String,
    },
}

/// What the streams of a Node in `scopes` did wrong. `until`: what the log has up to here had to be delivered if the
/// last stream is still open. `verified`: why a line does not verify.
pub fn faults(
    steps: &[Step],
    scopes: &[Scope],
    log: &Log,
    until: Option<i64>,
    verified: impl Fn(&str) -> Result<(), String>,
) -> Vec<Fault> {
    let mut reader =
        Reader { scopes, log, verified, last: None, through: None, asked: None, first: false, faults: Vec::new() };
    let mut open = false;
    for step in steps {
        match step {
            Step::Opened { after, head } => {
                reader.opened(*after, *head);
                open = true;
            }
            Step::Frame(frame) => reader.frame(frame),
            Step::Closed => open = false,
        }
    }
    if let (Some(until), Some(through)) = (until.filter(|_| open), reader.through) {
        reader.missing(through, until + 1);
    }
    reader.faults
}

struct Reader<'a, V> {
    scopes: &'a [Scope],
    log: &'a Log,
    verified: V,
    /// The last id.
    last: Option<i64>,
    /// Everything up to here was delivered, or need not be.
    through: Option<i64>,
    /// The id that the stream was opened with.
    asked: Option<i64>,
    /// Whether nothing has come on this stream.
    first: bool,
    faults: Vec<Fault>,
}

impl<V: Fn(&str) -> Result<(), String>> Reader<'_, V> {
    fn opened(&mut self, after: Option<i64>, head: Option<i64>) {
        if after != self.last {
            self.faults.push(Fault::Resumed { asked: after, last: self.last });
        }
        // From now on, or from where it was.
        self.through = after.or(head);
        (self.asked, self.first) = (after, true);
    }

    fn frame(&mut self, frame: &Frame) {
        let first = std::mem::take(&mut self.first);
        let Ok(id) = frame.id.parse::<i64>() else {
            return self.faults.push(Fault::Id(frame.id.clone()));
        };
        if let Err(why) = (self.verified)(&frame.line) {
            self.faults.push(Fault::Unverified { id, why });
        }
        let envelope: Value = serde_json::from_str(&frame.line).unwrap_or_default();
        if envelope["type"] != *frame.event {
            self.faults.push(Fault::Named { id, event: frame.event.to_string() });
        }
        let scope = envelope["scope"].as_str().unwrap_or_default();
        if !self.scopes.iter().any(|own| own.to_string() == scope) {
            self.faults.push(Fault::Foreign { id, scope: scope.to_owned() });
        }
        if &*frame.event == RESYNC {
            return self.resync(id, first, frame, &envelope["payload"]);
        }
        match self.log.entries.get(&id) {
            None => self.faults.push(Fault::NotInTheLog(id)),
            Some(logged) if logged.line != *frame.line => self.faults.push(Fault::Differs(id)),
            Some(_) => {}
        }
        match self.last {
            Some(last) if id == last => self.faults.push(Fault::Twice(id)),
            Some(last) if id < last => self.faults.push(Fault::OutOfOrder { id, after: last }),
            _ => {
                if let Some(through) = self.through {
                    self.missing(through, id);
                }
                (self.last, self.through) = (Some(id), self.through.max(Some(id)));
            }
        }
    }

    /// What is for this Node after `after` and before `before` had to come, and did not.
    fn missing(&mut self, after: i64, before: i64) {
        let some = self.log.between(self.scopes, after, before);
        if !some.is_empty() {
            let count = some.len();
            self.faults.push(Fault::Missing { count, some: some.into_iter().take(TOLD).collect(), before });
        }
    }

    /// It has a reason when what comes next is not in the log: it is gone, or the log is another one.
    fn resync(&mut self, id: i64, first: bool, frame: &Frame, payload: &Value) {
        let (oldest, head) = (payload["oldest"].as_i64(), payload["head"].as_i64());
        // Events may also go while they are read.
        let at = if first { self.asked } else { self.last };
        let why = match (oldest, head, at) {
            (Some(oldest), Some(head), Some(at)) if at + 1 >= oldest && at <= head => Some("is needless"),
            (Some(_), Some(head), Some(_)) if head != id => Some("has another id than the head"),
            (Some(oldest), Some(head), Some(at)) => self.lie(oldest, head, at),
            (_, _, None) => Some("was not asked for"),
            _ => Some("does not say what the log holds"),
        };
        if let Some(why) = why {
            self.faults.push(Fault::Resync { why, id, line: frame.line.to_string() });
        }
        (self.last, self.through) = (Some(id), Some(id));
    }

    /// What is not true of the log, as far as that is known.
    fn lie(&self, oldest: i64, head: i64, at: i64) -> Option<&'static str> {
        match self.log.kept_from? {
            kept_from if oldest > kept_from => Some("tells of less than the log keeps"),
            _ if at > head => Some("does not reach what it has delivered"),
            _ if head > self.log.head() => Some("tells of more than there is"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::ids::{DomainId, NodeId};

    const DOMAIN: Scope = Scope::Domain(DomainId(Uuid::from_u128(1)));
    const NODE: Scope = Scope::Node(NodeId(Uuid::from_u128(2)));
    const OTHER: Scope = Scope::Node(NodeId(Uuid::from_u128(3)));

    fn line(number: i64, scope: Scope) -> String {
        json!({ "type": "t", "scope": scope.to_string(), "payload": { "n": number } }).to_string()
    }

    /// 1 to 9: every third is another Node's, the first of three the Domain's.
    fn log() -> Log {
        let mut log = Log::default();
        for number in 1..=9 {
            let scope = scope_of(number);
            log.add(number, Logged { scope, line: line(number, scope) });
        }
        log
    }

    fn scope_of(number: i64) -> Scope {
        [OTHER, DOMAIN, NODE][(number % 3) as usize]
    }

    fn frame(number: i64) -> Step {
        framed(number, "t", &line(number, scope_of(number)))
    }

    fn framed(number: i64, event: &str, line: &str) -> Step {
        Step::Frame(Frame { id: number.to_string(), event: event.into(), line: line.into() })
    }

    fn resync(id: i64, oldest: i64, head: i64) -> Step {
        let payload = json!({ "oldest": oldest, "head": head });
        framed(id, RESYNC, &json!({ "type": RESYNC, "scope": NODE.to_string(), "payload": payload }).to_string())
    }

    const fn opened(after: Option<i64>) -> Step {
        Step::Opened { after, head: None }
    }

    fn judge(steps: &[Step], until: Option<i64>) -> Vec<Fault> {
        judge_beside(&log(), steps, until)
    }

    fn judge_beside(log: &Log, steps: &[Step], until: Option<i64>) -> Vec<Fault> {
        let verified = |line: &str| if line.contains("forged") { Err("forged".to_owned()) } else { Ok(()) };
        faults(steps, &[DOMAIN, NODE], log, until, verified)
    }

    /// The same log, of which it is known that it has never been another one, and what it keeps.
    fn kept_from(oldest: i64) -> Log {
        let mut log = log();
        log.kept_from(oldest);
        log
    }

    /// What is wrong with a resync to one that was at `after`.
    fn whys(log: &Log, resync: Step, after: Option<i64>) -> Vec<&'static str> {
        let mut steps = vec![opened(None)];
        if let Some(after) = after {
            steps.extend([frame(after), Step::Closed]);
        }
        steps.extend([opened(after), resync]);
        let whys = judge_beside(log, &steps, None).into_iter().map(|fault| match fault {
            Fault::Resync { why, .. } => why,
            other => panic!("{other}"),
        });
        whys.collect()
    }

    fn missing(some: &[i64], before: i64) -> Fault {
        Fault::Missing { count: some.len(), some: some.to_vec(), before }
    }

    #[test]
    fn a_proper_history_has_no_faults() {
        let whole = [
            opened(None),
            frame(2),
            frame(4),
            Step::Closed,
            opened(Some(4)),
            Step::Closed,
            opened(Some(4)),
            frame(5),
            frame(7),
            frame(8),
        ];
        assert_eq!(judge(&whole, Some(9)), []);
        assert_eq!(judge(&[], Some(9)), []);
        assert_eq!(judge(&[opened(None)], Some(9)), [], "nobody knows from where on");
        assert_eq!(judge(&[Step::Opened { after: None, head: Some(6) }, frame(7), frame(8)], Some(9)), []);
        // The head was read a moment after the stream opened.
        assert_eq!(judge(&[Step::Opened { after: None, head: Some(6) }, frame(5), frame(7), frame(8)], Some(9)), []);
        // It was away for longer than events are kept.
        let late = [opened(None), frame(1), Step::Closed, opened(Some(1)), resync(6, 4, 6), frame(7), frame(8)];
        assert_eq!(judge(&late, Some(9)), []);
        // The log was restored from a backup.
        let restored = [opened(None), frame(8), Step::Closed, opened(Some(8)), resync(5, 1, 5), frame(7), frame(8)];
        assert_eq!(judge(&restored, Some(9)), []);
    }

    #[test]
    fn what_is_lost_is_seen() {
        assert_eq!(judge(&[opened(None), frame(2), frame(5)], None), [missing(&[4], 5)]);
        let resumed = [opened(None), frame(1), Step::Closed, opened(Some(1)), frame(4)];
        assert_eq!(judge(&resumed, None), [missing(&[2], 4)]);
        assert_eq!(judge(&[opened(None), frame(7)], Some(9)), [missing(&[8], 10)]);
        assert_eq!(judge(&[opened(None), frame(7), Step::Closed], Some(9)), [], "nothing is open");
        assert_eq!(judge(&[Step::Opened { after: None, head: Some(3) }], Some(5)), [missing(&[4, 5], 6)]);
        let after_resync = [opened(None), frame(1), Step::Closed, opened(Some(1)), resync(6, 4, 6), frame(8)];
        assert_eq!(judge(&after_resync, None), [missing(&[7], 8)]);
    }

    #[test]
    fn what_comes_twice_or_too_late_is_seen() {
        assert_eq!(judge(&[opened(None), frame(1), frame(1)], None), [Fault::Twice(1)]);
        let again = [opened(None), frame(1), frame(2), Step::Closed, opened(Some(2)), frame(2), frame(4)];
        assert_eq!(judge(&again, None), [Fault::Twice(2)]);
        let back = [opened(None), frame(4), frame(2), frame(5)];
        assert_eq!(judge(&back, None), [Fault::OutOfOrder { id: 2, after: 4 }]);
    }

    #[test]
    fn what_the_log_does_not_have_is_seen() {
        let scope = DOMAIN;
        assert_eq!(judge(&[opened(None), framed(10, "t", &line(10, scope))], None), [Fault::NotInTheLog(10)]);
        assert_eq!(judge(&[opened(None), framed(4, "t", &line(5, scope))], None), [Fault::Differs(4)]);
        let named = Fault::Named { id: 1, event: "u".into() };
        assert_eq!(judge(&[opened(None), framed(1, "u", &line(1, scope))], None), [named]);
        let id = Frame { id: "one".into(), event: "t".into(), line: "".into() };
        assert_eq!(judge(&[opened(None), Step::Frame(id)], None), [Fault::Id("one".into())]);
    }

    #[test]
    fn what_is_anothers_or_does_not_verify_is_seen() {
        let foreign = Fault::Foreign { id: 3, scope: OTHER.to_string() };
        assert_eq!(judge(&[opened(None), frame(3)], None), [foreign]);
        let forged = line(4, DOMAIN).replace("\"n\":4", "\"n\":\"forged\"");
        let wanted = [Fault::Unverified { id: 4, why: "forged".into() }, Fault::Differs(4)];
        assert_eq!(judge(&[opened(None), framed(4, "t", &forged)], None), wanted);
    }

    #[test]
    fn a_client_that_goes_on_elsewhere_is_seen() {
        let elsewhere = [opened(None), frame(1), Step::Closed, opened(None), frame(7)];
        assert_eq!(judge(&elsewhere, None), [Fault::Resumed { asked: None, last: Some(1) }]);
        assert_eq!(judge(&[opened(Some(3))], None), [Fault::Resumed { asked: Some(3), last: None }]);
    }

    #[test]
    fn a_resync_without_a_reason_is_seen() {
        let whys = |resync, after| whys(&log(), resync, after);
        assert_eq!(whys(resync(9, 2, 9), Some(1)), ["is needless"]);
        assert_eq!(whys(resync(9, 3, 9), Some(1)), Vec::<&str>::new());
        assert_eq!(whys(resync(8, 3, 9), Some(1)), ["has another id than the head"]);
        assert_eq!(whys(resync(9, 3, 9), None), ["was not asked for"]);
        let late = [opened(None), frame(1), Step::Closed, opened(Some(1)), frame(2), resync(9, 3, 9)];
        assert!(matches!(judge(&late, None)[..], [Fault::Resync { why: "is needless", .. }]));
    }

    #[test]
    fn what_goes_while_it_is_read_is_a_reason_for_a_resync() {
        let late = [opened(None), frame(1), Step::Closed, opened(Some(1)), frame(2), resync(9, 5, 9)];
        assert_eq!(judge_beside(&kept_from(5), &late, Some(9)), []);
        assert!(matches!(judge_beside(&kept_from(4), &late, None)[..], [Fault::Resync { .. }]));
    }

    #[test]
    fn a_resync_that_tells_lies_about_the_log_is_seen() {
        assert_eq!(whys(&kept_from(4), resync(9, 4, 9), Some(1)), Vec::<&str>::new());
        // More went later on.
        assert_eq!(whys(&kept_from(7), resync(9, 4, 9), Some(1)), Vec::<&str>::new());
        let tells_of_less = ["tells of less than the log keeps"];
        assert_eq!(whys(&kept_from(1), resync(9, 3, 9), Some(1)), tells_of_less);
        assert_eq!(whys(&kept_from(4), resync(9, 1_000_000, 9), Some(5)), tells_of_less);
        // It would have to have been restored.
        assert_eq!(whys(&kept_from(4), resync(5, 1, 5), Some(8)), ["does not reach what it has delivered"]);
        assert_eq!(whys(&kept_from(4), resync(10, 4, 10), Some(1)), ["tells of more than there is"]);
    }
}
