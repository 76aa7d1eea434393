//! `query-api` as a process of its own, configured by its environment.

use anyhow::Context;
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use query_api::{Config, openapi, router, start};
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests in flight may take once the shutdown has begun.
const ENDED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    chassis::telemetry::start(config.log_format, &config.log_filter);
    let shutdown = Shutdown::new();
    shutdown.on_signals().context("cannot listen for signals")?;
    let observatory = Observatory::default();
    let listen = config.listen;
    let app = start(config, Clock::system(), &observatory, &shutdown).await?;
    let routes = chassis::problem::surround(router(app, openapi()).merge(observatory.router()));
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    tracing::info!(%listen, "query-api answers");
    let begun = shutdown.clone();
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move { begun.begun().await });
    let late = async {
        shutdown.begun().await;
        tokio::time::sleep(ENDED_WITHIN).await;
    };
    tokio::select! {
        served = serving => served.context("serving ended")?,
        () = late => tracing::warn!("requests in flight were cut off"),
    }
    shutdown.finished(ENDED_WITHIN).await;
    Ok(())
}
