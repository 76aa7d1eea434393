//! Parameters of requests: whatever is wrong with one is answered as a problem that names it.

use crate::error::QueryError;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use chassis::problem::Problem;
use serde::de::DeserializeOwned;

/// The most entries one page has.
pub const LIMIT_MAX: usize = 200;

/// The query string.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Self(params)).map_err(|error| {
            QueryError::invalid("query", "query_invalid", format!("The query string is not usable: {error}."))
                .into()
        })
    }
}

/// What stands in the path.
#[derive(Debug)]
pub struct Segments<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state).await.map(|Path(segments)| Self(segments)).map_err(|_| {
            QueryError::invalid("path", "path_invalid", "The path is not percent-encoded UTF-8.").into()
        })
    }
}

/// `?limit=`, or the default.
pub fn limit(given: Option<&str>, default: usize) -> Result<usize, QueryError> {
    bounded("limit", "limit_invalid", given, default, 1..=LIMIT_MAX)
}

/// A number within bounds, or the default.
pub fn bounded(
    field: &'static str,
    code: &'static str,
    given: Option<&str>,
    default: usize,
    bounds: std::ops::RangeInclusive<usize>,
) -> Result<usize, QueryError> {
    let Some(text) = given else { return Ok(default) };
    text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
        let expected = format!("A whole number from {} to {} is expected.", bounds.start(), bounds.end());
        QueryError::invalid(field, code, expected)
    })
}

/// A short text as it may go to Postgres, which has no NUL.
pub fn text<'a>(
    field: &'static str,
    code: &'static str,
    given: Option<&'a str>,
    chars_max: usize,
) -> Result<Option<&'a str>, QueryError> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.contains('\0') || text.chars().count() > chars_max {
        let expected = format!("At most {chars_max} characters are expected, none of them NUL.");
        return Err(QueryError::invalid(field, code, expected));
    }
    Ok(Some(text))
}

/// A handle as it may be looked up; `None` when nobody can have it.
pub fn handle(text: &str) -> Option<String> {
    const CHARS_MAX: usize = 64;
    let fit = !text.is_empty() && !text.contains('\0') && text.chars().count() <= CHARS_MAX;
    fit.then(|| text.to_lowercase())
}

/// Whether an exercise can have this slug at all.
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_bounds() {
        assert_eq!(limit(None, 50).expect("the default"), 50);
        assert_eq!(limit(Some("200"), 50).expect("the most"), 200);
        for text in ["0", "201", "-1", "ten", "", "1.5"] {
            assert!(limit(Some(text), 50).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_with_a_nul_reaches_postgres() {
        assert!(text("q", "q_invalid", Some("a\0b"), 10).is_err());
        assert_eq!(handle("a\0b"), None);
        assert!(!is_slug("a\0b") && !is_slug("") && is_slug("two-sum"));
    }
}
