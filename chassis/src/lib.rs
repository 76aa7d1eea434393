//! What every Laurel process shares and what knows nothing of exercises or points: the event log client, sealing under
//! learners' data keys, configuration, telemetry, orderly shutdown, health and metrics.
//!
//! The wall clock ([`clock`]), randomness ([`random`]), the environment ([`config`]) and raw publishes ([`log`]) have
//! their one door here, so that tests can control each.

mod allocator;
pub mod clock;
pub mod config;
pub mod cors;
pub mod headers;
pub mod http;
pub mod keys;
pub mod log;
pub mod observe;
pub mod problem;
pub mod process;
pub mod random;
pub mod requests;
pub mod seal;
pub mod shutdown;
pub mod telemetry;
pub mod trace;
