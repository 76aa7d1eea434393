//! Cohorts: those somebody leads or belongs to, and for those who lead one, its members and what they solved.

pub mod members;
pub mod progress;
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
use events::Position;
use events::account::Role;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "cohorts";
const LIMIT: usize = 50;
const CONCERNED: [Projection; 2] = [Projection::Cohorts, Projection::Learners];

/// A cohort as who belongs to it or leads it sees it.
#[derive(Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names)] // They are the fields of the answer.
pub struct Cohort {
    pub cohort_id: Uuid,
    /// As its instructors named it.
    pub name: String,
    /// `open` or `archived`.
    pub status: String,
    pub created_at: DateTime<Utc>,
    /// Handles of who leads it, in alphabetical order.
    pub instructors: Vec<String>,
    /// How many learners belong to it.
    pub members: i64,
    /// Whether the caller leads it.
    pub leads: bool,
    /// Since when the caller belongs to it; null for who does not.
    pub joined_at: Option<DateTime<Utc>>,
    /// Whether there is an invitation that is good; only for who leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invites: Option<bool>,
    /// When that one ceases to be good; absent: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CohortPage {
    cohorts: Vec<Cohort>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CohortParams {
    /// `true`: every cohort there is. Only admins are told more by it.
    all: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

struct CohortRow {
    cohort_id: Uuid,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
    created_seq: i64,
    instructors: Vec<String>,
    members: i64,
    leads: bool,
    joined_at: Option<DateTime<Utc>>,
    invites: bool,
    invitation_expires_at: Option<DateTime<Utc>>,
}

impl CohortRow {
    fn cohort(self, caller: &Caller) -> Cohort {
        // Whoever is no instructor any more leads nothing.
        let leads = self.leads && (caller.has(Role::Instructor) || caller.has(Role::Admin));
        let may_invite = leads || caller.has(Role::Admin);
        Cohort {
            cohort_id: self.cohort_id,
            name: self.name,
            status: self.status,
            created_at: self.created_at,
            instructors: self.instructors,
            members: self.members,
            leads,
            joined_at: self.joined_at,
            invites: may_invite.then_some(self.invites),
            invitation_expires_at: self.invitation_expires_at.filter(|_| may_invite && self.invites),
        }
    }
}

/// The caller's cohorts: those they lead and those they belong to, the latest made first.
#[utoipa::path(
    get, path = "/v1/cohorts", tag = "cohorts", params(CohortParams),
    responses(
        (status = 200, body = CohortPage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `all_invalid`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Params(params): Params<CohortParams>,
) -> Result<Answer<CohortPage>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let before: Option<i64> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let all = match params.all.as_deref() {
        None | Some("false") => false,
        Some("true") => caller.has(Role::Admin),
        Some(_) => {
            return Err(QueryError::invalid("all", "all_invalid", "One of true, false is expected.").into());
        }
    };
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    read.refuse_parked(caller.learner_id.0).await?;
    let (learner, before) = (caller.learner_id.0, before.unwrap_or(i64::MAX));
    let mut rows = load(&mut read, None, learner, all, before, limit + 1, app.clock.now()).await?;
    let position = read.finish().await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(CURSOR, &row.created_seq));
    let cohorts = rows.into_iter().map(|row| row.cohort(&caller)).collect();
    Ok(Answer { position, body: CohortPage { cohorts, next_cursor } })
}

/// One cohort, for who leads it or belongs to it.
#[utoipa::path(
    get, path = "/v1/cohorts/{id}", tag = "cohorts", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Cohort),
        (status = 404, body = ProblemBody, description = "`cohort_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Answer<Cohort>, Problem> {
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let body = find(&mut read, &id, &caller, app.clock.now()).await?;
    let position = read.finish().await?;
    Ok(Answer { position, body })
}

