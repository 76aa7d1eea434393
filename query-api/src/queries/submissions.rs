//! Submissions: one with its source and results, and the caller's own as a list.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::queue::QueuePlace;
use crate::read::{Projection, Read};
use access::Caller;
use axum::extract::State;
use chassis::keys::KeyError;
use chassis::problem::{Problem, ProblemBody};
use chassis::seal::DataKey;
use chrono::{DateTime, Utc};
use events::account::Role;
use events::judgement::{
    COMPILE_OUTPUT_FIELD, Exceeded, LimitName, TestGroup, TestResult, test_output_field,
};
use events::submission::SOURCE_FIELD;
use events::{EventId, ExerciseId, LearnerId, Sealed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "submissions";
const LIMIT: usize = 50;
/// How long the broker may take to answer with a data key.
const KEY_WITHIN: Duration = Duration::from_secs(2);

/// What a list and a live message say about a submission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubmissionSummary {
    pub submission_id: Uuid,
    /// The exercise's slug.
    pub exercise: Option<String>,
    pub revision: i32,
    pub language: String,
    /// `received`, then `judged`.
    pub status: SubmissionStatus,
    pub received_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i32>,
    pub points_max: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_kib: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionStatus {
    Received,
    Judged,
}

/// A submission with everything its learner may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionDetail {
    #[serde(flatten)]
    summary: SubmissionSummary,
    learner_id: Uuid,
    handle: Option<String>,
    exercise_id: Uuid,
    category: String,
    size_bytes: i32,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    judgement_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compile_output: Option<String>,
    /// For `judge_error`: what went wrong on our side.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    tests: Vec<SubmissionTest>,
    /// Where it stands among those that wait; only as long as it has no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<QueuePlace>,
    /// Every judgement there was, the oldest first. Results of a rejudge set are there once they had effect; those that have
    /// none are shown to instructors and admins only.
    judgements: Vec<JudgementSummary>,
}

/// One judgement of a submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgementSummary {
    judgement_id: Uuid,
    /// The rejudge set it is a result of; absent for the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejudge_id: Option<Uuid>,
    verdict: String,
    points: i32,
    judged_at: DateTime<Utc>,
    /// When its set was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<DateTime<Utc>>,
    /// Whether it is the one that counts.
    in_effect: bool,
}

/// One test's result. Of a hidden test only the figures are there.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionTest {
    /// From 1.
    ordinal: u32,
    /// `sample` or `hidden`.
    #[schema(value_type = String)]
    group: TestGroup,
    verdict: &'static str,
    cpu_ms: u32,
    memory_kib: u32,
    /// For the verdicts that are about a limit; of hidden tests as coarse as the other figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    exceeded: Option<ExceededLimit>,
    /// What the program printed; samples only.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// A limit that a run went over, in the unit that its name ends with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExceededLimit {
    /// `cpu_ms`, `wall_ms`, `memory_kib` or `output_kib`; or, where the program failed after it had reached it, `processes`,
    /// `open_files`, `files_kib` or `one_file_kib`.
    #[schema(value_type = String, example = "cpu_ms")]
    limit: LimitName,
    #[schema(example = 2_013)]
    measured: u64,
    /// What the language was allowed, which may be more than the exercise says.
    #[schema(example = 2_000)]
    allowed: u64,
}

impl From<Exceeded> for ExceededLimit {
    fn from(Exceeded { limit, measured, allowed }: Exceeded) -> Self {
        Self { limit, measured, allowed }
    }
}

