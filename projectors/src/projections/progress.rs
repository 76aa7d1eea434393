//! How learners stand: each on each exercise tried, each altogether with the achievements unlocked, and how each exercise
//! fares. Serves `GET /v1/learners/{handle}/progress`, `…/statistics`, `…/activity`, `…/achievements`, and
//! `GET /v1/exercises/{slug}/statistics`.
//!
//! All of it is sums over one thing: what the attempts of one learner at one exercise come to ([`share`]). Whenever an
//! attempt changes, the pair's share is computed anew from all its attempts, in order of acceptance, and the difference is
//! added to the sums. So the order in which verdicts arrive changes nothing, an applied rejudge set is nothing special, and
//! the figures of learners, achievements and exercises cannot disagree. An attempt that ended in a judge error does not
//! count: that was our fault.
//!
//! What spans learners ([`outcomes`]) is kept per exercise and partition and added up when it is read.

mod active_days;
mod attempts;
mod outcomes;
mod share;
mod standing;

use crate::projection::{FoldError, Projection};
use crate::rows::{Rows, Table, bigint, int};
use active_days::ActiveDay;
use attempts::{Attempt, Attempts};
use chrono::{DateTime, Utc};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED, Verdict};
use events::rejudge::{REJUDGE_APPLIED, RejudgeEvent};
use events::submission::{SUBMISSION_RECEIVED, SubmissionEvent};
use events::{Event, EventType, JudgementId, Part, Recorded, SubmissionId};
use outcomes::Outcomes;
use share::{Share, day};
use sqlx::PgConnection;
use standing::Standing;
use uuid::Uuid;

pub struct Progress;

