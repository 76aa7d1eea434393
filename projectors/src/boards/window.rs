//! What a window's name says, and how long its board is kept in Redis. Later readers find it in PostgreSQL.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use events::board::{KEPT_DAYS, Window};
use std::ops::Range;

/// When the board of this window goes; `None` for the all-time board.
pub fn expires_at(window_at: &str) -> Option<DateTime<Utc>> {
    Some(span(window_at)?.end + TimeDelta::days(KEPT_DAYS))
}

/// When a window begins and ends, by its name with the date; `None` for all time.
pub fn span(window_at: &str) -> Option<Range<DateTime<Utc>>> {
    let (kind, date) = window_at.split_once('-')?;
    let mut numbers = date.split('-').map(|number| number.parse::<u32>().ok());
    let year = i32::try_from(numbers.next()??).ok()?;
    let second = numbers.next()??;
    let (window, first) = match kind {
        "day" => (Window::Day, NaiveDate::from_ymd_opt(year, second, numbers.next()??)?),
        "week" => (Window::Week, NaiveDate::from_isoywd_opt(year, second, Weekday::Mon)?),
        "month" => (Window::Month, NaiveDate::from_ymd_opt(year, second, 1)?),
        _ => return None,
    };
    window.span(first.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_outlives_its_window_by_a_week() {
        let at: DateTime<Utc> = "2026-12-31T23:00:00Z".parse().expect("a time");
        let expiry = |window: Window| expires_at(&window.at(at)).map(|at| at.to_rfc3339());
        assert_eq!(expiry(Window::All), None);
        assert_eq!(expiry(Window::Day).as_deref(), Some("2027-01-08T00:00:00+00:00"));
        assert_eq!(expiry(Window::Week).as_deref(), Some("2027-01-11T00:00:00+00:00"));
        assert_eq!(expiry(Window::Month).as_deref(), Some("2027-01-08T00:00:00+00:00"));
        for window in Window::ALL {
            assert_eq!(span(&window.at(at)), window.span(at));
        }
    }
}