/// A submission in its learner's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionEntry {
    #[serde(flatten)]
    summary: SubmissionSummary,
    /// Every judgement that has or had effect, the oldest first: the first one, and those of applied rejudge sets.
    judgements: Vec<JudgementSummary>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionPage {
    submissions: Vec<SubmissionEntry>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MineParams {
    /// Only submissions to the exercise of this slug.
    exercise: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

struct SubmissionRow {
    submission_id: Uuid,
    learner_id: Uuid,
    handle: Option<String>,
    exercise_id: Uuid,
    slug: Option<String>,
    revision: i32,
    category: String,
    language: String,
    size_bytes: i32,
    points_max: i32,
    source: String,
    received_at: DateTime<Utc>,
    judgement_id: Option<Uuid>,
    verdict: Option<String>,
    points: Option<i32>,
    cpu_ms: Option<i32>,
    memory_kib: Option<i32>,
    /// JSON.
    tests: Option<String>,
    compile_output: Option<String>,
    reason: Option<String>,
    judged_at: Option<DateTime<Utc>>,
}

/// What a list reads of a submission.
#[derive(Debug)]
pub struct SummaryRow {
    pub submission_id: Uuid,
    pub learner_id: Uuid,
    pub slug: Option<String>,
    pub revision: i32,
    pub language: String,
    pub points_max: i32,
    pub received_at: DateTime<Utc>,
    pub received_seq: i64,
    pub verdict: Option<String>,
    pub points: Option<i32>,
    pub cpu_ms: Option<i32>,
    pub memory_kib: Option<i32>,
    pub judged_at: Option<DateTime<Utc>>,
}

impl From<SummaryRow> for SubmissionSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            submission_id: row.submission_id,
            exercise: row.slug,
            revision: row.revision,
            language: row.language,
            status: status(row.verdict.as_ref()),
            received_at: row.received_at,
            verdict: row.verdict,
            points: row.points,
            points_max: row.points_max,
            cpu_ms: row.cpu_ms,
            memory_kib: row.memory_kib,
            judged_at: row.judged_at,
        }
    }
}

fn status(verdict: Option<&String>) -> SubmissionStatus {
    if verdict.is_some() { SubmissionStatus::Judged } else { SubmissionStatus::Received }
}

/// One submission: your own, or anybody's for instructors and admins.
#[utoipa::path(
    get, path = "/v1/submissions/{id}", tag = "submissions", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = SubmissionDetail),
        (status = 404, body = ProblemBody, description = "`submission_not_found`"),
        (status = 410, body = ProblemBody, description = "`erased`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `keys_unavailable`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Answer<SubmissionDetail>, Problem> {
    let missing = QueryError::Missing(Missing::Submission);
    let Ok(id) = Uuid::parse_str(&id) else { return Err(missing.into()) };
    let concerned =
        [Projection::Submissions, Projection::Rejudges, Projection::Exercises, Projection::Learners];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    let Some(row) = load(&mut read, id).await? else {
        // It may be the caller's own and wait behind a parked event.
        read.refuse_parked(caller.learner_id.0).await?;
        return Err(missing.into());
    };
    let sees_all = caller.has(Role::Instructor) || caller.has(Role::Admin);
    if row.learner_id != caller.learner_id.0 && !sees_all {
        return Err(missing.into());
    }
    read.refuse_parked(row.learner_id).await?;
    let judgements = history(&mut read, &[id], sees_all).await?.remove(&id).unwrap_or_default();
    let position = read.finish().await?;

    let learner = LearnerId(row.learner_id);
    if row.handle.is_none() {
        // Erased, or not registered as far as this read model knows: only the log can tell.
        app.keys.forget(learner);
    }
    let key = tokio::time::timeout(KEY_WITHIN, app.keys.get(learner)).await;
    let key = key.map_err(|_| QueryError::KeysUnavailable)?.map_err(QueryError::Key)?;
    let queue = if row.verdict.is_none() { app.queue.place(id, app.clock.now()) } else { None };
    let body = SubmissionDetail { queue, judgements, ..row.detail(&key)? };
    Ok(Answer { position, body })
}

