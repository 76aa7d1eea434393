//! Reading requests: JSON bodies, `Idempotency-Key`, `Laurel-Position`, `traceparent`. Everything malformed is refused
//! here, with a code of its own and the field at fault, before anything is decided.

use crate::error::ApiError;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use events::Position;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::time::Duration;

pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
pub const POSITION: &str = "laurel-position";
/// How long a body may take to arrive, so that slow senders cannot hold requests open for ever.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Why a request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("The body must be JSON with `Content-Type: application/json`.")]
    ContentTypeUnsupported,
    #[error("The body has more than {bytes_max} bytes.")]
    BodyTooLarge { bytes_max: usize },
    #[error("The body ended before all of it had arrived.")]
    BodyInterrupted,
    #[error("The body is not UTF-8.")]
    BodyNotUtf8,
    #[error("The body is not JSON: {reason}.")]
    BodyNotJson { reason: String },
    #[error("A field is missing.")]
    FieldMissing { field: String },
    #[error("There is no such field.")]
    FieldUnknown { field: String },
    #[error("{reason}.")]
    FieldInvalid { field: String, reason: String },
    #[error("An Idempotency-Key has 1 to 128 visible ASCII characters.")]
    IdempotencyKeyInvalid,
    #[error("This is not a position; one looks like `id.42,07.1234`.")]
    PositionInvalid,
    #[error("The path is not UTF-8.")]
    PathInvalid,
    #[error("Say which revision you change: `If-Match: \"<revision>\"`, as the ETag had it.")]
    IfMatchRequired,
    #[error("This is not an entity tag of ours; one looks like `\"3\"`.")]
    IfMatchInvalid,
}

/// A JSON object of at most `MAX` bytes.
#[derive(Debug)]
pub struct JsonBody<T, const MAX: usize>(pub T);

impl<S: Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for JsonBody<T, MAX> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            return Err(RequestError::ContentTypeUnsupported.into());
        }
        let bytes = collect(request.into_body(), MAX, BODY_PATIENCE).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// A body of any kind, of at most `MAX` bytes.
#[derive(Debug)]
pub struct RawBody<const MAX: usize>(pub Bytes);

impl<S: Sync, const MAX: usize> FromRequest<S> for RawBody<MAX> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        Ok(Self(collect(request.into_body(), MAX, BODY_PATIENCE).await?))
    }
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let media_type = content_type
        .and_then(|value| value.to_str().ok())
        .map(|text| text.split_once(';').map_or(text, |(media_type, _)| media_type).trim());
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
}

async fn collect(body: Body, bytes_max: usize, patience: Duration) -> Result<Bytes, RequestError> {
    let collected = tokio::time::timeout(patience, Limited::new(body, bytes_max).collect()).await;
    match collected.map_err(|_elapsed| RequestError::BodyInterrupted)? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            Err(RequestError::BodyTooLarge { bytes_max })
        }
        Err(_interrupted) => Err(RequestError::BodyInterrupted),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RequestError> {
    let text = std::str::from_utf8(bytes).map_err(|_| RequestError::BodyNotUtf8)?;
    let read = serde_json::from_str(text).map_err(|_| why_unreadable::<T>(text))?;
    // Serde would also take the fields' values in their order, whose meaning then hangs on how a struct is written here.
    if !text.trim_ascii_start().starts_with('{') {
        let reason = "an object is expected".to_owned();
        return Err(RequestError::FieldInvalid { field: ".".to_owned(), reason });
    }
    Ok(read)
}

/// Reads the body again, slowly, keeping track of where it is.
fn why_unreadable<T: DeserializeOwned>(text: &str) -> RequestError {
    let mut reader = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut reader) else {
        return RequestError::BodyNotJson { reason: "something follows the value".to_owned() };
    };
    let path = error.path().to_string();
    let inner = error.into_inner();
    let reason = inner.to_string();
    if !inner.is_data() {
        return RequestError::BodyNotJson { reason };
    }
    let quoted = || reason.split('`').nth(1).unwrap_or_default().to_owned();
    let within = |name: String| match path.as_str() {
        "." | "" | "?" => name,
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    if reason.starts_with("missing field") {
        RequestError::FieldMissing { field: within(quoted()) }
    } else if reason.starts_with("unknown field") {
        RequestError::FieldUnknown { field: within(quoted()) }
    } else {
        RequestError::FieldInvalid { field: path, reason }
    }
}

/// The one variable part of a path.
#[derive(Debug, Clone)]
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_not_utf8) => Err(RequestError::PathInvalid.into()),
        }
    }
}

/// The two variable parts of a path.
#[derive(Debug, Clone)]
pub struct PathTexts(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathTexts {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((first, second))) => Ok(Self(first, second)),
            Err(_not_utf8) => Err(RequestError::PathInvalid.into()),
        }
    }
}

/// `?name=true`; absent, it is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(pub bool);

impl Flag {
    pub fn read(query: Option<&str>, name: &str) -> Result<Self, RequestError> {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        match pairs.filter(|(said, _)| *said == name).map(|(_, value)| value).next_back() {
            None | Some("false") => Ok(Self(false)),
            Some("true") => Ok(Self(true)),
            Some(_) => Err(RequestError::FieldInvalid {
                field: name.to_owned(),
                reason: "`true` or `false` is expected".to_owned(),
            }),
        }
    }
}

