//! The read models themselves, for operators: which versions there are, how far behind the log they are, what is being built
//! beside them, and what became of earlier builds.

use crate::app::App;
use crate::error::{Missing, QueryError};
use crate::extract::Segments;
use crate::positions::{Answer, Wanted};
use crate::read::{self, Read};
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Orders are noted in the commit that passes them, which moves every live projection of FACTS.
const CONCERNED: [read::Projection; 1] = [read::Projection::Submissions];
/// Builds shown of one projection.
const BUILDS_MAX: i64 = 20;

/// A read model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectionStatus {
    #[schema(example = "ledger")]
    name: String,
    /// The version that is read; absent while the first one is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// The event it has passed.
    sequence: i64,
    /// How many messages its stream had behind that when its owner last looked, at most a few seconds ago. 0: level.
    lag_events: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_at: Option<DateTime<Utc>>,
    /// How many learners' or exercises' events wait because one of them could not be applied.
    parked_keys: i64,
    /// Versions that are not built by themselves: they were rolled back, or their build was aborted.
    held_versions: Vec<i32>,
    /// What a rollback would lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    way_back: Option<WayBack>,
    /// The latest builds first: of the list, only the last one of each.
    builds: Vec<Build>,
}

/// The tables that were live before.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayBack {
    version: i32,
    /// The event they had passed then; what came since is caught up with.
    sequence: i64,
    kept_at: DateTime<Utc>,
}

/// Something that was, is or will be built beside the live tables.
#[derive(Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names)] // They are the fields of the answer.
pub struct Build {
    build_id: Uuid,
    /// `rebuild`, `verify` or `rollback`.
    kind: String,
    /// `ordered`, `reading`, `finishing`, `comparing`, `swapping`; in the end `done`, `different` (verified, and something
    /// differs), `refused` (rebuilt, differs, and therefore not live), `aborted`, `failed` or `lapsed`.
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// Absent for what the projectors do by themselves: a new version.
    #[serde(skip_serializing_if = "Option::is_none")]
    ordered_by: Option<Uuid>,
    ordered_at: DateTime<Utc>,
    reason: String,
    accept_difference: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    began_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// Of the log's reading; what follows (indexes, comparing) is not in it.
    percent: f64,
    events_per_second: f64,
    /// Absent when nothing can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_seconds: Option<f64>,
    /// The share of the time it takes for itself; below 1 it makes way for live events.
    pace: f64,
    /// Per table and board: how many rows both sides have, and whether they are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Value>,
    /// The first row that differs: `place`, `key`, and what each side has.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectionList {
    projections: Vec<ProjectionStatus>,
}

