//! All tuples in memory, and the questions that are answered from them.
//!
//! Objects and subjects are numbered, so that a tuple is a few bytes. What an object lies below is kept with it, and
//! who is granted what is found both by the whole grant and by the subject.

use std::collections::{HashMap, HashSet};

use super::schema::{Name, Rule, Schema, Term};
use super::{Change, Holder, Kind, Relationship, Thing};

/// Groups in groups that are followed. Deeper ones do not count: nobody could say any more why somebody may.
const DEEPEST_GROUPS: usize = 32;
/// Types that lie below each other are far fewer; it only ends what the schema could not.
const DEEPEST_OBJECTS: usize = 16;

/// The number of a thing.
type Number = u32;

/// A subject: a thing itself, or the members of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Subject {
    thing: Number,
    members: bool,
}

#[derive(PartialEq, Eq, Hash)]
struct Grant {
    object: Number,
    subject: Subject,
    relation: Name,
}

struct Slot {
    thing: Thing,
    /// Tuples that name it. Without any it is forgotten.
    named: u32,
    /// What it lies below, and by which relation.
    above: Vec<(Name, Number)>,
}

/// The tuples.
#[derive(Default)]
pub struct Graph {
    numbers: HashMap<Thing, Number>,
    slots: Vec<Slot>,
    free: Vec<Number>,
    grants: HashSet<Grant>,
    /// What is granted to a subject, without its groups.
    granted: HashMap<Subject, Vec<(Name, Number)>>,
    /// The groups that a subject is in itself.
    groups: HashMap<Subject, Vec<Number>>,
    tuples: usize,
}

/// A subject with all that it is by its groups; each with the one through which it was found.
struct Selves(Vec<(Subject, usize)>);

/// A tuple on the way from an object to a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop {
    /// On what.
    pub object: Thing,
    /// Which relation.
    pub relation: Name,
    /// What stands there.
    pub subject: Holder,
}

impl Graph {
    /// The tuples that it holds.
    pub fn len(&self) -> usize {
        self.tuples
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.tuples == 0
    }

    /// Adds a tuple that is not in it yet. One that the schema does not know says nothing and is left out.
    pub fn add(&mut self, schema: &Schema, tuple: &Relationship) {
        let Some(relation) = known(schema, tuple) else { return };
        let object = self.number(tuple.object);
        let subject = Subject { thing: self.number(tuple.subject.thing), members: tuple.subject.members };
        self.tuples += 1;
        let up = is_above(schema, tuple, relation);
        let above = &mut self.slots[object as usize].above;
        let twice = match up {
            true => above.contains(&(relation, subject.thing)),
            false => !self.grants.insert(Grant { object, subject, relation }),
        };
        if twice {
            // There is a constraint against it in the database.
            self.tuples -= 1;
            self.forget(object);
            self.forget(subject.thing);
        } else if up {
            above.push((relation, subject.thing));
        } else if is_membership(schema, tuple, relation) {
            self.groups.entry(subject).or_default().push(object);
        } else {
            self.granted.entry(subject).or_default().push((relation, object));
        }
    }

    /// Takes a tuple out.
    pub fn remove(&mut self, schema: &Schema, tuple: &Relationship) {
        let Some(relation) = known(schema, tuple) else { return };
        let (Some(&object), Some(&thing)) = (self.numbers.get(&tuple.object), self.numbers.get(&tuple.subject.thing))
        else {
            return;
        };
        let subject = Subject { thing, members: tuple.subject.members };
        let found = if is_above(schema, tuple, relation) {
            drop_first(&mut self.slots[object as usize].above, &(relation, thing))
        } else {
            let found = self.grants.remove(&Grant { object, subject, relation });
            if found && is_membership(schema, tuple, relation) {
                drop_from(&mut self.groups, &subject, &object);
            } else if found {
                drop_from(&mut self.granted, &subject, &(relation, object));
            }
            found
        };
        if found {
            self.tuples -= 1;
            self.forget(object);
            self.forget(thing);
        }
    }

    /// Takes over what has become visible between two reads, in whatever order it comes: a tuple that was added and
    /// taken away in between is neither, and one that took another's place comes after it.
    pub fn apply(&mut self, schema: &Schema, changes: &[Change]) {
        let of = |added: bool| {
            changes.iter().filter(|change| change.added == added).map(|change| change.tuple_id).collect::<HashSet<_>>()
        };
        let (came, went) = (of(true), of(false));
        for change in changes.iter().filter(|change| !change.added && !came.contains(&change.tuple_id)) {
            self.remove(schema, &change.tuple);
        }
        for change in changes.iter().filter(|change| change.added && !went.contains(&change.tuple_id)) {
            self.add(schema, &change.tuple);
        }
    }

