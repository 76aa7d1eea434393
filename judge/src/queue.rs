//! The judges' work queue: a durable consumer on FACTS that every free slot takes one submission from.

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, Context};
use chassis::log::EventLog;
use chassis::observe::Readiness;
use chassis::shutdown::Shutdown;
use events::{Family, subject};
use futures_util::StreamExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Without a heartbeat for this long, a submission goes to another judge.
pub const ACK_WAIT: Duration = Duration::from_secs(4);
/// The delivery that gives up and writes `judge_error` instead of running.
pub const DELIVERIES_MAX: u32 = 4;

/// How long one request for work waits at the broker.
const TAKE_FOR: Duration = Duration::from_secs(5);
/// How soon a request that a reconnect lost is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between attempts when the broker has nothing but errors.
const RETRY: Duration = Duration::from_millis(500);
/// The part of readiness this is.
const PART: &str = "queue";

/// Why the queue could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("setting up the queue {}: {reason}", subject::JUDGE_LIVE)]
pub struct QueueError {
    reason: String,
}

/// Creates the queue or brings it up to date. Safe to repeat. For the set-up, which may change consumers; judges may
/// only take from it.
///
/// Deliveries are not limited at the broker: a submission it stopped delivering would never get a verdict.
pub async fn ensure_consumer(jetstream: &Context) -> Result<(), QueueError> {
    let failed = |error: async_nats::Error| QueueError { reason: error.to_string() };
    let stream = jetstream.get_stream(subject::FACTS).await.map_err(|error| failed(error.into()))?;
    let config = pull::Config {
        durable_name: Some(subject::JUDGE_LIVE.to_owned()),
        filter_subject: subject::family(Family::Submission),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_deliver: -1,
        // Of all judges together; the slots are the real limit.
        max_ack_pending: 10_000,
        ..pull::Config::default()
    };
    stream.create_consumer(config).await.map_err(|error| failed(error.into()))?;
    Ok(())
}

/// A judge's end of the queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    log: EventLog,
    consumer: PullConsumer,
}

impl Queue {
    /// Waits for the queue to be there. `None` when the shutdown began first.
    pub async fn open(log: EventLog, readiness: &Readiness, shutdown: &Shutdown) -> Option<Self> {
        loop {
            let error = match Box::pin(look_up(log.jetstream())).await {
                Ok(consumer) => {
                    readiness.ready(PART);
                    return Some(Self { log, consumer });
                }
                Err(error) => error.to_string(),
            };
            tracing::warn!(error, queue = subject::JUDGE_LIVE, "the queue is not there: has the set-up run?");
            readiness.waiting_for(PART, error);
            tokio::select! {
                () = shutdown.begun() => return None,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// The next submission. Nothing is fetched ahead, so none waits here while another judge is idle. `None` when the
    /// shutdown began.
    pub async fn take(&self, shutdown: &Shutdown) -> Option<jetstream::Message> {
        while !shutdown.has_begun() {
            match self.request(shutdown).await {
                Ok(Some(delivery)) => return Some(delivery),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(error, "taking from the queue failed");
                    tokio::select! {
                        () = shutdown.begun() => {}
                        () = tokio::time::sleep(RETRY) => {}
                    }
                }
            }
        }
        None
    }

    /// One request for one message. `Ok(None)` when there was none in time, or when the request may have got lost.
    async fn request(&self, shutdown: &Shutdown) -> Result<Option<jetstream::Message>, String> {
        let connects = self.connects();
        let request = self.consumer.batch().max_messages(1).expires(TAKE_FOR);
        let mut messages = request.messages().await.map_err(|error| error.to_string())?;
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                biased;
                next = messages.next() => return next.transpose().map_err(|error| error.to_string()),
                () = shutdown.begun() => return Ok(None),
                _ = look.tick() => {
                    if self.connects() != connects {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// How often the connection was made: requests for work do not survive a reconnect.
    fn connects(&self) -> u64 {
        self.log.client().statistics().connects.load(Ordering::Relaxed)
    }
}

async fn look_up(jetstream: &Context) -> Result<PullConsumer, async_nats::Error> {
    let stream = jetstream.get_stream_no_info(subject::FACTS).await?;
    stream.get_consumer(subject::JUDGE_LIVE).await
}
