//! An integrity violation: what a Node found changed on itself.

use chrono::{DateTime, Utc};

use crate::ids::{DomainId, NodeId, ProjectId, ViolationId};
use crate::mesh::artifact::{Checksum, Fingerprint};

/// Most violations of one report.
const MOST: usize = 128;
/// Longest name of an artifact, in characters.
const LONGEST_ARTIFACT: usize = 4096;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads what [`Self::as_str`] wrote.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    };
}

names! {
    /// What diverged.
    Kind {
        /// The agent's binary.
        BinaryChecksum => "binary_checksum",
        /// A hook.
        HookChecksum => "hook_checksum",
        /// The SSH host key.
        SshHostKey => "ssh_host_key",
    }
}

names! {
    /// What noticed it.
    Detector {
        /// The scan at the agent's start.
        StartupScan => "startup_scan",
        /// A watch on the file.
        Inotify => "inotify",
        /// The look before a hook is run.
        PreDispatch => "pre_dispatch",
    }
}

names! {
    /// Whether somebody has dealt with it.
    Status {
        /// Nobody has.
        Open => "open",
        /// Somebody has.
        Acknowledged => "acknowledged",
    }
}

/// What was found, and what should have been.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// Of a file.
    Checksums {
        /// Found.
        observed: Checksum,
        /// Expected, where the Node knew.
        expected: Option<Checksum>,
    },
    /// Of a key.
    Fingerprints {
        /// Found.
        observed: Fingerprint,
        /// Expected, where the Node knew.
        expected: Option<Fingerprint>,
    },
}

/// One violation as a Node reports it, read and well formed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What diverged.
    pub kind: Kind,
    /// What noticed it.
    pub detected_by: Detector,
    /// Which one diverged.
    pub artifact_id: String,
    /// How.
    pub evidence: Evidence,
}

/// An entry of a report, before any rule is asked.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Sent {
    pub kind: Option<String>,
    pub detected_by: Option<String>,
    pub artifact_id: Option<String>,
    pub observed_checksum: Option<String>,
    pub expected_checksum: Option<String>,
    pub observed_fingerprint: Option<String>,
    pub expected_fingerprint: Option<String>,
}

/// A rule of a report, in the order in which they are checked: first those of the list, then entry by entry the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Rule {
    Empty,
    TooMany,
    Kind,
    DetectedBy,
    ArtifactId,
    KindMismatch,
    Checksum,
    Fingerprint,
}

/// A member that breaks a rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {what}")]
pub struct InvalidReport {
    /// Which rule.
    pub rule: Rule,
    /// The member's path, with the entry's index.
    pub field: String,
    /// What it must be and is not.
    pub what: &'static str,
}

impl Finding {
    /// Reads the entries of a report.
    ///
    /// # Errors
    /// [`InvalidReport`], the first in the order of [`Rule`].
    pub fn read_all(sent: Vec<Sent>) -> Result<Vec<Self>, InvalidReport> {
        let of_list = |rule, what| Err(InvalidReport { rule, field: "violations".to_owned(), what });
        match sent.len() {
            0 => return of_list(Rule::Empty, "must not be empty"),
            1..=MOST => {}
            _ => return of_list(Rule::TooMany, "must have at most 128 entries"),
        }
        sent.into_iter()
            .enumerate()
            .map(|(at, entry)| {
                Self::read(entry).map_err(|Fault { rule, member, what }| InvalidReport {
                    rule,
                    field: format!("violations[{at}].{member}"),
                    what,
                })
            })
            .collect()
    }

    fn read(sent: Sent) -> Result<Self, Fault> {
        let kind = sent.kind.as_deref().and_then(Kind::parse).ok_or(Fault {
            rule: Rule::Kind,
            member: "kind",
            what: "must be binary_checksum, hook_checksum or ssh_host_key",
        })?;
        let detected_by = sent.detected_by.as_deref().and_then(Detector::parse).ok_or(Fault {
            rule: Rule::DetectedBy,
            member: "detected_by",
            what: "must be startup_scan, inotify or pre_dispatch",
        })?;
        let artifact_id = sent
            .artifact_id
            .filter(|id| (1..=LONGEST_ARTIFACT).contains(&id.chars().count()))
            .ok_or(Fault { rule: Rule::ArtifactId, member: "artifact_id", what: "must be 1 to 4096 characters" })?;
        let checksums = Pair {
            observed: ("observed_checksum", sent.observed_checksum),
            expected: ("expected_checksum", sent.expected_checksum),
        };
        let fingerprints = Pair {
            observed: ("observed_fingerprint", sent.observed_fingerprint),
            expected: ("expected_fingerprint", sent.expected_fingerprint),
        };
        let evidence = match kind {
            Kind::BinaryChecksum | Kind::HookChecksum => {
                let what = "must be a SHA-256: 32 bytes as 44 characters of base64";
                let (observed, expected) = checksums.read(&fingerprints, Rule::Checksum, what, Checksum::parse)?;
                Evidence::Checksums { observed, expected }
            }
            Kind::SshHostKey => {
                let what = "must be SHA256, a colon and base64";
                let (observed, expected) =
                    fingerprints.read(&checksums, Rule::Fingerprint, what, Fingerprint::parse)?;
                Evidence::Fingerprints { observed, expected }
            }
        };
        Ok(Self { kind, detected_by, artifact_id, evidence })
    }
}

