//! `load-tests echo-events`: a server that sends what it is told to all who listen, as server-sent events, and nothing else.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::Stream;
use std::convert::Infallible;
use tokio::sync::broadcast::{self, error::RecvError};

pub const STREAM: &str = "/stream";
pub const TELL: &str = "/tell";
/// Of a message, from 1.
pub const NUMBER: &str = "x-number";
/// The one argument: where it listens.
pub const LISTEN: &str = "LAUREL_LISTEN";
/// As many as query-api keeps for a client.
const QUEUED_MAX: usize = 64;

type Told = (u64, String);

#[allow(clippy::disallowed_methods)] // What is measured is axum by itself.
pub async fn run() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(std::env::var(LISTEN)?).await?;
    let (told, _) = broadcast::channel::<Told>(QUEUED_MAX);
    let tell = told.clone();
    let router = Router::new()
        .route("/health/ready", get(async || "ready"))
        .route(STREAM, get(async move || Sse::new(events(told.subscribe()))))
        .route(
            TELL,
            post(async move |headers: HeaderMap, body: String| {
                let number = headers.get(NUMBER).and_then(|number| number.to_str().ok()?.parse().ok());
                let _nobody_listens = tell.send((number.unwrap_or_default(), body));
                "told"
            }),
        );
    Ok(axum::serve(listener, router).await?)
}

fn events(told: broadcast::Receiver<Told>) -> impl Stream<Item = Result<Event, Infallible>> {
    let first = Some((0, "{}".to_owned()));
    futures_util::stream::unfold((first, told), async |(first, mut told)| {
        let next = match first {
            Some(first) => first,
            None => loop {
                match told.recv().await {
                    Ok(next) => break next,
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            },
        };
        let event = Event::default().event("board").data(next.1).id(format!("id.{}", next.0));
        Some((Ok(event), (None, told)))
    })
}
