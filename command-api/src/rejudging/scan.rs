//! Reading a stretch of the log once, from its beginning to its end.

use crate::error::ApiError;
use chassis::log::{EventLog, Follow, LogError, Message, Stream};
use std::time::Duration;

const BATCH_MAX: usize = 1_000;
const PATIENCE: Duration = Duration::from_millis(500);

/// What stands on some subjects of FACTS between two sequences.
pub struct Scan {
    follow: Follow,
    until: u64,
    ended: bool,
}

impl Scan {
    /// Behind `after`, up to and including `until`, which must be in the log.
    pub async fn start(log: &EventLog, subject: String, after: u64, until: u64) -> Result<Self, ApiError> {
        let follow = log.follow(Stream::Facts, vec![subject], after).await?;
        Ok(Self { follow, until, ended: after >= until })
    }

    /// The same without bodies.
    pub async fn headers(log: &EventLog, subject: String, after: u64, until: u64) -> Result<Self, ApiError> {
        let follow = log.follow_headers(Stream::Facts, vec![subject], after).await?;
        Ok(Self { follow, until, ended: after >= until })
    }

    /// The next messages; `None` when there are no more.
    pub async fn next(&mut self) -> Result<Option<Vec<Message>>, ApiError> {
        while !self.ended {
            // What there was is here: only the log can tell whether that was all.
            if self.follow.pending() == 0 && self.follow.caught_up_to().await? >= self.until {
                self.ended = true;
            }
            let mut batch = self.follow.next_batch(BATCH_MAX, self.patience()).await?;
            if batch.last().is_some_and(|last| last.sequence >= self.until) {
                self.ended = true;
            }
            batch.retain(|message| message.sequence <= self.until);
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    fn patience(&self) -> Duration {
        if self.ended { Duration::ZERO } else { PATIENCE }
    }
}

/// The sequence before the first that FACTS still has.
pub async fn front(log: &EventLog) -> Result<u64, ApiError> {
    let failed = |error: async_nats::Error| LogError::Request {
        operation: "reading where FACTS begins",
        source: error,
    };
    let stream = log.jetstream().get_stream_no_info(Stream::Facts.name()).await;
    let info = stream.map_err(|error| failed(error.into()))?.get_info().await;
    let first = info.map_err(|error| failed(error.into()))?.state.first_sequence;
    Ok(first.saturating_sub(1))
}
