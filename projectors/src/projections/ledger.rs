//! Points are a ledger, and every board is a sum over it. Serves leaderboards (from `board_totals`, and through
//! [`crate::boards`] in Redis).
//!
//! Per learner and exercise the judged submissions, in order of *acceptance*, form a staircase ([`staircase`]): each one
//! above all earlier ones is a step worth the difference. A new verdict recomputes the pair's staircase, and the ledger gets
//! the differences between old and new; so in whatever order judges answer, the sums come out the same. An applied rejudge set
//! brings such new verdicts; until then its results are not even looked at.
//!
//! An exercise's own board is of another kind: a learner's best submission, by points, then CPU time. And a cohort's boards
//! are the global ones filtered to its members: whoever joins brings all points they ever earned, in each window, and whoever
//! leaves takes them along ([`totals`]).

mod rows;
mod staircase;
mod tables;
mod totals;

pub use rows::{LedgerRows, best_board, boards};

use crate::projection::{FoldError, Projection};
use crate::rows::{bigint, int};
use chrono::{DateTime, Utc};
use events::cohort::{COHORT_JOINED, COHORT_LEFT, MembershipEvent};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED, SubmissionJudged};
use events::rejudge::{AppliedResult, REJUDGE_APPLIED, RejudgeEvent};
use events::{CohortId, Event, EventType, JudgementId, LearnerId, Part, Recorded};
use staircase::Judged;
use uuid::Uuid;

pub struct Ledger;

/// Which fact a row is recorded from.
#[derive(Debug, Clone, Copy)]
struct Record {
    partition: i16,
    sequence: i64,
    time: DateTime<Utc>,
}

impl Projection for Ledger {
    const NAME: &'static str = "ledger";
    const VERSION: u32 = 2;
    const HANDLES: &'static [EventType] = &[SUBMISSION_JUDGED, REJUDGE_APPLIED, COHORT_JOINED, COHORT_LEFT];
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
            Event::Membership(fact) => rows.members.want(membership(fact).0),
            _ => return,
        }
        rows.heads.want(i16::from(partition.number()));
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        let Part::Facts(partition) = event.part else { return Ok(()) };
        let record = Record {
            partition: i16::from(partition.number()),
            sequence: bigint(event.sequence),
            time: event.time,
        };
        match &event.event {
            // A rejudge's result has no effect until it is applied: only the first judgement counts.
            Event::Judgement(JudgementEvent::SubmissionJudged(fact))
                if fact.judgement_id == JudgementId::first(fact.submission_id) =>
            {
                rows.judged((fact.learner_id.0, fact.exercise_id.0), judged(fact)?, record);
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                // All of them before the first: a build does not take back what a refused event began.
                let judged = fact.results.iter().map(|result| applied(result, fact.ordered_seq));
                let judged: Vec<Judged> = judged.collect::<Result<_, _>>()?;
                for (result, judged) in fact.results.iter().zip(judged) {
                    rows.judged((fact.learner_id.0, result.exercise_id.0), judged, record);
                }
            }
            Event::Membership(fact) => {
                let (key, is_member) = membership(fact);
                rows.came_or_left(key, is_member, record);
            }
            _ => {}
        }
        Ok(())
    }
}

/// (learner, cohort), and whether one is a member of the other from here on.
fn membership(fact: &MembershipEvent) -> ((Uuid, Uuid), bool) {
    let key = |learner: LearnerId, cohort: CohortId| (learner.0, cohort.0);
    match fact {
        MembershipEvent::Joined(fact) => (key(fact.learner_id, fact.cohort_id), true),
        MembershipEvent::Left(fact) => (key(fact.learner_id, fact.cohort_id), false),
    }
}

fn judged(fact: &SubmissionJudged) -> Result<Judged, FoldError> {
    Ok(Judged {
        submission_id: fact.submission_id.0,
        accepted_seq: bigint(fact.accepted_seq),
        accepted_at: fact.accepted_at,
        points: int(fact.points)?,
        cpu_ms: Some(int(fact.cpu_ms)?),
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
        cpu_ms: result.cpu_ms.map(int).transpose()?,
        category: result.category.clone(),
        language: result.language.clone(),
        ordered_seq: bigint(ordered_seq),
        stored: false,
    })
}
