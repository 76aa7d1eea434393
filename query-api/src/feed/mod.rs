//! The feed for analysts: every fact, in the log's order, without a gap, from wherever a reader was.
//!
//! It is read from the log itself, so it needs no read model. A reader is sent facts as it takes them; what is kept for it is
//! bounded, and nobody else waits for it. Sealed fields stay sealed.

mod form;
mod places;
mod reading;
#[cfg(test)]
mod tests;
mod wanted;

pub use form::Form;

use crate::app::App;
use crate::error::QueryError;
use crate::extract::Params;
use crate::metrics::Metrics;
use access::Caller;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chassis::log::{EventLog, LogError, Message, Stream};
use chassis::problem::{Problem, ProblemBody};
use chassis::shutdown::Shutdown;
use chrono::{DateTime, Utc};
use events::{Part, Position};
use places::Places;
use reading::{Order, Reading};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use wanted::{Filters, Wanted};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells reverse proxies (nginx and those that copied it) not to hold messages back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// The sequences between which the answer's facts are: behind the one, up to the other.
const FEED_AFTER: HeaderName = HeaderName::from_static("laurel-feed-after");
const FEED_UNTIL: HeaderName = HeaderName::from_static("laurel-feed-until");

/// What readers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed {
    log: EventLog,
    places: Places,
    shutdown: Shutdown,
}

impl Feed {
    pub fn new(log: EventLog, metrics: Metrics, shutdown: Shutdown) -> Self {
        Self { log, places: Places::new(metrics), shutdown }
    }

    /// One fact, from the leader; `None` when the log has it no more.
    pub async fn fact(&self, sequence: u64) -> Result<Option<Message>, LogError> {
        self.log.at(Stream::Facts, sequence).await
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedParams {
    /// Only what comes behind this: a position (`07.1234`; of several elements the lowest), a sequence (`1234`), or `end`.
    #[param(example = "0")]
    after: Option<String>,
    /// Only what was stored at this time or later, in RFC 3339. Not together with `after`.
    since: Option<String>,
    /// Only these families, separated by commas.
    #[param(example = "submission,judgement")]
    family: Option<String>,
    /// Only these types of events, separated by commas, whatever their version.
    #[serde(rename = "type")]
    #[param(example = "submission_judged")]
    event_type: Option<String>,
    /// Only what is about this learner: their id.
    learner: Option<String>,
    /// Only what is about this exercise: its slug or id.
    exercise: Option<String>,
    /// `true`: go on at the log's end and wait for what comes. Otherwise the answer ends with what is there now.
    follow: Option<String>,
    /// At most so many events.
    limit: Option<String>,
}

/// A fact: CloudEvents 1.0 in JSON, with two extensions that say where in the log it stands.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code)] // For the document; events are written as they come, see `form`.
pub struct FeedEvent {
    /// Counts through FACTS, without a hole.
    #[schema(example = 1234)]
    sequence: u64,
    #[schema(example = "07.1234")]
    position: String,
    #[schema(example = "1.0")]
    specversion: String,
    id: Uuid,
    #[schema(example = "/laurel/command-api")]
    source: String,
    /// `laurel.<name>.v<version>`; there is a JSON Schema of `data` for each.
    #[serde(rename = "type")]
    #[schema(example = "laurel.learner_registered.v1")]
    kind: String,
    time: DateTime<Utc>,
    /// `facts.<family>.<partition>.<key>`.
    subject: String,
    #[schema(example = "application/json")]
    datacontenttype: String,
    /// Keyed digest of the request that led to it.
    requestdigest: Option<String>,
    /// W3C trace context.
    traceparent: Option<String>,
    /// The event, as it was published.
    data: serde_json::Value,
}

/// Every fact in the log's order: as lines of JSON, or (`Accept: text/event-stream`) as server-sent events.
///
/// A reader that was interrupted goes on behind the last sequence it has, with `after` or `Last-Event-ID`, and misses and
/// repeats nothing. An answer that breaks off before its end is cut off without the end that HTTP has for it (lines), or
/// says why in its last message, `end` (server-sent events). While it follows, an empty line or message every ten seconds
/// says that it lives.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(FeedParams, ("Last-Event-ID" = Option<String>, Header, description = "Counts before `after`")),
    responses(
        (status = 200, content((FeedEvent = "application/x-ndjson"), (String = "text/event-stream")),
         description = "The facts behind `Laurel-Feed-After`, up to `Laurel-Feed-Until` when it does not follow"),
        (status = 400, body = ProblemBody, description = "`after_invalid`, `after_ahead`, `since_invalid`, `family_unknown`, `type_unknown`, `learner_invalid`, `exercise_invalid`, `follow_invalid`, `limit_invalid`, `query_invalid`"),
        (status = 401, body = ProblemBody, description = "`token_missing`, `token_expired`, `token_invalid`"),
        (status = 403, body = ProblemBody, description = "`not_allowed`: it takes the role analyst"),
        (status = 410, body = ProblemBody, description = "`feed_trimmed`: the log begins later by now"),
        (status = 503, body = ProblemBody, description = "`too_many_feeds`, `log_unavailable`"),
    )
)]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<FeedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Wanted::of(Filters {
        families: params.family.as_deref(),
        types: params.event_type.as_deref(),
        learner: params.learner.as_deref(),
        exercise: params.exercise.as_deref(),
    })?;
    let follows = flag(params.follow.as_deref())?;
    let limit = limit(params.limit.as_deref())?;
    let start = Start::of(&params, &headers)?;
    let form = form(&headers);
    let log = &app.feed.log;
    let place = app.feed.places.take(caller.learner_id).ok_or_else(too_many)?;

    let last = log.last_sequence(Stream::Facts).await.map_err(log_problem)?;
    let after = match start {
        Start::After(after) if after > last => return Err(ahead(last)),
        Start::After(after) => after,
        Start::Since(time) => log.last_fact_before(time).await.map_err(log_problem)?,
        Start::End => last,
    };
    let follow = log.follow(Stream::Facts, wanted.subjects.clone(), after).await.map_err(log_problem)?;
    let lifetime = (caller.expires_at - app.clock.now()).to_std().unwrap_or_default();
    let order = Order {
        wanted,
        form,
        until: (!follows).then_some(last),
        limit,
        expires_at: tokio::time::Instant::now() + lifetime,
    };
    let reading = Reading::new(order, follow, place, app.feed.shutdown.clone(), app.metrics.clone());
    let mut response = reading.into_body().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    headers.insert(FEED_AFTER, after.into());
    if !follows {
        headers.insert(FEED_UNTIL, last.into());
    }
    Ok(response)
}

