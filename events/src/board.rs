//! Leaderboards, as far as who writes them (projectors) and who reads them (query-api) must agree: scopes, windows,
//! the packed score, and the names of the Redis keys.

use crate::ids::{ExerciseId, derive};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use uuid::Uuid;

/// Whom or what a board is about. Text form: `global`, `exercise:<id>`, `category:<name>`, `language:<name>`,
/// `cohort:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", try_from = "String")]
pub enum Scope {
    Global,
    Exercise(ExerciseId),
    Category(String),
    Language(String),
    Cohort(Uuid),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Global => f.write_str("global"),
            Scope::Exercise(id) => write!(f, "exercise:{id}"),
            Scope::Category(name) => write!(f, "category:{name}"),
            Scope::Language(name) => write!(f, "language:{name}"),
            Scope::Cohort(id) => write!(f, "cohort:{id}"),
        }
    }
}

/// The text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a board's scope: {0:?}")]
pub struct ScopeError(String);

impl FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ScopeError(text.to_owned());
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "global" if name.is_empty() => Ok(Scope::Global),
            "exercise" => name.parse().map(Scope::Exercise).map_err(|_| refuse()),
            "category" => Ok(Scope::Category(name.to_owned())),
            "language" => Ok(Scope::Language(name.to_owned())),
            "cohort" => name.parse().map(Scope::Cohort).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl Scope {
    /// The key of the facts about this scope's boards ([`crate::freeze`]).
    pub fn key(&self) -> Uuid {
        derive("board", &[&self.to_string()])
    }

    /// Whether its boards order equal points by CPU time, and not by when they were reached: those of exercises do.
    pub fn is_by_cpu(&self) -> bool {
        matches!(self, Scope::Exercise(_))
    }
}

/// A span of time a board sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    All,
    /// UTC day.
    Day,
    /// ISO week, Monday to Sunday, UTC.
    Week,
    /// UTC month.
    Month,
}

impl Window {
    pub const ALL: [Window; 4] = [Window::All, Window::Day, Window::Week, Window::Month];

    pub fn name(self) -> &'static str {
        match self {
            Window::All => "all",
            Window::Day => "day",
            Window::Week => "week",
            Window::Month => "month",
        }
    }

    /// The window's name with its date, for the instant `at`: `all`, `day-2026-11-21`, `week-2026-47`,
    /// `month-2026-11`.
    pub fn at(self, at: DateTime<Utc>) -> String {
        match self {
            Window::All => "all".to_owned(),
            Window::Day => at.format("day-%Y-%m-%d").to_string(),
            Window::Week => {
                let week = at.iso_week();
                format!("week-{:04}-{:02}", week.year(), week.week())
            }
            Window::Month => at.format("month-%Y-%m").to_string(),
        }
    }

    /// When the window that holds `at` begins and ends; `None`: it has no bounds.
    pub fn span(self, at: DateTime<Utc>) -> Option<Range<DateTime<Utc>>> {
        let day = at.date_naive();
        let (first, end) = match self {
            Window::All => return None,
            Window::Day => (day, day.checked_add_days(Days::new(1))?),
            Window::Week => {
                let monday = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?;
                (monday, monday.checked_add_days(Days::new(7))?)
            }
            Window::Month => {
                let first = day.with_day(1)?;
                (first, first.checked_add_months(Months::new(1))?)
            }
        };
        let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|time| time.and_utc());
        Some(midnight(first)?..midnight(end)?)
    }
}

impl FromStr for Window {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Window::ALL.into_iter().find(|window| window.name() == text).ok_or(())
    }
}

/// Days that Redis keeps a board after its window has ended. Later readers find it in PostgreSQL.
pub const KEPT_DAYS: i64 = 7;

/// 2020-01-01T00:00:00Z, the instant from which seconds in scores count.
pub const EPOCH_SECONDS: i64 = 1_577_836_800;
/// The low bits of a score.
const TIME_BITS: u32 = 31;
const TIME_MAX: i64 = (1 << TIME_BITS) - 1;
/// The most points a score can hold (22 bits, so that a score stays below 2^53 and a double holds it exactly).
pub const POINTS_MAX: i64 = (1 << 22) - 1;

/// Points above [`POINTS_MAX`], or below 0, or a time outside 2020-01-01 to 2088-01-19.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{points} points reached at {reached_at} do not fit a board score")]
pub struct ScoreError {
    pub points: i64,
    pub reached_at: DateTime<Utc>,
}

