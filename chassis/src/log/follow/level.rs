//! Whether a reader is level with the log, and whether it is stuck.

use super::super::Stream;
use super::super::error::LogError;
use super::Follow;
use super::feed::Source;
use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::stream::{ClusterInfo, RawMessageErrorKind};
use futures_util::future::{BoxFuture, try_join_all};
use std::time::Duration;
use tokio::time::Instant;

/// A reader that is sent nothing for this long asks whether it should have been.
const QUIET: Duration = Duration::from_secs(5);
/// A consumer has heard of what was stored this long ago.
const TOLD: Duration = Duration::from_millis(100);
/// A healthy replica has applied what its leader had stored this long ago.
const SETTLED: Duration = Duration::from_secs(2);

impl Follow {
    /// A sequence S such that every message up to S on the followed subjects has been handed out. It is at least
    /// [`Follow::last`], and what lets a watermark move past other subjects' messages while these are quiet.
    ///
    /// The stream's leader names its last sequence first; then that nothing up to it is missing is confirmed. On FACTS by the
    /// leader, asked for the next message of each subject: its store knows. On IDENTITY, where permissions do not allow
    /// that, by the consumer. But a consumer is told of a message only after it was stored and acknowledged, so that for a
    /// moment it says that nothing is pending although something is (most likely how a run of faults lost an event's
    /// effect). So it must say it twice with a pause between; and one on another replica than the leader's must say it of what
    /// the leader named at least two seconds earlier, so that in a cluster S can lag by the time between calls. Costs two
    /// or three requests (or one and one per subject); call it when the reader is idle, not per batch.
    pub async fn caught_up_to(&mut self) -> Result<u64, LogError> {
        let info = self.source.info().await?;
        let named = info.state.last_sequence;
        if named <= self.last {
            return Ok(self.last);
        }
        if self.feed.consumer().is_none() {
            return Ok(self.last);
        }
        if self.source.stream == Stream::Facts {
            let next = next_of_any(&self.source, self.last).await?;
            return Ok(next.map_or(named, |next| named.min(next - 1)).max(self.last));
        }
        let Some((mut is_idle, place)) = self.is_idle().await? else { return Ok(self.last) };
        let leader = info.cluster.and_then(|cluster| cluster.leader);
        // A server that is in no cluster names no place for its consumers.
        if place.is_none_or(|place| place.leader.is_some() && place.leader == leader) {
            if is_idle {
                tokio::time::sleep(TOLD).await;
                is_idle = matches!(self.is_idle().await?, Some((true, _)));
            }
            return Ok(if is_idle { named } else { self.last });
        }
        let settled = match self.named {
            Some((at, sequence)) if at.elapsed() >= SETTLED => {
                self.named = None;
                is_idle.then_some(sequence)
            }
            _ => None,
        };
        self.named.get_or_insert((Instant::now(), named));
        Ok(settled.unwrap_or_default().max(self.last))
    }

    /// Whether the consumer has nothing left to send and nothing is on its way, and where it runs.
    async fn is_idle(&mut self) -> Result<Option<(bool, Option<ClusterInfo>)>, LogError> {
        let Some(consumer) = self.feed.consumer() else { return Ok(None) };
        let consumer = consumer
            .get_info()
            .await
            .map_err(|error| LogError::request("reading a consumer's state")(error.into()))?;
        let is_idle =
            consumer.num_pending == 0 && consumer.delivered.consumer_sequence == self.feed.delivered();
        Ok(Some((is_idle, consumer.cluster)))
    }
}

/// The sequence of the first message behind `last` on any of the subjects, from the leader.
async fn next_of_any(source: &Source, last: u64) -> Result<Option<u64>, LogError> {
    let stream = source.jetstream.get_stream_no_info(source.stream.name()).await;
    let stream = stream.map_err(|error| LogError::request("opening a stream")(error.into()))?;
    let stream = &stream;
    let next = source.subjects.iter().map(|subject| async move {
        match stream.get_first_raw_message_by_subject(subject, last + 1).await {
            Ok(message) => Ok(Some(message.sequence)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(LogError::request("looking for the next message")(error.into())),
        }
    });
    Ok(try_join_all(next).await?.into_iter().flatten().min())
}

/// Watches for a reader that is sent nothing although there is something: heartbeats alone do not show that.
pub(super) struct Watch {
    began_at: u64,
    outcome: BoxFuture<'static, bool>,
}

impl Watch {
    pub(super) fn start(source: &Source, consumer: Option<&Consumer<pull::Config>>, last: u64) -> Self {
        let (source, consumer) = (source.clone(), consumer.cloned());
        let outcome = Box::pin(async move {
            tokio::time::sleep(QUIET).await;
            match consumer {
                Some(consumer) if source.link.is_up() => is_behind(&source, &consumer, last).await,
                _ => false,
            }
        });
        Self { began_at: last, outcome }
    }

    /// The last sequence handed out when watching began.
    pub(super) fn began_at(&self) -> u64 {
        self.began_at
    }

    pub(super) async fn is_stalled(&mut self) -> bool {
        (&mut self.outcome).await
    }
}

async fn is_behind(source: &Source, consumer: &Consumer<pull::Config>, last: u64) -> bool {
    match consumer.get_info().await {
        Ok(info) if info.num_pending > 0 => return true,
        Ok(_) => {}
        Err(error) => {
            tracing::debug!(%error, "a reader's consumer does not answer");
            return true;
        }
    }
    source.stream == Stream::Facts && matches!(next_of_any(source, last).await, Ok(Some(_)))
}
