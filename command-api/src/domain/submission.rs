//! Submissions: whether one may be handed in, and how many of a learner's are not judged yet.

use chrono::{DateTime, TimeDelta, Utc};
use events::exercise::{Exercise, Status};
use events::{JudgementId, SubmissionId};

/// Bytes of source in UTF-8.
pub const SOURCE_BYTES_MAX: usize = 64 * 1_024;
/// How long an append of which nobody knows the outcome counts as unjudged. Longer than any append takes; if it was
/// stored after all, following the log counts it.
const RESERVED_FOR: TimeDelta = TimeDelta::minutes(2);

/// Why a submission was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("There is no such exercise.")]
    ExerciseUnknown,
    #[error("This exercise is not published yet.")]
    ExerciseNotPublished,
    #[error("This exercise is archived and takes no more submissions.")]
    ExerciseArchived,
    #[error("This exercise is not offered in this language.")]
    LanguageNotOffered,
    #[error("There is no source.")]
    SourceEmpty,
    #[error("Source has at most 65,536 bytes in UTF-8.")]
    SourceTooLarge,
    #[error("Input has at most 65,536 bytes in UTF-8.")]
    InputTooLarge,
    #[error("Earlier submissions of yours are still waiting for their verdicts.")]
    TooManyPending,
}

/// Checks one submission against its exercise.
pub fn decide_submit<'a>(
    exercise: Option<&'a Exercise>,
    language: &str,
    source: &str,
) -> Result<&'a Exercise, Rejection> {
    let exercise = exercise.ok_or(Rejection::ExerciseUnknown)?;
    match exercise.status {
        Status::Published => {}
        Status::Draft => return Err(Rejection::ExerciseNotPublished),
        Status::Archived => return Err(Rejection::ExerciseArchived),
    }
    if !exercise.languages.contains(language) {
        return Err(Rejection::LanguageNotOffered);
    }
    if source.len() > SOURCE_BYTES_MAX {
        return Err(Rejection::SourceTooLarge);
    }
    if source.trim().is_empty() {
        return Err(Rejection::SourceEmpty);
    }
    Ok(exercise)
}

/// One learner's submissions that have no verdict yet: those the log has, and those on their way into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unjudged(Vec<(SubmissionId, Stage)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Being appended by this process since then.
    Reserved { since: DateTime<Utc> },
    /// Known to be in the log.
    Received,
}

/// What came of asking for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Taken for this submission; give it back if the submission is not stored.
    Taken,
    /// This very submission has one already: it is being repeated.
    Had,
    /// None is left.
    Full,
}

impl Unjudged {
    /// Asks for a place among the `max` a learner has.
    pub fn reserve(&mut self, submission: SubmissionId, max: usize, now: DateTime<Utc>) -> Place {
        if self.0.iter().any(|(id, _)| *id == submission) {
            return Place::Had;
        }
        if self.0.len() >= max {
            self.0.retain(|(_, stage)| match stage {
                Stage::Reserved { since } => now - since < RESERVED_FOR,
                Stage::Received => true,
            });
        }
        if self.0.len() >= max {
            return Place::Full;
        }
        self.0.push((submission, Stage::Reserved { since: now }));
        Place::Taken
    }

    /// Gives a place back: nothing was stored, or it had been stored (and perhaps judged) before.
    pub fn release(&mut self, submission: SubmissionId) {
        self.0.retain(|(id, stage)| *id != submission || *stage == Stage::Received);
    }

    /// The log has it: our own append was acknowledged, and it is still not judged as far as this process knows.
    pub fn stored(&mut self, submission: SubmissionId) {
        if let Some((_, stage)) = self.0.iter_mut().find(|(id, _)| *id == submission) {
            *stage = Stage::Received;
        }
    }

    /// The log has it, read by following.
    pub fn received(&mut self, submission: SubmissionId) {
        match self.0.iter_mut().find(|(id, _)| *id == submission) {
            Some((_, stage)) => *stage = Stage::Received,
            None => self.0.push((submission, Stage::Received)),
        }
    }

