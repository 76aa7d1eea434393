//! `load-tests instant-judge`: the real judge process with boxes that are done at once, so that what lies around the
//! boxed run can be measured. An instant program is right where a test expects its own input.

use anyhow::Context;
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::http::HttpServer;
use chassis::keys::DataKeys;
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use judge::sandbox::{BoxRun, BoxSpec, End, Peaks, RunBox, SandboxError};
use judge::{Config, Grader, Judge, run_judge};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Repeats its input.
struct InstantBox;

impl RunBox for InstantBox {
    fn run_box(&self, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError> {
        Ok(BoxRun {
            end: End::Exited(0),
            cpu: Duration::from_millis(1),
            wall: Duration::from_millis(1),
            waited: Duration::ZERO,
            ended: Instant::now(),
            peaks: Peaks::default(),
            memory_kib: 1,
            stdout: spec.stdin.to_vec(),
            stderr: Vec::new(),
            private: Vec::new(),
        })
    }
}

/// Configured by the environment as the judge is.
pub async fn run() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    chassis::telemetry::start(config.log_format, &config.log_filter);
    let shutdown = Shutdown::new();
    shutdown.on_signals().context("listening for signals")?;
    let log = EventLog::connect(&LogConfig { url: config.nats_url, process: "judge" }).await?;
    let observatory = Observatory::default();
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    let serving = HttpServer::new(&observatory).serve(listener, observatory.router(), shutdown.clone());
    let health = tokio::spawn(serving);
    let keys = DataKeys::new(log.clone(), config.master_key);
    let grader = Grader::with_boxes(Arc::new(InstantBox));
    let judge = Judge { log, keys, grader, clock: Clock::system(), slots: config.slots };
    Box::pin(run_judge(judge, &observatory, shutdown)).await;
    health.abort();
    Ok(())
}
