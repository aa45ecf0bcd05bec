//! A capability manifest: what a Node runs and can do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::mesh::artifact::{Checksum, Fingerprint};

/// Most entries of each list of a manifest.
const MOST_ENTRIES: usize = 128;
/// Most parameters of one built-in action.
const MOST_PARAMETERS: usize = 64;
/// Longest version, and longest name of a built-in action, in characters.
const LONGEST: usize = 4096;

/// A manifest, read and well formed. Entries are by name, so the order in which they were sent is no part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// The agent's version.
    pub binary_version: String,
    /// SHA-256 of the agent's binary.
    pub binary_checksum: Checksum,
    /// The SSH host key, if the Node named one.
    pub ssh_host_key: Option<Fingerprint>,
    /// Hooks, with the checksum of each.
    pub declared_hooks: BTreeMap<String, Checksum>,
    /// Hooks that run from an image.
    pub plexd_hooks: BTreeMap<String, PlexdHook>,
    /// Actions that are built into the agent.
    pub builtin_actions: BTreeMap<String, BuiltinAction>,
}

/// A hook that runs from an image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlexdHook {
    /// The image.
    pub image_digest: String,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// How long it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// What it runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
}

/// An action that is built into the agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BuiltinAction {
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In the agent's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ActionParameter>,
}

/// A parameter of a built-in action.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActionParameter {
    /// Its name.
    pub name: String,
    /// Type of its value, in the agent's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Whether the action refuses to run without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// What counts when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The members of a request, before any rule is asked.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Sent {
    pub binary_version: Option<String>,
    pub binary_checksum: Option<String>,
    pub ssh_host_key_fingerprint: Option<String>,
    pub declared_hooks: Vec<SentHook>,
    pub plexd_hooks: Vec<(Option<String>, SentPlexdHook)>,
    pub builtin_actions: Vec<(Option<String>, SentAction)>,
}

/// An entry of `declared_hooks`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SentHook {
    pub name: Option<String>,
    pub checksum: Option<String>,
}

/// An entry of `plexd_hooks`, beside its name.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SentPlexdHook {
    pub image_digest: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub timeout_seconds: Option<i64>,
    pub sandbox: Option<String>,
}

/// An entry of `builtin_actions`, beside its name. A parameter comes with an empty name when it has none.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct SentAction {
    pub description: Option<String>,
    pub parameters: Vec<ActionParameter>,
}

/// A rule of the manifest, in the order in which they are checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Rule {
    BinaryVersion,
    BinaryChecksum,
    HostKey,
    DeclaredHooksTooMany,
    DeclaredHook,
    DeclaredHookRepeated,
    PlexdHooksTooMany,
    PlexdHook,
    PlexdHookRepeated,
    BuiltinActionsTooMany,
    BuiltinAction,
    BuiltinActionRepeated,
}

/// A member that breaks a rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {what}")]
pub struct InvalidManifest {
    /// Which rule.
    pub rule: Rule,
    /// The member's path.
    pub field: String,
    /// What it must be and is not.
    pub what: &'static str,
}

/// A member of a manifest, in the order of their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum Field {
    BinaryChecksum,
    BinaryVersion,
    BuiltinActions,
    DeclaredHooks,
    PlexdHooks,
    SshHostKeyFingerprint,
}

impl Field {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BinaryChecksum => "binary_checksum",
            Self::BinaryVersion => "binary_version",
            Self::BuiltinActions => "builtin_actions",
            Self::DeclaredHooks => "declared_hooks",
            Self::PlexdHooks => "plexd_hooks",
            Self::SshHostKeyFingerprint => "ssh_host_key_fingerprint",
        }
    }
}

