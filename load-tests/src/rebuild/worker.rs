//! `load-tests rebuild-worker`: one rebuild in a process of its own, so that its peak memory is its own.

use anyhow::{Context, ensure};
use chassis::config::Settings;
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use projectors::{ProcessConfig, projections};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// What the worker tells whoever started it, as one line of JSON.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Rebuilt {
    pub elapsed: Duration,
    /// Whether everything was compared with what was live (and found identical).
    pub compared: bool,
    pub peak_kib: u64,
    /// The processor time that this process used.
    pub processor: Duration,
}

/// Configured by the environment as the projectors are. Fails when what it built differs from what was live.
pub async fn run() -> anyhow::Result<()> {
    let config = ProcessConfig::read(Settings::from_environment())?;
    chassis::telemetry::start(chassis::telemetry::LogFormat::Text, &config.log_filter);
    let log = EventLog::connect(&LogConfig { url: config.nats_url, process: "projectors" }).await?;
    let runner = projectors::runner(&config.service, projections::ALL, log, &Observatory::default())?;
    let began = Instant::now();
    let built = runner.rebuild(projections::ALL).await.context("rebuilding")?;
    let elapsed = began.elapsed();
    ensure!(built.len() == projections::ALL.len(), "not every projection was built: {built:?}");
    ensure!(
        built.iter().all(|built| built.identical != Some(false)),
        "not every copy is identical: {built:?}"
    );
    let compared = built.iter().all(|built| built.identical == Some(true));
    let (_, peak_kib) = crate::service::memory_kib("self")?;
    let processor = super::processor::used(std::process::id())?;
    println!("{}", serde_json::to_string(&Rebuilt { elapsed, compared, peak_kib, processor })?);
    Ok(())
}
