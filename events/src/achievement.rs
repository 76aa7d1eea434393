//! Achievements: the rules, as data. A rule is a figure about one learner and how large it has to become.
//!
//! The figures are computed from facts alone (projection `progress`), so unlocking is too: a learner has an achievement from
//! the fact on that first brought the figure to the threshold. It stays, whatever happens to the figure later: a rejudge set
//! that takes a verdict away corrects points and progress, and takes back nothing that was handed out.
//!
//! **To add a rule**, add a line here and raise the version of `progress`: it is built beside the live one from the first
//! fact on, so everybody who earned the achievement long ago has it at once, dated as if the rule had always been there.

use serde::{Deserialize, Serialize};

/// A figure about one learner. Submissions that ended in a judge error count nowhere; days are days in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Submissions with a verdict.
    Submissions,
    /// Exercises solved.
    Solved,
    /// Points of all time, as on the global board.
    Points,
    /// Exercises solved with the first submission.
    FirstTries,
    /// Exercises solved after at least [`COMEBACK_FAILURES`] submissions that did not.
    Comebacks,
    /// Exercises where a later submission was worth more than one that was worth something.
    Improvements,
    /// Exercises solved that are worth at least [`CHALLENGE_POINTS`].
    Challenges,
    /// Categories in which an exercise was solved.
    Categories,
    /// Languages in which an exercise was solved.
    Languages,
    /// Exercises solved in at least [`TRANSLATION_LANGUAGES`] languages.
    Translations,
    /// Days in a row, at most, with an accepted submission each.
    StreakDays,
    /// Exercises, at most, with an accepted submission on one day.
    DayExercises,
}

pub const COMEBACK_FAILURES: usize = 5;
pub const CHALLENGE_POINTS: i32 = 30;
pub const TRANSLATION_LANGUAGES: usize = 3;

impl Metric {
    pub fn name(self) -> &'static str {
        match self {
            Metric::Submissions => "submissions",
            Metric::Solved => "solved",
            Metric::Points => "points",
            Metric::FirstTries => "first_tries",
            Metric::Comebacks => "comebacks",
            Metric::Improvements => "improvements",
            Metric::Challenges => "challenges",
            Metric::Categories => "categories",
            Metric::Languages => "languages",
            Metric::Translations => "translations",
            Metric::StreakDays => "streak_days",
            Metric::DayExercises => "day_exercises",
        }
    }
}

/// One achievement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Part of URLs and rows: never renamed.
    pub id: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub metric: Metric,
    pub threshold: i64,
}

const fn rule(
    id: &'static str,
    title: &'static str,
    description: &'static str,
    metric: Metric,
    threshold: i64,
) -> Rule {
    Rule { id, title, description, metric, threshold }
}

use Metric as M;

/// Every achievement, in the order in which they are shown.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("first-solve",      "First light",        "Solve an exercise",                                        M::Solved,       1),
    rule("solved-10",        "Warmed up",          "Solve 10 exercises",                                       M::Solved,       10),
    rule("solved-25",        "Regular",            "Solve 25 exercises",                                       M::Solved,       25),
    rule("solved-50",        "Seasoned",           "Solve 50 exercises",                                       M::Solved,       50),
    rule("solved-100",       "Centurion",          "Solve 100 exercises",                                      M::Solved,       100),
    rule("solved-250",       "Encyclopedist",      "Solve 250 exercises",                                      M::Solved,       250),
    rule("points-100",       "Three digits",       "Earn 100 points",                                          M::Points,       100),
    rule("points-500",       "Half a thousand",    "Earn 500 points",                                          M::Points,       500),
    rule("points-1000",      "Four digits",        "Earn 1,000 points",                                        M::Points,       1_000),
    rule("points-5000",      "High score",         "Earn 5,000 points",                                        M::Points,       5_000),
    rule("first-tries-1",    "Right away",         "Solve an exercise with your first submission",             M::FirstTries,   1),
    rule("first-tries-10",   "Measure twice",      "Solve 10 exercises with your first submission",            M::FirstTries,   10),
    rule("first-tries-50",   "Sharpshooter",       "Solve 50 exercises with your first submission",            M::FirstTries,   50),
    rule("comebacks-1",      "Never give up",      "Solve an exercise after five submissions that did not",    M::Comebacks,    1),
    rule("comebacks-10",     "Unbreakable",        "Solve 10 exercises after five submissions each that did not", M::Comebacks, 10),
    rule("improvements-1",   "One more idea",      "Earn more for an exercise that was worth something already", M::Improvements, 1),
    rule("improvements-10",  "Polisher",           "Do so with 10 exercises",                                  M::Improvements, 10),
    rule("challenges-1",     "Challenger",         "Solve an exercise worth at least 30 points",               M::Challenges,   1),
    rule("challenges-10",    "Climber",            "Solve 10 exercises worth at least 30 points",              M::Challenges,   10),
    rule("challenges-25",    "Summiteer",          "Solve 25 exercises worth at least 30 points",              M::Challenges,   25),
    rule("categories-3",     "Curious",            "Solve exercises of 3 categories",                          M::Categories,   3),
    rule("categories-5",     "Well read",          "Solve exercises of 5 categories",                          M::Categories,   5),
    rule("categories-10",    "Renaissance",        "Solve exercises of 10 categories",                         M::Categories,   10),
    rule("languages-2",      "Bilingual",          "Solve exercises in 2 languages",                           M::Languages,    2),
    rule("languages-4",      "Polyglot",           "Solve exercises in 4 languages",                           M::Languages,    4),
    rule("languages-8",      "Babel",              "Solve exercises in 8 languages",                           M::Languages,    8),
    rule("translations-1",   "Rosetta",            "Solve one exercise in 3 languages",                        M::Translations, 1),
    rule("translations-5",   "Interpreter",        "Solve 5 exercises in 3 languages each",                    M::Translations, 5),
    rule("streak-3",         "Three in a row",     "Have a submission accepted on 3 days in a row",            M::StreakDays,   3),
    rule("streak-7",         "A whole week",       "Have a submission accepted on 7 days in a row",            M::StreakDays,   7),
    rule("streak-30",        "A whole month",      "Have a submission accepted on 30 days in a row",           M::StreakDays,   30),
    rule("streak-100",       "A hundred days",     "Have a submission accepted on 100 days in a row",          M::StreakDays,   100),
    rule("day-3",            "A good day",         "Have submissions to 3 exercises accepted on one day",      M::DayExercises, 3),
    rule("day-10",           "Marathon",           "Have submissions to 10 exercises accepted on one day",     M::DayExercises, 10),
    rule("submissions-100",  "Industrious",        "Have 100 submissions judged",                              M::Submissions,  100),
    rule("submissions-1000", "Tireless",           "Have 1,000 submissions judged",                            M::Submissions,  1_000),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_one_and_can_be_missed() {
        assert!(RULES.len() >= 20);
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        let goals: BTreeSet<(&str, i64)> =
            RULES.iter().map(|rule| (rule.metric.name(), rule.threshold)).collect();
        assert_eq!((ids.len(), goals.len()), (RULES.len(), RULES.len()));
        // Nobody has one for nothing.
        assert!(RULES.iter().all(|rule| rule.threshold > 0));
    }
}
