//! Appending events, truthfully: an answer of success means that the event is stored and fsynced, once.
//!
//! `docs/adr/0002-appending.md` tells why it is done this way and what was measured.

mod committer;
mod conditional;
mod door;
mod event;
mod gather;
mod lanes;
mod outcome;
mod repeat;

use super::error::AppendError;
use super::link::Link;
use super::metrics::{InFlight, LogMetrics};
use super::{EventLog, Stream};
use crate::trace;
use async_nats::{Client, jetstream};
use committer::{Outcome, Waiting};
use door::Door;
use event::Outgoing;
use events::Wire;
use lanes::Lanes;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// What one atomic batch holds at most.
const BATCH_EVENTS_MAX: usize = 1_000;

/// Where an event stands in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub sequence: u64,
    /// It was there already, from the same request: an earlier one, or this one whose acknowledgement was lost.
    pub duplicate: bool,
}

/// What appends to the streams. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Appender {
    facts: Lane,
    identity: Lane,
    conditional: Lanes,
}

#[derive(Debug, Clone)]
struct Lane {
    door: Door,
    queue: mpsc::Sender<Waiting>,
    in_flight: Gauge,
}

impl Appender {
    pub(super) fn start(
        client: &Client,
        jetstream: &jetstream::Context,
        link: &Link,
        metrics: &LogMetrics,
    ) -> Self {
        let lane = |stream| {
            let door = Door {
                stream,
                client: client.clone(),
                jetstream: jetstream.clone(),
                link: link.clone(),
                metrics: metrics.clone(),
                silent: std::sync::Arc::default(),
            };
            Lane { queue: committer::start(door.clone()), in_flight: metrics.in_flight(stream), door }
        };
        Self { facts: lane(Stream::Facts), identity: lane(Stream::Identity), conditional: Lanes::default() }
    }

    fn lane(&self, stream: Stream) -> &Lane {
        match stream {
            Stream::Facts => &self.facts,
            Stream::Identity => &self.identity,
        }
    }
}

impl EventLog {
    /// Appends an event whatever else happened on its subject.
    ///
    /// Dropping the future does not undo the append.
    pub async fn append(&self, mut wire: Wire) -> Result<Appended, AppendError> {
        let _span = trace::sending([&mut wire]);
        let event = Outgoing::new(wire, None, self.client.max_payload())?;
        let lane = self.appender.lane(event.stream);
        if !lane.door.is_open() {
            return Err(AppendError::Unavailable);
        }
        let (answer, outcome) = oneshot::channel();
        let gone = |_| AppendError::Unavailable;
        let in_flight = InFlight::among(&lane.in_flight);
        lane.queue.send(Waiting { event, answer, in_flight }).await.map_err(gone)?;
        answered(outcome).await
    }

    /// Appends an event if the last message on its subject has the sequence `last` (0: there is none).
    ///
    /// [`AppendError::Conflict`] means that somebody else's event is there; if ours is, that is success.
    pub async fn append_expecting(&self, wire: Wire, last: u64) -> Result<Appended, AppendError> {
        self.append_all_expecting(vec![(wire, last)]).await
    }

    /// Appends all events or none, each on the condition that goes with it. They must be of one stream, each of another
    /// subject. Answers where the last one stands; the others stand right before it.
    ///
    /// Dropping the future does not undo the append.
    pub async fn append_all_expecting(&self, mut members: Vec<(Wire, u64)>) -> Result<Appended, AppendError> {
        let _span = trace::sending(members.iter_mut().map(|(wire, _)| wire));
        let bytes_max = self.client.max_payload();
        let batch = members
            .into_iter()
            .map(|(wire, last)| Outgoing::new(wire, Some(last), bytes_max))
            .collect::<Result<Vec<_>, _>>()?;
        let stream = check_batch(&batch)?;
        let door = self.appender.lane(stream).door.clone();
        if !door.is_open() {
            return Err(AppendError::Unavailable);
        }
        let lanes = self.appender.conditional.clone();
        // On a task of its own: a caller that goes away must not free the subjects while a write to them is under way.
        let append = tokio::spawn(async move {
            let subjects = batch.iter().map(|event| event.subject.to_string()).collect();
            let _entered = lanes.enter(subjects).await;
            if !door.is_open() {
                return Err(AppendError::Unavailable);
            }
            conditional::append(&door, &batch).await
        });
        let started = Instant::now();
        append.await.unwrap_or_else(|error| {
            tracing::error!(%error, "an append ended early");
            Err(AppendError::Unacknowledged { waited: started.elapsed() })
        })
    }
}

/// The answer of the commit that took an append. One that ends without an answer has panicked, and may have stored it.
async fn answered(outcome: oneshot::Receiver<Outcome>) -> Outcome {
    let started = Instant::now();
    outcome.await.unwrap_or_else(|_| Err(AppendError::Unacknowledged { waited: started.elapsed() }))
}

/// The batch's stream, if it is one that can be committed.
fn check_batch(batch: &[Outgoing]) -> Result<Stream, AppendError> {
    let refuse = |why: &str| Err(AppendError::Encode(why.to_owned()));
    let Some(first) = batch.first() else { return refuse("a batch of no events") };
    if batch.len() > BATCH_EVENTS_MAX {
        return refuse("a conditional batch holds at most 1,000 events");
    }
    if batch.iter().any(|event| event.stream != first.stream) {
        return refuse("a conditional batch belongs to one stream");
    }
    let (firsts, _) = gather::split_repeats(batch.iter().map(|event| event.subject.as_str()));
    if firsts.len() < batch.len() {
        return refuse("a conditional batch names each subject once");
    }
    Ok(first.stream)
}
