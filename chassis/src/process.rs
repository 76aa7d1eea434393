//! What every process does alike: it answers health and metrics from its first moment, waits for the broker, serves until
//! it is told to end, and then ends in bounded time.
//!
//! A broker that is away is nothing to die of: services and broker start in any order. So [`Process::log`] waits for it,
//! saying why in the log and in `/health/ready`, but only so long: after that the process ends with the last reason, for
//! whoever starts it to see. What waiting cannot mend (an unusable configuration, refused credentials, a broker that is
//! not safe) ends it at once.

use crate::http::HttpServer;
use crate::log::{EventLog, LogConfig, LogError};
use crate::observe::Observatory;
use crate::problem::{self, Problem};
use crate::shutdown::Shutdown;
use crate::trace::{self, Tracing};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::Service;

/// How long a process waits for its broker.
const BROKER_PATIENCE: Duration = Duration::from_mins(5);
/// How long requests may take to end once the shutdown has begun, and then the tasks.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// When to ask again, for those who ask before the service is there.
const STARTING_RETRY: Duration = Duration::from_secs(1);

/// What readiness waits for until the routes are there.
const SERVICE: &str = "service";

/// A process that answers.
#[derive(Debug)]
pub struct Process {
    pub observatory: Observatory,
    pub shutdown: Shutdown,
    name: &'static str,
    address: SocketAddr,
    routes: Arc<OnceLock<Router>>,
    serving: JoinHandle<()>,
}

impl Process {
    /// Answers `/health/…` and `/metrics` from now on, and everything else with 503 `starting`. `name` is the process's
    /// name at the broker.
    pub async fn begin(name: &'static str, listen: SocketAddr) -> io::Result<Self> {
        let cannot_listen =
            |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {listen}: {error}"));
        let shutdown = Shutdown::new();
        shutdown.on_signals()?;
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr()?;
        let observatory = Observatory::default();
        let routes = Arc::new(OnceLock::new());
        observatory.readiness.waiting_for(SERVICE, "starting");
        let answering = Answering { starting: starting(&observatory), routes: Arc::clone(&routes) };
        let serving = HttpServer::new(&observatory).serve(listener, answering, shutdown.clone());
        let serving = tokio::spawn(serving);
        tracing::info!(process = name, %address, "listening");
        Ok(Self { observatory, shutdown, name, address, routes, serving })
    }

    /// Traces from now on, if it is told where to send spans.
    #[must_use]
    pub fn tracing(self, tracing: &Tracing) -> Self {
        tracing.start(self.name, &self.observatory);
        self
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The log, once the broker is there; `None` when the shutdown began first.
    pub async fn log(&self, url: &str) -> Result<Option<EventLog>, LogError> {
        let config = LogConfig { url: url.to_owned(), process: self.name };
        let waiting = EventLog::connect_within(&config, BROKER_PATIENCE, &self.observatory.readiness);
        tokio::select! {
            log = waiting => {
                let log = log?;
                log.observe(&self.observatory);
                Ok(Some(log))
            }
            () = self.shutdown.begun() => Ok(None),
        }
    }

    /// Answers these routes from now on, beside health and metrics.
    pub fn serve(&self, routes: Router) {
        let routes = problem::surround(routes.merge(self.observatory.router()));
        if self.routes.set(routes).is_ok() {
            self.observatory.readiness.ready(SERVICE);
            tracing::info!(process = self.name, address = %self.address, "answering");
        }
    }

    /// Waits for the shutdown, and then for requests and tasks to end, in bounded time.
    pub async fn end(mut self) -> io::Result<()> {
        let overtime = async {
            self.shutdown.begun().await;
            tokio::time::sleep(ENDS_WITHIN).await;
        };
        tokio::select! {
            served = &mut self.serving => served.map_err(io::Error::other)?,
            () = overtime => tracing::warn!("some requests did not end in time"),
        }
        if !self.shutdown.finished(ENDS_WITHIN).await {
            tracing::warn!("some tasks did not end in time");
        }
        trace::end().await;
        Ok(())
    }
}

/// What is answered before there is a service.
fn starting(observatory: &Observatory) -> Router {
    problem::surround(observatory.router()).fallback(async || {
        let detail = "The service is starting; /health/ready says what it waits for.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "starting", detail).retry_after(STARTING_RETRY)
    })
}

/// The service's routes once they are there.
#[derive(Clone)]
struct Answering {
    starting: Router,
    routes: Arc<OnceLock<Router>>,
}

impl Service<Request> for Answering {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.routes.get().unwrap_or(&self.starting).clone().call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    async fn ask(answering: &Answering, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = answering.clone().oneshot(request).await.expect("infallible");
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn health_is_answered_before_the_routes_are_there() -> anyhow::Result<()> {
        let process = Process::begin("test", ([127, 0, 0, 1], 0).into()).await?;
        let starting = starting(&process.observatory);
        let answering = Answering { starting, routes: Arc::clone(&process.routes) };
        assert_eq!(ask(&answering, "/health/live").await.0, 200);
        let (status, body) = ask(&answering, "/health/ready").await;
        assert!(status == 503 && body.contains("starting"), "{status} {body}");
        let (status, body) = ask(&answering, "/v1/things").await;
        assert!(status == 503 && body.contains("problems/starting"), "{status} {body}");

        process.serve(Router::new().route("/v1/things", get(async || "things")));
        assert_eq!(ask(&answering, "/health/ready").await.0, 200);
        assert_eq!(ask(&answering, "/v1/things").await, (200, "things".to_owned()));
        let (status, body) = ask(&answering, "/v1/others").await;
        assert!(status == 404 && body.contains("route_unknown"), "{status} {body}");
        process.shutdown.begin();
        process.end().await?;
        Ok(())
    }
}
