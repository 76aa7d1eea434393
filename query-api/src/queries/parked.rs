//! Parked keys, for operators: whose events could not be applied and why, and the events themselves.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::feed::Form;
use crate::positions::{Answer, Wanted};
use crate::read::Projection;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const LIST: &str = "parked keys";
const EVENTS: &str = "parked events";
const LIMIT: usize = 50;
/// Each may be as large as a submission.
const EVENTS_LIMIT: usize = 20;
const NAME_CHARS_MAX: usize = 64;

/// A key whose later events wait behind one that could not be applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedKey {
    /// Which read model stands still for this key.
    pub projection: String,
    pub version: i32,
    /// `live`; `building` or `old` are nobody's answers.
    pub state: String,
    /// The learner or whatever else the events are about.
    pub key: Uuid,
    /// The partition of FACTS, or `id`.
    pub part: String,
    /// Of the event that keeps it parked, in its stream: what `discard` is told.
    pub sequence: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub error: String,
    pub parked_at: DateTime<Utc>,
    /// How many events are parked, the first included.
    pub events: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedPage {
    /// How many keys are parked in live versions, over all pages.
    live_keys: i64,
    parked: Vec<ParkedKey>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ParkedParams {
    /// Only of this projection.
    projection: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

/// Everything that is parked, key by key: projection by projection, and in each the one first that was first in the log.
#[utoipa::path(
    get, path = "/v1/parked", tag = "operations", params(ParkedParams),
    responses(
        (status = 200, body = ParkedPage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `projection_invalid`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Params(params): Params<ParkedParams>,
) -> Result<Answer<ParkedPage>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let given = params.projection.as_deref();
    let projection = extract::text("projection", "projection_invalid", given, NAME_CHARS_MAX)?;
    let after: Option<(String, i32, i64, Uuid)> = cursor::decode(LIST, params.cursor.as_deref())?;
    let (name, version, sequence, key) = after.unwrap_or_default();
    let mut read = app.reader.begin(&concerned(projection), &wanted).await?;
    let live_keys = sqlx::query_scalar!(
        r#"SELECT count(DISTINCT (projection, key)) AS "keys!" FROM public.parked
           JOIN public.projections ON (name, projections.version) = (projection, parked.version) WHERE state = 'live'"#
    )
    .fetch_one(read.connection())
    .await
    .map_err(QueryError::from)?;
    // The first event of a key is what keeps it parked.
    let mut parked = sqlx::query_as!(
        ParkedKey,
        r#"SELECT projection, version, coalesce(state, 'old') AS "state!", key, part, sequence, event_id, event_type, error,
             parked_at, events AS "events!"
           FROM (
             SELECT DISTINCT ON (projection, version, key) *,
               count(*) OVER (PARTITION BY projection, version, key) AS events
             FROM public.parked WHERE $1::text IS NULL OR projection = $1
             ORDER BY projection, version, key, sequence) AS first
           LEFT JOIN (SELECT name, version AS of, state FROM public.projections) AS known
             ON (name, of) = (projection, version)
           WHERE (projection, version, sequence, key) > ($2, $3, $4, $5)
           ORDER BY projection, version, sequence, key LIMIT $6"#,
        projection,
        name,
        version,
        sequence,
        key,
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;
    let more = parked.len() > limit;
    parked.truncate(limit);
    let place = |last: &ParkedKey| (last.projection.clone(), last.version, last.sequence, last.key);
    let next_cursor = parked.last().filter(|_| more).map(|last| cursor::encode(LIST, &place(last)));
    Ok(Answer { position, body: ParkedPage { live_keys, parked, next_cursor } })
}

/// An event that is not applied yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedEvent {
    /// In its stream.
    sequence: i64,
    event_id: Uuid,
    event_type: String,
    /// Whether it could not be applied itself; the others wait behind it.
    cause: bool,
    error: String,
    parked_at: DateTime<Utc>,
    /// The fact as the feed has it, sealed fields sealed; what cannot be read as a text. Absent for events about accounts,
    /// which are personal, and where the log has it no more or cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedEvents {
    projection: String,
    version: i32,
    key: Uuid,
    part: String,
    /// How many events are parked, over all pages.
    total: i64,
    /// In the order they will be applied in.
    events: Vec<ParkedEvent>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ParkedEventParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 20 if absent.
    limit: Option<String>,
}

struct Row {
    version: i32,
    part: String,
    sequence: i64,
    event_id: Uuid,
    event_type: String,
    cause: bool,
    error: String,
    parked_at: DateTime<Utc>,
    total: i64,
}

/// The parked events of one key of a live projection.
#[utoipa::path(
    get, path = "/v1/parked/{projection}/{key}", tag = "operations",
    params(("projection" = String, Path), ("key" = Uuid, Path), ParkedEventParams),
    responses(
        (status = 200, body = ParkedEvents),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`"),
        (status = 404, body = ProblemBody, description = "`parked_key_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments((projection, key)): Segments<(String, String)>,
    Params(params): Params<ParkedEventParams>,
) -> Result<Answer<ParkedEvents>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), EVENTS_LIMIT)?;
    let after: Option<i64> = cursor::decode(EVENTS, params.cursor.as_deref())?;
    let missing = || QueryError::Missing(Missing::ParkedKey);
    let key = Uuid::parse_str(&key).map_err(|_| missing())?;
    if projection.contains('\0') {
        return Err(missing().into());
    }
    let mut read = app.reader.begin(&concerned(Some(&projection)), &wanted).await?;
    let mut rows = sqlx::query_as!(
        Row,
        r#"SELECT parked.version, part, sequence, event_id, event_type, cause, error, parked_at,
             (SELECT count(*) FROM public.parked AS all_of
              WHERE (all_of.projection, all_of.version, all_of.key) = (parked.projection, parked.version, parked.key)) AS "total!"
           FROM public.parked JOIN public.projections ON (name, projections.version) = (projection, parked.version)
           WHERE state = 'live' AND projection = $1 AND key = $2 AND sequence > $3
           ORDER BY sequence LIMIT $4"#,
        projection,
        key,
        after.unwrap_or_default(),
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| cursor::encode(EVENTS, &last.sequence));
    let Some(first) = rows.first() else { return Err(missing().into()) };
    let (version, part, total) = (first.version, first.part.clone(), first.total);
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let event = if part == PERSONAL { None } else { fact(&app, row.sequence).await };
        events.push(ParkedEvent {
            sequence: row.sequence,
            event_id: row.event_id,
            event_type: row.event_type,
            cause: row.cause,
            error: row.error,
            parked_at: row.parked_at,
            event,
        });
    }
    Ok(Answer { position, body: ParkedEvents { projection, version, key, part, total, events, next_cursor } })
}

/// Orders are facts, also those to a projection that is made from IDENTITY, which is moved together with one of FACTS.
fn concerned(projection: Option<&str>) -> Vec<Projection> {
    let known = projection.and_then(|name| Projection::ALL.into_iter().find(|one| one.name() == name));
    known.map_or_else(|| Projection::ALL.to_vec(), |one| vec![one, Projection::Exercises])
}

/// The part that IDENTITY is: nothing of it leaves by this way.
const PERSONAL: &str = "id";

async fn fact(app: &App, sequence: i64) -> Option<Value> {
    let sequence = u64::try_from(sequence).ok()?;
    let message = match app.feed.fact(sequence).await {
        Ok(message) => message?,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                sequence,
                "a parked fact could not be read"
            );
            return None;
        }
    };
    let mut written = Vec::new();
    Form::Lines.write(&message, &mut written);
    let unreadable = |_| Value::from(String::from_utf8_lossy(&written));
    Some(serde_json::from_slice(&written).unwrap_or_else(unreadable))
}
