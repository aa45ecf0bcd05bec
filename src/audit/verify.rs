//! Walking a chain: which entry does not hold, and what is wrong with it.
//!
//! Entries are read in batches, whatever the chain's length. Those up to the head never change, so they need not be of one
//! moment; what is beyond the head is asked for in the moment in which the head is.

use super::chain::{Chain, GENESIS, Hash, Head, Numbered, Unsigned};
use super::{keys, store};
use crate::postgres::{Database, StorageError};
use crate::signing::Sealer;

/// Entries in one batch: some 1 MB of them.
const BATCH: i64 = 2000;

/// What is wrong with a chain. The numbers are those of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Entries are not there, and later ones are.
    #[error("entries {from} to {to} were removed")]
    Removed {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// A number that the chain cannot have there.
    #[error("an entry with the number {0} was added")]
    Added(i64),
    /// It is not what was hashed.
    #[error("entry {0} was changed")]
    Changed(i64),
    /// What stands here is another entry of this chain.
    #[error("entries {at} and {other} were swapped, or {other} was moved to {at}")]
    Swapped {
        /// Here.
        at: i64,
        /// Whose place is there.
        other: i64,
    },
    /// Its hash is its own and not the one that the next entry follows.
    #[error("entry {0} was changed and hashed anew: the next entry does not follow it")]
    Rewritten(i64),
    /// The chain ends before its head.
    #[error("entries {from} to {to} were cut off the end")]
    Truncated {
        /// The first.
        from: i64,
        /// The last, which the head names.
        to: i64,
    },
    /// The chain goes on after its head.
    #[error("the head names entry {0} as the newest, and there are entries after it")]
    Beyond(i64),
    /// Nothing was ever signed, or it is gone.
    #[error("the chain has entries and no signed head")]
    NoHead,
    /// The head proves nothing.
    #[error("the head, which names entry {seq}, does not hold: {why}")]
    Head {
        /// The entry that it names.
        seq: i64,
        /// Why.
        why: Unsigned,
    },
    /// The entries fit each other and not the head.
    #[error("the head names another hash of entry {0}: it, and maybe what is before it, was changed and hashed anew")]
    NotTheHead(i64),
}

impl Fault {
    /// The first entry that does not hold.
    pub fn first_bad_seq(&self) -> i64 {
        match *self {
            Self::Removed { from, .. } | Self::Truncated { from, .. } => from,
            Self::Added(seq) | Self::Changed(seq) | Self::Rewritten(seq) | Self::NotTheHead(seq) => seq,
            Self::Swapped { at, .. } => at,
            Self::Beyond(seq) => seq + 1,
            Self::NoHead => 1,
            Self::Head { seq, .. } => seq,
        }
    }
}

/// What a walk has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// So many entries were looked at.
    pub entries_checked: i64,
    /// The head, if there is one.
    pub head: Option<Head>,
    /// The first fault, if there is one.
    pub fault: Option<Fault>,
}

/// A walk along the entries of a chain, from the first on.
pub(super) struct Walk {
    chain: Chain,
    seq: i64,
    hash: Hash,
    checked: i64,
}

/// What a step finds; a changed entry may be one that was moved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Holds,
    Wrong(Fault),
    NotItsOwn,
}

impl Walk {
    pub(super) fn new(chain: Chain) -> Self {
        Self { chain, seq: 0, hash: GENESIS, checked: 0 }
    }

    pub(super) fn step(&mut self, entry: &Numbered) -> Step {
        self.checked += 1;
        let expected = self.seq + 1;
        if entry.seq < expected {
            return Step::Wrong(Fault::Added(entry.seq));
        }
        if entry.seq > expected {
            return Step::Wrong(Fault::Removed { from: expected, to: entry.seq - 1 });
        }
        if entry.hash != entry.hash_as(self.chain, entry.seq, entry.prev_hash) {
            return Step::NotItsOwn;
        }
        if entry.prev_hash != self.hash {
            // The first one follows nothing that could have been changed.
            return Step::Wrong(if self.seq == 0 { Fault::Changed(1) } else { Fault::Rewritten(self.seq) });
        }
        (self.seq, self.hash) = (entry.seq, entry.hash);
        Step::Holds
    }

    /// Holds what was walked along against the head.
    fn end(&self, head: &Head, signed: Result<(), Unsigned>, beyond: bool) -> Option<Fault> {
        if let Err(why) = signed {
            return Some(Fault::Head { seq: head.seq, why });
        }
        if self.seq < head.seq {
            return Some(Fault::Truncated { from: self.seq + 1, to: head.seq });
        }
        if self.hash != head.hash {
            return Some(Fault::NotTheHead(head.seq));
        }
        beyond.then_some(Fault::Beyond(head.seq))
    }
}

/// Whether `here`, which is not what it was, and `there` have changed places, with their hashes or without.
fn swapped(chain: Chain, here: &Numbered, there: &Numbered) -> bool {
    let moved = here.hash == here.hash_as(chain, there.seq, here.prev_hash);
    moved || there.hash == here.hash_as(chain, there.seq, there.prev_hash)
}

