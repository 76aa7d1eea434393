//! What a set would change if it were applied now: computed from its results and what stands, before anything has effect.

mod rows;

use super::outcome::{self, Difference, Place, Standing, TOP};
use super::{Rejudge, RejudgeParams, find};
use crate::app::App;
use crate::cursor;
use crate::error::QueryError;
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::queries::leaderboards::handles;
use crate::read::{Projection, Read};
use access::Caller;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use events::board::Scope;
use events::{ExerciseId, LearnerId};
use rows::{first_places, slugs, standings, totals_of};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

const CURSOR: &str = "rejudge_preview";
const LIMIT: usize = 50;
const CONCERNED: [Projection; 5] = [
    Projection::Rejudges,
    Projection::Submissions,
    Projection::Ledger,
    Projection::Exercises,
    Projection::Learners,
];
/// Of a set over more exercises the boards of these many are looked at.
const EXERCISES_MAX: usize = 10;

/// What would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejudgePreview {
    rejudge: Rejudge,
    /// Submissions that would get another verdict or other points.
    changed_submissions: usize,
    /// Learners with such submissions.
    changed_learners: usize,
    /// The all-time boards: the global one, then those of the exercises.
    boards: Vec<BoardPreview>,
    /// Those with the largest changes first.
    learners: Vec<LearnerPreview>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The first ten places of a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardPreview {
    /// `global` or `exercise:<slug>`.
    scope: String,
    entering: Vec<PlacePreview>,
    leaving: Vec<PlacePreview>,
    /// As they would stand.
    top: Vec<PlacePreview>,
}

/// A learner on a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacePreview {
    learner_id: Uuid,
    /// Null when the learner was erased.
    handle: Option<String>,
    /// Absent when not among the first ten.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank_after: Option<u64>,
    points_before: i64,
    points_after: i64,
}

/// A learner for whom something would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerPreview {
    learner_id: Uuid,
    /// Null when the learner was erased.
    handle: Option<String>,
    /// On the global all-time board.
    points_before: i64,
    points_after: i64,
    submissions: Vec<SubmissionPreview>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionPreview {
    submission_id: Uuid,
    /// The exercise's slug.
    exercise: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_before: Option<String>,
    verdict_after: String,
    points_before: i32,
    points_after: i32,
}

/// What applying a set would change.
#[utoipa::path(
    get, path = "/v1/rejudges/{id}/preview", tag = "rejudges", params(("id" = Uuid, Path), RejudgeParams),
    responses(
        (status = 200, body = RejudgePreview),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`"),
        (status = 404, body = ProblemBody, description = "`rejudge_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn preview(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(params): Params<RejudgeParams>,
) -> Result<Answer<RejudgePreview>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let after: Option<(u64, Uuid)> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
    let rejudge = find(&mut read, &id, &caller).await?;
    let standings = standings(&mut read, rejudge.rejudge_id).await?;
    let differences = outcome::differences(&standings);
    let boards = boards(&mut read, &differences).await?;
    let global = outcome::per_learner(&differences, None);

    let mut changed: BTreeMap<Uuid, Vec<&Standing>> = BTreeMap::new();
    for standing in standings.iter().filter(|standing| standing.changes()) {
        changed.entry(standing.learner_id).or_default().push(standing);
    }
    let by_how_much = |learner: &Uuid| global.get(learner).map_or(0, |difference| difference.points);
    let mut order: Vec<(u64, Uuid)> =
        changed.keys().map(|learner| (by_how_much(learner).unsigned_abs(), *learner)).collect();
    order.sort_by_key(|(points, learner)| (u64::MAX - points, *learner));
    let is_behind = |(points, learner): &(u64, Uuid)| {
        after.is_none_or(|(last, id)| (u64::MAX - points, *learner) > (u64::MAX - last, id))
    };
    let mut page: Vec<(u64, Uuid)> = order.into_iter().filter(is_behind).take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next_cursor = page.last().filter(|_| more).map(|last| cursor::encode(CURSOR, last));

    let ids: Vec<Uuid> = page.iter().map(|(_, learner)| *learner).collect();
    let totals = totals_of(&mut read, &Scope::Global, &ids).await?;
    let before: HashMap<Uuid, i64> = totals.iter().map(|total| (total.learner_id, total.points)).collect();
    let learner_ids: Vec<LearnerId> = ids.iter().copied().map(LearnerId).collect();
    let names = handles(&mut read, &learner_ids).await?;
    let slugs = slugs(&mut read, changed.values().flatten().map(|standing| standing.exercise_id)).await?;
    let position = read.finish().await?;

    let learner = |learner_id: Uuid| {
        let points_before = before.get(&learner_id).copied().unwrap_or_default();
        LearnerPreview {
            learner_id,
            handle: names.get(&LearnerId(learner_id)).cloned(),
            points_before,
            points_after: points_before + by_how_much(&learner_id),
            submissions: changed[&learner_id].iter().filter_map(|one| submission(one, &slugs)).collect(),
        }
    };
    let body = RejudgePreview {
        rejudge,
        changed_submissions: changed.values().map(Vec::len).sum(),
        changed_learners: changed.len(),
        boards,
        learners: ids.into_iter().map(learner).collect(),
        next_cursor,
    };
    Ok(Answer { position, body })
}

