//! `load-tests raw`: what this machine can do at most, without any of Laurel's code. Every other figure is held against
//! one of these, taken in the same run.

mod echo;
mod log;
mod postgres;
mod redis;

use crate::report::{Figure, Report};
use crate::servers::Folder;
use std::time::Duration;

/// How long each measurement (or each try of one) runs at most.
const LIMIT: Duration = Duration::from_secs(3);

/// The limits other measurements are held against.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Plain publishes with 1,000 in flight, events a second.
    pub single: Figure,
    /// One plain publish with nothing else going on, median in ms.
    pub publish_p50: Figure,
}

/// Measures everything, one thing after the other.
pub async fn run(report: &mut Report) -> anyhow::Result<Limits> {
    let limits = log(report).await?;
    let folder = Folder::new()?;
    postgres::measure(&folder, report).await?;
    redis::measure(&folder, report).await?;
    echo::measure(report).await?;
    Ok(limits)
}

/// The log's limits alone.
pub async fn log(report: &mut Report) -> anyhow::Result<Limits> {
    log::measure(&Folder::new()?, report).await
}
