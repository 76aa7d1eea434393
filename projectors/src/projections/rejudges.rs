//! Rejudge sets: how each stands, what it asked judges for, its results, and which of them have effect. Serves
//! `GET /v1/rejudges…` and, together with `submissions`, the judgement of a submission that has effect and its history.
//!
//! A set's own row is folded from its events, which each carry all of it. The rest only grows. Results are kept from the
//! moment they are judged; what gives them effect is a row of `rejudge_effects`.

mod rows;

pub use rows::RejudgeRows;

use crate::projection::{FoldError, Projection};
use crate::rows::{bigint, int};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED};
use events::rejudge::{
    REJUDGE_APPLIED, REJUDGE_CANCELLED, REJUDGE_FINISHED, REJUDGE_JUDGED, REJUDGE_ORDERED, REJUDGE_REQUESTED,
    REJUDGE_SELECTED, RejudgeEvent, RejudgeSet, SUBMISSION_REJUDGE_REQUESTED,
};
use events::{Event, EventType, JudgementId, Recorded};
use rows::{Asked, Effect, Rejudgement, SetRow};

pub struct Rejudges;

impl Projection for Rejudges {
    const NAME: &'static str = "rejudges";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[
        REJUDGE_REQUESTED,
        REJUDGE_SELECTED,
        REJUDGE_JUDGED,
        REJUDGE_ORDERED,
        REJUDGE_FINISHED,
        REJUDGE_CANCELLED,
        SUBMISSION_REJUDGE_REQUESTED,
        SUBMISSION_JUDGED,
        REJUDGE_APPLIED,
    ];
    type Rows = RejudgeRows;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        if let Event::RejudgeSet(event) = &event.event {
            rows.sets.want(event.set().set_id.0);
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::RejudgeSet(changed) => set(rows, changed.set(), event),
            Event::Rejudge(RejudgeEvent::SubmissionRequested(fact)) => {
                rows.asked.add(Asked {
                    set_id: fact.set_id.0,
                    submission_id: fact.submission_id.0,
                    learner_id: fact.learner_id.0,
                    exercise_id: fact.exercise_id.0,
                    asked_seq: bigint(event.sequence),
                });
                Ok(())
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact)) => {
                let Some(set_id) = fact.rejudge_set else { return Ok(()) };
                if fact.judgement_id == JudgementId::rejudged(fact.submission_id, set_id) {
                    rows.judgements.add(Rejudgement::of(fact, set_id, event)?);
                }
                Ok(())
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                for result in &fact.results {
                    rows.effects.add(Effect {
                        set_id: fact.set_id.0,
                        submission_id: result.submission_id.0,
                        learner_id: fact.learner_id.0,
                        judgement_id: result.judgement_id.0,
                        ordered_seq: bigint(fact.ordered_seq),
                        applied_at: event.time,
                        applied_seq: bigint(event.sequence),
                    });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Takes a set over as an event says it stands. When and by what it was requested stays as it was.
fn set(rows: &mut RejudgeRows, set: &RejudgeSet, event: &Recorded) -> Result<(), FoldError> {
    let known = rows.sets.get(set.set_id.0);
    let (requested_at, requested_seq) =
        known.map_or((event.time, bigint(event.sequence)), |known| (known.requested_at, known.requested_seq));
    let selection = serde_json::to_string(&set.selection).map_err(|error| FoldError(error.to_string()))?;
    rows.sets.put(SetRow {
        set_id: set.set_id.0,
        status: set.status.name().to_owned(),
        exercise_id: set.selection.exercise_id.map(|exercise| exercise.0),
        selection,
        judge_by: set.judge_by.name().to_owned(),
        reason: set.reason.clone(),
        requested_by: set.requested_by.0,
        requested_at,
        submissions: set.submissions.map(int).transpose()?,
        ended_by: set.ended_by.map(|learner| learner.0),
        changed_at: event.time,
        requested_seq,
    });
    Ok(())
}