    /// A judgement nobody waits for (a repeated or a later one) changes nothing.
    pub fn judged(&mut self, judgement: JudgementId) {
        self.0.retain(|(id, _)| JudgementId::first(*id) != judgement);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::exercise::{Difficulty, Limits};
    use events::{ExerciseId, LearnerId};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn exercise(status: Status) -> Exercise {
        Exercise {
            exercise_id: ExerciseId::of_slug("sum-of-two"),
            slug: "sum-of-two".to_owned(),
            revision: 1,
            status,
            title: String::new(),
            statement: String::new(),
            category: "basics".to_owned(),
            difficulty: Difficulty::Easy,
            points: 10,
            languages: BTreeSet::from(["python".to_owned()]),
            limits: Limits::default(),
            samples: vec![],
            package_digest: String::new(),
            author_id: LearnerId(Uuid::nil()),
        }
    }

    #[test]
    fn each_refusal_has_its_own_name() {
        let decide = |status, language, source: &str| {
            decide_submit(Some(&exercise(status)), language, source).map(|_| ())
        };
        assert_eq!(decide(Status::Published, "python", "print(1)"), Ok(()));
        assert_eq!(decide(Status::Draft, "python", "x"), Err(Rejection::ExerciseNotPublished));
        assert_eq!(decide(Status::Archived, "python", "x"), Err(Rejection::ExerciseArchived));
        assert_eq!(decide(Status::Published, "cobol", "x"), Err(Rejection::LanguageNotOffered));
        assert_eq!(decide(Status::Published, "python", " \n"), Err(Rejection::SourceEmpty));
        let long = "x".repeat(SOURCE_BYTES_MAX + 1);
        assert_eq!(decide(Status::Published, "python", &long), Err(Rejection::SourceTooLarge));
        assert_eq!(decide_submit(None, "python", "x"), Err(Rejection::ExerciseUnknown));
    }

    fn id(number: u128) -> SubmissionId {
        SubmissionId(Uuid::from_u128(number))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    #[test]
    fn the_fourth_unjudged_is_refused_until_one_is_judged() {
        let mut unjudged = Unjudged::default();
        unjudged.received(id(1));
        assert_eq!(unjudged.reserve(id(2), 3, at(0)), Place::Taken);
        assert_eq!(unjudged.reserve(id(3), 3, at(0)), Place::Taken);
        assert_eq!(unjudged.reserve(id(4), 3, at(0)), Place::Full);
        assert_eq!(unjudged.reserve(id(3), 3, at(0)), Place::Had);
        unjudged.judged(JudgementId::first(id(1)));
        assert_eq!(unjudged.reserve(id(4), 3, at(0)), Place::Taken);
    }

    #[test]
    fn a_place_given_back_is_free_but_one_in_the_log_is_not_given_back() {
        let mut unjudged = Unjudged::default();
        unjudged.reserve(id(1), 1, at(0));
        unjudged.release(id(1));
        assert_eq!(unjudged.reserve(id(2), 1, at(0)), Place::Taken);
        unjudged.received(id(2));
        unjudged.release(id(2));
        assert_eq!(unjudged.reserve(id(3), 1, at(0)), Place::Full);
    }

    #[test]
    fn a_verdict_that_overtakes_the_acknowledgement_is_not_forgotten() {
        let mut unjudged = Unjudged::default();
        unjudged.reserve(id(1), 1, at(0));
        unjudged.received(id(1));
        unjudged.judged(JudgementId::first(id(1)));
        unjudged.stored(id(1));
        assert!(unjudged.is_empty());
    }

    #[test]
    fn an_append_nobody_knows_about_does_not_count_for_ever() {
        let mut unjudged = Unjudged::default();
        unjudged.reserve(id(1), 1, at(0));
        assert_eq!(unjudged.reserve(id(2), 1, at(119)), Place::Full);
        assert_eq!(unjudged.reserve(id(2), 1, at(120)), Place::Taken);
        unjudged.stored(id(2));
        assert_eq!(unjudged.reserve(id(3), 1, at(1_000)), Place::Full);
    }
}