/// All projections.
///
/// How far each read model is behind the log, and its last build.
#[utoipa::path(
    get, path = "/v1/projections", tag = "operations",
    responses(
        (status = 200, body = ProjectionList),
        (status = 400, body = ProblemBody, description = "`position_invalid`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn list(State(app): State<App>, Wanted(wanted): Wanted) -> Result<Answer<ProjectionList>, Problem> {
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let mut projections = statuses(&mut read, None).await?;
    for (projection, build) in builds(&mut read, None, 1).await? {
        if let Some(status) = projections.iter_mut().find(|status| status.name == projection) {
            status.builds.push(build);
        }
    }
    let position = read.finish().await?;
    Ok(Answer { position, body: ProjectionList { projections } })
}

/// One projection.
///
/// With its last 20 builds.
#[utoipa::path(
    get, path = "/v1/projections/{name}", tag = "operations", params(("name" = String, Path)),
    responses(
        (status = 200, body = ProjectionStatus),
        (status = 400, body = ProblemBody, description = "`position_invalid`"),
        (status = 404, body = ProblemBody, description = "`projection_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(name): Segments<String>,
) -> Result<Answer<ProjectionStatus>, Problem> {
    if name.contains('\0') {
        return Err(QueryError::Missing(Missing::Projection).into());
    }
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let mut status =
        statuses(&mut read, Some(&name)).await?.pop().ok_or(QueryError::Missing(Missing::Projection))?;
    let builds = builds(&mut read, Some(&name), BUILDS_MAX).await?;
    status.builds = builds.into_iter().map(|(_, build)| build).collect();
    let position = read.finish().await?;
    Ok(Answer { position, body: status })
}

async fn statuses(read: &mut Read, name: Option<&str>) -> Result<Vec<ProjectionStatus>, QueryError> {
    let rows = sqlx::query!(
        r#"SELECT known.name AS "name!", live.version AS "version?", coalesce(at.sequence, 0) AS "sequence!",
             greatest(coalesce(heads.last_sequence, 0) - coalesce(at.sequence, 0), 0) AS "lag_events!",
             at.moved_at, waiting.keys AS "parked_keys!", known.held AS "held!: Vec<i32>",
             kept.version AS "kept_version?", kept.sequence AS "kept_sequence?", kept.kept_at AS "kept_at?"
           FROM (
             SELECT name, coalesce(array_agg(version ORDER BY version) FILTER (WHERE state = 'held'), '{}') AS held
             FROM public.projections GROUP BY name
           ) AS known
           LEFT JOIN public.projections AS live ON live.name = known.name AND live.state = 'live'
           LEFT JOIN LATERAL (
             SELECT max(sequence) AS sequence, max(updated_at) AS moved_at, bool_or(part = 'id') AS is_personal
             FROM public.checkpoints WHERE projection = known.name AND version = live.version
           ) AS at ON true
           LEFT JOIN LATERAL (
             SELECT count(DISTINCT key) AS keys FROM public.parked
             WHERE projection = known.name AND version = live.version
           ) AS waiting ON true
           LEFT JOIN public.log_heads AS heads
             ON heads.stream = CASE WHEN at.is_personal THEN 'IDENTITY' ELSE 'FACTS' END
           LEFT JOIN public.kept_versions AS kept ON kept.projection = known.name
           WHERE $1::text IS NULL OR known.name = $1 ORDER BY known.name"#,
        name
    )
    .fetch_all(read.connection())
    .await?;
    let statuses = rows.into_iter().map(|row| {
        let way_back = match (row.kept_version, row.kept_sequence, row.kept_at) {
            (Some(version), Some(sequence), Some(kept_at)) => Some(WayBack { version, sequence, kept_at }),
            _ => None,
        };
        ProjectionStatus {
            name: row.name,
            version: row.version,
            sequence: row.sequence,
            lag_events: row.lag_events,
            moved_at: row.moved_at,
            parked_keys: row.parked_keys,
            held_versions: row.held,
            way_back,
            builds: Vec::new(),
        }
    });
    Ok(statuses.collect())
}

/// The last builds of each projection, or of one.
async fn builds(
    read: &mut Read,
    name: Option<&str>,
    of_each: i64,
) -> Result<Vec<(String, Build)>, QueryError> {
    let rows = sqlx::query!(
        r#"SELECT build_id, projection, kind, state, version, ordered_by, ordered_at, reason, accept_difference, began_at,
             ended_at, sequence, target_sequence, events_per_second, pace, compared, difference, error
           FROM (
             SELECT *, row_number() OVER (PARTITION BY projection ORDER BY ordered_at DESC, build_id) AS number
             FROM public.builds WHERE $1::text IS NULL OR projection = $1
           ) AS builds
           WHERE number <= $2 ORDER BY projection, number"#,
        name,
        of_each
    )
    .fetch_all(read.connection())
    .await?;
    let builds = rows.into_iter().map(|row| {
        let reading =
            Reading { sequence: row.sequence, target: row.target_sequence, rate: row.events_per_second };
        let build = Build {
            build_id: row.build_id,
            kind: row.kind,
            percent: if is_past_reading(&row.state) { 100.0 } else { reading.percent() },
            remaining_seconds: reading.remaining_seconds().filter(|_| row.state == "reading"),
            state: row.state,
            version: row.version,
            ordered_by: row.ordered_by,
            ordered_at: row.ordered_at,
            reason: row.reason,
            accept_difference: row.accept_difference,
            began_at: row.began_at,
            ended_at: row.ended_at,
            events_per_second: row.events_per_second,
            pace: row.pace,
            compared: row.compared,
            difference: row.difference,
            error: row.error,
        };
        (row.projection, build)
    });
    Ok(builds.collect())
}

fn is_past_reading(state: &str) -> bool {
    matches!(state, "finishing" | "comparing" | "swapping" | "done" | "different" | "refused")
}

/// How far the log has been read.
struct Reading {
    sequence: i64,
    target: i64,
    rate: f64,
}

impl Reading {
    #[allow(clippy::cast_precision_loss)] // Of 2^53 events.
    fn percent(&self) -> f64 {
        if self.target <= 0 { 0.0 } else { (self.sequence as f64 / self.target as f64 * 100.0).min(100.0) }
    }

    #[allow(clippy::cast_precision_loss)]
    fn remaining_seconds(&self) -> Option<f64> {
        (self.rate > 0.0).then(|| (self.target - self.sequence).max(0) as f64 / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use events::account::Role;
    use events::{LearnerId, Part, Partition};
    use uuid::Uuid;

    #[tokio::test]
    async fn operators_see_how_far_each_projection_and_its_build_is() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let operator = app.token(LearnerId(Uuid::from_u128(9)), &[Role::Operator]);
        app.advance(Part::Facts(Partition::of(Uuid::nil())), 700, None).await?;
        sqlx::query("INSERT INTO log_heads VALUES ('FACTS', 1000, 12, clock_timestamp())")
            .execute(&app.pool)
            .await?;
        sqlx::query(
            "INSERT INTO builds (build_id, projection, kind, state, ordered_at, began_at, version, sequence,
                 target_sequence, events_per_second, pace)
             VALUES ($1, 'ledger', 'rebuild', 'reading', now(), now(), 1, 250, 1000, 50, 0.5)",
        )
        .bind(Uuid::from_u128(1))
        .execute(&app.pool)
        .await?;
        let list = app.get_as(&operator, "/v1/projections").await;
        assert_eq!(list.status, 200, "{:?}", list.json);
        let of = |name: &str| {
            let all = list.json["projections"].as_array().cloned().unwrap_or_default();
            all.into_iter().find(|one| one["name"] == name).unwrap_or_default()
        };
        let ledger = of("ledger");
        assert_eq!(
            (ledger["sequence"].as_i64(), ledger["lag_events"].as_i64()),
            (Some(700), Some(300)),
            "{ledger}"
        );
        assert_eq!(of("learners")["lag_events"], 0);
        let build = &ledger["builds"][0];
        assert_eq!(build["percent"].as_f64(), Some(25.0));
        assert_eq!(build["remaining_seconds"].as_f64(), Some(15.0));

        let one = app.get_as(&operator, "/v1/projections/ledger").await;
        assert_eq!(one.json["builds"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            app.get_as(&operator, "/v1/projections/none").await.problem(),
            (404, "projection_not_found")
        );
        let learner = app.token(LearnerId(Uuid::from_u128(8)), &[Role::Learner]);
        assert_eq!(app.get_as(&learner, "/v1/projections").await.problem(), (403, "not_allowed"));
        assert_eq!(app.get("/v1/projections").await.problem(), (401, "token_missing"));
        Ok(())
    }
}
