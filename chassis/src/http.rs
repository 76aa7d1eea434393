//! How every process takes HTTP connections: so many at once, each of them in bounded time.
//!
//! `axum::serve` keeps a connection that never finishes a request's head for ever, and takes any number of them. So this
//! drives hyper's connections itself, which is all that `axum::serve` does, too. What a client can draw out, and its bound:
//!
//! | what | bound |
//! |---|---|
//! | the head of the first request | [`Bounds::first_head_within`] |
//! | the time to the next request's head, on a connection that is kept | [`Bounds::next_head_within`] |
//! | the body | by whoever reads it: `command-api`'s extractor of JSON |
//! | taking what is sent to it | [`Bounds::taken_within`], by the kernel |
//! | how many connections there are | [`Bounds::connections_max`]; who comes later waits to be accepted |
//!
//! A stream of server-sent events is an answer that goes on, so none of these ends it as long as its client takes it.

use crate::observe::Observatory;
use crate::shutdown::Shutdown;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use rustix::process::{Resource, getrlimit};
use socket2::SockRef;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

/// What of a head, and of a body that arrives, is kept in memory at most: a head larger than this is refused.
const BUFFER_BYTES_MAX: usize = 64 * 1_024;
/// Files a process needs beside its connections: the broker's, the database's, logs.
const OTHER_FILES: u64 = 128;
/// When accepting fails, it is mostly for want of files; somebody must end first.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    first_head_within: Duration,
    /// More than the minute for which load balancers keep an idle connection: whoever keeps it shorter must be the one
    /// that reuses it, or requests meet a connection that is closing.
    next_head_within: Duration,
    taken_within: Duration,
    connections_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            first_head_within: Duration::from_secs(10),
            next_head_within: Duration::from_secs(75),
            taken_within: Duration::from_secs(30),
            connections_max: connections_max(),
        }
    }
}

/// As many as live streams need and some more, unless the process may not open so many files.
fn connections_max() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let connections = files.saturating_sub(OTHER_FILES).clamp(64, 16_384);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Takes connections on one port.
#[derive(Debug)]
pub struct HttpServer {
    bounds: Bounds,
    open: Gauge,
}

impl HttpServer {
    pub fn new(observatory: &Observatory) -> Self {
        let (bounds, open) = (Bounds::default(), Gauge::default());
        let connections_max = Gauge::<i64>::default();
        connections_max.set(i64::try_from(bounds.connections_max).unwrap_or(i64::MAX));
        observatory.register(|registry| {
            registry.register("http_connections", "HTTP connections that are open", open.clone());
            registry.register("http_connections_max", "How many may be; others wait", connections_max);
        });
        Self { bounds, open }
    }

    /// Answers until the shutdown begins, and then what is under way.
    pub async fn serve<S>(self, listener: TcpListener, service: S, shutdown: Shutdown)
    where
        S: Service<Request, Response = Response, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let places = Arc::new(Semaphore::new(self.bounds.connections_max));
        let connections = TaskTracker::new();
        let connect = async {
            loop {
                let place = place(&places).await;
                let (tcp, peer) = accept(&listener).await;
                let open = Open { gauge: self.open.clone(), _place: place };
                open.gauge.inc();
                let answering = answer(tcp, peer, service.clone(), self.bounds, shutdown.clone());
                connections.spawn(async move {
                    answering.await;
                    drop(open);
                });
            }
        };
        tokio::select! {
            () = connect => {}
            () = shutdown.begun() => {}
        }
        // From here on new clients are refused at once, and so find another replica.
        drop(listener);
        connections.close();
        connections.wait().await;
    }
}

/// One open connection.
struct Open {
    gauge: Gauge,
    _place: OwnedSemaphorePermit,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}

async fn place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return place;
    }
    tracing::warn!("as many HTTP connections are open as may be; others wait");
    Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed")
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        let error = match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => error,
        };
        let of_the_client = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
        );
        if !of_the_client {
            tracing::error!(%error, "accepting a connection failed");
            tokio::time::sleep(ACCEPT_AGAIN).await;
        }
    }
}

/// Answers one connection's requests, until it ends or takes too long.
async fn answer<S>(tcp: TcpStream, peer: SocketAddr, service: S, bounds: Bounds, shutdown: Shutdown)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    // Answers are small and whole: waiting for more of them to fill a packet only makes them late.
    let prepared = tcp
        .set_nodelay(true)
        .and_then(|()| SockRef::from(&tcp).set_tcp_user_timeout(Some(bounds.taken_within)));
    if let Err(error) = prepared {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let asked = Notify::new();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        asked.notify_one();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        service.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.next_head_within)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(tcp), service)
        // A WebSocket goes on as a task of its handler.
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        biased; // Who asked in time was in time, however late this looks.
        ended = connection.as_mut() => return log_end(ended),
        () = asked.notified() => {}
        () = shutdown.begun() => connection.as_mut().graceful_shutdown(),
        () = tokio::time::sleep(bounds.first_head_within) => return,
    }
    tokio::select! {
        ended = connection.as_mut() => return log_end(ended),
        () = shutdown.begun() => connection.as_mut().graceful_shutdown(),
    }
    log_end(connection.await);
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests;
