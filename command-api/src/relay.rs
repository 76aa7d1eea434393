//! The relay: carries what IDENTITY decided into FACTS when the process that decided it could not.
//!
//! One durable consumer on `private.*`, shared by all replicas; a message is acknowledged after its effect is stored.
//! The effect has a derived id, so the usual case (it is there already) costs one append that the broker recognises.

use crate::SOURCE;
use crate::accounts::account_event;
use crate::app::App;
use crate::erasure;
use crate::error::ApiError;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use async_nats::jetstream::{self, AckKind};
use chassis::log::{LogError, Message};
use chassis::shutdown::Shutdown;
use events::account::AccountEvent;
use events::learner::{LearnerEvent, LearnerRegistered};
use events::{Event, EventId, LearnerId, NewEvent, subject};
use futures_util::TryStreamExt;
use std::time::Duration;

/// How long a replica may take over one message before another gets it.
const ACK_WAIT: Duration = Duration::from_secs(30);
const RETRY_AFTER: Duration = Duration::from_secs(1);
const BATCH_MAX: usize = 100;
/// Messages worked on at once, so that appends share commits after a rush of registrations.
const CONCURRENCY: usize = 32;

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

async fn run(app: &App) {
    loop {
        if let Err(error) = carry(app).await {
            tracing::warn!(%error, "the relay was interrupted");
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

async fn carry(app: &App) -> Result<(), ApiError> {
    let consumer = consumer(app).await?;
    loop {
        // Returns early once `BATCH_MAX` are there; an empty answer after the expiry is no error.
        let batch = consumer.batch().max_messages(BATCH_MAX).expires(Duration::from_secs(5)).messages().await;
        let batch = batch.map_err(|error| failed(error.into()))?;
        batch
            .map_err(failed)
            .try_for_each_concurrent(CONCURRENCY, |delivery| async move { carry_one(app, &delivery).await })
            .await?;
        let info = consumer.get_info().await.map_err(|error| failed(error.into()))?;
        let waiting = info.num_pending + u64::try_from(info.num_ack_pending).unwrap_or_default();
        app.metrics.relay_lag_events.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }
}

/// After IDENTITY was brought back from a backup: what it decided after `sequence` is carried once more. Whatever of it FACTS
/// has already gets there a second time, under the same ids, which changes nothing.
pub async fn carry_again_after(
    jetstream: &jetstream::Context,
    sequence: u64,
) -> Result<(), async_nats::Error> {
    let stream = jetstream.get_stream_no_info(subject::IDENTITY).await?;
    match stream.delete_consumer(subject::IDENTITY_RELAY).await {
        Ok(_) => {}
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error.into()),
    }
    let from = DeliverPolicy::ByStartSequence { start_sequence: sequence + 1 };
    stream.create_consumer(config(from)).await?;
    Ok(())
}

fn is_missing(error: &ConsumerError) -> bool {
    matches!(error.kind(), ConsumerErrorKind::JetStream(cause) if cause.error_code() == ErrorCode::CONSUMER_NOT_FOUND)
}

fn config(deliver_policy: DeliverPolicy) -> pull::Config {
    pull::Config {
        durable_name: Some(subject::IDENTITY_RELAY.to_owned()),
        filter_subject: subject::ALL_PRIVATE.to_owned(),
        deliver_policy,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        ..Default::default()
    }
}

async fn consumer(app: &App) -> Result<PullConsumer, ApiError> {
    let stream = app.log()?.jetstream().get_stream_no_info(subject::IDENTITY).await;
    let stream = stream.map_err(|error| failed(error.into()))?;
    let config = config(DeliverPolicy::All);
    stream.get_or_create_consumer(subject::IDENTITY_RELAY, config).await.map_err(|error| failed(error.into()))
}

async fn carry_one(app: &App, delivery: &async_nats::jetstream::Message) -> Result<(), ApiError> {
    let message = Message::from_delivery(delivery)?;
    match effect(app, &message).await {
        Ok(()) => delivery.ack().await.map_err(failed),
        Err(error) => {
            // It comes again after a moment; the others go on.
            tracing::warn!(%error, sequence = message.sequence, "an account event was not carried into FACTS");
            delivery.ack_with(AckKind::Nak(Some(RETRY_AFTER))).await.map_err(failed)
        }
    }
}

async fn effect(app: &App, message: &Message) -> Result<(), ApiError> {
    let recorded = message.decode()?;
    let (id, time) = (recorded.id, recorded.time);
    match account_event(recorded)? {
        AccountEvent::Registered(event) => {
            let fact = learner_registered(event.account.learner_id, id, time);
            app.log()?.append(fact.to_wire()?).await?;
        }
        AccountEvent::Erased(event) => {
            erasure::finish(app, &event).await?;
        }
        _nothing_public => {}
    }
    Ok(())
}

/// The public fact that follows from a registration: the same from whoever writes it.
pub fn learner_registered(
    learner_id: LearnerId,
    registration: EventId,
    time: chrono::DateTime<chrono::Utc>,
) -> NewEvent {
    NewEvent {
        id: EventId::following(registration, "learner_registered"),
        source: SOURCE,
        time,
        event: Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id })),
        request_digest: None,
        traceparent: None,
    }
}

fn failed(source: async_nats::Error) -> ApiError {
    LogError::Request { operation: "reading the relay's queue", source }.into()
}
