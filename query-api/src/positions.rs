//! Positions: what a read must not be older than, what it says it has read, and how far this replica has seen the read
//! models come.
//!
//! [`Watermarks`] is a hint that wakes waiting reads and live streams; whether a position has really been passed is
//! decided in the read's own snapshot, see [`crate::read`].

use crate::error::QueryError;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chassis::observe::Readiness;
use chassis::problem::Problem;
use chassis::shutdown::Shutdown;
use events::Position;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Request: what the answer must not be older than. Response: what was read.
pub const LAUREL_POSITION: HeaderName = HeaderName::from_static("laurel-position");
/// The channel projectors notify after each commit, with the position as payload.
const CHANNEL: &str = "laurel_moved";
/// How often the checkpoints are read although nothing was announced.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long Postgres may take to answer the poll before it counts as away.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
const RECONNECT_EVERY: Duration = Duration::from_millis(200);
const READINESS: &str = "query-api read models";

/// The position a request named in `Laurel-Position` or `?position=` (both count); empty when it named none.
#[derive(Debug)]
pub struct Wanted(pub Position);

#[derive(Deserialize)]
struct PositionParam {
    position: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut wanted = Position::default();
        for value in parts.headers.get_all(LAUREL_POSITION) {
            wanted.merge(&parse(value.to_str().unwrap_or_default())?);
        }
        let query = axum::extract::Query::<PositionParam>::try_from_uri(&parts.uri);
        if let Some(text) = query.ok().and_then(|query| query.0.position) {
            wanted.merge(&parse(&text)?);
        }
        Ok(Self(wanted))
    }
}

/// A position in its text form, at most as long as one that names every part.
pub fn parse(text: &str) -> Result<Position, QueryError> {
    const CHARS_MAX: usize = 512;
    let fit = (text.len() <= CHARS_MAX).then(|| text.parse().ok()).flatten();
    fit.ok_or_else(|| {
        QueryError::invalid(
            "Laurel-Position",
            "position_invalid",
            "A position is what a command answered, for example id.42,07.1234.",
        )
    })
}

/// A JSON answer that says what it read.
#[derive(Debug)]
pub struct Answer<T> {
    pub position: Position,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        with_position(&self.position, Json(self.body).into_response())
    }
}

pub fn with_position(position: &Position, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(&position.to_string()) {
        response.headers_mut().insert(LAUREL_POSITION, value);
    }
    response
}

/// How far the read models have come, as far as this replica knows. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Watermarks {
    seen: Arc<watch::Sender<Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    position: Position,
    /// What was seen at the last poll.
    polled: Position,
    /// What was seen at the poll before, one to two polls ago.
    floor: Position,
    reachable: bool,
}

impl Watermarks {
    /// Before [`Watermarks::follow`] has reached Postgres, nobody knows that it cannot be reached.
    pub fn new() -> Self {
        let start = Position::default();
        let seen = Seen { position: start.clone(), polled: start.clone(), floor: start, reachable: true };
        Self { seen: Arc::new(watch::Sender::new(seen)) }
    }

    /// Whether Postgres answered when it was last tried.
    pub fn reachable(&self) -> bool {
        self.seen.borrow().reachable
    }

    /// Resolves when Postgres does not answer, at once if it does not already.
    pub async fn unreachable(&self) {
        if self.seen.subscribe().wait_for(|seen| !seen.reachable).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What the read models have reached, as far as is known. They may be further, and one of them may be behind.
    pub fn seen(&self) -> Position {
        self.seen.borrow().position.clone()
    }

    /// What the read models had surely reached a moment ago: a cache below it is too old to be served.
    pub fn floor(&self) -> Position {
        self.seen.borrow().floor.clone()
    }

    /// A receiver that is woken by every move from now on.
    pub fn subscribe(&self) -> Moves {
        Moves { seen: self.seen.subscribe() }
    }

    /// Follows the projectors' announcements until the shutdown begins.
    pub async fn follow(self, pool: PgPool, readiness: Readiness, shutdown: Shutdown) {
        readiness.waiting_for(READINESS, "Postgres was not reached yet");
        let followed = async {
            loop {
                if let Err(error) = self.listen(&pool, &readiness).await {
                    if self.reachable() {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "Postgres cannot be reached"
                        );
                    }
                    readiness.waiting_for(READINESS, "Postgres cannot be reached");
                    self.seen.send_modify(|seen| seen.reachable = false);
                    tokio::time::sleep(RECONNECT_EVERY).await;
                }
            }
        };
        tokio::select! {
            () = followed => {}
            () = shutdown.begun() => {}
        }
    }

    /// Listens on one connection for as long as it holds. An error means that Postgres could not be reached again.
    async fn listen(&self, pool: &PgPool, readiness: &Readiness) -> Result<(), sqlx::Error> {
        // A pool tries for a while where a connection of one's own is refused at once.
        within(PgConnection::connect_with(&pool.connect_options())).await?.close().await?;
        let mut listener = within(PgListener::connect_with(pool)).await?;
        within(listener.listen(CHANNEL)).await?;
        let mut polls = tokio::time::interval(POLL_EVERY);
        polls.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = polls.tick() => {
                    let position = within(checkpoints(&mut listener)).await?;
                    readiness.ready(READINESS);
                    self.seen.send_modify(|seen| {
                        seen.floor = std::mem::replace(&mut seen.polled, position.clone());
                        seen.position = position;
                        seen.reachable = true;
                    });
                }
                moved = listener.try_recv() => match moved {
                    Ok(Some(moved)) => self.announced(moved.payload()),
                    // Lost: what was announced meanwhile is in the checkpoints, read at once by the next round.
                    Ok(None) | Err(_) => return Ok(()),
                },
            }
        }
    }

    fn announced(&self, payload: &str) {
        let Ok(position) = payload.parse::<Position>() else {
            tracing::warn!(payload, "an announcement that is no position");
            return;
        };
        self.seen.send_modify(|seen| seen.position.merge(&position));
    }
}

impl Default for Watermarks {
    fn default() -> Self {
        Self::new()
    }
}

/// Wakes whoever waits for the read models to move.
#[derive(Debug)]
pub struct Moves {
    seen: watch::Receiver<Seen>,
}

impl Moves {
    /// Resolves when the hint covers `wanted`, at once if it does already.
    pub async fn reached(&mut self, wanted: &Position) {
        if self.seen.wait_for(|seen| seen.position.covers(wanted)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Resolves at the next move, at once if there was one since the last call.
    pub async fn moved(&mut self) {
        if self.seen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Per part, how far the slowest live projection has come.
async fn checkpoints(listener: &mut PgListener) -> Result<Position, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT part, min(sequence) AS "sequence!"
           FROM public.checkpoints JOIN public.projections ON (name, projections.version) = (projection, checkpoints.version)
           WHERE state = 'live' GROUP BY part"#
    )
    .fetch_all(listener)
    .await?;
    Ok(position(rows.into_iter().map(|row| (row.part, row.sequence))))
}

/// Parts and sequences as a position. What Postgres cannot hold (its CHECK forbids it) is left out.
pub fn position(parts: impl IntoIterator<Item = (String, i64)>) -> Position {
    let mut position = Position::default();
    for (part, sequence) in parts {
        if let (Ok(part), Ok(sequence)) = (part.parse(), u64::try_from(sequence)) {
            position.advance(part, sequence);
        }
    }
    position
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let late = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    tokio::time::timeout(ANSWERED_WITHIN, work).await.unwrap_or_else(|_| Err(late()))
}
