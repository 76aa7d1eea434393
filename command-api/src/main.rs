//! The command-api process.

use anyhow::Context;
use axum::serve::ListenerExt;
use chassis::config::Settings;
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use chassis::{problem, telemetry};
use command_api::{Config, SOURCE};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests and tasks may take to end.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::read(Settings::from_environment())?;
    telemetry::start(config.log_format, &config.log_filter);
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let observatory = Observatory::default();
    let log = EventLog::connect(&LogConfig { url: config.nats_url.clone(), process: SOURCE }).await?;
    log.observe(&observatory);
    let listen = config.listen;
    let app = command_api::start(config, log, &observatory, &shutdown).await?;
    let router = problem::surround(command_api::router(app).merge(observatory.router()));

    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    tracing::info!(%listen, "command-api answers");
    let ending = shutdown.clone();
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { ending.begun().await });
    tokio::select! {
        served = serving.into_future() => served?,
        () = overtime(&shutdown) => tracing::warn!("some requests did not end in time"),
    }
    if !shutdown.finished(SHUTDOWN_LIMIT).await {
        tracing::warn!("some tasks did not end in time");
    }
    Ok(())
}

/// Resolves when the shutdown has gone on for too long.
async fn overtime(shutdown: &Shutdown) {
    shutdown.begun().await;
    tokio::time::sleep(SHUTDOWN_LIMIT).await;
}
