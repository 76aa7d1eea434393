//! The log guard: a checkpoint that the log does not know means that the broker lost acknowledged events. Then nothing may
//! be written any more, because what was lost is still in the tables and its sequences will be given to other events.

use super::live::{Checkpoint, Live};
use crate::failure::Failure;
use chassis::log::{EventLog, Stream};
use std::time::Duration;

/// A leader may just have changed: what looks like a regression counts when it is still there after this.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);

impl Live {
    /// Compares the checkpoints with the log.
    pub(super) async fn guard(&self, log: &EventLog) -> Result<(), Failure> {
        if self.regression(log).await?.is_some() {
            tokio::time::sleep(CONFIRM_AFTER).await;
            if let Some(regression) = self.regression(log).await? {
                return Err(Failure::Halt(format!("log_regressed: {regression}")));
            }
        }
        self.check_front(log).await
    }

    async fn regression(&self, log: &EventLog) -> Result<Option<String>, Failure> {
        for stream in [Stream::Facts, Stream::Identity] {
            let Some(furthest) = self.checkpoints(stream).max_by_key(|at| at.sequence) else { continue };
            let last = log.last_sequence(stream).await?;
            if furthest.sequence > last {
                return Ok(Some(format!(
                    "{} ends at {last}, the read models have passed {}",
                    stream.name(),
                    furthest.sequence
                )));
            }
            if stream == Stream::Facts && self.is_another_event(log, furthest).await? {
                return Ok(Some(format!(
                    "event {} of {} is another one than the read models have passed",
                    furthest.sequence,
                    stream.name()
                )));
            }
        }
        Ok(None)
    }

    /// Another process may have made another version live while nothing was to be written here.
    pub(super) async fn is_owner(&mut self) -> Result<(), Failure> {
        let mine = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM public.checkpoints WHERE epoch = $1"#,
            self.epoch
        )
        .fetch_one(&mut self.db)
        .await?;
        let expected: usize = self.members.iter().map(|member| member.checkpoints.len()).sum();
        if usize::try_from(mine) == Ok(expected) { Ok(()) } else { Err(Failure::Fenced) }
    }

    /// An event that is gone (trimmed, erased) is no other event.
    async fn is_another_event(&self, log: &EventLog, at: &Checkpoint) -> Result<bool, Failure> {
        if at.digest.is_empty() {
            return Ok(false);
        }
        let found = log.at(Stream::Facts, at.sequence).await?;
        Ok(found.is_some_and(|message| message.digest().as_slice() != at.digest))
    }

    /// FACTS may be trimmed from the front, but not beyond what was read.
    async fn check_front(&self, log: &EventLog) -> Result<(), Failure> {
        let Some(oldest) = self.read_by_all(Stream::Facts) else { return Ok(()) };
        let stream = log
            .jetstream()
            .get_stream(Stream::Facts.name())
            .await
            .map_err(|error| Failure::Retry(format!("reading the stream's state: {error}")))?;
        let state = &stream.cached_info().state;
        if state.messages > 0 && oldest + 1 < state.first_sequence {
            return Err(Failure::Halt(format!(
                "log_trimmed: FACTS begins at {}, the read models have read up to {oldest} only",
                state.first_sequence
            )));
        }
        Ok(())
    }
}