impl Manifest {
    /// Reads the members of a request.
    ///
    /// # Errors
    /// [`InvalidManifest`], the first in the order of [`Rule`].
    pub fn read(sent: Sent) -> Result<Self, InvalidManifest> {
        let invalid = |rule, field: &str, what| InvalidManifest { rule, field: field.to_owned(), what };
        let binary_version = sent
            .binary_version
            .filter(|text| !text.trim().is_empty() && text.chars().count() <= LONGEST)
            .ok_or_else(|| invalid(Rule::BinaryVersion, "binary_version", "must be 1 to 4096 characters, not blank"))?;
        let binary_checksum = sent
            .binary_checksum
            .and_then(|text| Checksum::parse(&text))
            .ok_or_else(|| invalid(Rule::BinaryChecksum, "binary_checksum", CHECKSUM))?;
        let ssh_host_key = sent
            .ssh_host_key_fingerprint
            // A host without a key says so either way.
            .filter(|text| !text.is_empty())
            .map(|text| {
                let field = "ssh_host_key_fingerprint";
                Fingerprint::parse(&text)
                    .ok_or_else(|| invalid(Rule::HostKey, field, "must be SHA256, a colon and base64"))
            })
            .transpose()?;
        Ok(Self {
            binary_version,
            binary_checksum,
            ssh_host_key,
            declared_hooks: by_name(
                "declared_hooks",
                [Rule::DeclaredHooksTooMany, Rule::DeclaredHook, Rule::DeclaredHookRepeated],
                sent.declared_hooks,
                |hook| {
                    let name = named(hook.name, usize::MAX)?;
                    let checksum =
                        hook.checksum.and_then(|text| Checksum::parse(&text)).ok_or(("checksum", CHECKSUM))?;
                    Ok((name, checksum))
                },
            )?,
            plexd_hooks: by_name(
                "plexd_hooks",
                [Rule::PlexdHooksTooMany, Rule::PlexdHook, Rule::PlexdHookRepeated],
                sent.plexd_hooks,
                |(name, hook)| Ok((named(name, usize::MAX)?, PlexdHook::read(hook)?)),
            )?,
            builtin_actions: by_name(
                "builtin_actions",
                [Rule::BuiltinActionsTooMany, Rule::BuiltinAction, Rule::BuiltinActionRepeated],
                sent.builtin_actions,
                |(name, action)| Ok((named(name, LONGEST)?, BuiltinAction::read(action)?)),
            )?,
        })
    }