/// What makes a repeated request recognisable; absent when the client does not care.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let fits = (1..=128).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if fits && values.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => Err(RequestError::IdempotencyKeyInvalid.into()),
        }
    }
}

/// The position a command must not be decided before: header `Laurel-Position` or `?position=`.
#[derive(Debug, Clone)]
pub struct WantedPosition(pub Position);

impl<S: Sync> FromRequestParts<S> for WantedPosition {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let in_query = || {
            let query = parts.uri.query()?;
            query.split('&').find_map(|pair| pair.strip_prefix("position="))
        };
        let text = match parts.headers.get(POSITION) {
            Some(value) => Some(value.to_str().map_err(|_| RequestError::PositionInvalid)?),
            None => in_query(),
        };
        let Some(text) = text else { return Ok(Self(Position::default())) };
        let text = text.replace("%2C", ",").replace("%2c", ",");
        let position = text.parse().map_err(|_| RequestError::PositionInvalid)?;
        Ok(Self(position))
    }
}

/// The W3C trace context to pass on. One that cannot be read is dropped, as the specification asks.
#[derive(Debug, Clone)]
pub struct Traceparent(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Traceparent {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let value = parts.headers.get("traceparent").and_then(|value| value.to_str().ok());
        Ok(Self(value.filter(|text| is_traceparent(text)).map(str::to_owned)))
    }
}

/// Version 00: `00-<32 hex>-<16 hex>-<2 hex>`, ids not all zero.
fn is_traceparent(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let parts: Vec<&str> = text.splitn(5, '-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { return false };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    *version == "00" && is_hex(trace, 32) && some(trace) && is_hex(span, 16) && some(span) && is_hex(flags, 2)
}

/// The revision a change is meant for.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub u32);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(revision_of(&parts.headers)?))
    }
}

/// Like [`IfMatch`], where something may not be there yet.
#[derive(Debug, Clone, Copy)]
pub struct MaybeIfMatch(pub Option<u32>);

impl<S: Sync> FromRequestParts<S> for MaybeIfMatch {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match revision_of(&parts.headers) {
            Err(RequestError::IfMatchRequired) => Ok(Self(None)),
            revision => Ok(Self(Some(revision?))),
        }
    }
}

fn revision_of(headers: &HeaderMap) -> Result<u32, RequestError> {
    let value = headers.get("if-match").ok_or(RequestError::IfMatchRequired)?;
    let text = value.to_str().map_err(|_| RequestError::IfMatchInvalid)?;
    let number = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let digits = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(RequestError::IfMatchInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Form {
        name: String,
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        number: u8,
    }

    fn fault(text: &[u8]) -> RequestError {
        parse::<Form>(text).expect_err("not readable")
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let field = |field: &str| field.to_owned();
        assert_eq!(fault(br#"{"inner":{"number":1}}"#), RequestError::FieldMissing { field: field("name") });
        assert_eq!(
            fault(br#"{"name":"a","inner":{}}"#),
            RequestError::FieldMissing { field: field("inner.number") }
        );
        let unknown = fault(br#"{"name":"a","inner":{"number":1,"x":2}}"#);
        assert_eq!(unknown, RequestError::FieldUnknown { field: field("inner.x") });
        let invalid = fault(br#"{"name":"a","inner":{"number":256}}"#);
        assert!(matches!(invalid, RequestError::FieldInvalid { field, .. } if field == "inner.number"));
    }

    #[test]
    fn values_without_names_are_no_body() {
        assert!(parse::<Form>(b" \n{\"name\":\"a\",\"inner\":{\"number\":1}}").is_ok());
        let expected = "an object is expected".to_owned();
        let refused = RequestError::FieldInvalid { field: ".".to_owned(), reason: expected };
        assert_eq!(fault(br#"["a",{"number":1}]"#), refused);
        assert_eq!(fault(br#" ["a",[1]]"#), refused);
    }

    /// A little now and then is no reason to wait longer.
    #[tokio::test]
    async fn a_body_that_trickles_is_given_up() {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let trickle = futures_util::stream::poll_fn(move |context| {
            ticks.poll_tick(context).map(|_| Some(Ok::<_, Infallible>(Bytes::from_static(b" "))))
        });
        let collecting = collect(Body::from_stream(trickle), usize::MAX, Duration::from_millis(200));
        let given_up = tokio::time::timeout(Duration::from_secs(30), collecting).await;
        assert_eq!(given_up, Ok(Err(RequestError::BodyInterrupted)));
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        assert!(matches!(fault(b"{"), RequestError::BodyNotJson { .. }));
        assert!(matches!(fault(br#"{"name":"a","inner":{"number":1}} x"#), RequestError::BodyNotJson { .. }));
        assert_eq!(fault(b"\xff{}"), RequestError::BodyNotUtf8);
    }

    #[test]
    fn traceparents() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"));
        assert!(!is_traceparent("ff-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    }

    #[test]
    fn revisions() {
        let revision = |text: &'static str| {
            revision_of(&HeaderMap::from_iter([(
                axum::http::header::IF_MATCH,
                HeaderValue::from_static(text),
            )]))
        };
        assert_eq!(revision("\"3\""), Ok(3));
        for bad in ["3", "*", "W/\"3\"", "\"\"", "\"+3\"", "\"99999999999\""] {
            assert_eq!(revision(bad), Err(RequestError::IfMatchInvalid), "{bad}");
        }
        assert_eq!(revision_of(&HeaderMap::new()), Err(RequestError::IfMatchRequired));
    }
}
