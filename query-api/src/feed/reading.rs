//! One reader's way through the log: facts as chunks of an answer, as fast as they are taken.

use super::form::Form;
use super::places::Place;
use super::wanted::Wanted;
use crate::metrics::Metrics;
use axum::body::{Body, Bytes};
use chassis::log::{Follow, LogError};
use chassis::shutdown::Shutdown;
use futures_util::stream;
use std::time::Duration;
use tokio::time::Instant;

/// How many facts one chunk holds at most. What is on its way to a reader is that, and what the log's reader is sent ahead.
const CHUNK_MAX: usize = 256;
/// How often a stream that follows says that it lives, when there is nothing else to say.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
/// How soon a stream that does not follow looks whether it is through.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is to be read, and how.
#[derive(Debug)]
pub struct Order {
    pub wanted: Wanted,
    pub form: Form,
    /// The last sequence to be read; `None` to go on for ever.
    pub until: Option<u64>,
    /// How many facts at most.
    pub limit: u64,
    /// When the reader's token ends, and with it the stream.
    pub expires_at: Instant,
}

/// A reader of the feed.
pub struct Reading {
    pub order: Order,
    pub follow: Follow,
    pub shutdown: Shutdown,
    pub metrics: Metrics,
    /// Up to where everything wanted has been handed out.
    passed: u64,
    spoke_at: Instant,
    over: bool,
    _place: Place,
}

/// Why a stream of lines ended before its end. Whoever reads it sees the connection break, and not an end.
#[derive(Debug, thiserror::Error)]
#[error("the feed was interrupted: {0}")]
pub struct Interrupted(&'static str);

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    ShuttingDown,
    TokenExpired,
    LogRegressed,
    Trimmed,
}

impl End {
    fn reason(self) -> &'static str {
        match self {
            End::Complete => "complete",
            End::ShuttingDown => "shutting_down",
            End::TokenExpired => "token_expired",
            End::LogRegressed => "log_regressed",
            End::Trimmed => "feed_trimmed",
        }
    }
}

impl Reading {
    pub fn new(order: Order, follow: Follow, place: Place, shutdown: Shutdown, metrics: Metrics) -> Self {
        let passed = follow.last();
        let spoke_at = Instant::now();
        Self { order, follow, shutdown, metrics, passed, spoke_at, over: false, _place: place }
    }

    /// The answer's body. Nothing is read before somebody takes it: a slow reader slows itself alone.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, async |mut reading| {
            let next = reading.next().await?;
            Some((next, reading))
        }))
    }

    async fn next(&mut self) -> Option<Result<Bytes, Interrupted>> {
        if self.over {
            return None;
        }
        let end = match self.chunk().await {
            Ok(chunk) => {
                self.spoke_at = Instant::now();
                return Some(Ok(chunk.into()));
            }
            Err(end) => end,
        };
        self.over = true;
        match self.order.form.last_words(end.reason()) {
            Some(words) => Some(Ok(words.into())),
            None if end == End::Complete => None,
            None => Some(Err(Interrupted(end.reason()))),
        }
    }

    /// The next facts, or a heartbeat.
    async fn chunk(&mut self) -> Result<Vec<u8>, End> {
        let mut chunk = Vec::new();
        loop {
            if self.is_through().await {
                return Err(End::Complete);
            }
            let patience = match self.order.until {
                Some(_) => LOOK_EVERY,
                None => (self.spoke_at + HEARTBEAT_EVERY).saturating_duration_since(Instant::now()),
            };
            let batch = tokio::select! {
                biased;
                () = self.shutdown.begun() => return Err(End::ShuttingDown),
                () = tokio::time::sleep_until(self.order.expires_at) => return Err(End::TokenExpired),
                batch = self.follow.next_batch(CHUNK_MAX, patience) => batch.map_err(|error| lost(&error))?,
            };
            let mut written = 0;
            for message in &batch {
                let is_behind_the_end = self.order.until.is_some_and(|until| message.sequence > until);
                if is_behind_the_end || self.order.limit == 0 {
                    break;
                }
                if self.order.wanted.includes(message) {
                    self.order.form.write(message, &mut chunk);
                    self.order.limit -= 1;
                    written += 1;
                }
            }
            self.passed = self.follow.last();
            self.metrics.feed_events.inc_by(written);
            if written > 0 {
                return Ok(chunk);
            }
            if self.spoke_at.elapsed() >= HEARTBEAT_EVERY {
                // What other subjects hold has been passed too; not knowing how far is no harm.
                self.passed = self.follow.caught_up_to().await.unwrap_or(self.passed);
                self.order.form.write_heartbeat(self.passed, &mut chunk);
                return Ok(chunk);
            }
        }
    }

    /// Whether everything that was asked for has been handed out.
    async fn is_through(&mut self) -> bool {
        let Some(until) = self.order.until else { return self.order.limit == 0 };
        if self.order.limit > 0 && self.passed < until && self.follow.pending() == 0 {
            self.passed = self.follow.caught_up_to().await.unwrap_or(self.passed);
        }
        self.order.limit == 0 || self.passed >= until
    }
}

/// Faults that pass are waited out by the log's reader; this is one that does not.
fn lost(error: &LogError) -> End {
    tracing::error!(error = error as &dyn std::error::Error, "a reader of the feed cannot go on");
    if matches!(error, LogError::Trimmed { .. }) { End::Trimmed } else { End::LogRegressed }
}
