//! From the order to apply a set to a fact per learner.

use super::results::{expected, requested_seq};
use super::scan::Scan;
use super::select::ids_after;
use super::{At, CONCURRENCY};
use crate::accounts::Accounts;
use crate::domain::account::State;
use crate::domain::rejudge::finished;
use crate::error::ApiError;
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::rejudge::{APPLIED_RESULTS_MAX, AppliedResult, RejudgeApplied, RejudgeEvent, RejudgeSet};
use events::{Event, EventId, Family, JudgementId, LearnerId, NewEvent, subject};
use futures_util::{StreamExt, TryStreamExt};
use std::collections::{BTreeMap, HashSet};

/// Gives effect to the results that were in the log when the order was given; which is the same for whoever does it. Who was
/// erased is left as they stand, whichever way the set would move them: points stay on the boards when a learner goes, and
/// what could not be judged any more had no effect either.
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
    let erased = erased(&at.app.accounts, learners.keys().copied().collect()).await?;
    learners.retain(|learner_id, _| !erased.contains(learner_id));
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

async fn erased(accounts: &Accounts, learners: Vec<LearnerId>) -> Result<HashSet<LearnerId>, ApiError> {
    let is_erased = |learner_id| {
        let accounts = accounts.clone();
        async move {
            let account = accounts.load(learner_id).await?.state;
            Ok(matches!(account, State::Erased(_)).then_some(learner_id))
        }
    };
    let found = futures_util::stream::iter(learners).map(is_erased).buffer_unordered(CONCURRENCY);
    found.try_filter_map(async |erased| Ok(erased)).try_collect().await
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
        cpu_ms: Some(fact.cpu_ms),
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
