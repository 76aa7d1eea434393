//! Carries rejudge sets forward: looks their submissions up and asks judges for each, notices that all results are there,
//! and gives them effect learner by learner. Everything it needs is in the log.
//!
//! One durable consumer on the sets' events, shared by all replicas. An event is worked on only while it is the last of
//! its set, and acknowledged when its successor is stored; a replica that dies leaves it to another one, which goes on
//! behind what is there. What is written has derived ids, and the successor expects its predecessor, so two replicas at
//! the same event (a frozen one came back) write the same facts and one successor.

mod apply;
pub mod places;
mod results;
mod scan;
mod select;

use crate::app::App;
use crate::domain::rejudge::State;
use crate::error::ApiError;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use chassis::log::{AppendError, EventLog, LogError, Message};
use chassis::shutdown::Shutdown;
use events::rejudge::{RejudgeSet, RejudgeSetEvent};
use events::{Event, EventId, Family, FamilyEvent, NewEvent, RejudgeSetId, Wire, subject};
use futures_util::{StreamExt, TryStreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// How long a replica may be silent about an event before another gets it.
const ACK_WAIT: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_millis(1_500);
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long one request for events waits at the broker.
const TAKE_FOR: Duration = Duration::from_secs(2);
/// Sets worked on at once by one replica, besides those that only wait for judges.
const SETS_MAX: usize = 32;
/// Facts on their way at once, so that they share commits.
const CONCURRENCY: usize = 256;

/// Runs until the shutdown begins.
pub fn start(app: App, shutdown: &Shutdown) {
    let ending = shutdown.clone();
    shutdown.spawn(async move {
        tokio::select! {
            () = run(&app) => {}
            () = ending.begun() => {}
        }
    });
}

/// A set and the sequence of its last event (0: there is none), from the leader.
pub async fn load_set(log: &EventLog, set_id: RejudgeSetId) -> Result<(State, u64), ApiError> {
    let subject = subject::fact(Family::RejudgeSet, set_id.0);
    let Some(message) = log.last(&subject).await? else { return Ok((None, 0)) };
    let sequence = message.sequence;
    Ok((Some(set_event(&message)?.into_set()), sequence))
}

fn set_event(message: &Message) -> Result<RejudgeSetEvent, ApiError> {
    match message.decode()?.event {
        Event::RejudgeSet(event) => Ok(event),
        other => Err(ApiError::Internal(format!("{} holds a {}", message.subject, other.event_type().name))),
    }
}

async fn run(app: &App) {
    loop {
        if let Err(error) = take(app).await {
            tracing::warn!(%error, "carrying rejudge sets forward was interrupted");
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

async fn take(app: &App) -> Result<(), ApiError> {
    let consumer = consumer(app).await?;
    let slots = Arc::new(Semaphore::new(SETS_MAX));
    let mut working = JoinSet::new();
    loop {
        while working.try_join_next().is_some() {}
        let mut free = vec![slot(&slots).await];
        while let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            free.push(slot);
        }
        let batch = consumer.batch().max_messages(free.len()).expires(TAKE_FOR).messages().await;
        let mut batch = batch.map_err(|error| failed(error.into()))?;
        while let Some(slot) = free.pop()
            && let Some(delivery) = batch.next().await
        {
            working.spawn(work(app.clone(), delivery.map_err(failed)?, slot));
        }
    }
}

/// Waits until one more set may be worked on.
async fn slot(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(slots).acquire_owned().await.expect("nobody closes it")
}

async fn consumer(app: &App) -> Result<PullConsumer, ApiError> {
    let stream = app.log()?.jetstream().get_stream_no_info(subject::FACTS).await;
    let stream = stream.map_err(|error| failed(error.into()))?;
    let config = pull::Config {
        durable_name: Some(subject::REJUDGE_SETS.to_owned()),
        filter_subject: subject::family(Family::RejudgeSet),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        ..Default::default()
    };
    stream.get_or_create_consumer(subject::REJUDGE_SETS, config).await.map_err(|error| failed(error.into()))
}

/// Carries one event to its successor, telling the broker meanwhile that it is being worked on.
async fn work(app: App, delivery: async_nats::jetstream::Message, slot: OwnedSemaphorePermit) {
    let working = carry(&app, &delivery, slot);
    tokio::pin!(working);
    let mut heartbeats = tokio::time::interval(HEARTBEAT);
    let outcome = loop {
        tokio::select! {
            outcome = &mut working => break outcome,
            _ = heartbeats.tick() => acknowledge(&delivery, AckKind::Progress).await,
        }
    };
    let kind = match outcome {
        Ok(()) => AckKind::Ack,
        Err(error) => {
            tracing::warn!(%error, subject = %delivery.subject, "a rejudge set is not carried forward yet");
            AckKind::Nak(Some(RETRY_AFTER))
        }
    };
    acknowledge(&delivery, kind).await;
}

async fn acknowledge(delivery: &async_nats::jetstream::Message, kind: AckKind) {
    if let Err(error) = delivery.ack_with(kind).await {
        tracing::debug!(%error, "an acknowledgement could not be sent"); // It comes once more, which is harmless.
    }
}

async fn carry(
    app: &App,
    delivery: &async_nats::jetstream::Message,
    slot: OwnedSemaphorePermit,
) -> Result<(), ApiError> {
    let message = Message::from_delivery(delivery)?;
    let at = At { app, sequence: message.sequence };
    let event = set_event(&message)?;
    let set_id = event.set().set_id;
    if !at.is_last(set_id).await? {
        return Ok(());
    }
    match event {
        RejudgeSetEvent::Requested(set) => select::select(at, set).await,
        RejudgeSetEvent::Selected(set) => results::wait(at, set, slot).await,
        RejudgeSetEvent::Ordered(set) => apply::apply(at, set).await,
        RejudgeSetEvent::Judged(_) | RejudgeSetEvent::Finished(_) | RejudgeSetEvent::Cancelled(_) => Ok(()),
    }
}

/// The event of a set that is worked on.
#[derive(Clone, Copy)]
struct At<'a> {
    app: &'a App,
    sequence: u64,
}

impl At<'_> {
    /// Whether nothing has happened to the set since.
    async fn is_last(self, set_id: RejudgeSetId) -> Result<bool, ApiError> {
        Ok(load_set(self.app.log()?, set_id).await?.1 == self.sequence)
    }

    /// Appends facts of learners. Their ids are derived, so those that are there already stay single.
    async fn append(self, facts: Vec<NewEvent>) -> Result<(), ApiError> {
        let log = self.app.log()?;
        let wires: Vec<Wire> = facts.iter().map(NewEvent::to_wire).collect::<Result<_, _>>()?;
        futures_util::stream::iter(wires.into_iter().map(Ok))
            .try_for_each_concurrent(CONCURRENCY, |wire| async {
                log.append(wire).await?;
                Ok::<_, ApiError>(())
            })
            .await
    }

    /// Appends the successor. If the set has moved on otherwise, that counts.
    async fn succeed(self, event: RejudgeSetEvent) -> Result<(), ApiError> {
        let RejudgeSet { set_id, status, .. } = *event.set();
        let id = EventId::following(EventId(set_id.0), event.event_type().name);
        let event = self.app.event(id, Event::RejudgeSet(event));
        match self.app.log()?.append_expecting(event.to_wire()?, self.sequence).await {
            Ok(_) => {
                tracing::info!(set = %set_id, status = status.name(), "a rejudge set goes on");
                Ok(())
            }
            Err(AppendError::Conflict { .. } | AppendError::KeyReused) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn failed(source: async_nats::Error) -> ApiError {
    LogError::Request { operation: "reading the queue of rejudge sets", source }.into()
}
