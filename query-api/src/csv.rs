//! Tables as CSV (RFC 4180) for those who ask with `?format=csv`: spreadsheets open them as they are.

use crate::error::QueryError;
use crate::positions::with_position;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use events::Position;

/// Of a page that is not the last: what its JSON says as `next_cursor`.
const LAUREL_NEXT_CURSOR: HeaderName = HeaderName::from_static("laurel-next-cursor");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

/// `?format=`: `json`, which is the default, or `csv`.
pub fn format(given: Option<&str>) -> Result<Format, QueryError> {
    match given {
        None | Some("json") => Ok(Format::Json),
        Some("csv") => Ok(Format::Csv),
        Some(_) => Err(QueryError::invalid("format", "format_invalid", "One of json, csv is expected.")),
    }
}

/// What stands in one place of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Number(i64),
    Empty,
}

impl Cell {
    /// What spreadsheets would take for a formula gets an apostrophe before it, so that nobody's handle is run.
    fn written(self) -> String {
        match self {
            Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Cell::Text(text) => text,
            Cell::Number(number) => number.to_string(),
            Cell::Empty => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Cell::Number(number.into())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Number(number)
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(time: DateTime<Utc>) -> Self {
        Cell::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Cell::Text(day.to_string())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// A table as an answer, all rows as long as its header. `name` is what a browser saves it as, without the ending.
pub fn answer<'a>(
    position: &Position,
    name: &str,
    header: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = Cell>>,
    next_cursor: Option<&str>,
) -> Response {
    let mut response = table(header, rows).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\""));
    headers.extend(disposition.map(|value| (CONTENT_DISPOSITION, value)));
    headers.extend(
        next_cursor.and_then(|cursor| Some((LAUREL_NEXT_CURSOR, HeaderValue::from_str(cursor).ok()?))),
    );
    with_position(position, response)
}

fn table<'a>(
    header: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = Cell>>,
) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    let written = "rows of one length go into memory";
    writer.write_record(header).expect(written);
    for row in rows {
        writer.write_record(row.into_iter().map(Cell::written)).expect(written);
    }
    writer.into_inner().expect(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_quoted_and_runs_no_formula() {
        let rows = [
            [Cell::from("=HYPERLINK(\"x\")"), Cell::from(-5)],
            [Cell::from("a, \"b\"\r\nc"), Cell::Empty],
            [Cell::from("@sum"), Cell::from(7_i64)],
        ];
        let expected =
            "name,points\r\n\"'=HYPERLINK(\"\"x\"\")\",-5\r\n\"a, \"\"b\"\"\r\nc\",\r\n'@sum,7\r\n";
        assert_eq!(String::from_utf8_lossy(&table(["name", "points"], rows)), expected);
    }

    #[test]
    fn other_formats_are_refused() {
        assert_eq!(format(None).ok(), Some(Format::Json));
        assert_eq!(format(Some("csv")).ok(), Some(Format::Csv));
        assert!(format(Some("xlsx")).is_err());
    }
}