/// Walks along the whole chain.
///
/// # Errors
/// [`StorageError`]; a chain that does not hold is no error.
pub async fn verify(database: &Database, sealer: &Sealer, chain: Chain) -> Result<Verification, StorageError> {
    let end = store::end(&mut *database.read().await?, chain).await?;
    let (beyond, in_use) = (end.beyond, end.key_in_use());
    let mut walk = Walk::new(chain);
    let done = |walk: &Walk, head, fault| Verification { entries_checked: walk.checked, head, fault };
    let Some(head) = end.head else {
        return Ok(done(&walk, None, beyond.then_some(Fault::NoHead)));
    };
    // Nobody numbers an entry below 1; one that stands there was added.
    let mut after = None;
    loop {
        let entries = store::entries(&mut *database.read().await?, chain, after, head.seq, BATCH).await?;
        for entry in &entries {
            let fault = match walk.step(entry) {
                Step::Holds => continue,
                Step::Wrong(fault) => fault,
                Step::NotItsOwn => diagnose(database, chain, entry).await?,
            };
            return Ok(done(&walk, Some(head), Some(fault)));
        }
        match entries.last() {
            Some(last) if entries.len() as i64 == BATCH => after = Some(last.seq),
            _ => break,
        }
    }
    let key = keys::public_key(&mut *database.read().await?, sealer, chain, head.key_id).await?;
    let signed = key.ok_or(Unsigned::UnknownKey).and_then(|key| head.check(chain, &key)).and(in_use);
    let fault = walk.end(&head, signed, beyond);
    Ok(done(&walk, Some(head), fault))
}

/// What became of an entry that is not what was hashed: another one of the chain, or changed.
async fn diagnose(database: &Database, chain: Chain, bad: &Numbered) -> Result<Fault, StorageError> {
    let mut after = bad.seq;
    loop {
        let entries = store::entries(&mut *database.read().await?, chain, Some(after), i64::MAX, BATCH).await?;
        if let Some(other) = entries.iter().find(|other| swapped(chain, bad, other)) {
            return Ok(Fault::Swapped { at: bad.seq, other: other.seq });
        }
        match entries.last() {
            Some(last) if entries.len() as i64 == BATCH => after = last.seq,
            _ => return Ok(Fault::Changed(bad.seq)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SigningKeyId;
    use crate::signing::EventSigner;
    use chrono::DateTime;
    use uuid::Uuid;

    fn chain_of(length: i64) -> Vec<Numbered> {
        let mut entries: Vec<Numbered> = Vec::new();
        for n in 0..length {
            let mut entry = Numbered {
                seq: 0,
                at: DateTime::UNIX_EPOCH,
                subject: format!("user:{n}"),
                action: "a.b".into(),
                object: "o".into(),
                decision: "allowed".into(),
                reason: None,
                correlation_id: String::new(),
                prev_hash: GENESIS,
                hash: GENESIS,
            };
            let (seq, hash) = entries.last().map_or((0, GENESIS), |last| (last.seq, last.hash));
            entry.follow(Chain::Platform, seq, hash);
            entries.push(entry);
        }
        entries
    }

    fn walked(entries: &[Numbered]) -> (Walk, Option<Step>) {
        let mut walk = Walk::new(Chain::Platform);
        let first = entries.iter().map(|entry| walk.step(entry)).find(|step| *step != Step::Holds);
        (walk, first)
    }

    #[test]
    fn each_kind_of_change_is_told_from_the_others() {
        let good = chain_of(5);
        assert_eq!(walked(&good).1, None);
        let with = |change: &dyn Fn(&mut Vec<Numbered>)| {
            let mut entries = good.clone();
            change(&mut entries);
            walked(&entries).1
        };
        assert_eq!(with(&|all| all[2].object.push('x')), Some(Step::NotItsOwn));
        let removed = Fault::Removed { from: 3, to: 3 };
        assert_eq!(with(&|all| drop(all.remove(2))), Some(Step::Wrong(removed)));
        assert_eq!(with(&|all| drop(all.drain(..2))), Some(Step::Wrong(Fault::Removed { from: 1, to: 2 })));
        assert_eq!(with(&|all| all[0].seq = 0), Some(Step::Wrong(Fault::Added(0))));
        let rewrite = |all: &mut Vec<Numbered>| {
            all[2].object.push('x');
            let (seq, hash) = (all[1].seq, all[1].hash);
            all[2].follow(Chain::Platform, seq, hash);
        };
        assert_eq!(with(&rewrite), Some(Step::Wrong(Fault::Rewritten(3))));
        let (mut one, mut other) = (good[1].clone(), good[3].clone());
        (one.seq, other.seq) = (4, 2);
        assert!(swapped(Chain::Platform, &other, &one), "with their hashes");
        let (mut one, other) = (good[1].clone(), good[3].clone());
        one.subject.clone_from(&other.subject);
        assert!(swapped(Chain::Platform, &one, &other), "without them");
        assert!(!swapped(Chain::Platform, &good[1], &good[3]));
    }

    #[test]
    fn the_end_is_held_against_the_head() {
        let signer = EventSigner::new(SigningKeyId(Uuid::nil()), &[1; 32]);
        let good = chain_of(5);
        let head = Head::sign(Chain::Platform, 5, good[4].hash, DateTime::UNIX_EPOCH, &signer);
        let (whole, cut) = (walked(&good).0, walked(&good[..3]).0);
        assert_eq!(whole.end(&head, Ok(()), false), None);
        assert_eq!(whole.end(&head, Ok(()), true), Some(Fault::Beyond(5)));
        assert_eq!(cut.end(&head, Ok(()), false), Some(Fault::Truncated { from: 4, to: 5 }));
        let why = Unsigned::Signature;
        assert_eq!(cut.end(&head, Err(why), false), Some(Fault::Head { seq: 5, why }));
        let other = Head { hash: GENESIS, ..head };
        assert_eq!(whole.end(&other, Ok(()), false), Some(Fault::NotTheHead(5)));
    }
}
