//! axum answering with what it was sent, over loopback and with the same generator: what HTTP alone costs here.

use super::LIMIT;
use crate::generator::{self, Plan, Schedule};
use crate::http::Request;
use crate::population;
use crate::report::{Figure, Report};
use anyhow::ensure;
use axum::Router;
use axum::routing::post;
use bytes::Bytes;

const REQUESTS: usize = 300_000;
const CONNECTIONS: usize = 256;

#[allow(clippy::disallowed_methods)] // What is measured is axum by itself.
pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/echo", post(|body: Bytes| async { body }));
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    let body = serde_json::to_vec(
        &serde_json::json!({ "language": "python", "source": population::source(1_024) }),
    )?;
    let requests = vec![Request::new("POST", "/echo", &[], &body)];
    let plan = Plan {
        address,
        connections: CONNECTIONS,
        schedule: Schedule::Flood,
        duration: LIMIT,
        total: REQUESTS,
    };
    let outcome = generator::run(plan, requests, |_, _| {}).await?;
    serving.abort();
    ensure!(outcome.with_status(200) == outcome.latencies.count(), "not every echo came back");
    report.add(Figure::new(format!("raw axum echo ({CONNECTIONS} connections)"), outcome.per_second(), "/s"));
    Ok(())
}
