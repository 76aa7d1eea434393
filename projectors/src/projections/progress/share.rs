//! What the attempts of one learner at one exercise come to, for the sums. Pure.

use super::attempts::Attempt;
use chrono::{DateTime, Utc};
use events::achievement::{CHALLENGE_POINTS, COMEBACK_FAILURES, TRANSLATION_LANGUAGES};
use events::judgement::Verdict;
use std::collections::BTreeSet;

const SECONDS_OF_DAY: i64 = 86_400;
/// Above this every time to solve is in the last class: 2^26 seconds are two years.
const CLASS_MAX: i32 = 4 * 26;

/// The UTC day, counted from 1970-01-01.
pub fn day(time: DateTime<Utc>) -> i32 {
    i32::try_from(time.timestamp().div_euclid(SECONDS_OF_DAY)).expect("a time in the calendar")
}

/// The class of a time to solve, for medians over many learners: 0 for no time at all, else four classes for each doubling
/// of the seconds. `query-api` knows them too.
fn class(seconds: i64) -> i32 {
    let seconds = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
    if seconds == 0 {
        return 0;
    }
    // Whole numbers, so that every machine sees the same class: 4·log2(s) = log2(s⁴).
    let power = u128::from(seconds).pow(4).ilog2();
    (1 + i32::try_from(power).expect("at most 128")).min(CLASS_MAX)
}

#[derive(Debug, Clone, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // Each is counted by itself.
pub struct Share {
    pub category: String,
    /// Attempts with a verdict, and how many of them were accepted.
    pub judged: i32,
    pub accepted: i32,
    /// The best attempt's.
    pub points: i32,
    pub solved: bool,
    /// From the first attempt to the one that solved it: a [`class`].
    pub solved_in: Option<i32>,
    /// Judged attempts before the one that solved it; all of them while none did.
    pub failures: i32,
    pub first_try: bool,
    pub comeback: bool,
    pub improvement: bool,
    pub challenge: bool,
    pub translation: bool,
    /// In which it is solved.
    pub languages: BTreeSet<String>,
    /// Days with an accepted attempt.
    pub active_days: BTreeSet<i32>,
}

impl Share {
    /// `attempts` in order of acceptance.
    pub fn of(category: &str, attempts: &[Attempt]) -> Self {
        let counted = || attempts.iter().filter(|attempt| attempt.verdict() != Some(Verdict::JudgeError));
        let judged = || counted().filter(|attempt| attempt.result.is_some());
        let accepted = || judged().filter(|attempt| attempt.is_accepted());
        let solving = judged().position(Attempt::is_accepted);
        let time_to_solve =
            accepted().next().zip(judged().next()).map(|(last, first)| last.received_at - first.received_at);
        // What depends on all attempts before waits until they have their verdicts: else it would be given away by a quick
        // judge that a slow one would have kept.
        let settled = || counted().take_while(|attempt| attempt.result.is_some());
        let settled_solving = settled().position(Attempt::is_accepted);
        let languages: BTreeSet<String> = accepted().map(|attempt| attempt.language.clone()).collect();
        Self {
            category: category.to_owned(),
            judged: count(judged().count()),
            accepted: count(accepted().count()),
            points: judged().map(Attempt::points).max().unwrap_or_default().max(0),
            solved: solving.is_some(),
            solved_in: time_to_solve.map(|time| class(time.num_seconds())),
            failures: count(solving.unwrap_or_else(|| judged().count())),
            first_try: settled_solving == Some(0),
            comeback: settled_solving.is_some_and(|failures| failures >= COMEBACK_FAILURES),
            improvement: improved(settled()),
            challenge: accepted().any(|attempt| attempt.points_max >= CHALLENGE_POINTS),
            translation: languages.len() >= TRANSLATION_LANGUAGES,
            languages,
            active_days: accepted().map(|attempt| day(attempt.received_at)).collect(),
        }
    }
}

/// Whether one is worth more than all before it, of which one was worth something.
fn improved<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> bool {
    let mut best = 0;
    for points in attempts.map(Attempt::points) {
        if best > 0 && points > best {
            return true;
        }
        best = best.max(points);
    }
    false
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::attempts::Outcome;
    use super::*;
    use chrono::TimeDelta;
    use testkit::build;
    use uuid::Uuid;

    /// (verdict, points) each, ten minutes apart.
    fn share(results: &[Option<(Verdict, i32)>]) -> Share {
        let attempt = |(index, result): (usize, &Option<(Verdict, i32)>)| Attempt {
            submission_id: Uuid::from_u128(index as u128),
            received_seq: i64::try_from(index).expect("small"),
            received_at: build::start() + TimeDelta::minutes(10) * i32::try_from(index).expect("small"),
            language: ["python", "rust", "go"][index % 3].to_owned(),
            points_max: 30,
            result: result.map(|(verdict, points)| Outcome { verdict, points, cpu_ms: Some(1) }),
            ordered_seq: 0,
            changed: false,
        };
        Share::of("basics", &results.iter().enumerate().map(attempt).collect::<Vec<_>>())
    }

    const NO: Option<(Verdict, i32)> = Some((Verdict::WrongAnswer, 0));
    const PART: Option<(Verdict, i32)> = Some((Verdict::WrongAnswer, 10));
    const YES: Option<(Verdict, i32)> = Some((Verdict::Accepted, 30));
    const ERROR: Option<(Verdict, i32)> = Some((Verdict::JudgeError, 0));

    #[test]
    fn judge_errors_count_nowhere() {
        assert_eq!(share(&[ERROR]), Share { category: "basics".to_owned(), ..Share::default() });
        let solved = share(&[ERROR, YES, ERROR]);
        assert_eq!((solved.judged, solved.accepted, solved.failures), (1, 1, 0));
        assert!(solved.first_try && solved.challenge && solved.solved_in == Some(0));
    }

    #[test]
    fn what_depends_on_earlier_attempts_waits_for_their_verdicts() {
        assert!(!share(&[None, YES]).first_try);
        assert!(share(&[ERROR, YES]).first_try);
        assert!(!share(&[NO, NO, NO, NO, None, NO, YES]).comeback);
        assert!(share(&[NO, NO, NO, NO, NO, YES]).comeback);
        assert!(!share(&[None, PART, YES]).improvement);
        assert!(share(&[NO, PART, YES]).improvement);
        assert!(!share(&[NO, YES, PART]).improvement);
        assert!(share(&[None, YES]).solved, "this depends on nothing");
    }

    #[test]
    fn failures_are_those_before_the_solving_one() {
        let shares = [share(&[NO, PART]), share(&[NO, NO, YES, NO, YES])];
        assert_eq!(shares.clone().map(|share| share.failures), [2, 2]);
        assert_eq!(shares[1].solved_in, Some(class(1_200)));
        assert_eq!(shares[1].languages.len(), 2);
        assert!(share(&[YES, YES, YES]).translation);
    }

    #[test]
    fn classes_of_time_are_four_for_each_doubling() {
        let found = [0, 1, 2, 3, 4, 60, 3_600, i64::MAX].map(class);
        assert_eq!(found, [0, 1, 5, 7, 9, 24, 48, CLASS_MAX]);
        assert!((1..10_000).all(|seconds| class(seconds) <= class(seconds + 1)));
    }
}