async fn load(read: &mut Read, id: Uuid) -> Result<Option<SubmissionRow>, QueryError> {
    let row = sqlx::query_as!(
        SubmissionRow,
        r#"SELECT submission_id, s.learner_id, handle AS "handle?", s.exercise_id, slug AS "slug?", s.revision, s.category,
             language, size_bytes, coalesce(j.points_max, s.points_max) AS "points_max!", source, received_at, judgement_id AS "judgement_id?", verdict AS "verdict?",
             j.points AS "points?", j.cpu_ms AS "cpu_ms?", j.memory_kib AS "memory_kib?", tests AS "tests?", compile_output,
             reason, judged_at AS "judged_at?"
           FROM submissions s LEFT JOIN LATERAL (
               -- The judgement with effect: of the set applied last, else the first one.
               SELECT * FROM (
                 SELECT judgement_id, verdict, points, NULL::int AS points_max, cpu_ms, memory_kib, tests, compile_output,
                   reason, judged_at, 0 AS ordered_seq
                 FROM judgements f WHERE f.submission_id = s.submission_id
                 UNION ALL
                 SELECT r.judgement_id, verdict, points, points_max, cpu_ms, memory_kib, tests, compile_output, reason,
                   judged_at, ordered_seq
                 FROM rejudge_effects e JOIN rejudgements r USING (set_id, submission_id)
                 WHERE e.submission_id = s.submission_id
               ) AS known ORDER BY ordered_seq DESC LIMIT 1
             ) AS j ON true
             LEFT JOIN learners USING (learner_id) LEFT JOIN exercises USING (exercise_id)
           WHERE submission_id = $1"#,
        id
    )
    .fetch_optional(read.connection())
    .await?;
    Ok(row)
}

/// All judgements of these submissions, or those that have or had effect; the oldest first.
async fn history(
    read: &mut Read,
    submissions: &[Uuid],
    all: bool,
) -> Result<HashMap<Uuid, Vec<JudgementSummary>>, QueryError> {
    let rows = sqlx::query!(
        r#"SELECT submission_id AS "submission_id!", judgement_id AS "judgement_id!", set_id AS rejudge_id,
             verdict AS "verdict!", points AS "points!", judged_at AS "judged_at!", applied_at,
             (ordered_seq IS NOT NULL AND ordered_seq = max(ordered_seq) OVER (PARTITION BY submission_id)) AS "in_effect!"
           FROM (
             SELECT submission_id, judgement_id, NULL::uuid AS set_id, verdict, points, judged_at, judged_seq,
               NULL::timestamptz AS applied_at, 0 AS ordered_seq
             FROM judgements WHERE submission_id = ANY ($1)
             UNION ALL
             SELECT submission_id, r.judgement_id, set_id, verdict, points, judged_at, judged_seq, applied_at, ordered_seq
             FROM rejudgements r LEFT JOIN rejudge_effects e USING (set_id, submission_id)
             WHERE submission_id = ANY ($1) AND ($2 OR ordered_seq IS NOT NULL)
           ) AS known ORDER BY judged_seq"#,
        submissions,
        all
    )
    .fetch_all(read.connection())
    .await?;
    let mut history: HashMap<Uuid, Vec<JudgementSummary>> = HashMap::new();
    for row in rows {
        history.entry(row.submission_id).or_default().push(JudgementSummary {
            judgement_id: row.judgement_id,
            rejudge_id: row.rejudge_id,
            verdict: row.verdict,
            points: row.points,
            judged_at: row.judged_at,
            applied_at: row.applied_at,
            in_effect: row.in_effect,
        });
    }
    Ok(history)
}

impl SubmissionRow {
    fn detail(self, key: &DataKey) -> Result<SubmissionDetail, QueryError> {
        // The event ids under which the judge and command-api sealed: see `events::submission` and `events::judgement`.
        let received = EventId(self.submission_id);
        let judged = EventId(self.judgement_id.unwrap_or_default());
        let source = open(key, received, SOURCE_FIELD, &self.source)?;
        let compile_output = self
            .compile_output
            .as_deref()
            .map(|sealed| open(key, judged, COMPILE_OUTPUT_FIELD, sealed))
            .transpose()?;
        let results: Vec<TestResult> = serde_json::from_str(self.tests.as_deref().unwrap_or("[]"))
            .map_err(|error| QueryError::Malformed { what: "a submission's tests", source: error.into() })?;
        let tests = results.iter().map(|result| test(result, key, judged)).collect::<Result<_, _>>()?;
        Ok(SubmissionDetail {
            learner_id: self.learner_id,
            handle: self.handle,
            exercise_id: self.exercise_id,
            category: self.category,
            size_bytes: self.size_bytes,
            source,
            judgement_id: self.judgement_id,
            compile_output,
            reason: self.reason,
            tests,
            queue: None,
            judgements: Vec::new(),
            summary: SubmissionSummary {
                submission_id: self.submission_id,
                exercise: self.slug,
                revision: self.revision,
                language: self.language,
                status: status(self.verdict.as_ref()),
                received_at: self.received_at,
                verdict: self.verdict,
                points: self.points,
                points_max: self.points_max,
                cpu_ms: self.cpu_ms,
                memory_kib: self.memory_kib,
                judged_at: self.judged_at,
            },
        })
    }
}