fn submission(standing: &Standing, slugs: &HashMap<Uuid, String>) -> Option<SubmissionPreview> {
    let after = standing.after.as_ref()?;
    Some(SubmissionPreview {
        submission_id: standing.submission_id,
        exercise: slugs.get(&standing.exercise_id).cloned(),
        verdict_before: standing.before.as_ref().map(|before| before.verdict.clone()),
        verdict_after: after.verdict.clone(),
        points_before: standing.before.as_ref().map_or(0, |before| before.points),
        points_after: after.points,
    })
}

async fn boards(
    read: &mut Read,
    differences: &BTreeMap<(Uuid, Uuid), Difference>,
) -> Result<Vec<BoardPreview>, QueryError> {
    let exercises: BTreeSet<Uuid> = differences.keys().map(|(_, exercise)| *exercise).collect();
    let slugs = slugs(read, exercises.iter().copied()).await?;
    let mut boards = vec![
        board(read, Scope::Global, "global".to_owned(), &outcome::per_learner(differences, None)).await?,
    ];
    for exercise in exercises.into_iter().take(EXERCISES_MAX) {
        let Some(slug) = slugs.get(&exercise) else { continue };
        let changes = outcome::per_learner(differences, Some(exercise));
        boards.push(
            board(read, Scope::Exercise(ExerciseId(exercise)), format!("exercise:{slug}"), &changes).await?,
        );
    }
    Ok(boards)
}

async fn board(
    read: &mut Read,
    scope: Scope,
    name: String,
    changes: &BTreeMap<Uuid, Difference>,
) -> Result<BoardPreview, QueryError> {
    let touched: Vec<Uuid> = changes.keys().copied().collect();
    let mut totals = totals_of(read, &scope, &touched).await?;
    let known: BTreeSet<Uuid> = touched.iter().copied().collect();
    let rest = first_places(read, &scope, TOP + touched.len()).await?;
    totals.extend(rest.into_iter().filter(|total| !known.contains(&total.learner_id)));
    let (before, after) = outcome::tops(&totals, changes);

    let places = |places: &[Place]| -> BTreeMap<Uuid, Place> {
        places.iter().map(|place| (place.total.learner_id, *place)).collect()
    };
    let (ranked_before, ranked_after) = (places(&before), places(&after));
    let everybody: BTreeSet<Uuid> = ranked_before.keys().chain(ranked_after.keys()).copied().collect();
    let learner_ids: Vec<LearnerId> = everybody.into_iter().map(LearnerId).collect();
    let names = handles(read, &learner_ids).await?;
    let points: HashMap<Uuid, i64> = totals.iter().map(|total| (total.learner_id, total.points)).collect();
    let place = |learner_id: Uuid| {
        let points_before = points.get(&learner_id).copied().unwrap_or_default();
        PlacePreview {
            learner_id,
            handle: names.get(&LearnerId(learner_id)).cloned(),
            rank_before: ranked_before.get(&learner_id).map(|place| place.rank),
            rank_after: ranked_after.get(&learner_id).map(|place| place.rank),
            points_before,
            points_after: points_before + changes.get(&learner_id).map_or(0, |change| change.points),
        }
    };
    let ids = |places: &[Place]| places.iter().map(|place| place.total.learner_id).collect::<Vec<_>>();
    let without = |ids: Vec<Uuid>, there: &BTreeMap<Uuid, Place>| -> Vec<PlacePreview> {
        ids.into_iter().filter(|id| !there.contains_key(id)).map(place).collect()
    };
    Ok(BoardPreview {
        scope: name,
        entering: without(ids(&after), &ranked_before),
        leaving: without(ids(&before), &ranked_after),
        top: ids(&after).into_iter().map(place).collect(),
    })
}
