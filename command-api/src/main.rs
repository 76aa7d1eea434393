//! The command-api process.

use chassis::config::Settings;
use chassis::process::Process;
use chassis::telemetry;
use command_api::{Config, SOURCE};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    telemetry::start(config.log_format, &config.log_filter);
    let process = Process::begin(SOURCE, config.listen).await?.tracing(&config.tracing);
    if let Some(log) = process.log(&config.nats_url).await? {
        let app = command_api::start(config, log, &process.observatory, &process.shutdown).await?;
        process.serve(command_api::router(app));
    }
    Ok(process.end().await?)
}
