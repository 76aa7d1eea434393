//! The judges' work queues: durable consumers on FACTS that a free slot takes one message from.

use crate::tries;
use crate::turns::Reached;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::{self, Context};
use async_nats::{StatusCode, Subscriber};
use chassis::log::EventLog;
use chassis::observe::Readiness;
use chassis::shutdown::Shutdown;
use events::{Family, subject};
use futures_util::StreamExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Without a heartbeat for this long, a submission goes to another judge.
pub const ACK_WAIT: Duration = Duration::from_secs(4);

/// How long one request for work waits at the broker.
const TAKE_FOR: Duration = Duration::from_secs(5);
/// How long the broker may take to say that there is nothing.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How soon a request that a reconnect lost is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between attempts when the broker has nothing but errors.
pub const RETRY: Duration = Duration::from_millis(500);
/// The part of readiness this is.
const PART: &str = "queue";

/// Every queue, and the family it is of.
const QUEUES: [(&str, Family); 2] =
    [(subject::JUDGE_LIVE, Family::Submission), (subject::JUDGE_REJUDGE, Family::Rejudge)];

/// Why the queues could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("setting up {queue}: {reason}")]
pub struct QueueError {
    queue: &'static str,
    reason: String,
}

/// Creates the queues, and the bucket of [`tries`], or brings them up to date. Safe to repeat. For the set-up, which may
/// change consumers; judges may only take from them.
///
/// Deliveries are not limited at the broker: a submission it stopped delivering would never get a verdict.
pub async fn ensure_consumer(jetstream: &Context) -> Result<(), QueueError> {
    let failed = |queue| move |error: async_nats::Error| QueueError { queue, reason: error.to_string() };
    let stream = jetstream.get_stream(subject::FACTS).await;
    let stream = stream.map_err(|error| failed(subject::FACTS)(error.into()))?;
    let replicas = stream.cached_info().config.num_replicas;
    tries::ensure_bucket(jetstream, replicas).await.map_err(failed(subject::TRIES))?;
    for (queue, family) in QUEUES {
        // Where a queue begins cannot be changed, and one that came back with a backup begins where it was then.
        let deliver_policy = match stream.consumer_info(queue).await {
            Ok(there) => there.config.deliver_policy,
            Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => DeliverPolicy::All,
            Err(error) => return Err(failed(queue)(error.into())),
        };
        let config = pull::Config {
            durable_name: Some(queue.to_owned()),
            filter_subject: subject::family(family),
            deliver_policy,
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_deliver: -1,
            // Of all judges together, with what was put off; the slots are the real limit.
            max_ack_pending: 100_000,
            ..pull::Config::default()
        };
        stream.create_consumer(config).await.map_err(|error| failed(queue)(error.into()))?;
    }
    Ok(())
}

/// A judge's end of a queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    log: EventLog,
    name: &'static str,
}

impl Queue {
    /// Waits for the queue to be there. `None` when the shutdown began first.
    pub async fn open(
        log: EventLog,
        name: &'static str,
        readiness: &Readiness,
        shutdown: &Shutdown,
    ) -> Option<Self> {
        loop {
            let error = match Box::pin(look_up(log.jetstream(), name)).await {
                Ok(_there) => {
                    readiness.ready(PART);
                    return Some(Self { log, name });
                }
                Err(error) => error.to_string(),
            };
            tracing::warn!(error, queue = name, "the queue is not there: has the set-up run?");
            readiness.waiting_for(PART, error);
            tokio::select! {
                () = shutdown.begun() => return None,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// How far all judges together are.
    pub async fn reached(&self) -> Result<Reached, String> {
        let said = |error: &dyn std::error::Error| error.to_string();
        let stream =
            self.log.jetstream().get_stream_no_info(subject::FACTS).await.map_err(|error| said(&error))?;
        let info = stream.consumer_info(self.name).await.map_err(|error| said(&error))?;
        Ok(Reached { sequence: info.delivered.stream_sequence, waiting: info.num_pending })
    }

    /// The next message if one is waiting now.
    pub async fn take_now(&self) -> Result<Option<jetstream::Message>, String> {
        let mut asked = self.ask(r#"{"batch":1,"no_wait":true}"#.to_owned()).await?;
        match tokio::time::timeout(ANSWER_MAX, asked.next()).await {
            Ok(answer) => answer,
            Err(_elapsed) => match asked.give_up().await {
                Some(delivery) => Ok(Some(delivery)),
                None => Err("the broker does not answer".to_owned()),
            },
        }
    }

    /// Asks for the next message, whenever it comes, for a while.
    pub async fn ask_for_next(&self) -> Result<Asked, String> {
        self.ask(format!(r#"{{"batch":1,"expires":{}}}"#, TAKE_FOR.as_nanos())).await
    }

    #[allow(clippy::disallowed_methods)] // A request for work is no event.
    async fn ask(&self, request: String) -> Result<Asked, String> {
        let client = self.log.client();
        let connects = connects(&self.log);
        let inbox = client.new_inbox();
        let subscriber = client.subscribe(inbox.clone()).await.map_err(|error| error.to_string())?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", subject::FACTS, self.name);
        client.publish_with_reply(subject, inbox, request.into()).await.map_err(|error| error.to_string())?;
        Ok(Asked { log: self.log.clone(), subscriber, connects })
    }
}

/// One request for one message.
///
/// The library's own pull drops what was on its way when it is given up, and the broker would wait for that message's
/// acknowledgement before it gave it to anybody else; so this is our own.
pub struct Asked {
    log: EventLog,
    subscriber: Subscriber,
    connects: u64,
}

impl Asked {
    /// `None` when there was no message in time, or when the request may have got lost. Can be cancelled and called again.
    pub async fn next(&mut self) -> Result<Option<jetstream::Message>, String> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                biased;
                answer = self.subscriber.next() => return match answer {
                    Some(answer) => self.understand(answer),
                    None => Err("the connection has ended".to_owned()),
                },
                _ = look.tick() => {
                    // Requests for work do not survive a reconnect.
                    if connects(&self.log) != self.connects {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Takes the request back. The message that was on its way already, if any.
    pub async fn give_up(mut self) -> Option<jetstream::Message> {
        self.subscriber.drain().await.ok()?;
        let rest = async {
            while let Some(answer) = self.subscriber.next().await {
                if let Ok(Some(delivery)) = self.understand(answer) {
                    return Some(delivery);
                }
            }
            None
        };
        tokio::time::timeout(ANSWER_MAX, rest).await.ok().flatten()
    }

    fn understand(&self, answer: async_nats::Message) -> Result<Option<jetstream::Message>, String> {
        match answer.status {
            None | Some(StatusCode::OK) => {
                Ok(Some(jetstream::Message { message: answer, context: self.log.jetstream().clone() }))
            }
            Some(StatusCode::NOT_FOUND | StatusCode::TIMEOUT) => Ok(None),
            Some(status) => Err(format!("{status}: {}", answer.description.unwrap_or_default())),
        }
    }
}

/// How often the connection was made.
fn connects(log: &EventLog) -> u64 {
    log.client().statistics().connects.load(Ordering::Relaxed)
}

async fn look_up(jetstream: &Context, queue: &str) -> Result<PullConsumer, async_nats::Error> {
    let stream = jetstream.get_stream_no_info(subject::FACTS).await?;
    stream.get_consumer(queue).await
}
