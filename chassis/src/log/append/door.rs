//! The door to one stream: one attempt at a time goes out here, and single messages are read back.

use super::super::error::{AppendError, LogError};
use super::super::link::Link;
use super::super::metrics::LogMetrics;
use super::super::{Message, Stream};
use super::event::{Outgoing, Place};
use super::outcome::Answer;
use async_nats::client::{PublishErrorKind, RequestErrorKind};
use async_nats::jetstream::stream::RawMessageErrorKind;
use async_nats::{Client, Request, jetstream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long one attempt waits for its acknowledgement.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long an append tries altogether before it says that nobody knows.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits for a connection that broke to be there again: enough for a broker that is started anew, or for
/// another of its servers. Longer only makes the answer late, which is then that nobody knows either way.
const RECONNECTED_WITHIN: Duration = Duration::from_millis(1_500);
const BACKOFF_FIRST: Duration = Duration::from_millis(2);
const BACKOFF_MAX: Duration = Duration::from_millis(200);

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub stream: Stream,
    pub client: Client,
    pub jetstream: jetstream::Context,
    pub link: Link,
    pub metrics: LogMetrics,
    /// An attempt went unanswered and nothing was answered since.
    pub silent: Arc<AtomicBool>,
}

impl Door {
    /// Whether there is any sense in sending now.
    pub(super) fn is_open(&self) -> bool {
        self.link.is_up() && !self.silent.load(Ordering::Relaxed)
    }

    /// Sends one event by itself.
    pub(super) async fn send(&self, event: &Outgoing) -> Answer {
        self.attempt(self.request(event, None)).await
    }

    /// Sends events as one atomic batch, under a new batch id: what an earlier attempt left half-sent dies with its id.
    pub(super) async fn send_batch(&self, batch: &[&Outgoing]) -> Answer {
        self.attempt(self.transmit(batch)).await
    }

    /// Waits for an answer as long as one can be expected.
    async fn attempt(&self, sending: impl Future<Output = Answer>) -> Answer {
        let answer = tokio::select! {
            biased;
            answer = tokio::time::timeout(ATTEMPT, sending) => answer.unwrap_or(Answer::Lost),
            () = self.link.went_down() => {
                self.silent.store(false, Ordering::Relaxed);
                return Answer::Lost;
            }
        };
        self.silent.store(answer == Answer::Lost, Ordering::Relaxed);
        if let Answer::Refused(refusal) = &answer {
            self.metrics.refused(self.stream, refusal.code);
        }
        answer
    }

    #[allow(clippy::disallowed_methods)] // This is the door.
    async fn transmit(&self, batch: &[&Outgoing]) -> Answer {
        let id = format!("{:032x}", u128::from_ne_bytes(crate::random::bytes()));
        let Some((last, others)) = batch.split_last() else {
            return Answer::NotSent(AppendError::Encode("a batch of no events".to_owned()));
        };
        let place = |index| Place { batch_id: &id, index, count: batch.len() };
        for (index, event) in others.iter().enumerate() {
            let headers = event.headers(Some(place(index)));
            let sent =
                self.client.publish_with_headers(event.subject.clone(), headers, event.body.clone()).await;
            if let Err(error) = sent {
                return Answer::NotSent(match error.kind() {
                    PublishErrorKind::MaxPayloadExceeded => self.too_large(event),
                    PublishErrorKind::InvalidSubject => bad_subject(event),
                    PublishErrorKind::Send => AppendError::Unavailable,
                });
            }
        }
        self.request(last, Some(place(others.len()))).await
    }

    #[allow(clippy::disallowed_methods)] // This is the door.
    async fn request(&self, event: &Outgoing, place: Option<Place<'_>>) -> Answer {
        let request = Request::new().headers(event.headers(place)).payload(event.body.clone()).timeout(None);
        match self.client.send_request(event.subject.clone(), request).await {
            Ok(reply) => Answer::read(&reply.payload),
            Err(error) => match error.kind() {
                RequestErrorKind::NoResponders => Answer::NoResponders,
                RequestErrorKind::MaxPayloadExceeded => Answer::NotSent(self.too_large(event)),
                RequestErrorKind::InvalidSubject => Answer::NotSent(bad_subject(event)),
                RequestErrorKind::TimedOut | RequestErrorKind::Other => Answer::Lost,
            },
        }
    }

    fn too_large(&self, event: &Outgoing) -> AppendError {
        AppendError::TooLarge { bytes: event.bytes, bytes_max: self.client.max_payload() }
    }

    /// The message at a sequence, from the leader.
    pub(super) async fn at(&self, sequence: u64) -> Result<Option<Message>, LogError> {
        let stream = self.jetstream.get_stream_no_info(self.stream.name()).await;
        let stream = stream.map_err(|error| LogError::request("opening a stream")(error.into()))?;
        found(stream.get_raw_message(sequence).await)
    }

    /// The last message on a subject, from the leader.
    pub(super) async fn last_on(&self, subject: &str) -> Result<Option<Message>, LogError> {
        let stream = self.jetstream.get_stream_no_info(self.stream.name()).await;
        let stream = stream.map_err(|error| LogError::request("opening a stream")(error.into()))?;
        found(stream.get_last_raw_message_by_subject(subject).await)
    }

    /// The first message on a subject at or after a sequence, from the leader.
    pub(super) async fn first_from(&self, subject: &str, sequence: u64) -> Result<Option<Message>, LogError> {
        let stream = self.jetstream.get_stream_no_info(self.stream.name()).await;
        let stream = stream.map_err(|error| LogError::request("opening a stream")(error.into()))?;
        found(stream.get_first_raw_message_by_subject(subject, sequence).await)
    }
}

fn found(
    answer: Result<jetstream::message::StreamMessage, jetstream::stream::RawMessageError>,
) -> Result<Option<Message>, LogError> {
    match answer {
        Ok(message) => Ok(Some(message.into())),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(LogError::request("reading a message back")(error.into())),
    }
}

fn bad_subject(event: &Outgoing) -> AppendError {
    AppendError::Encode(format!("{:?} is no subject", event.subject.as_str()))
}

/// How often and how long one append has been tried.
#[derive(Debug)]
pub(super) struct Attempts {
    started: Instant,
    deadline: Instant,
    backoff: Duration,
    /// An attempt went unanswered, so the event may be stored.
    pub lost: bool,
}

impl Attempts {
    /// `lost`: an attempt before these went unanswered.
    pub(super) fn new(lost: bool) -> Self {
        let started = Instant::now();
        Self { started, deadline: started + PATIENCE, backoff: BACKOFF_FIRST, lost }
    }

    /// Notes whether an attempt was answered at all.
    pub(super) fn noting(&mut self, answer: Answer) -> Answer {
        self.lost |= answer == Answer::Lost;
        answer
    }

    /// Waits before the next attempt: a growing while, and for the connection if it is down. Fails when patience is over.
    pub(super) async fn again(&mut self, door: &Door) -> Result<(), AppendError> {
        door.metrics.retried(door.stream);
        tokio::time::sleep(self.backoff).await;
        self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
        let now = Instant::now();
        if now < self.deadline && door.link.up_before(self.deadline.min(now + RECONNECTED_WITHIN)).await {
            return Ok(());
        }
        // Whoever comes next finds out whether the broker answers again.
        door.silent.store(false, Ordering::Relaxed);
        Err(AppendError::Unacknowledged { waited: self.started.elapsed() })
    }
}