/// The cohort of this id, if the caller may see it.
async fn find(read: &mut Read, id: &str, caller: &Caller, now: DateTime<Utc>) -> Result<Cohort, QueryError> {
    let missing = || QueryError::Missing(Missing::Cohort);
    let id = Uuid::parse_str(id).map_err(|_| missing())?;
    read.refuse_parked(id).await?;
    read.refuse_parked(caller.learner_id.0).await?;
    let learner = caller.learner_id.0;
    let row = load(read, Some(id), learner, caller.has(Role::Admin), i64::MAX, 1, now).await?.pop();
    Ok(row.ok_or_else(missing)?.cohort(caller))
}

/// A read about the members of one cohort, for who leads it and admins.
struct Led {
    read: Read,
    cohort: Uuid,
    /// How many members' figures are not the whole truth, because events of theirs are parked.
    parked_members: i64,
}

impl Led {
    async fn begin(
        app: &App,
        concerned: &[Projection],
        wanted: &Position,
        id: &str,
        caller: &Caller,
    ) -> Result<Self, QueryError> {
        let mut read = app.reader.begin(concerned, wanted).await?;
        let cohort = find(&mut read, id, caller, app.clock.now()).await?;
        // Members learn no more from this refusal than they know.
        if !cohort.leads && !caller.has(Role::Admin) {
            return Err(QueryError::Missing(Missing::Cohort));
        }
        let parked_members = parked_members(&mut read, cohort.cohort_id).await?;
        Ok(Self { read, cohort: cohort.cohort_id, parked_members })
    }
}

/// Cuts a page off members in the order of their handles, of whom there is one more if there are more. The cursor of the next
/// page.
fn cut<T>(
    cursor: &'static str,
    members: &mut Vec<T>,
    limit: usize,
    handle: impl Fn(&T) -> &str,
) -> Option<String> {
    let more = members.len() > limit;
    members.truncate(limit);
    let last = members.last().filter(|_| more);
    last.map(|member| cursor::encode(cursor, &handle(member).to_lowercase()))
}

/// Cohorts that `learner` leads or belongs to, or all.
async fn load(
    read: &mut Read,
    id: Option<Uuid>,
    learner: Uuid,
    all: bool,
    before: i64,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<CohortRow>, QueryError> {
    // A member without a row in `learners` was erased, or is about to be.
    let rows = sqlx::query_as!(
        CohortRow,
        r#"SELECT cohort_id, name, status, created_at, created_seq, invitation_expires_at,
             invitation IS NOT NULL AND coalesce(invitation_expires_at > $6, true) AS "invites!",
             ARRAY(SELECT handle FROM learners WHERE learner_id = ANY(instructors::uuid[]) ORDER BY handle_folded)
               AS "instructors!",
             (SELECT count(*) FROM cohort_members m JOIN learners USING (learner_id) WHERE m.cohort_id = c.cohort_id)
               AS "members!",
             instructors @> ARRAY[$2::uuid::text] AS "leads!",
             (SELECT joined_at FROM cohort_members m WHERE (m.cohort_id, m.learner_id) = (c.cohort_id, $2)) AS joined_at
           FROM cohorts c
           WHERE ($1::uuid IS NULL OR cohort_id = $1) AND created_seq < $4
             AND ($3 OR cohort_id IN (
                    SELECT led.cohort_id FROM cohorts led WHERE led.instructors @> ARRAY[$2::uuid::text]
                    UNION SELECT m.cohort_id FROM cohort_members m WHERE m.learner_id = $2))
           ORDER BY created_seq DESC LIMIT $5"#,
        id,
        learner,
        all,
        before,
        i64::try_from(limit).unwrap_or(i64::MAX),
        now
    )
    .fetch_all(read.connection())
    .await?;
    Ok(rows)
}

async fn parked_members(read: &mut Read, cohort: Uuid) -> Result<i64, QueryError> {
    let parked = sqlx::query_scalar!(
        r#"SELECT count(DISTINCT key) AS "parked!"
           FROM public.parked JOIN public.projections ON (name, projections.version) = (projection, parked.version)
           WHERE state = 'live' AND name IN ('cohorts', 'progress', 'learners')
             AND EXISTS (SELECT FROM cohort_members WHERE cohort_id = $1 AND learner_id = key)"#,
        cohort
    )
    .fetch_one(read.connection())
    .await?;
    Ok(parked)
}
