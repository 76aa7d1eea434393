//! The judge as a process of its own.

use anyhow::Context;
use axum::Router;
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::keys::DataKeys;
use chassis::process::Process;
use judge::{Config, Grader, Judge, run_judge};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    chassis::telemetry::start(config.log_format, &config.log_filter);
    let grader = Grader::open_requiring(&config.layers_required).context("opening the sandbox")?;
    let process = Process::begin("judge", config.listen).await?.tracing(&config.tracing);
    if let Some(log) = process.log(&config.nats_url).await? {
        process.serve(Router::new());
        let keys = DataKeys::new(log.clone(), config.master_key);
        let judge = Judge { log, keys, grader, clock: Clock::system(), slots: config.slots };
        Box::pin(run_judge(judge, &process.observatory, process.shutdown.clone())).await;
    }
    Ok(process.end().await?)
}
