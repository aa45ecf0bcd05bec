//! Keys at rest. A Domain's signing key and wrap key are sealed under the master key, PSKs under the wrap key, each
//! bound to its row, each saying which key sealed it.

mod sealer;
pub mod store;

pub use sealer::{MASTER_KEY_BYTES, SealError, Sealer, WrapKey};
