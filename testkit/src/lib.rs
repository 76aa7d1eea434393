//! What tests share, and nothing else depends on: real servers of their own ([`servers`]), waiting without sleeping
//! ([`eventually`]), a connection that breaks at a chosen moment ([`proxy`]), events with sensible defaults
//! ([`build`]), and where spans go ([`traces`]).

pub mod build;
mod eventually;
mod folder;
pub mod proxy;
pub mod servers;
pub mod traces;

pub use eventually::eventually;
pub use folder::TestFolder;
pub use servers::{cluster, database, nats, nats_with, nats_with_accounts, redis};
