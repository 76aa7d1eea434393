//! `query-api` as a process of its own, configured by its environment.

use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::process::Process;
use query_api::{Config, PROCESS, openapi, router, start};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    chassis::telemetry::start(config.log_format, &config.log_filter);
    let process = Process::begin(PROCESS, config.listen).await?.tracing(&config.tracing);
    if let Some(log) = process.log(&config.nats_url).await? {
        let app = start(config, log, Clock::system(), &process.observatory, &process.shutdown).await?;
        process.serve(router(app, openapi()));
    }
    Ok(process.end().await?)
}
