//! Rejudge sets: which there are, how far each is, and what it would change.

mod outcome;
pub mod preview;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use access::Caller;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::account::Role;
use events::rejudge::Selection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "rejudges";
const LIMIT: usize = 50;
const CONCERNED: [Projection; 3] = [Projection::Rejudges, Projection::Exercises, Projection::Learners];

/// A set and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names)] // They are the fields of the answer.
pub struct Rejudge {
    pub rejudge_id: Uuid,
    /// `requested`, `selected`, `judged`, `applying`, `applied` or `cancelled`.
    pub status: String,
    pub reason: String,
    /// The slug of the exercise it is about, if it names one.
    pub exercise: Option<String>,
    pub selection: RejudgeSelection,
    /// `current` or `original`: by which revision of its exercise each submission is judged.
    pub judge_by: String,
    /// By which revision the results there are were judged. Absent when there is none yet, when they differ, and when the
    /// set names no exercise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_revision: Option<i32>,
    /// The last revision of the exercise that the set names: above `judged_revision`, it has changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise_revision: Option<i32>,
    pub requested_by: Uuid,
    /// Null when that account was erased.
    pub requested_by_handle: Option<String>,
    pub requested_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    /// How many submissions belong to it; absent while they are being looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submissions: Option<i32>,
    /// How many of them have a result.
    pub judged: i64,
    /// How many of those ended in `judge_error`, which has no effect: the learner was erased, or it was our fault.
    pub failed: i64,
    /// How many results have effect.
    pub applied: i64,
}

/// What the set was asked to take: submissions that fit all of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejudgeSelection {
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    submissions: Vec<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RejudgePage {
    rejudges: Vec<Rejudge>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RejudgeParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

struct RejudgeRow {
    set_id: Uuid,
    status: String,
    reason: String,
    slug: Option<String>,
    /// JSON.
    selection: String,
    judge_by: String,
    judged_revision: Option<i32>,
    exercise_revision: Option<i32>,
    requested_by: Uuid,
    handle: Option<String>,
    requested_at: DateTime<Utc>,
    requested_seq: i64,
    changed_at: DateTime<Utc>,
    submissions: Option<i32>,
    judged: i64,
    failed: i64,
    applied: i64,
}

impl RejudgeRow {
    fn rejudge(self) -> Result<Rejudge, QueryError> {
        let selection: Selection = serde_json::from_str(&self.selection)
            .map_err(|error| QueryError::Malformed { what: "a set's selection", source: error.into() })?;
        Ok(Rejudge {
            rejudge_id: self.set_id,
            status: self.status,
            reason: self.reason,
            exercise: self.slug,
            selection: RejudgeSelection {
                revision: selection.revision,
                from: selection.from,
                until: selection.until,
                submissions: selection.submissions.into_iter().map(|submission| submission.0).collect(),
            },
            judge_by: self.judge_by,
            judged_revision: self.judged_revision,
            exercise_revision: self.exercise_revision,
            requested_by: self.requested_by,
            requested_by_handle: self.handle,
            requested_at: self.requested_at,
            changed_at: self.changed_at,
            submissions: self.submissions,
            judged: self.judged,
            failed: self.failed,
            applied: self.applied,
        })
    }
}

/// Whose sets a caller sees: the staff everybody's, authors their own. `None`: everybody's.
fn only_of(caller: &Caller) -> Option<Uuid> {
    let is_staff = [Role::Instructor, Role::Operator, Role::Admin].iter().any(|role| caller.has(*role));
    (!is_staff).then_some(caller.learner_id.0)
}

/// Rejudge sets, the latest first.
#[utoipa::path(
    get, path = "/v1/rejudges", tag = "rejudges", params(RejudgeParams),
    responses(
        (status = 200, body = RejudgePage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Params(params): Params<RejudgeParams>,
) -> Result<Answer<RejudgePage>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let before: Option<i64> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let mut rows = load(&mut read, None, only_of(&caller), before.unwrap_or(i64::MAX), limit + 1).await?;
    let position = read.finish().await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(CURSOR, &row.requested_seq));
    let rejudges = rows.into_iter().map(RejudgeRow::rejudge).collect::<Result<_, QueryError>>()?;
    Ok(Answer { position, body: RejudgePage { rejudges, next_cursor } })
}

/// One rejudge set.
#[utoipa::path(
    get, path = "/v1/rejudges/{id}", tag = "rejudges", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Rejudge),
        (status = 404, body = ProblemBody, description = "`rejudge_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Answer<Rejudge>, Problem> {
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let body = find(&mut read, &id, &caller).await?;
    let position = read.finish().await?;
    Ok(Answer { position, body })
}

/// The set of this id, if the caller may see it.
async fn find(read: &mut Read, id: &str, caller: &Caller) -> Result<Rejudge, QueryError> {
    let missing = || QueryError::Missing(Missing::Rejudge);
    let id = Uuid::parse_str(id).map_err(|_| missing())?;
    let row = load(read, Some(id), only_of(caller), i64::MAX, 1).await?.pop().ok_or_else(missing)?;
    row.rejudge()
}

async fn load(
    read: &mut Read,
    id: Option<Uuid>,
    only_of: Option<Uuid>,
    before: i64,
    limit: usize,
) -> Result<Vec<RejudgeRow>, QueryError> {
    let rows = sqlx::query_as!(
        RejudgeRow,
        r#"SELECT set_id, r.status, reason, slug AS "slug?", selection, judge_by, requested_by, handle AS "handle?",
             requested_at, requested_seq, changed_at, submissions, judged AS "judged!", failed AS "failed!",
             applied AS "applied!", exercises.revision AS "exercise_revision?",
             CASE WHEN r.exercise_id IS NOT NULL AND lowest = highest THEN lowest END AS judged_revision
           FROM rejudges r LEFT JOIN exercises USING (exercise_id) LEFT JOIN learners ON learner_id = requested_by,
             LATERAL (
               SELECT count(*) AS judged, count(*) FILTER (WHERE verdict = 'judge_error') AS failed,
                 min(revision) AS lowest, max(revision) AS highest
               FROM rejudgements WHERE rejudgements.set_id = r.set_id) AS results,
             LATERAL (
               SELECT count(*) AS applied FROM rejudge_effects WHERE rejudge_effects.set_id = r.set_id) AS effects
           WHERE ($1::uuid IS NULL OR set_id = $1) AND ($2::uuid IS NULL OR requested_by = $2) AND requested_seq < $3
           ORDER BY requested_seq DESC LIMIT $4"#,
        id,
        only_of,
        before,
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await?;
    Ok(rows)
}
