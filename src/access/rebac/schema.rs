//! The schema of relations: read from `schema.zed`, the part of SpiceDB's language that is used there.

use std::collections::HashMap;

use super::Kind;
use crate::access::{ObjectType, Permission};

/// The file itself, for SpiceDB.
pub const TEXT: &str = include_str!("schema.zed");

/// The relation by which a group has its members.
const MEMBER: &str = "member";

/// A relation or a permission, by its place in the table of names. Names are shared by all types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Name(u8);

/// Why the schema cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("relations: {0}")]
pub struct SchemaError(String);

fn fault<T>(what: impl Into<String>) -> Result<T, SchemaError> {
    Err(SchemaError(what.into()))
}

/// One part of a union.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Term {
    /// The object's own relation or permission.
    Own(Name),
    /// A permission of what the object lies below by a relation.
    Above(Name, Name),
}

/// What a name means on a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// Who has it is written in tuples: these kinds of subjects, and whether the members of groups.
    Relation { subjects: Vec<Kind>, members: bool },
    /// Whoever holds one of these.
    Union(Vec<Term>),
}

/// What the file says.
#[derive(Debug)]
pub struct Schema {
    names: Vec<String>,
    rules: HashMap<(Kind, Name), Rule>,
    grants: HashMap<Kind, Vec<String>>,
    member: Name,
}

impl Schema {
    /// The schema of this program.
    ///
    /// # Errors
    /// [`SchemaError`] when the file cannot be read or lacks a [`Permission`].
    pub fn load() -> Result<Self, SchemaError> {
        let schema = Self::parse(TEXT)?;
        for permission in Permission::ALL {
            schema.permission(permission)?;
        }
        Ok(schema)
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens: &tokens, at: 0, names: Vec::new() };
        let (mut rules, mut grants) = (HashMap::new(), HashMap::new());
        let mut defined = Vec::new();
        while reader.peek().is_some() {
            reader.expect("definition")?;
            let kind = reader.kind()?;
            if defined.contains(&kind) {
                return fault(format!("{} is defined twice", kind.as_str()));
            }
            defined.push(kind);
            reader.expect("{")?;
            while reader.peek() != Some("}") {
                let (name, rule) = match reader.next()? {
                    "relation" => reader.relation()?,
                    "permission" => reader.permission()?,
                    other => return fault(format!("{other} is neither a relation nor a permission")),
                };
                if let Rule::Relation { subjects, .. } = &rule
                    && subjects.contains(&Kind::User)
                {
                    grants.entry(kind).or_insert_with(Vec::new).push(reader.names[usize::from(name.0)].clone());
                }
                if rules.insert((kind, name), rule).is_some() {
                    return fault(format!("{} has {} twice", kind.as_str(), reader.names[usize::from(name.0)]));
                }
            }
            reader.expect("}")?;
        }
        let member = reader.name(MEMBER)?;
        let schema = Self { names: reader.names, rules, grants, member };
        for (kind, name) in schema.rules.keys() {
            schema.ends(*kind, *name, &mut Vec::new())?;
        }
        Ok(schema)
    }

    /// Whether everything that `name` on `kind` leads to is there, and leads nowhere in a circle: only groups do,
    /// through their members, which is no matter of the schema.
    fn ends(&self, kind: Kind, name: Name, on_the_way: &mut Vec<(Kind, Name)>) -> Result<(), SchemaError> {
        if on_the_way.contains(&(kind, name)) {
            return fault(format!("{} of a {} is given by itself", self.text(name), kind.as_str()));
        }
        on_the_way.push((kind, name));
        match self.rules.get(&(kind, name)) {
            None => return fault(format!("a {} has no {}", kind.as_str(), self.text(name))),
            Some(Rule::Relation { .. }) => {}
            Some(Rule::Union(terms)) => {
                for term in terms {
                    match *term {
                        Term::Own(own) => self.ends(kind, own, on_the_way)?,
                        Term::Above(by, name) => match self.rules.get(&(kind, by)) {
                            Some(Rule::Relation { subjects, members: false }) => {
                                for above in subjects {
                                    self.ends(*above, name, on_the_way)?;
                                }
                            }
                            _ => return fault(format!("a {} lies below nothing by {}", kind.as_str(), self.text(by))),
                        },
                    }
                }
            }
        }
        on_the_way.pop();
        Ok(())
    }

    pub(super) fn rule(&self, kind: Kind, name: Name) -> Option<&Rule> {
        self.rules.get(&(kind, name))
    }

    pub(super) fn member(&self) -> Name {
        self.member
    }

    /// The name that is written `text` in tuples.
    pub fn name(&self, text: &str) -> Option<Name> {
        self.names.iter().position(|name| name == text).and_then(|at| u8::try_from(at).ok()).map(Name)
    }

    /// As the file has it.
    pub fn text(&self, name: Name) -> &str {
        self.names.get(usize::from(name.0)).map_or("", String::as_str)
    }

    /// What a permission is called here.
    ///
    /// # Errors
    /// [`SchemaError`]: the file does not know it.
    pub fn permission(&self, permission: Permission) -> Result<Name, SchemaError> {
        let text = permission.short_name().replace('-', "_");
        let known = self.name(&text).filter(|name| self.rules.contains_key(&(permission.object_type().into(), *name)));
        known.ok_or_else(|| SchemaError(format!("{} is missing", permission.name())))
    }

    /// Relations that may be granted on such an object, as the file lists them.
    pub fn grants(&self, kind: ObjectType) -> &[String] {
        self.grants.get(&kind.into()).map_or(&[], Vec::as_slice)
    }

    /// The grants that give a permission, on the object itself or on one above it.
    pub fn given_by(&self, kind: Kind, name: Name) -> Vec<(Kind, Name)> {
        let mut grants = Vec::new();
        self.collect(kind, name, &mut grants);
        grants
    }

    fn collect(&self, kind: Kind, name: Name, grants: &mut Vec<(Kind, Name)>) {
        match self.rules.get(&(kind, name)) {
            None => {}
            Some(Rule::Relation { .. }) if grants.contains(&(kind, name)) => {}
            Some(Rule::Relation { .. }) => grants.push((kind, name)),
            Some(Rule::Union(terms)) => {
                for term in terms {
                    match *term {
                        Term::Own(own) => self.collect(kind, own, grants),
                        Term::Above(by, name) => {
                            if let Some(Rule::Relation { subjects, .. }) = self.rules.get(&(kind, by)) {
                                subjects.iter().for_each(|above| self.collect(*above, name, grants));
                            }
                        }
                    }
                }
            }
        }
    }

    /// Whether a tuple may have this relation and this kind of subject.
    pub(super) fn takes(&self, object: Kind, relation: Name, subject: Kind, as_members: bool) -> bool {
        match self.rules.get(&(object, relation)) {
            Some(Rule::Relation { members, .. }) if as_members => *members && subject == Kind::Group,
            Some(Rule::Relation { subjects, .. }) => subjects.contains(&subject),
            _ => false,
        }
    }
}