    /// Whether `holder` has `name` on `object`, by the schema alone.
    pub fn holds(&self, schema: &Schema, holder: Holder, name: Name, object: Thing) -> bool {
        self.path(schema, holder, name, object).is_some()
    }

    /// The tuples that lead from `object` to `holder`, if it has `name` there.
    pub fn path(&self, schema: &Schema, holder: Holder, name: Name, object: Thing) -> Option<Vec<Hop>> {
        if holder.members && holder.thing == object && name == schema.member() {
            // The members of a group are its members, also of one that no tuple names.
            return Some(Vec::new());
        }
        let object = *self.numbers.get(&object)?;
        let selves = self.selves(holder)?;
        let mut hops = Vec::new();
        let by = self.find(schema, &selves, name, object, DEEPEST_OBJECTS, &mut hops)?;
        hops.reverse();
        // From the group that was granted it inwards, to the subject itself.
        let (mut at, mut outer) = (selves.0[by].1, selves.0[by].0);
        while outer != selves.0[0].0 {
            let inner = selves.0[at].0;
            hops.push(self.hop(outer.thing, schema.member(), inner));
            (outer, at) = (inner, selves.0[at].1);
        }
        Some(hops)
    }

    /// What `holder` is granted, directly or by its groups.
    pub fn granted(&self, holder: Holder) -> impl Iterator<Item = (Thing, Name)> {
        let selves = self.selves(holder).map_or_else(Vec::new, |selves| selves.0);
        selves.into_iter().flat_map(|(subject, _)| {
            let granted = self.granted.get(&subject).map_or(&[][..], Vec::as_slice);
            granted.iter().map(|(relation, object)| (self.slots[*object as usize].thing, *relation))
        })
    }

    /// Whether `object` is `above`, or lies below it.
    pub fn lies_in(&self, object: Thing, above: Thing) -> bool {
        object == above || self.numbers.get(&object).is_some_and(|number| self.climbs(*number, above, DEEPEST_OBJECTS))
    }

    fn climbs(&self, from: Number, to: Thing, left: usize) -> bool {
        let above = &self.slots[from as usize].above;
        left > 0 && above.iter().any(|(_, up)| self.slots[*up as usize].thing == to || self.climbs(*up, to, left - 1))
    }

    /// The place in `selves` of the one that has `name` on `object`; `hops` gets the way to it, backwards.
    fn find(
        &self,
        schema: &Schema,
        selves: &Selves,
        name: Name,
        object: Number,
        left: usize,
        hops: &mut Vec<Hop>,
    ) -> Option<usize> {
        let slot = &self.slots[object as usize];
        match schema.rule(slot.thing.kind, name)? {
            Rule::Relation { .. } if slot.thing.kind == Kind::Group && name == schema.member() => {
                // Whoever is in it was found already.
                let wanted = Subject { thing: object, members: true };
                selves.0.iter().position(|(subject, _)| *subject == wanted)
            }
            Rule::Relation { .. } => {
                let by = selves.0.iter().position(|(subject, _)| {
                    self.grants.contains(&Grant { object, subject: *subject, relation: name })
                })?;
                hops.push(self.hop(object, name, selves.0[by].0));
                Some(by)
            }
            Rule::Union(terms) => terms.iter().find_map(|term| match *term {
                Term::Own(own) => self.find(schema, selves, own, object, left, hops),
                Term::Above(_, _) if left == 0 => None,
                Term::Above(by, name) => {
                    slot.above.iter().filter(|(relation, _)| *relation == by).find_map(|(relation, above)| {
                        let found = self.find(schema, selves, name, *above, left - 1, hops)?;
                        hops.push(self.hop(object, *relation, Subject { thing: *above, members: false }));
                        Some(found)
                    })
                }
            }),
        }
    }

    /// `None`: no tuple names it.
    fn selves(&self, holder: Holder) -> Option<Selves> {
        let itself = Subject { thing: *self.numbers.get(&holder.thing)?, members: holder.members };
        let mut selves = vec![(itself, 0)];
        if !self.groups.contains_key(&itself) {
            return Some(Selves(selves));
        }
        let mut seen = HashSet::from([itself]);
        let (mut level, mut depth) = (0, 0);
        while level < selves.len() && depth < DEEPEST_GROUPS {
            let end = selves.len();
            for via in level..end {
                for group in self.groups.get(&selves[via].0).into_iter().flatten() {
                    let members = Subject { thing: *group, members: true };
                    if seen.insert(members) {
                        selves.push((members, via));
                    }
                }
            }
            (level, depth) = (end, depth + 1);
        }
        Some(Selves(selves))
    }

