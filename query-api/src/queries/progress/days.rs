//! Days of a learner, in whatever time zone: calendar, points over time, streaks. Pure, and computed from the moments
//! themselves, so that every zone's days are exact.

use crate::error::QueryError;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// `?tz=`: a name of the IANA time zone database; UTC if absent.
pub fn zone(given: Option<&str>) -> Result<Tz, QueryError> {
    given.map_or(Ok(Tz::UTC), str::parse).map_err(|_| {
        QueryError::invalid(
            "tz",
            "tz_invalid",
            "A name of the IANA time zone database is expected, as Europe/Berlin.",
        )
    })
}

/// `?from=`, `?until=`: a day.
pub fn day(field: &'static str, given: Option<&str>) -> Result<Option<NaiveDate>, QueryError> {
    let Some(text) = given else { return Ok(None) };
    let day = text.parse().ok().filter(|day: &NaiveDate| (1970..=9999).contains(&day.year()));
    day.map(Some).ok_or_else(|| {
        QueryError::invalid(field, "day_invalid", "A day as 2026-11-21 is expected, from 1970 to 9999.")
    })
}

/// An attempt with a verdict, in order of acceptance.
#[derive(Debug, Clone)]
pub struct Judged {
    pub exercise_id: Uuid,
    pub at: DateTime<Utc>,
    pub accepted: bool,
    pub points: i32,
}

/// What happened on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayFigures {
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    pub day: NaiveDate,
    /// With a verdict by now.
    pub submissions: i32,
    pub accepted: i32,
    /// Exercises solved for the first time.
    pub solved: i32,
    /// Earned on this day.
    pub points: i64,
    /// Of all time, at the end of this day.
    pub points_total: i64,
}

/// The days on which anything was submitted, the oldest first.
pub fn days(attempts: &[Judged], zone: Tz) -> Vec<DayFigures> {
    let mut days: BTreeMap<NaiveDate, DayFigures> = BTreeMap::new();
    let mut best: BTreeMap<Uuid, i32> = BTreeMap::new();
    let mut solved: BTreeSet<Uuid> = BTreeSet::new();
    for attempt in attempts {
        let day = attempt.at.with_timezone(&zone).date_naive();
        let empty = DayFigures { day, submissions: 0, accepted: 0, solved: 0, points: 0, points_total: 0 };
        let figures = days.entry(day).or_insert(empty);
        figures.submissions += 1;
        figures.accepted += i32::from(attempt.accepted);
        figures.solved += i32::from(attempt.accepted && solved.insert(attempt.exercise_id));
        // The staircase of points: what is above all before.
        let best = best.entry(attempt.exercise_id).or_default();
        figures.points += i64::from((attempt.points - *best).max(0));
        *best = attempt.points.max(*best);
    }
    let mut total = 0;
    for day in days.values_mut() {
        total += day.points;
        day.points_total = total;
    }
    days.into_values().collect()
}

/// Days in a row with an accepted submission each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Streaks {
    /// Up to today, or up to yesterday as long as today may still add to it.
    pub current_days: u32,
    pub longest_days: u32,
    /// The last such day.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-21")]
    pub last_day: Option<NaiveDate>,
}