/// What each of a learner's submissions at one exercise earns: by how much it is above all earlier ones. `points` are those
/// of the judgements with effect, in order of acceptance.
pub fn steps(points: impl IntoIterator<Item = i32>) -> Vec<i32> {
    let step = |top: &mut i32, points: i32| {
        let step = (points - *top).max(0);
        *top += step;
        Some(step)
    };
    points.into_iter().scan(0, step).collect()
}

/// points × 2^31 + (2^31 − 1 − seconds since 2020-01-01): more points first, then who reached them earlier.
pub fn score(points: i64, reached_at: DateTime<Utc>) -> Result<i64, ScoreError> {
    pack(points, reached_at.timestamp() - EPOCH_SECONDS).ok_or(ScoreError { points, reached_at })
}

/// The same on the board of an exercise: points × 2^31 + (2^31 − 1 − CPU milliseconds): more points first, then who needed
/// less CPU time for them. `None`: more points or milliseconds than fit.
pub fn score_by_cpu(points: i64, cpu_ms: i64) -> Option<i64> {
    pack(points, cpu_ms)
}

fn pack(points: i64, tie: i64) -> Option<i64> {
    let fits = (0..=POINTS_MAX).contains(&points) && (0..=TIME_MAX).contains(&tie);
    fits.then(|| (points << TIME_BITS) + (TIME_MAX - tie))
}

/// The CPU milliseconds in a score of an exercise's board.
pub fn cpu_ms_of(score: i64) -> i64 {
    TIME_MAX - (score & TIME_MAX)
}

/// The points in a score.
pub fn points_of(score: i64) -> i64 {
    score >> TIME_BITS
}

/// When the points of a score were reached, to the second.
pub fn reached_at_of(score: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(EPOCH_SECONDS + TIME_MAX - (score & TIME_MAX), 0)
}

/// The sorted set of one board: member = learner id, score as packed by [`score`].
pub fn sorted_set_key(shard: u32, generation: u32, scope: &Scope, window_at: &str) -> String {
    format!("lb:{{{shard}}}:{generation}:{scope}:{window_at}")
}

/// The hash that holds, per partition, the `no` of the last ledger row that is in the shard's boards and the FACTS
/// sequence they stand at: fields `<partition>.no`, `<partition>.seq`.
pub fn checkpoint_key(shard: u32, generation: u32) -> String {
    format!("lb:{{{shard}}}:{generation}:checkpoint")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn more_points_win_then_the_earlier() {
        let early = at("2026-11-21T10:00:00Z");
        let late = at("2026-11-21T10:00:01Z");
        let scores = [score(30, late), score(20, early), score(20, late)].map(|s| s.expect("fits"));
        assert!(scores[0] > scores[1] && scores[1] > scores[2]);
        assert_eq!(points_of(scores[1]), 20);
        assert_eq!(reached_at_of(scores[1]), Some(early));
    }

    #[test]
    fn a_score_is_exact_as_a_double() {
        let largest = score(POINTS_MAX, at("2020-01-01T00:00:00Z")).expect("fits");
        assert!(largest < 1 << 53);
        assert!(score(POINTS_MAX + 1, at("2026-01-01T00:00:00Z")).is_err());
        assert!(score(1, at("2019-12-31T23:59:59Z")).is_err());
    }

    #[test]
    fn on_an_exercise_less_cpu_time_wins_among_equal_points() {
        let scores = [(30, 90), (20, 5), (20, 6)].map(|(points, ms)| score_by_cpu(points, ms).expect("fits"));
        assert!(scores[0] > scores[1] && scores[1] > scores[2]);
        assert_eq!((points_of(scores[2]), cpu_ms_of(scores[2])), (20, 6));
        assert_eq!(score_by_cpu(1, i64::from(u32::MAX)), None);
    }

    #[test]
    fn a_window_spans_the_instants_that_share_its_name() {
        for at in ["2027-01-01T00:00:00Z", "2026-12-31T23:59:59.999Z", "2024-02-29T12:00:00Z"].map(at) {
            for window in [Window::Day, Window::Week, Window::Month] {
                let span = window.span(at).expect("bounds");
                assert!(span.contains(&at));
                let just_before_end = span.end - chrono::TimeDelta::milliseconds(1);
                assert_eq!(
                    [span.start, just_before_end].map(|at| window.at(at)),
                    [window.at(at), window.at(at)]
                );
                assert_ne!(window.at(span.end), window.at(at));
            }
        }
        assert_eq!(Window::All.span(at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn the_iso_week_has_its_own_year() {
        assert_eq!(Window::Week.at(at("2027-01-01T00:00:00Z")), "week-2026-53");
        assert_eq!(Window::Day.at(at("2027-01-01T00:00:00Z")), "day-2027-01-01");
    }
}
