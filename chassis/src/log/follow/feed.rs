//! Where a reader's messages come from: an ephemeral pull consumer, opened anew whenever it fails.

use super::super::error::LogError;
use super::super::link::Link;
use super::super::metrics::LogMetrics;
use super::super::{Message, Stream};
use async_nats::jetstream;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, ReplayPolicy, pull};
use async_nats::jetstream::stream::ClusterInfo;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use std::time::Duration;

/// What the broker may send ahead, in messages and bytes: enough to keep both sides busy, little enough that a reader's
/// memory does not depend on the log's length.
const AHEAD_MESSAGES_MAX: usize = 4_096;
const AHEAD_BYTES_MAX: usize = 16 << 20;
/// How often an idle consumer says that it lives; twice that in silence and it is opened anew.
const HEARTBEAT: Duration = Duration::from_secs(2);
const PULL_EXPIRES: Duration = Duration::from_secs(30);
/// The broker forgets a consumer that nobody pulls from for this long.
const ABANDONED_AFTER: Duration = Duration::from_secs(30);
const BACKOFF_FIRST: Duration = Duration::from_millis(20);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// A stream's last sequence can stand back for a moment after an election. Longer than this, and it lost events.
const REGRESSION_CHECKS: u32 = 3;
const BETWEEN_CHECKS: Duration = Duration::from_secs(1);

/// What is read, and through which connection.
#[derive(Clone)]
pub(super) struct Source {
    pub jetstream: jetstream::Context,
    pub link: Link,
    pub metrics: LogMetrics,
    pub stream: Stream,
    pub subjects: Vec<String>,
    /// Bodies stay at the broker.
    pub headers_only: bool,
    /// Before anything was handed out: begin with the last message of each subject instead of the first of all.
    pub latest_first: bool,
}

/// A consumer that was opened.
pub(super) struct Opened {
    messages: pull::Stream,
    consumer: Consumer<pull::Config>,
    pub pending: u64,
}

/// What a new consumer found in the store of the server it was made on.
pub(super) struct Counted {
    pub pending: u64,
    /// Where it was made; none outside a cluster.
    pub place: Option<ClusterInfo>,
}

/// The consumer of the moment.
pub(super) struct Feed {
    state: State,
    backoff: Duration,
}

enum State {
    Open { opened: Box<Opened>, delivered: u64 },
    Opening(BoxFuture<'static, Result<Opened, LogError>>),
    Closed,
}

fn opening_failed(error: async_nats::Error) -> LogError {
    LogError::request("opening a reader of the log")(error)
}

impl Source {
    pub(super) async fn info(&self) -> Result<jetstream::stream::Info, LogError> {
        let stream = self.jetstream.get_stream_no_info(self.stream.name()).await;
        let stream = stream.map_err(|error| LogError::request("opening a stream")(error.into()))?;
        stream.get_info().await.map_err(|error| LogError::request("reading a stream's state")(error.into()))
    }

    /// Opens a consumer behind `after`.
    pub(super) async fn open(&self, after: u64) -> Result<Opened, LogError> {
        let deliver_policy = if self.latest_first && after == 0 {
            DeliverPolicy::LastPerSubject
        } else {
            self.check_for_loss(after).await?;
            DeliverPolicy::ByStartSequence { start_sequence: after + 1 }
        };
        let consumer = self.create(deliver_policy).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(AHEAD_MESSAGES_MAX)
            .max_bytes_per_batch(AHEAD_BYTES_MAX)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(|error| opening_failed(error.into()))?;
        let pending = consumer.cached_info().num_pending;
        Ok(Opened { messages, consumer, pending })
    }

    /// Counts what is stored behind `after`.
    pub(super) async fn count(&self, after: u64) -> Result<Counted, LogError> {
        let consumer = self.create(DeliverPolicy::ByStartSequence { start_sequence: after + 1 }).await?;
        let info = consumer.cached_info();
        let counted = Counted { pending: info.num_pending, place: info.cluster.clone() };
        forget(self.clone(), info.name.clone());
        Ok(counted)
    }

    async fn create(&self, deliver_policy: DeliverPolicy) -> Result<Consumer<pull::Config>, LogError> {
        let stream = self.jetstream.get_stream_no_info(self.stream.name()).await;
        let stream = stream.map_err(|error| opening_failed(error.into()))?;
        stream
            .create_consumer(self.config(deliver_policy))
            .await
            .map_err(|error| opening_failed(error.into()))
    }