impl Projection for Progress {
    const NAME: &'static str = "progress";
    const VERSION: u32 = 2;
    const HANDLES: &'static [EventType] = &[SUBMISSION_RECEIVED, SUBMISSION_JUDGED, REJUDGE_APPLIED];
    type Rows = ProgressRows;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(fact)) => {
                rows.attempts.want((fact.learner_id.0, fact.exercise_id.0));
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact))
                if fact.judgement_id == JudgementId::first(fact.submission_id) =>
            {
                rows.want((fact.learner_id.0, fact.exercise_id.0), fact.accepted_at, event.part);
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                for result in &fact.results {
                    rows.want((fact.learner_id.0, result.exercise_id.0), result.accepted_at, event.part);
                }
            }
            _ => {}
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(fact)) => {
                let key = (fact.learner_id.0, fact.exercise_id.0);
                let attempt = Attempt {
                    submission_id: fact.submission_id.0,
                    received_seq: bigint(event.sequence),
                    received_at: event.time,
                    language: fact.language.clone(),
                    points_max: int(fact.points_max)?,
                    result: None,
                    ordered_seq: 0,
                    changed: true,
                };
                match rows.attempts.get(key) {
                    None => rows.attempts.put(Attempts::first(key, fact.category.clone(), attempt)),
                    Some(known) if known.find(fact.submission_id).is_some() => {}
                    // Behind all others in order of acceptance, and without a verdict: it changes no share.
                    Some(_) => {
                        rows.attempts.change(key).into_iter().for_each(|row| row.add(attempt.clone()));
                    }
                }
                Ok(())
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact))
                if fact.judgement_id == JudgementId::first(fact.submission_id) =>
            {
                let verdict = New {
                    pair: (fact.learner_id.0, fact.exercise_id.0),
                    submission_id: fact.submission_id,
                    accepted_at: fact.accepted_at,
                    verdict: fact.verdict,
                    points: int(fact.points)?,
                    cpu_ms: Some(int(fact.cpu_ms)?),
                    ordered_seq: 0,
                };
                rows.check(&verdict)?;
                rows.judged(&verdict, event);
                Ok(())
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                let verdict = |result: &events::rejudge::AppliedResult| {
                    Ok(New {
                        pair: (fact.learner_id.0, result.exercise_id.0),
                        submission_id: result.submission_id,
                        accepted_at: result.accepted_at,
                        verdict: result.verdict,
                        points: int(result.points)?,
                        cpu_ms: result.cpu_ms.map(int).transpose()?,
                        ordered_seq: bigint(fact.ordered_seq),
                    })
                };
                let verdicts: Vec<New> =
                    fact.results.iter().map(verdict).collect::<Result<_, FoldError>>()?;
                // All or nothing: a build does not take back what a refused event began.
                for verdict in &verdicts {
                    rows.check(verdict)?;
                }
                for verdict in &verdicts {
                    rows.judged(verdict, event);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A verdict that has effect from here on.
struct New {
    pair: (Uuid, Uuid),
    submission_id: SubmissionId,
    accepted_at: DateTime<Utc>,
    verdict: Verdict,
    points: i32,
    cpu_ms: Option<i32>,
    ordered_seq: i64,
}

#[derive(Default)]
pub struct ProgressRows {
    attempts: Table<Attempts>,
    standings: Table<Standing>,
    days: Table<ActiveDay>,
    outcomes: Table<Outcomes>,
}

impl ProgressRows {
    fn want(&mut self, pair: (Uuid, Uuid), accepted_at: DateTime<Utc>, part: Part) {
        self.attempts.want(pair);
        self.standings.want(pair.0);
        // A verdict decides about the day on which its submission was accepted, and about no other.
        self.days.want((pair.0, day(accepted_at)));
        self.outcomes.want((pair.1, partition(part)));
    }

    fn check(&self, new: &New) -> Result<(), FoldError> {
        let submission = new.submission_id;
        let known = self.attempts.get(new.pair).and_then(|attempts| attempts.find(submission));
        let Some(attempt) = known else {
            return Err(FoldError(format!("submission {submission} was judged but never received")));
        };
        if day(attempt.received_at) != day(new.accepted_at) {
            return Err(FoldError(format!("submission {submission} was judged as of another day")));
        }
        Ok(())
    }

    fn judged(&mut self, new: &New, event: &Recorded) {
        let (learner_id, exercise_id) = new.pair;
        let attempts = self.attempts.get(new.pair).expect("it was checked");
        if !attempts.would_change(new.submission_id, new.ordered_seq) {
            return;
        }
        let before = attempts.share();
        let attempts = self.attempts.change(new.pair).expect("it is there");
        attempts.judged(new);
        let after = attempts.share();

        if self.standings.get(learner_id).is_none() {
            self.standings.put(Standing::new(learner_id));
        }
        let standing = self.standings.change(learner_id).expect("it was put just now");
        let key = (learner_id, day(new.accepted_at));
        let exercises = self.days.get(key).map_or(0, |day| day.exercises);
        let active = |share: &Share| i32::from(share.active_days.contains(&key.1));
        let now = exercises + active(&after) - active(&before);
        if now != exercises {
            standing.day_changed(key.1, exercises, now);
            if now == 0 {
                self.days.remove(key);
            } else {
                self.days.put(ActiveDay { learner_id, day: key.1, exercises: now });
            }
        }
        standing.replace(&before, &after);
        standing.unlock(event.time, bigint(event.sequence));

        let key = (exercise_id, partition(event.part));
        if self.outcomes.get(key).is_none() {
            self.outcomes.put(Outcomes::new(key));
        }
        self.outcomes.change(key).expect("it was put just now").replace(&before, &after);
    }
}

fn partition(part: Part) -> i16 {
    match part {
        Part::Facts(partition) => i16::from(partition.number()),
        Part::Identity => -1, // No fact comes from there.
    }
}

impl Rows for ProgressRows {
    const KEYLESS: &'static [&'static str] = &[];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.attempts.load(db).await?;
        self.standings.load(db).await?;
        self.days.load(db).await?;
        self.outcomes.load(db).await
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.attempts.upsert(db).await?;
        self.standings.upsert(db).await?;
        self.days.upsert(db).await?;
        self.outcomes.upsert(db).await
    }

    fn start_empty(&mut self) {
        self.attempts.start_empty();
        self.standings.start_empty();
        self.days.start_empty();
        self.outcomes.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.attempts.spill(db).await?;
        self.standings.spill(db).await?;
        self.days.spill(db).await?;
        self.outcomes.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.attempts.flush(db).await?;
        self.standings.flush(db).await?;
        self.days.flush(db).await?;
        self.outcomes.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.attempts.settle(db).await?;
        self.standings.settle(db).await?;
        self.days.settle(db).await?;
        self.outcomes.settle(db).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::achievement::RULES;

    /// Achievements are computed from the rules, so other rules are another version: else those who earned a new one long
    /// ago would not have it.
    #[test]
    fn the_rules_are_those_of_this_version() {
        let rules =
            RULES.iter().map(|rule| format!("{} {} {}\n", rule.id, rule.metric.name(), rule.threshold));
        let digest = events::package::digest(rules.collect::<String>().as_bytes());
        let known = (2, "0e9e028dc182a1d141793cf0cc9c2726afd0796434babae065a24e470609c2ef");
        assert_eq!((Progress::VERSION, digest.as_str()), known, "raise VERSION (and give it a migration)");
    }
}
