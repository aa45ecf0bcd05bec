//! Keys at rest. A Domain's signing key and wrap key are sealed under the master key, PSKs under the wrap key, each
//! bound to its row, each saying which key sealed it.

//!
//! Events on the wire: [`Envelope`] is the text that is signed, [`SignatureVerifier`] and [`NonceStore`] are what an
//! event passes before it is emitted.

mod envelope;
mod sealer;
pub mod store;
mod verifier;

pub use envelope::{
    Envelope, EventSigner, NotCanonical, Payload, PayloadRefusal, STREAM_LINE_BYTES, Scope, SignedLine, check, event_id,
};
pub use sealer::{MASTER_KEY_BYTES, SealError, Sealer, WrapKey};
pub use verifier::{NonceStore, Replayed, SignatureVerifier, Unverified};