    fn hop(&self, object: Number, relation: Name, subject: Subject) -> Hop {
        let thing = |number: Number| self.slots[number as usize].thing;
        Hop {
            object: thing(object),
            relation,
            subject: Holder { thing: thing(subject.thing), members: subject.members },
        }
    }

    fn number(&mut self, thing: Thing) -> Number {
        let number = *self.numbers.entry(thing).or_insert_with(|| {
            let slot = Slot { thing, named: 0, above: Vec::new() };
            match self.free.pop() {
                Some(number) => {
                    self.slots[number as usize] = slot;
                    number
                }
                None => {
                    self.slots.push(slot);
                    // Memory ends long before.
                    Number::try_from(self.slots.len() - 1).unwrap_or(Number::MAX)
                }
            }
        });
        self.slots[number as usize].named += 1;
        number
    }

    fn forget(&mut self, number: Number) {
        let slot = &mut self.slots[number as usize];
        slot.named -= 1;
        if slot.named == 0 {
            self.numbers.remove(&slot.thing);
            slot.above = Vec::new();
            self.free.push(number);
        }
    }
}

/// The tuple's relation, if the schema has such a tuple.
fn known(schema: &Schema, tuple: &Relationship) -> Option<Name> {
    let relation = schema.name(&tuple.relation)?;
    schema.takes(tuple.object.kind, relation, tuple.subject.thing.kind, tuple.subject.members).then_some(relation)
}

/// Whether it says what the object lies below.
fn is_above(schema: &Schema, tuple: &Relationship, relation: Name) -> bool {
    !schema.takes(tuple.object.kind, relation, Kind::User, false)
}

fn is_membership(schema: &Schema, tuple: &Relationship, relation: Name) -> bool {
    tuple.object.kind == Kind::Group && relation == schema.member()
}

fn drop_first<T: PartialEq>(all: &mut Vec<T>, one: &T) -> bool {
    let place = all.iter().position(|other| other == one);
    if let Some(place) = place {
        all.swap_remove(place);
    }
    place.is_some()
}

