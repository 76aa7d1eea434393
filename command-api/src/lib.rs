//! Decides on commands and appends events. Deciding uses the log alone, never a read model.
//!
//! * [`start`] begins what runs in the background (following the log, the relay) and answers the [`App`];
//! * [`router`] serves it; [`openapi`] describes it;
//! * [`grant_role`] makes the first admin, [`register_own`] the platform's own account.

pub mod accounts;
pub mod app;
pub mod auth;
mod cohorts;
pub mod commands;
pub mod config;
pub mod digests;
pub mod domain;
mod erasure;
mod error;
mod follow;
mod import_rate;
mod invitation;
mod metrics;
mod registration;
mod rejudging;
mod relay;
mod request;
mod respond;
pub mod runs;
mod self_check;
mod start;

pub use accounts::grant_role;
pub use app::{App, router};
pub use commands::openapi;
pub use config::Config;
pub use digests::Digests;
pub use error::ApiError;
pub use registration::{Applicant, register_own};
pub use relay::carry_again_after;
pub use start::{StartError, start, start_with_clock};

/// This process, as events name their source.
pub const SOURCE: &str = "command-api";
