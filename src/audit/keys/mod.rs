//! The keys of the audit log: those that sign heads, and those that pseudonyms are made with.

mod store;

pub use store::public_key;
pub(super) use store::{own_pseudonym_keys, pseudonym_keys, signers_of};
