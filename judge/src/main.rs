//! The judge as a process of its own.

use anyhow::Context;
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::keys::DataKeys;
use chassis::log::{EventLog, LogConfig, LogError};
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use judge::{Config, Grader, Judge, run_judge};
use std::time::Duration;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    chassis::telemetry::start(config.log_format, &config.log_filter);
    let shutdown = Shutdown::new();
    shutdown.on_signals().context("listening for signals")?;
    let grader = Grader::open().context("opening the sandbox")?;
    let Some(log) = connect(&LogConfig { url: config.nats_url, process: "judge" }, &shutdown).await? else {
        return Ok(());
    };

    let observatory = Observatory::default();
    log.observe(&observatory);
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let stop = shutdown.clone();
    let health =
        axum::serve(listener, observatory.router()).with_graceful_shutdown(async move { stop.begun().await });
    let health = tokio::spawn(health.into_future());

    let keys = DataKeys::new(log.clone(), config.master_key);
    let judge = Judge { log, keys, grader, clock: Clock::system(), slots: config.slots };
    Box::pin(run_judge(judge, &observatory, shutdown)).await;
    health.await?.context("answering health and metrics")
}

/// A broker that cannot be reached may come; one that is not fit will not get better by waiting. `None` when the
/// shutdown began first.
async fn connect(config: &LogConfig, shutdown: &Shutdown) -> Result<Option<EventLog>, LogError> {
    loop {
        match EventLog::connect(config).await {
            Ok(log) => return Ok(Some(log)),
            Err(LogError::Connect(error)) => tracing::warn!(error, "the broker cannot be reached yet"),
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = shutdown.begun() => return Ok(None),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}