    fn config(&self, deliver_policy: DeliverPolicy) -> pull::Config {
        // A lone filter stands in the request's subject, where the broker's permissions can see it; that takes a name.
        let (filter_subject, filter_subjects) = match self.subjects.as_slice() {
            [subject] => (subject.clone(), Vec::new()),
            subjects => (String::new(), subjects.to_vec()),
        };
        pull::Config {
            name: Some(format!("follow-{:032x}", u128::from_ne_bytes(crate::random::bytes()))),
            filter_subject,
            filter_subjects,
            deliver_policy,
            replay_policy: ReplayPolicy::Instant,
            ack_policy: AckPolicy::None,
            max_deliver: 1,
            inactive_threshold: ABANDONED_AFTER,
            memory_storage: true,
            num_replicas: 1,
            headers_only: self.headers_only,
            ..Default::default()
        }
    }

    /// Refuses to go on where going on would skip: behind the end of a log that lost its tail, whose sequences will be
    /// given to other events, and before the beginning of one that was trimmed.
    async fn check_for_loss(&self, after: u64) -> Result<(), LogError> {
        let mut checks = 1;
        let state = loop {
            let state = self.info().await?.state;
            if state.last_sequence >= after {
                break state;
            }
            if checks == REGRESSION_CHECKS {
                let (stream, last) = (self.stream.name(), state.last_sequence);
                return Err(LogError::Regressed { stream, after, last });
            }
            checks += 1;
            tokio::time::sleep(BETWEEN_CHECKS).await;
        };
        // IDENTITY has holes by nature: erasure makes them.
        if self.stream == Stream::Facts && state.first_sequence > after + 1 {
            let (stream, first) = (self.stream.name(), state.first_sequence);
            return Err(LogError::Trimmed { stream, after, first });
        }
        Ok(())
    }
}

impl Feed {
    pub(super) fn open(opened: Opened) -> Self {
        Self { state: State::Open { opened: Box::new(opened), delivered: 0 }, backoff: BACKOFF_FIRST }
    }

    /// Waits for something to happen: a message, or `None` when only the feed's own state changed. Cancel-safe.
    pub(super) async fn next(&mut self, source: &Source, last: u64) -> Result<Option<Message>, LogError> {
        match &mut self.state {
            State::Open { opened, .. } => {
                let next = opened.messages.next().await;
                Ok(self.received(next, source))
            }
            State::Opening(opening) => {
                match opening.await {
                    Ok(opened) => *self = Self::open(opened),
                    Err(error @ (LogError::Regressed { .. } | LogError::Trimmed { .. })) => {
                        self.state = State::Closed;
                        return Err(error);
                    }
                    Err(error) => {
                        if self.backoff > BACKOFF_FIRST {
                            tracing::debug!(%error, "opening a reader again");
                        } else {
                            tracing::warn!(%error, "a reader cannot be opened; trying again");
                        }
                        self.state = State::Closed;
                        self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
                    }
                }
                Ok(None)
            }
            State::Closed => {
                let (source, backoff) = (source.clone(), self.backoff);
                self.state = State::Opening(Box::pin(async move {
                    tokio::time::sleep(backoff).await;
                    while !source.link.is_up() {
                        source.link.changed().await;
                    }
                    source.open(last).await
                }));
                Ok(None)
            }
        }
    }

    /// The next message if it is here already.
    pub(super) fn next_here(&mut self, source: &Source) -> Option<Message> {
        let State::Open { opened, .. } = &mut self.state else { return None };
        // Without tokio's budget, which would end the batch after 128 messages.
        let next = tokio::task::unconstrained(opened.messages.next()).now_or_never()?;
        self.received(next, source)
    }

    fn received(
        &mut self,
        next: Option<Result<jetstream::Message, pull::MessagesError>>,
        source: &Source,
    ) -> Option<Message> {
        let State::Open { delivered, .. } = &mut self.state else { return None };
        let in_order = match next {
            Some(Ok(delivery)) => Message::of_consumer(delivery).ok().and_then(|(number, message)| {
                *delivered += 1;
                (number == *delivered).then_some(message)
            }),
            Some(Err(error)) => {
                tracing::debug!(%error, "a reader failed");
                None
            }
            None => None,
        };
        if in_order.is_none() {
            self.reopen(source);
        }
        in_order
    }

    /// Gives the consumer up; [`Feed::next`] opens another one.
    pub(super) fn reopen(&mut self, source: &Source) {
        source.metrics.reopened(source.stream);
        if let Some(consumer) = self.consumer() {
            forget(source.clone(), consumer.cached_info().name.clone());
        }
        self.state = State::Closed;
    }

    pub(super) fn consumer(&self) -> Option<&Consumer<pull::Config>> {
        match &self.state {
            State::Open { opened, .. } => Some(&opened.consumer),
            _ => None,
        }
    }
}

/// Deletes a consumer, if the broker still has it; otherwise it forgets by itself after a while.
pub(super) fn forget(source: Source, name: String) {
    if !source.link.is_up() {
        return;
    }
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            let _gone_already =
                source.jetstream.delete_consumer_from_stream(&name, source.stream.name()).await;
        });
    }
}