fn test(result: &TestResult, key: &DataKey, judged: EventId) -> Result<SubmissionTest, QueryError> {
    let output = match (result.group, &result.output) {
        (TestGroup::Sample, Some(sealed)) => {
            Some(open(key, judged, &test_output_field(result.ordinal), &sealed.0)?)
        }
        _ => None,
    };
    Ok(SubmissionTest {
        ordinal: result.ordinal,
        group: result.group,
        verdict: result.verdict.name(),
        cpu_ms: result.cpu_ms,
        memory_kib: result.memory_kib,
        exceeded: result.exceeded.map(ExceededLimit::from),
        output,
    })
}

/// A program may print anything: what is no UTF-8 is shown as replacement characters.
fn open(key: &DataKey, event: EventId, field: &str, sealed: &str) -> Result<String, QueryError> {
    let plain = key
        .open(event, field, &Sealed(sealed.to_owned()))
        .map_err(|error| QueryError::Key(KeyError::Seal(error)))?;
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

/// Your submissions, the latest first.
#[utoipa::path(
    get, path = "/v1/me/submissions", tag = "submissions", params(MineParams),
    responses(
        (status = 200, body = SubmissionPage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`"),
        (status = 404, body = ProblemBody, description = "`exercise_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn mine(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Params(params): Params<MineParams>,
) -> Result<Answer<SubmissionPage>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let before: Option<i64> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let exercise = match params.exercise.as_deref() {
        Some(slug) if !extract::is_slug(slug) => return Err(QueryError::Missing(Missing::Exercise).into()),
        slug => slug.map(|slug| ExerciseId::of_slug(slug).0),
    };
    let mut read = app
        .reader
        .begin(&[Projection::Submissions, Projection::Rejudges, Projection::Exercises], &wanted)
        .await?;
    read.refuse_parked(caller.learner_id.0).await?;
    let mut rows = sqlx::query_as!(
        SummaryRow,
        r#"SELECT submission_id, learner_id, slug AS "slug?", s.revision, language, coalesce(j.points_max, s.points_max) AS "points_max!", received_at, received_seq,
             verdict AS "verdict?", j.points AS "points?", j.cpu_ms AS "cpu_ms?", j.memory_kib AS "memory_kib?",
             judged_at AS "judged_at?"
           FROM submissions s LEFT JOIN LATERAL (
               SELECT * FROM (
                 SELECT verdict, points, NULL::int AS points_max, cpu_ms, memory_kib, judged_at, judged_seq, 0 AS ordered_seq
                 FROM judgements f WHERE f.submission_id = s.submission_id
                 UNION ALL
                 SELECT verdict, points, points_max, cpu_ms, memory_kib, judged_at, applied_seq, ordered_seq
                 FROM rejudge_effects e JOIN rejudgements USING (set_id, submission_id)
                 WHERE e.submission_id = s.submission_id
               ) AS known ORDER BY ordered_seq DESC LIMIT 1
             ) AS j ON true
             LEFT JOIN exercises USING (exercise_id)
           WHERE learner_id = $1 AND ($2::uuid IS NULL OR exercise_id = $2) AND received_seq < $3
           ORDER BY received_seq DESC LIMIT $4"#,
        caller.learner_id.0,
        exercise,
        before.unwrap_or(i64::MAX),
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.submission_id).collect();
    let mut judgements = history(&mut read, &ids, false).await?;
    let position = read.finish().await?;

    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(CURSOR, &row.received_seq));
    let submissions = rows
        .into_iter()
        .map(|row| SubmissionEntry {
            judgements: judgements.remove(&row.submission_id).unwrap_or_default(),
            summary: row.into(),
        })
        .collect();
    Ok(Answer { position, body: SubmissionPage { submissions, next_cursor } })
}
