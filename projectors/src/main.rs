//! The projectors as a process of their own.

use anyhow::Context;
use chassis::config::Settings;
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use chassis::telemetry::{self, LogFormat};
use projectors::ProcessConfig;
use std::time::Duration;

const ENDS_WITHIN: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = ProcessConfig::read(Settings::from_environment())?;
    telemetry::start(LogFormat::Json, &config.log_filter);
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let observatory = Observatory::default();
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let log = EventLog::connect(&LogConfig { url: config.nats_url, process: "projectors" }).await?;
    projectors::start(&config.service, log, &observatory, &shutdown)?;
    let until = shutdown.clone();
    axum::serve(listener, observatory.router())
        .with_graceful_shutdown(async move { until.begun().await })
        .await?;
    shutdown.finished(ENDS_WITHIN).await;
    Ok(())
}