/// Where to begin.
enum Start {
    After(u64),
    Since(DateTime<Utc>),
    End,
}

impl Start {
    fn of(params: &FeedParams, headers: &HeaderMap) -> Result<Self, QueryError> {
        let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
        let after = header.filter(|text| !text.is_empty()).or(params.after.as_deref());
        match (after, params.since.as_deref()) {
            (None, None) => Ok(Self::After(0)),
            (Some("end"), None) => Ok(Self::End),
            // Whoever comes back says where it is, beside what it asked for at first.
            (Some(after), since) if since.is_none() || header.is_some() => sequence(after).map(Self::After),
            (Some(_), _) => {
                Err(QueryError::invalid("since", "since_invalid", "Either `after` or `since` is expected."))
            }
            (None, Some(since)) => {
                let time = DateTime::parse_from_rfc3339(since);
                let expected = "A time in RFC 3339 is expected, for example 2026-11-21T10:00:00Z.";
                let time = time.map_err(|_| QueryError::invalid("since", "since_invalid", expected))?;
                Ok(Self::Since(time.to_utc()))
            }
        }
    }
}

/// A sequence of FACTS. Of a position with several elements the lowest: what is behind another one may come again, and
/// nothing is missed.
fn sequence(text: &str) -> Result<u64, QueryError> {
    let invalid = || {
        let expected = "A position (07.1234), a sequence (1234) or `end` is expected.";
        QueryError::invalid("after", "after_invalid", expected)
    };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| invalid());
    }
    let position: Position = text.parse().map_err(|_| invalid())?;
    let facts = position.iter().filter(|(part, _)| matches!(part, Part::Facts(_)));
    facts.map(|(_, sequence)| sequence).min().ok_or_else(invalid)
}

fn flag(given: Option<&str>) -> Result<bool, QueryError> {
    match given {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(QueryError::invalid("follow", "follow_invalid", "`true` or `false` is expected.")),
    }
}

fn limit(given: Option<&str>) -> Result<u64, QueryError> {
    let Some(text) = given else { return Ok(u64::MAX) };
    text.parse()
        .ok()
        .filter(|limit| *limit > 0)
        .ok_or_else(|| QueryError::invalid("limit", "limit_invalid", "A whole number from 1 on is expected."))
}

fn form(headers: &HeaderMap) -> Form {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let wants_messages = accepts.flat_map(|value| value.split(',')).any(|range| {
        range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    });
    if wants_messages { Form::Messages } else { Form::Lines }
}

fn too_many() -> Problem {
    let detail = "This server, or your account, has as many readers of the feed as it may.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_feeds", detail)
        .retry_after(Duration::from_secs(5))
}

fn ahead(last: u64) -> Problem {
    let detail = format!("The log ends at {last}; nothing can be behind what is not there yet.");
    Problem::new(StatusCode::BAD_REQUEST, "after_ahead", detail).at("after")
}

fn log_problem(error: LogError) -> Problem {
    match error {
        LogError::Trimmed { first, .. } => {
            let detail = format!("The log begins with {first} by now; what is older is in the archive.");
            Problem::new(StatusCode::GONE, "feed_trimmed", detail).at("after")
        }
        error => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the feed cannot be read");
            let detail = "The log cannot be reached at the moment.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "log_unavailable", detail)
                .retry_after(Duration::from_secs(1))
        }
    }
}