struct Fault {
    rule: Rule,
    member: &'static str,
    what: &'static str,
}

/// The two members of one sort of evidence, by their names.
struct Pair {
    observed: (&'static str, Option<String>),
    expected: (&'static str, Option<String>),
}

impl Pair {
    /// Reads both, the second one if it is there; `forbidden` must not be.
    fn read<T>(
        &self,
        forbidden: &Self,
        rule: Rule,
        what: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<(T, Option<T>), Fault> {
        let mismatch = |member, what| Fault { rule: Rule::KindMismatch, member, what };
        let (member, observed) = &self.observed;
        let observed = observed.as_deref().ok_or_else(|| mismatch(member, "must be there for this kind"))?;
        for (member, value) in [&forbidden.observed, &forbidden.expected] {
            if value.is_some() {
                return Err(mismatch(member, "does not belong to this kind"));
            }
        }
        let observed = parse(observed).ok_or(Fault { rule, member, what })?;
        let (member, expected) = &self.expected;
        let expected = expected.as_deref().map(|text| parse(text).ok_or(Fault { rule, member, what })).transpose()?;
        Ok((observed, expected))
    }
}

/// That somebody has dealt with a violation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acknowledgement {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A recorded violation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which.
    pub id: ViolationId,
    /// Who reported it.
    pub node_id: NodeId,
    /// The Node's Domain.
    pub domain_id: DomainId,
    /// The Node's project.
    pub project_id: ProjectId,
    /// What was found.
    pub finding: Finding,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// That it has been dealt with.
    pub acknowledged: Option<Acknowledgement>,
}

impl Violation {
    /// Whether somebody has dealt with it.
    pub fn status(&self) -> Status {
        if self.acknowledged.is_some() { Status::Acknowledged } else { Status::Open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn sent(kind: &str, members: &[(&str, &str)]) -> Sent {
        let member = |name: &str| members.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        Sent {
            kind: Some(kind.to_owned()),
            detected_by: Some("inotify".to_owned()),
            artifact_id: Some("a".to_owned()),
            observed_checksum: member("observed_checksum"),
            expected_checksum: member("expected_checksum"),
            observed_fingerprint: member("observed_fingerprint"),
            expected_fingerprint: member("expected_fingerprint"),
        }
    }

    fn refused(sent: Vec<Sent>) -> (Rule, String) {
        let invalid = Finding::read_all(sent).unwrap_err();
        (invalid.rule, invalid.field)
    }

    #[test]
    fn each_kind_has_its_own_evidence() {
        let observed = [("observed_checksum", SUM)];
        let both = [("observed_fingerprint", "SHA256:a"), ("expected_fingerprint", "SHA256:b")];
        let read = Finding::read_all(vec![sent("hook_checksum", &observed), sent("ssh_host_key", &both)]).unwrap();
        assert_eq!(read[0].evidence, Evidence::Checksums { observed: Checksum::parse(SUM).unwrap(), expected: None });
        assert!(
            matches!(&read[1].evidence, Evidence::Fingerprints { expected: Some(b), .. } if b.as_str() == "SHA256:b")
        );
    }

    #[test]
    fn what_does_not_belong_comes_before_what_cannot_be_read() {
        for (kind, members, member) in [
            ("binary_checksum", &[][..], "observed_checksum"),
            ("hook_checksum", &[("expected_checksum", SUM)], "observed_checksum"),
            ("ssh_host_key", &[("observed_checksum", SUM)], "observed_fingerprint"),
            ("binary_checksum", &[("observed_checksum", "x"), ("observed_fingerprint", "")], "observed_fingerprint"),
            ("ssh_host_key", &[("observed_fingerprint", ""), ("expected_checksum", "")], "expected_checksum"),
        ] {
            let refused = refused(vec![sent(kind, members)]);
            assert_eq!(refused, (Rule::KindMismatch, format!("violations[0].{member}")));
        }
    }

    #[test]
    fn entries_are_checked_one_after_the_other() {
        let good = sent("binary_checksum", &[("observed_checksum", SUM)]);
        let late = sent("binary_checksum", &[("observed_checksum", SUM), ("expected_checksum", "x")]);
        let early = sent("nothing", &[]);
        assert_eq!(
            refused(vec![good.clone(), late, early]),
            (Rule::Checksum, "violations[1].expected_checksum".into())
        );
        assert_eq!(Finding::read_all(vec![good.clone(); 128]).unwrap().len(), 128);
        assert_eq!(refused(vec![good; 129]), (Rule::TooMany, "violations".into()));
        assert_eq!(refused(Vec::new()), (Rule::Empty, "violations".into()));
    }
}