    /// The members that differ from the manifest before, sorted. A Node that has sent none had nothing.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<Field> {
        let differs = [
            (Field::BinaryChecksum, before.is_none_or(|before| self.binary_checksum != before.binary_checksum)),
            (Field::BinaryVersion, before.is_none_or(|before| self.binary_version != before.binary_version)),
            (
                Field::BuiltinActions,
                before
                    .map_or(!self.builtin_actions.is_empty(), |before| self.builtin_actions != before.builtin_actions),
            ),
            (
                Field::DeclaredHooks,
                before.map_or(!self.declared_hooks.is_empty(), |before| self.declared_hooks != before.declared_hooks),
            ),
            (
                Field::PlexdHooks,
                before.map_or(!self.plexd_hooks.is_empty(), |before| self.plexd_hooks != before.plexd_hooks),
            ),
            (Field::SshHostKeyFingerprint, self.ssh_host_key != before.and_then(|before| before.ssh_host_key.clone())),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

const CHECKSUM: &str = "must be a SHA-256: 32 bytes as 44 characters of base64";

/// What is wrong with an entry: the member, and what it must be.
type Fault = (&'static str, &'static str);

/// Reads a list whose entries have names of their own. `rules` are those of its length, of an entry, and of its names.
fn by_name<S, T>(
    list: &str,
    [too_many, invalid, repeated]: [Rule; 3],
    sent: Vec<S>,
    read: impl Fn(S) -> Result<(String, T), Fault>,
) -> Result<BTreeMap<String, T>, InvalidManifest> {
    if sent.len() > MOST_ENTRIES {
        return Err(InvalidManifest { rule: too_many, field: list.to_owned(), what: "must have at most 128 entries" });
    }
    // All entries before any name is compared: that is the order of the codes.
    let mut entries = Vec::with_capacity(sent.len());
    for (at, entry) in sent.into_iter().enumerate() {
        entries.push(read(entry).map_err(|(member, what)| InvalidManifest {
            rule: invalid,
            field: format!("{list}[{at}].{member}"),
            what,
        })?);
    }
    let mut named = BTreeMap::new();
    for (at, (name, entry)) in entries.into_iter().enumerate() {
        if named.insert(name, entry).is_some() {
            let field = format!("{list}[{at}].name");
            return Err(InvalidManifest { rule: repeated, field, what: "is the name of an entry before it" });
        }
    }
    Ok(named)
}

fn named(name: Option<String>, longest: usize) -> Result<String, Fault> {
    name.filter(|name| !name.trim().is_empty() && name.chars().count() <= longest).ok_or(match longest {
        LONGEST => ("name", "must be 1 to 4096 characters, not blank"),
        _ => ("name", "must be there and not blank"),
    })
}

impl PlexdHook {
    fn read(sent: SentPlexdHook) -> Result<Self, Fault> {
        let image_digest = sent
            .image_digest
            .filter(|text| is_digest(text))
            .ok_or(("image_digest", "must be sha256, a colon and 64 lower-case hexadecimal digits"))?;
        if sent.timeout_seconds.is_some_and(|seconds| seconds < 0) {
            return Err(("timeout_seconds", "must be 0 or more"));
        }
        Ok(Self {
            image_digest,
            parameters: sent.parameters,
            timeout_seconds: sent.timeout_seconds,
            sandbox: sent.sandbox,
        })
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

impl BuiltinAction {
    fn read(sent: SentAction) -> Result<Self, Fault> {
        if sent.parameters.len() > MOST_PARAMETERS {
            return Err(("parameters", "must have at most 64 entries"));
        }
        if sent.parameters.iter().any(|parameter| parameter.name.trim().is_empty()) {
            return Err(("parameters", "must each have a name"));
        }
        Ok(Self { description: sent.description, parameters: sent.parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn sent() -> Sent {
        Sent { binary_version: Some("1".into()), binary_checksum: Some(SUM.into()), ..Sent::default() }
    }

    fn hook(name: &str) -> SentHook {
        SentHook { name: Some(name.into()), checksum: Some(SUM.into()) }
    }

    fn image(name: &str, seconds: i64) -> (Option<String>, SentPlexdHook) {
        let image_digest = Some(format!("sha256:{}", "0".repeat(64)));
        (Some(name.into()), SentPlexdHook { image_digest, timeout_seconds: Some(seconds), ..SentPlexdHook::default() })
    }

    fn read(change: impl FnOnce(&mut Sent)) -> Manifest {
        let mut sent = sent();
        change(&mut sent);
        Manifest::read(sent).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Sent)) -> (Rule, String) {
        let mut sent = sent();
        change(&mut sent);
        let invalid = Manifest::read(sent).unwrap_err();
        (invalid.rule, invalid.field)
    }

    #[test]
    fn the_first_manifest_changes_what_it_has() {
        use Field::{BinaryChecksum, BinaryVersion, SshHostKeyFingerprint};
        assert_eq!(read(|_| {}).changes_since(None), [BinaryChecksum, BinaryVersion]);
        let keyed = read(|sent| sent.ssh_host_key_fingerprint = Some("SHA256:a".into()));
        assert_eq!(keyed.changes_since(None), [BinaryChecksum, BinaryVersion, SshHostKeyFingerprint]);
    }

    #[test]
    fn every_member_is_compared_and_the_changes_are_sorted() {
        let before = read(|_| {});
        let after = read(|sent| {
            *sent = Sent {
                binary_version: Some("2".into()),
                binary_checksum: Some(Checksum::from_bytes(&[1; 32]).unwrap().encode()),
                ssh_host_key_fingerprint: Some("SHA256:a".into()),
                declared_hooks: vec![hook("a")],
                plexd_hooks: vec![image("a", 0)],
                builtin_actions: vec![(Some("a".into()), SentAction::default())],
            }
        });
        let changes = after.changes_since(Some(&before));
        let names: Vec<_> = changes.iter().map(|field| field.as_str()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!((names.len(), names), (6, sorted));
        assert_eq!(before.changes_since(Some(&after)), changes);
        assert_eq!(after.changes_since(Some(&after)), []);
    }

    #[test]
    fn order_is_no_change_and_an_empty_fingerprint_is_none() {
        let one = read(|sent| {
            sent.declared_hooks = vec![hook("a"), hook("b")];
            sent.plexd_hooks = vec![image("a", 1), image("b", 2)];
            sent.ssh_host_key_fingerprint = Some(String::new());
        });
        let other = read(|sent| {
            sent.declared_hooks = vec![hook("b"), hook("a")];
            sent.plexd_hooks = vec![image("b", 2), image("a", 1)];
        });
        assert_eq!(other.changes_since(Some(&one)), []);
        let swapped = read(|sent| {
            sent.declared_hooks = vec![hook("b"), hook("a")];
            sent.plexd_hooks = vec![image("b", 1), image("a", 2)];
        });
        assert_eq!(swapped.changes_since(Some(&one)), [Field::PlexdHooks]);
    }

    #[test]
    fn an_entry_is_named_and_a_bad_one_comes_before_a_repeated_one() {
        let bad = SentHook { name: Some(" ".into()), checksum: None };
        assert_eq!(
            refused(|sent| sent.declared_hooks = vec![hook("a"), hook("a"), bad]),
            (Rule::DeclaredHook, "declared_hooks[2].name".into())
        );
        assert_eq!(
            refused(|sent| sent.declared_hooks = vec![hook("a"), hook("b"), hook("a")]),
            (Rule::DeclaredHookRepeated, "declared_hooks[2].name".into())
        );
        assert_eq!(
            refused(|sent| sent.plexd_hooks = vec![image("a", -1)]),
            (Rule::PlexdHook, "plexd_hooks[0].timeout_seconds".into())
        );
    }

    #[test]
    fn a_list_may_have_128_entries() {
        let hooks = |n: usize| (0..n).map(|n| hook(&n.to_string())).collect::<Vec<_>>();
        assert_eq!(read(|sent| sent.declared_hooks = hooks(128)).declared_hooks.len(), 128);
        assert_eq!(refused(|sent| sent.declared_hooks = hooks(129)).0, Rule::DeclaredHooksTooMany);
    }
}