fn drop_from<K: Eq + std::hash::Hash, T: PartialEq>(all: &mut HashMap<K, Vec<T>>, key: &K, one: &T) {
    if let Some(list) = all.get_mut(key) {
        drop_first(list, one);
        if list.is_empty() {
            all.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOBODY: u128 = 999;

    fn schema() -> Schema {
        Schema::load().unwrap()
    }

    fn thing(kind: Kind, id: u128) -> Thing {
        match kind {
            Kind::Platform => Thing::PLATFORM,
            kind => Thing { kind, id: Uuid::from_u128(id) },
        }
    }

    fn tuple(object: (Kind, u128), relation: &str, subject: (Kind, u128)) -> Relationship {
        Relationship {
            object: thing(object.0, object.1),
            relation: relation.to_owned(),
            subject: Holder { thing: thing(subject.0, subject.1), members: subject.0 == Kind::Group },
        }
    }

    fn user(id: u128) -> Holder {
        Holder { thing: thing(Kind::User, id), members: false }
    }

    fn lab() -> Vec<Relationship> {
        vec![
            tuple((Kind::Domain, 1), "platform", (Kind::Platform, 0)),
            tuple((Kind::Project, 1), "domain", (Kind::Domain, 1)),
            tuple((Kind::Node, 1), "project", (Kind::Project, 1)),
            tuple((Kind::Node, 1), "domain", (Kind::Domain, 1)),
        ]
    }

    fn graph(tuples: &[Relationship]) -> Graph {
        let mut graph = Graph::default();
        for tuple in tuples {
            graph.add(&schema(), tuple);
        }
        graph
    }

    fn holds(graph: &Graph, holder: u128, name: &str, object: (Kind, u128)) -> bool {
        let schema = schema();
        graph.holds(&schema, user(holder), schema.name(name).unwrap(), thing(object.0, object.1))
    }

    #[test]
    fn a_grant_above_counts_below_and_not_beside() {
        let mut tuples = lab();
        tuples.push(tuple((Kind::Domain, 1), "admin", (Kind::User, 7)));
        let graph = graph(&tuples);
        for (name, kind) in [("manage", Kind::Domain), ("manage", Kind::Project), ("node_operate", Kind::Node)] {
            assert!(holds(&graph, 7, name, (kind, 1)), "{name}");
            assert!(!holds(&graph, 7, name, (kind, 2)), "{name}");
            assert!(!holds(&graph, NOBODY, name, (kind, 1)), "{name}");
        }
        assert!(!holds(&graph, 7, "admin", (Kind::Platform, 0)));
    }

    #[test]
    fn the_way_is_told_from_the_object_to_the_subject() {
        let mut tuples = lab();
        tuples.push(tuple((Kind::Domain, 1), "admin", (Kind::Group, 3)));
        tuples.push(tuple((Kind::Group, 3), "member", (Kind::Group, 2)));
        tuples.push(tuple((Kind::Group, 2), "member", (Kind::User, 7)));
        let schema = schema();
        let name = schema.name("node_agent").unwrap();
        let path = graph(&tuples).path(&schema, user(7), name, thing(Kind::Node, 1)).unwrap();
        let told: Vec<String> =
            path.iter().map(|hop| format!("{}#{}", hop.object.kind.as_str(), schema.text(hop.relation))).collect();
        assert_eq!(told, ["node#project", "project#domain", "domain#admin", "group#member", "group#member"]);
        assert_eq!(path.last().unwrap().subject, user(7));
    }

    #[test]
    fn groups_in_a_circle_end() {
        let mut tuples = lab();
        for (outer, inner) in [(1, 2), (2, 3), (3, 1)] {
            tuples.push(tuple((Kind::Group, outer), "member", (Kind::Group, inner)));
        }
        tuples.push(tuple((Kind::Group, 3), "member", (Kind::User, 7)));
        tuples.push(tuple((Kind::Project, 1), "reader", (Kind::Group, 2)));
        let graph = graph(&tuples);
        assert!(holds(&graph, 7, "read", (Kind::Node, 1)));
        assert!(!holds(&graph, 7, "node_agent", (Kind::Node, 1)));
    }

    #[test]
    fn groups_count_up_to_a_depth() {
        let mut tuples = lab();
        tuples.push(tuple((Kind::Group, 0), "member", (Kind::User, 7)));
        for depth in 1..=40 {
            tuples.push(tuple((Kind::Group, depth), "member", (Kind::Group, depth - 1)));
        }
        for (depth, counts) in [(DEEPEST_GROUPS as u128 - 1, true), (DEEPEST_GROUPS as u128, false)] {
            let mut tuples = tuples.clone();
            tuples.push(tuple((Kind::Domain, 1), "admin", (Kind::Group, depth)));
            assert_eq!(holds(&graph(&tuples), 7, "manage", (Kind::Domain, 1)), counts, "{depth}");
        }
    }

    #[test]
    fn what_the_schema_does_not_know_says_nothing() {
        let mut tuples = lab();
        tuples.push(tuple((Kind::Domain, 1), "owner", (Kind::User, 7)));
        tuples.push(tuple((Kind::Node, 1), "platform", (Kind::Platform, 0)));
        assert_eq!(graph(&tuples).len(), lab().len());
    }

    #[test]
    fn what_comes_and_goes_leaves_nothing_behind() {
        let schema = schema();
        let mut graph = graph(&lab());
        let grants = [
            tuple((Kind::Domain, 1), "admin", (Kind::User, 7)),
            tuple((Kind::Group, 1), "member", (Kind::User, 7)),
            tuple((Kind::Node, 1), "reader", (Kind::Group, 1)),
        ];
        for _ in 0..3 {
            grants.iter().for_each(|grant| graph.add(&schema, grant));
            assert!(holds(&graph, 7, "manage", (Kind::Domain, 1)));
            grants.iter().for_each(|grant| graph.remove(&schema, grant));
            assert!(!holds(&graph, 7, "manage", (Kind::Domain, 1)));
        }
        for tuple in lab() {
            graph.remove(&schema, &tuple);
            graph.remove(&schema, &tuple);
        }
        assert!(graph.is_empty() && graph.numbers.is_empty() && graph.grants.is_empty());
        assert!(graph.granted.is_empty() && graph.groups.is_empty());
        assert_eq!(graph.free.len(), graph.slots.len());
        assert!(graph.slots.len() <= 7, "places are used again");
    }

    #[test]
    fn changes_count_by_what_is_there_in_the_end() {
        let schema = schema();
        let grant = tuple((Kind::Domain, 1), "admin", (Kind::User, 7));
        let change = |id: u128, added| Change { tuple_id: Uuid::from_u128(id), added, tuple: grant.clone() };
        let mut graph = graph(&lab());
        for (changes, left) in [
            (vec![change(2, true), change(2, false)], false),
            (vec![change(4, true), change(3, false), change(3, true)], true),
            // Taken away and granted again, read in the order of the numbers and not of the commits.
            (vec![change(5, true), change(4, false)], true),
            (vec![change(5, false)], false),
        ] {
            graph.apply(&schema, &changes);
            assert_eq!(holds(&graph, 7, "manage", (Kind::Domain, 1)), left);
        }
    }
}
