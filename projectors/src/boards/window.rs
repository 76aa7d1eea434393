//! How long a windowed board is kept in Redis. Later readers find it in PostgreSQL.

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc, Weekday};
use events::board::KEPT_DAYS;

/// When the board of this window goes; `None` for the all-time board.
pub fn expires_at(window_at: &str) -> Option<DateTime<Utc>> {
    let (kind, date) = window_at.split_once('-')?;
    let mut numbers = date.split('-').map(|number| number.parse::<u32>().ok());
    let year = i32::try_from(numbers.next()??).ok()?;
    let second = numbers.next()??;
    let end = match kind {
        "day" => NaiveDate::from_ymd_opt(year, second, numbers.next()??)? + Days::new(1),
        "week" => NaiveDate::from_isoywd_opt(year, second, Weekday::Mon)? + Days::new(7),
        "month" => NaiveDate::from_ymd_opt(year, second, 1)? + Months::new(1),
        _ => return None,
    };
    Some(end.and_hms_opt(0, 0, 0)?.and_utc() + TimeDelta::days(KEPT_DAYS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::board::Window;

    #[test]
    fn a_board_outlives_its_window_by_a_week() {
        let at: DateTime<Utc> = "2026-12-31T23:00:00Z".parse().expect("a time");
        let expiry = |window: Window| expires_at(&window.at(at)).map(|at| at.to_rfc3339());
        assert_eq!(expiry(Window::All), None);
        assert_eq!(expiry(Window::Day).as_deref(), Some("2027-01-08T00:00:00+00:00"));
        assert_eq!(expiry(Window::Week).as_deref(), Some("2027-01-11T00:00:00+00:00"));
        assert_eq!(expiry(Window::Month).as_deref(), Some("2027-01-08T00:00:00+00:00"));
    }
}
