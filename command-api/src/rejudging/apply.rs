//! From the order to apply a set to a fact per learner.

use super::At;
use super::results::{expected, requested_seq};
use super::scan::Scan;
use super::select::ids_after;
use crate::domain::rejudge::finished;
use crate::error::ApiError;
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::rejudge::{APPLIED_RESULTS_MAX, AppliedResult, RejudgeApplied, RejudgeEvent, RejudgeSet};
use events::{Event, EventId, Family, JudgementId, LearnerId, NewEvent, subject};
use std::collections::BTreeMap;

/// Gives effect to the results that were in the log when the order was given; which is the same for whoever does it.
pub async fn apply(at: At<'_>, set: RejudgeSet) -> Result<(), ApiError> {
    let log = at.app.log()?;
    let requested = requested_seq(&set)?;
    let mut missing = expected(log, &set, requested, at.sequence).await?;
    let mut learners: BTreeMap<LearnerId, Vec<AppliedResult>> = BTreeMap::new();
    let mut scan = Scan::start(log, subject::family(Family::Judgement), requested, at.sequence).await?;
    while let Some(batch) = scan.next().await? {
        for message in batch {
            // Of several facts about one judgement the first counts.
            if !message.id().is_some_and(|id| missing.remove(&JudgementId(id.0))) {
                continue;
            }
            if let Event::Judgement(JudgementEvent::SubmissionJudged(fact)) = message.decode()?.event
                && fact.verdict != Verdict::JudgeError
            {
                learners.entry(fact.learner_id).or_default().push(result(fact));
            }
        }
    }
    let there = ids_after(log, at.sequence).await?;
    let mut facts = Vec::new();
    for (learner_id, mut results) in learners {
        results.sort_by_key(|result| result.accepted_seq);
        for (chunk, results) in results.chunks(APPLIED_RESULTS_MAX).enumerate() {
            let id = EventId::of_rejudge_applied(set.set_id, learner_id, chunk);
            if !there.contains(&id) {
                facts.push(applied(at, &set, id, learner_id, results));
            }
        }
    }
    at.append(facts).await?;
    at.succeed(finished(set)).await
}

fn result(fact: SubmissionJudged) -> AppliedResult {
    AppliedResult {
        submission_id: fact.submission_id,
        judgement_id: fact.judgement_id,
        exercise_id: fact.exercise_id,
        category: fact.category,
        language: fact.language,
        accepted_seq: fact.accepted_seq,
        accepted_at: fact.accepted_at,
        verdict: fact.verdict,
        points: fact.points,
    }
}

fn applied(
    at: At<'_>,
    set: &RejudgeSet,
    id: EventId,
    learner_id: LearnerId,
    results: &[AppliedResult],
) -> NewEvent {
    let event = RejudgeEvent::Applied(RejudgeApplied {
        set_id: set.set_id,
        learner_id,
        ordered_seq: at.sequence,
        results: results.to_vec(),
    });
    at.app.event(id, Event::Rejudge(event))
}
