//! Noticing that every result of a set is in the log.

use super::At;
use super::scan::Scan;
use crate::domain::rejudge::judged;
use crate::error::ApiError;
use chassis::log::{EventLog, Stream};
use events::rejudge::{RejudgeEvent, RejudgeSet};
use events::{Event, Family, JudgementId, subject};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

const BATCH_MAX: usize = 1_000;
/// How often it is looked whether the set was cancelled or applied meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Waits for judges, however long they take; meanwhile the slot is another set's.
pub async fn wait(at: At<'_>, set: RejudgeSet, slot: OwnedSemaphorePermit) -> Result<(), ApiError> {
    let log = at.app.log()?;
    let requested = requested_seq(&set)?;
    let mut missing = expected(log, &set, requested, at.sequence).await?;
    drop(slot);
    // Subject and id say enough: a judgement's event has the judgement's id.
    let judgements = vec![subject::family(Family::Judgement)];
    let mut follow = log.follow_headers(Stream::Facts, judgements, requested).await?;
    while !missing.is_empty() {
        for message in follow.next_batch(BATCH_MAX, LOOK_EVERY).await? {
            if let Some(id) = message.id() {
                missing.remove(&JudgementId(id.0));
            }
        }
        if !missing.is_empty() && follow.pending() == 0 && !at.is_last(set.set_id).await? {
            return Ok(());
        }
    }
    at.succeed(judged(set)).await
}

/// The judgements that the set asked for, up to a sequence.
pub async fn expected(
    log: &EventLog,
    set: &RejudgeSet,
    requested: u64,
    until: u64,
) -> Result<HashSet<JudgementId>, ApiError> {
    let mut scan = Scan::start(log, subject::family(Family::Rejudge), requested, until).await?;
    let mut expected = HashSet::new();
    while let Some(batch) = scan.next().await? {
        for message in batch {
            if let Event::Rejudge(RejudgeEvent::SubmissionRequested(fact)) = message.decode()?.event
                && fact.set_id == set.set_id
            {
                expected.insert(JudgementId::rejudged(fact.submission_id, set.set_id));
            }
        }
    }
    Ok(expected)
}

pub fn requested_seq(set: &RejudgeSet) -> Result<u64, ApiError> {
    let missing = || ApiError::Internal(format!("rejudge set {} does not say where it began", set.set_id));
    set.requested_seq.ok_or_else(missing)
}