/// Words and signs, without comments.
fn tokens(text: &str) -> Result<Vec<&str>, SchemaError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2).ok_or_else(|| SchemaError("a comment does not end".into()))?
        } else if first.is_ascii_lowercase() || first == '_' {
            rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).unwrap_or(rest.len())
        } else if rest.starts_with("->") {
            2
        } else if "{}:|#+=".contains(first) {
            1
        } else {
            return fault(format!("{first:?} is not understood"));
        };
        let (token, after) = rest.split_at(taken);
        if !first.is_whitespace() && !token.starts_with('/') {
            found.push(token);
        }
        rest = after;
    }
    Ok(found)
}

struct Reader<'t> {
    tokens: &'t [&'t str],
    at: usize,
    names: Vec<String>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t str> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'t str, SchemaError> {
        let Some(token) = self.peek() else { return fault("it ends too early") };
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, wanted: &str) -> Result<(), SchemaError> {
        match self.next()? {
            token if token == wanted => Ok(()),
            token => fault(format!("{wanted} was expected where {token} is")),
        }
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is = self.peek() == Some(wanted);
        self.at += usize::from(is);
        is
    }

    fn kind(&mut self) -> Result<Kind, SchemaError> {
        let word = self.next()?;
        Kind::parse(word).map_or_else(|| fault(format!("{word} is no type")), Ok)
    }

    fn name(&mut self, word: &str) -> Result<Name, SchemaError> {
        if !word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return fault(format!("{word} is no name"));
        }
        let at = self.names.iter().position(|known| known == word).unwrap_or_else(|| {
            self.names.push(word.to_owned());
            self.names.len() - 1
        });
        u8::try_from(at).map_or_else(|_| fault("there are too many names"), |at| Ok(Name(at)))
    }

    fn relation(&mut self) -> Result<(Name, Rule), SchemaError> {
        let word = self.next()?;
        let name = self.name(word)?;
        self.expect(":")?;
        let (mut subjects, mut members) = (Vec::new(), false);
        loop {
            let kind = self.kind()?;
            if self.takes("#") {
                self.expect(MEMBER)?;
                if kind != Kind::Group {
                    return fault(format!("a {} has no members", kind.as_str()));
                }
                members = true;
            } else {
                subjects.push(kind);
            }
            if !self.takes("|") {
                return Ok((name, Rule::Relation { subjects, members }));
            }
        }
    }

    fn permission(&mut self) -> Result<(Name, Rule), SchemaError> {
        let word = self.next()?;
        let name = self.name(word)?;
        self.expect("=")?;
        let mut terms = Vec::new();
        loop {
            let word = self.next()?;
            let first = self.name(word)?;
            terms.push(if self.takes("->") {
                let word = self.next()?;
                Term::Above(first, self.name(word)?)
            } else {
                Term::Own(first)
            });
            if !self.takes("+") {
                return Ok((name, Rule::Union(terms)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_knows_every_permission() {
        Schema::load().unwrap();
    }

    #[test]
    fn what_may_be_granted_is_what_takes_users() {
        let schema = Schema::load().unwrap();
        let grants = |kind| schema.grants(kind).join(" ");
        assert_eq!(grants(ObjectType::Platform), "admin");
        assert_eq!(grants(ObjectType::Domain), "admin viewer auditor");
        assert_eq!(grants(ObjectType::Project), "admin reader");
        assert_eq!(grants(ObjectType::Group), "member");
        assert_eq!(grants(ObjectType::Node), "operator agent reader");
    }

    #[test]
    fn what_cannot_be_right_is_refused() {
        for (text, why) in [
            ("definition robot {}", "robot is no type"),
            ("definition user {", "ends too early"),
            ("definition user {} definition user {}", "defined twice"),
            ("definition domain { relation a: user relation a: user }", "twice"),
            ("definition domain { permission a = b }", "has no b"),
            ("definition domain { permission a = b permission b = a }", "given by itself"),
            ("definition domain { relation a: user permission b = c->a }", "lies below nothing by c"),
            ("definition domain { relation a: user#member }", "has no members"),
            ("definition domain { relation a: group#domain }", "member was expected"),
            ("definition domain { relation a: user permission b = a - a }", "not understood"),
            ("definition domain { caveat a }", "neither"),
            ("definition user {} /*", "does not end"),
        ] {
            let refused = Schema::parse(text).unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }
}
