//! The projectors as a process of their own.

use axum::Router;
use chassis::config::Settings;
use chassis::process::Process;
use chassis::telemetry::{self, LogFormat};
use projectors::ProcessConfig;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = ProcessConfig::read(Settings::from_environment())?;
    telemetry::start(LogFormat::Json, &config.log_filter);
    let process = Process::begin("projectors", config.listen).await?.tracing(&config.tracing);
    if let Some(log) = process.log(&config.nats_url).await? {
        projectors::start(&config.service, log, &process.observatory, &process.shutdown)?;
        process.serve(Router::new());
    }
    Ok(process.end().await?)
}
