//! Reading many subjects in order from a sequence on, for ever.

mod feed;
mod level;

use super::error::LogError;
use super::{EventLog, Message, Stream};
use feed::{Feed, Source};
use level::Watch;
use std::time::Duration;
use tokio::time::Instant;

/// An ordered, gapless reader of some subjects of one stream.
///
/// It hands every message out once and in order, through reconnects, changes of leader, restarts of servers and the
/// loss of its consumer: whenever anything is out of the ordinary it opens a new consumer behind the last message it
/// handed out. Faults of the broker are waited out; what it reports as an error will not pass by itself
/// ([`LogError::Regressed`], [`LogError::Trimmed`]).
pub struct Follow {
    source: Source,
    feed: Feed,
    /// The sequence of the last message handed out, or where following began.
    last: u64,
    pending: u64,
    watch: Option<Watch>,
    /// When the leader of another server than the consumer's named which last sequence; see `level`.
    named: Option<(Instant, u64)>,
}

impl EventLog {
    /// Starts to follow `subjects` with the first message after `after`. Fails when that is not possible right now;
    /// later faults are waited out.
    ///
    /// The broker's permissions can limit a reader of exactly one subject (with wildcards); see
    /// `local_servers::nats::accounts`.
    pub async fn follow(
        &self,
        stream: Stream,
        subjects: Vec<String>,
        after: u64,
    ) -> Result<Follow, LogError> {
        self.source(stream, subjects).follow(after).await
    }

    /// Starts with the last message of each subject, in the stream's order, and then follows: for a reader to whom a
    /// subject's last message says everything. That the stream was trimmed from the front before does not matter to it.
    pub async fn follow_latest(&self, stream: Stream, subjects: Vec<String>) -> Result<Follow, LogError> {
        Source { latest_first: true, ..self.source(stream, subjects) }.follow(0).await
    }

    /// The same without the events' bodies, for a reader to whom subject and headers say enough.
    pub async fn follow_headers(
        &self,
        stream: Stream,
        subjects: Vec<String>,
        after: u64,
    ) -> Result<Follow, LogError> {
        Source { headers_only: true, ..self.source(stream, subjects) }.follow(after).await
    }

    fn source(&self, stream: Stream, subjects: Vec<String>) -> Source {
        Source {
            jetstream: self.jetstream.clone(),
            link: self.link.clone(),
            metrics: self.metrics.clone(),
            stream,
            subjects,
            headers_only: false,
            latest_first: false,
        }
    }
}

impl Source {
    async fn follow(self, after: u64) -> Result<Follow, LogError> {
        let opened = self.open(after).await?;
        let pending = opened.pending;
        Ok(Follow { source: self, feed: Feed::open(opened), last: after, pending, watch: None, named: None })
    }
}

impl Follow {
    /// The next messages: waits for the first at most `patience` (an empty list then), and takes what else is already
    /// here, at most `max`.
    ///
    /// Dropping the future loses nothing: what it would have answered is answered by the next call.
    pub async fn next_batch(&mut self, max: usize, patience: Duration) -> Result<Vec<Message>, LogError> {
        let mut batch = Vec::new();
        if max == 0 {
            return Ok(batch);
        }
        match tokio::time::timeout(patience, self.next()).await {
            Ok(first) => batch.push(first?),
            Err(_elapsed) => return Ok(batch),
        }
        // From here on nothing is awaited, so nothing that was taken can be dropped. An error waits for the next call.
        while batch.len() < max {
            match self.next_here() {
                Some(message) => batch.push(message),
                None => break,
            }
        }
        Ok(batch)
    }

    /// The sequence of the last message handed out (or where following began).
    pub fn last(&self) -> u64 {
        self.last
    }

    /// How many messages the broker still had to send when it sent the last one that was handed out (at the start: when
    /// the reader was opened). 0 says nothing about what came since; see [`Follow::caught_up_to`].
    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// Waits for the next message. Cancel-safe: all state is in `self`, and a message is taken without awaiting after.
    async fn next(&mut self) -> Result<Message, LogError> {
        loop {
            let watch =
                self.watch.get_or_insert_with(|| Watch::start(&self.source, self.feed.consumer(), self.last));
            tokio::select! {
                biased;
                next = self.feed.next(&self.source, self.last) => {
                    if let Some(message) = self.take(next?) {
                        return Ok(message);
                    }
                    // What is watched may be a consumer that is gone.
                    self.watch = None;
                }
                is_stalled = watch.is_stalled() => {
                    // Whatever was handed out meanwhile shows that the reader lives.
                    let moved = watch.began_at() != self.last;
                    self.watch = None;
                    if is_stalled && !moved {
                        tracing::warn!(stream = self.source.stream.name(), after = self.last, "a reader stalled and is opened anew");
                        self.feed.reopen(&self.source);
                    }
                }
            }
        }
    }

    /// The next message if it is here already.
    fn next_here(&mut self) -> Option<Message> {
        let next = self.feed.next_here(&self.source);
        self.take(next)
    }

    /// Hands a message out, unless the feed gave word of something else.
    fn take(&mut self, next: Option<Message>) -> Option<Message> {
        let message = next?;
        if message.sequence <= self.last {
            tracing::warn!(sequence = message.sequence, last = self.last, "a reader was sent an old message");
            self.feed.reopen(&self.source);
            return None;
        }
        self.last = message.sequence;
        self.pending = message.pending;
        Some(message)
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        if let Some(consumer) = self.feed.consumer() {
            feed::forget(self.source.clone(), consumer.cached_info().name.clone());
        }
    }
}
