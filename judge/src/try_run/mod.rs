//! Runs that nobody remembers (see [`events::run`]): asked for over core NATS, answered to who asked.
//!
//! * [`Runs`] listens for requests and keeps a few waiting for a slot, each for a short time: another judge may be free.
//! * [`perform`] runs one.

mod perform;
mod waiting;

pub use perform::Answering;
pub use waiting::{Runs, TakenRun};