pub fn streaks(days: &[DayFigures], today: NaiveDate) -> Streaks {
    let (mut streaks, mut length) = (Streaks { current_days: 0, longest_days: 0, last_day: None }, 0);
    for day in days.iter().filter(|day| day.accepted > 0).map(|day| day.day) {
        let follows = streaks.last_day.and_then(|last| last.checked_add_days(Days::new(1))) == Some(day);
        length = if follows { length + 1 } else { 1 };
        streaks.longest_days = streaks.longest_days.max(length);
        streaks.last_day = Some(day);
    }
    // A clock that is behind does not end a streak.
    let is_current = streaks
        .last_day
        .and_then(|last| last.checked_add_days(Days::new(1)))
        .is_some_and(|next| next >= today);
    streaks.current_days = if is_current { length } else { 0 };
    streaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn judged(exercise: u128, at: &str, points: i32) -> Judged {
        let at = at.parse().expect("a time");
        Judged { exercise_id: Uuid::from_u128(exercise), at, accepted: points == 10, points }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_late_evening_is_another_day_elsewhere() {
        // Half past eleven in the evening of the 20th in UTC, the 21st in Berlin, the 20th in New York.
        let attempts = [judged(1, "2026-11-20T23:30:00Z", 10), judged(2, "2026-11-21T12:00:00Z", 10)];
        let in_zone = |name: &str| {
            let days = days(&attempts, name.parse().expect("a zone"));
            let streaks = streaks(&days, date("2026-11-21"));
            (days.iter().map(|day| day.day.to_string()).collect::<Vec<_>>(), streaks.current_days)
        };
        assert_eq!(in_zone("UTC"), (vec!["2026-11-20".to_owned(), "2026-11-21".to_owned()], 2));
        assert_eq!(in_zone("Europe/Berlin"), (vec!["2026-11-21".to_owned()], 1));
        assert_eq!(in_zone("America/New_York").1, 2);
        assert_eq!(in_zone("Asia/Kathmandu"), (vec!["2026-11-21".to_owned()], 1));
    }

    #[test]
    fn a_day_of_25_hours_is_one_day() {
        // In Berlin clocks went back on 2026-10-25; the day began at 22:00 and ended at 23:00 UTC.
        let attempts = ["2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"]
            .map(|at| judged(1, at, 10));
        let days = days(&attempts, Tz::Europe__Berlin);
        assert_eq!(days.iter().map(|day| day.submissions).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn points_are_a_staircase_and_solved_counts_once() {
        let attempts = [
            judged(1, "2026-11-20T10:00:00Z", 4),
            judged(1, "2026-11-20T11:00:00Z", 2),
            judged(1, "2026-11-21T10:00:00Z", 10),
            judged(1, "2026-11-21T11:00:00Z", 10),
        ];
        let days = days(&attempts, Tz::UTC);
        let figures: Vec<_> =
            days.iter().map(|day| (day.accepted, day.solved, day.points, day.points_total)).collect();
        assert_eq!(figures, [(0, 0, 4, 4), (2, 1, 6, 10)]);
    }

    #[test]
    fn a_streak_lasts_until_a_day_is_over() {
        let attempts =
            ["2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z", "2026-11-06T10:00:00Z"]
                .map(|at| judged(1, at, 10));
        let days = days(&attempts, Tz::UTC);
        let on = |today| {
            let streaks = streaks(&days, date(today));
            (streaks.current_days, streaks.longest_days)
        };
        assert_eq!(on("2026-11-06"), (1, 3));
        assert_eq!(on("2026-11-07"), (1, 3), "today is not over");
        assert_eq!(on("2026-11-08"), (0, 3));
        assert_eq!(
            streaks(&[], date("2026-11-06")),
            Streaks { current_days: 0, longest_days: 0, last_day: None }
        );
        assert!(zone(Some("Mars/Olympus")).is_err() && zone(None).is_ok());
    }

    proptest! {
        /// Against the obvious way: every calendar day is looked at by itself.
        #[test]
        fn streaks_are_what_counting_day_by_day_gives(
            hours in prop::collection::btree_set(0..24 * 40_i64, 0..30), today in 0..45_u64,
        ) {
            let start: DateTime<Utc> = "2026-10-01T00:00:00Z".parse().expect("a time");
            let zone = Tz::Pacific__Auckland;
            let attempts: Vec<Judged> = hours
                .iter()
                .map(|hour| Judged { exercise_id: Uuid::nil(), at: start + TimeDelta::hours(*hour), accepted: true, points: 1 })
                .collect();
            let today = date("2026-10-01").checked_add_days(Days::new(today)).expect("a day");
            // Only what was before tomorrow, as it is in life.
            let attempts: Vec<Judged> = attempts
                .into_iter()
                .filter(|attempt| attempt.at.with_timezone(&zone).date_naive() <= today)
                .collect();
            let active: BTreeSet<NaiveDate> =
                attempts.iter().map(|attempt| attempt.at.with_timezone(&zone).date_naive()).collect();
            let run_to = |last: NaiveDate| {
                std::iter::successors(Some(last), NaiveDate::pred_opt).take_while(|day| active.contains(day)).count()
            };
            let yesterday = today.pred_opt().expect("a day");
            let expected_current = if active.contains(&today) { run_to(today) } else { run_to(yesterday) };
            let expected_longest = active.iter().map(|day| run_to(*day)).max().unwrap_or_default();
            let found = streaks(&days(&attempts, zone), today);
            prop_assert_eq!(usize::try_from(found.current_days).expect("small"), expected_current);
            prop_assert_eq!(usize::try_from(found.longest_days).expect("small"), expected_longest);
        }
    }
}
