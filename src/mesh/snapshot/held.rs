//! What is kept of Domains: one copy each, those used last, up to a number of bytes.

use std::collections::HashMap;

use crate::ids::DomainId;

struct Kept<V> {
    value: V,
    bytes: usize,
    used: u64,
}

/// Values by Domain, bounded by the bytes that they take.
pub struct Held<V> {
    kept: HashMap<DomainId, Kept<V>>,
    bytes: usize,
    capacity: usize,
    /// Counts uses: who was used longest ago goes first.
    uses: u64,
}

impl<V: Clone> Held<V> {
    /// Keeps up to `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { kept: HashMap::new(), bytes: 0, capacity, uses: 0 }
    }

    /// The Domain's value.
    pub fn get(&mut self, domain_id: DomainId) -> Option<V> {
        self.uses += 1;
        let kept = self.kept.get_mut(&domain_id)?;
        kept.used = self.uses;
        Some(kept.value.clone())
    }

    /// Keeps `value`, which takes so many `bytes`, in place of the Domain's last one. What is larger than all that may
    /// be kept is not kept.
    pub fn put(&mut self, domain_id: DomainId, value: V, bytes: usize) {
        self.remove(domain_id);
        if bytes > self.capacity {
            return;
        }
        while self.bytes + bytes > self.capacity {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(id, _)| *id) else { break };
            self.remove(oldest);
        }
        self.uses += 1;
        self.bytes += bytes;
        self.kept.insert(domain_id, Kept { value, bytes, used: self.uses });
    }

    /// All Domains that there is something of.
    pub fn all(&self) -> impl Iterator<Item = (DomainId, &V)> {
        self.kept.iter().map(|(id, kept)| (*id, &kept.value))
    }

    fn remove(&mut self, domain_id: DomainId) {
        if let Some(gone) = self.kept.remove(&domain_id) {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> DomainId {
        DomainId(Uuid::from_u128(n))
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut held = Held::new(10);
        held.put(id(1), 'a', 4);
        held.put(id(2), 'b', 4);
        assert_eq!(held.get(id(1)), Some('a'));
        held.put(id(3), 'c', 4);
        assert_eq!([held.get(id(1)), held.get(id(2)), held.get(id(3))], [Some('a'), None, Some('c')]);
    }

    #[test]
    fn a_new_value_takes_the_old_ones_place_and_its_bytes() {
        let mut held = Held::new(10);
        for value in ['a', 'b', 'c'] {
            held.put(id(1), value, 9);
        }
        assert_eq!(held.get(id(1)), Some('c'));
        held.put(id(1), 'd', 11);
        assert_eq!(
            (held.get(id(1)), held.all().count()),
            (None, 0),
            "too large, and the old one is not right any more"
        );
        held.put(id(2), 'e', 10);
        assert_eq!(held.get(id(2)), Some('e'));
    }
}
