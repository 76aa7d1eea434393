//! Whether a reader is level with the log, and whether it is stuck.

use super::super::Stream;
use super::super::error::LogError;
use super::Follow;
use super::feed::Source;
use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::stream::RawMessageErrorKind;
use futures_util::future::{BoxFuture, try_join_all};
use std::time::Duration;
use tokio::time::Instant;

/// A reader that is sent nothing for this long asks whether it should have been.
const QUIET: Duration = Duration::from_secs(5);
/// A healthy replica has applied what its leader had stored this long ago.
const SETTLED: Duration = Duration::from_secs(2);

impl Follow {
    /// A sequence S such that every message up to S on the followed subjects has been handed out. It is at least
    /// [`Follow::last`], and what lets a watermark move past other subjects' messages while these are quiet.
    ///
    /// The stream's leader names its last sequence first; then a look into the store confirms that nothing up to it is missing.
    /// The reader's own consumer is not asked: a broker tells consumers of a message only after it stored and acknowledged it,
    /// so that for a moment one says that nothing is pending although something is (this once lost an event's effect, and
    /// `level_is_not_what_a_consumer_has_not_heard_of_yet` shows it). On FACTS the leader is asked for the next
    /// message of each subject. On IDENTITY, where permissions do not allow that, a new consumer counts what is stored when it
    /// is made; made on another replica than the leader's it must find nothing of what the leader named at least two seconds
    /// earlier, so that in a cluster S can lag by the time between calls. Costs two requests (or three, or one and one per
    /// subject); call it when the reader is idle, not per batch.
    pub async fn caught_up_to(&mut self) -> Result<u64, LogError> {
        let info = self.source.info().await?;
        let named = info.state.last_sequence;
        if named <= self.last || self.feed.consumer().is_none() {
            return Ok(self.last);
        }
        if self.source.stream == Stream::Facts {
            let next = next_of_any(&self.source, self.last).await?;
            return Ok(next.map_or(named, |next| named.min(next - 1)).max(self.last));
        }
        let counted = self.source.count(self.last).await?;
        let leader = info.cluster.and_then(|cluster| cluster.leader);
        // A server that is in no cluster names no place for its consumers.
        if counted.place.is_none_or(|place| place.leader.is_some() && place.leader == leader) {
            return Ok(if counted.pending == 0 { named } else { self.last });
        }
        let settled = match self.named {
            Some((at, sequence)) if at.elapsed() >= SETTLED => {
                self.named = None;
                (counted.pending == 0).then_some(sequence)
            }
            _ => None,
        };
        self.named.get_or_insert((Instant::now(), named));
        Ok(settled.unwrap_or_default().max(self.last))
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
