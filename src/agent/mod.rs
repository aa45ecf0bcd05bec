//! What an agent does with its Node's stream of events: follow it, verify what comes, fold it over what was pulled.
//! And how to tell whether all that came out right. The fleet and the tests use it; the server names none of it.
//!
//! - [`follow`] keeps a stream open and resumes it, as agents do.
//! - [`Trusted`] holds the keys of a Domain and verifies each line once, however many agents of this process see it.
//! - [`Fold`] is what the events make of a state that was pulled after the stream opened. It has to agree with a state
//!   that is pulled afresh, and with the picture of the mesh.
//! - [`View`] is what an agent has by its stream: its place, its fold, and which keys it can know.
//! - [`history`] holds what streams have delivered against what the log has.

mod backoff;
mod fold;
mod follow;
pub mod history;
mod picture;
mod trusted;
mod view;

pub use backoff::Backoff;
pub use fold::{Fold, Peer, Unreadable};
pub use follow::{Dial, End, Frame, Open, Plan, Refusal, Socket, Told, follow};
pub use picture::{EdgeEnd, picture_faults};
pub use trusted::{Event, RESYNC, Trusted};
pub use view::View;
