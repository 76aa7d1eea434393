//! Points are a ledger, and every board is a sum over it. Serves leaderboards (from `board_totals`, and through
//! [`crate::boards`] in Redis).
//!
//! Per learner and exercise the judged submissions, in order of *acceptance*, form a staircase ([`staircase`]): each one
//! above all earlier ones is a step worth the difference. A new verdict recomputes the pair's staircase, and the ledger gets
//! the differences between old and new; so in whatever order judges answer, the sums come out the same. An applied rejudge set
//! brings such new verdicts; until then its results are not even looked at.

mod rows;
mod staircase;

pub use rows::{LedgerRows, boards};

use crate::projection::{FoldError, Projection};
use crate::rows::{bigint, int};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED, SubmissionJudged};
use events::rejudge::{AppliedResult, REJUDGE_APPLIED, RejudgeEvent};
use events::{Event, EventType, JudgementId, Part, Recorded};
use staircase::Judged;

pub struct Ledger;

impl Projection for Ledger {
    const NAME: &'static str = "ledger";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[SUBMISSION_JUDGED, REJUDGE_APPLIED];
    type Rows = LedgerRows;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        let Part::Facts(partition) = event.part else { return };
        match &event.event {
            Event::Judgement(JudgementEvent::SubmissionJudged(fact)) => {
                rows.staircases.want((fact.learner_id.0, fact.exercise_id.0));
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                for result in &fact.results {
                    rows.staircases.want((fact.learner_id.0, result.exercise_id.0));
                }
            }
            _ => return,
        }
        rows.heads.want(i16::from(partition.number()));
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match (&event.event, event.part) {
            // A rejudge's result has no effect until it is applied: only the first judgement counts.
            (Event::Judgement(JudgementEvent::SubmissionJudged(fact)), Part::Facts(partition))
                if fact.judgement_id == JudgementId::first(fact.submission_id) =>
            {
                rows.judged(
                    (fact.learner_id.0, fact.exercise_id.0),
                    judged(fact)?,
                    i16::from(partition.number()),
                    bigint(event.sequence),
                );
                Ok(())
            }
            (Event::Rejudge(RejudgeEvent::Applied(fact)), Part::Facts(partition)) => {
                // All of them before the first: a build does not take back what a refused event began.
                let judged = fact.results.iter().map(|result| applied(result, fact.ordered_seq));
                let judged: Vec<Judged> = judged.collect::<Result<_, _>>()?;
                for (result, judged) in fact.results.iter().zip(judged) {
                    rows.judged(
                        (fact.learner_id.0, result.exercise_id.0),
                        judged,
                        i16::from(partition.number()),
                        bigint(event.sequence),
                    );
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn judged(fact: &SubmissionJudged) -> Result<Judged, FoldError> {
    Ok(Judged {
        submission_id: fact.submission_id.0,
        accepted_seq: bigint(fact.accepted_seq),
        accepted_at: fact.accepted_at,
        points: int(fact.points)?,
        category: fact.category.clone(),
        language: fact.language.clone(),
        ordered_seq: 0,
        stored: false,
    })
}

fn applied(result: &AppliedResult, ordered_seq: u64) -> Result<Judged, FoldError> {
    Ok(Judged {
        submission_id: result.submission_id.0,
        accepted_seq: bigint(result.accepted_seq),
        accepted_at: result.accepted_at,
        points: int(result.points)?,
        category: result.category.clone(),
        language: result.language.clone(),
        ordered_seq: bigint(ordered_seq),
        stored: false,
    })
}
