//! Leaderboards: a page of one, and the neighbourhood of one learner. Each answer says in `Laurel-Board-Source` whether
//! it came from Redis or from Postgres, and is the same either way.

mod board;
mod slice;
#[cfg(test)]
mod tests;

use super::learners;
use crate::app::App;
use crate::cache::{Ask, Place};
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::metrics::Source;
use crate::positions::{Wanted, with_position};
use crate::read::Read;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use board::Reading;
pub use board::handles;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::board::Window;
use events::{LearnerId, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// For operators: `redis` or `postgres`.
const LAUREL_BOARD_SOURCE: HeaderName = HeaderName::from_static("laurel-board-source");
const CURSOR: &str = "leaderboard";
const LIMIT: usize = 50;
const RADIUS: usize = 5;
const RADIUS_MAX: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoardParams {
    /// `all` (the default), `day`, `week` or `month`: the current one, in UTC. An exercise's board has `all` only.
    window: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AroundParams {
    /// `all` (the default), `day`, `week` or `month`: the current one, in UTC. An exercise's board has `all` only.
    window: Option<String>,
    /// How many entries on either side: 0 to 50, 5 if absent.
    radius: Option<String>,
}

/// One learner on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardEntry {
    /// 1 + how many have a greater score; equal points in the same second share a rank.
    rank: u64,
    learner_id: Uuid,
    /// Null when the learner was erased; the points stay.
    handle: Option<String>,
    points: i64,
    /// When these points were reached, to the second.
    reached_at: DateTime<Utc>,
}

/// Part of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardPage {
    pub scope: String,
    /// With its date: `all`, `day-2026-11-21`, `week-2026-47`, `month-2026-11`.
    pub window: String,
    pub entries: Vec<BoardEntry>,
    /// How many learners' points are not up to date because an event of theirs could not be applied.
    parked_keys: i64,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl BoardPage {
    /// The page as it had been with a limit of `places`.
    pub fn first(&self, places: usize) -> Self {
        let mut page = self.clone();
        if page.entries.len() > places {
            page.entries.truncate(places);
            page.next_cursor = page.entries.last().and_then(|last| {
                let score = events::board::score(last.points, last.reached_at).ok()?;
                Some(cursor::encode(CURSOR, &(score, LearnerId(last.learner_id))))
            });
        }
        page
    }
}

/// Part of a board, where it was read from and what it stands at.
#[derive(Debug)]
pub struct BoardAnswer {
    pub page: BoardPage,
    pub position: Position,
    source: Source,
}

impl IntoResponse for BoardAnswer {
    fn into_response(self) -> Response {
        let mut response = with_position(&self.position, Json(self.page).into_response());
        response.headers_mut().insert(LAUREL_BOARD_SOURCE, HeaderValue::from_static(self.source.name()));
        response
    }
}

/// A page of a board.
#[utoipa::path(
    get, path = "/v1/leaderboards/{scope}", tag = "leaderboards",
    params(
        ("scope" = String, Path, description = "`global`, `exercise:<slug>`, `category:<name>` or `language:<name>`"),
        BoardParams,
    ),
    responses(
        (status = 200, body = BoardPage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `window_invalid`"),
        (status = 404, body = ProblemBody, description = "`board_unknown`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(scope): Segments<String>,
    Params(params): Params<BoardParams>,
) -> Result<BoardAnswer, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let window = window(params.window.as_deref())?;
    let place = match cursor::decode::<(i64, LearnerId)>(CURSOR, params.cursor.as_deref())? {
        Some((packed, _)) if !is_score(packed) => return Err(cursor::invalid().into()),
        place => place.map(|(score, learner_id)| Place { score, learner_id }),
    };
    Ok(page(&app, &scope, window, place, limit, Freshness::NotOlderThan(&wanted)).await?)
}

/// How new a board must be.
#[derive(Debug, Clone, Copy)]
pub enum Freshness<'a> {
    NotOlderThan(&'a Position),
    /// As new as Postgres has it: whoever is told of changes would miss one that Redis does not have yet.
    Newest,
}

/// A page after a place, or the first one.
pub async fn page(
    app: &App,
    scope: &str,
    window: Window,
    place: Option<Place>,
    limit: usize,
    freshness: Freshness<'_>,
) -> Result<BoardAnswer, QueryError> {
    let anything = Position::default();
    let wanted = if let Freshness::NotOlderThan(wanted) = freshness { wanted } else { &anything };
    let mut read = app.reader.begin(&board::CONCERNED, wanted).await?;
    let needed = if let Freshness::Newest = freshness { read.position().clone() } else { wanted.clone() };
    let resolved = board::resolve(&mut read, scope, window).await?;
    let window_at = window.at(app.clock.now());
    let ask = Ask::After { place, count: limit + 1 };
    let reading = board::read_slice(app, &mut read, &resolved, &window_at, ask, &needed).await?;
    answer(read, scope, window_at, reading, Some(limit)).await
}

/// The entries around a learner.
#[utoipa::path(
    get, path = "/v1/leaderboards/{scope}/around/{handle}", tag = "leaderboards",
    params(
        ("scope" = String, Path, description = "`global`, `exercise:<slug>`, `category:<name>` or `language:<name>`"),
        ("handle" = String, Path),
        AroundParams,
    ),
    responses(
        (status = 200, body = BoardPage),
        (status = 400, body = ProblemBody, description = "`radius_invalid`, `window_invalid`"),
        (status = 404, body = ProblemBody, description = "`board_unknown`, `learner_not_found`, `learner_not_ranked`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn around(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments((scope, handle)): Segments<(String, String)>,
    Params(params): Params<AroundParams>,
) -> Result<BoardAnswer, Problem> {
    let radius =
        extract::bounded("radius", "radius_invalid", params.radius.as_deref(), RADIUS, 0..=RADIUS_MAX)?;
    let window = window(params.window.as_deref())?;
    let mut read = app.reader.begin(&board::CONCERNED, &wanted).await?;
    let resolved = board::resolve(&mut read, &scope, window).await?;
    let learner_id = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner_id.0).await?;
    let window_at = window.at(app.clock.now());
    let ask = Ask::Around { learner_id, radius };
    let reading = board::read_slice(&app, &mut read, &resolved, &window_at, ask, &wanted).await?;
    if reading.slice.places.is_empty() {
        return Err(QueryError::Missing(Missing::Rank).into());
    }
    Ok(answer(read, &scope, window_at, reading, None).await?)
}

/// Adds ranks and handles. With a limit the slice has one place more than the page, if there is one.
async fn answer(
    mut read: Read,
    scope: &str,
    window: String,
    reading: Reading,
    limit: Option<usize>,
) -> Result<BoardAnswer, QueryError> {
    let ranks = board::ranks(&reading.slice);
    let Reading { slice, source, mut position, parked_keys } = reading;
    let mut places = slice.places;
    let more = limit.is_some_and(|limit| places.len() > limit);
    places.truncate(limit.unwrap_or(usize::MAX));
    let learners: Vec<LearnerId> = places.iter().map(|place| place.learner_id).collect();
    let mut handles = board::handles(&mut read, &learners).await?;
    let snapshot = read.finish().await?;
    position.advance(events::Part::Identity, snapshot.get(events::Part::Identity));
    let last = places.last().filter(|_| more);
    let next_cursor = last.map(|place| cursor::encode(CURSOR, &(place.score, place.learner_id)));
    let entries = places.iter().zip(ranks).map(|(place, rank)| {
        Ok(BoardEntry {
            rank,
            learner_id: place.learner_id.0,
            handle: handles.remove(&place.learner_id),
            points: events::board::points_of(place.score),
            reached_at: board::reached_at(place.score)?,
        })
    });
    let entries = entries.collect::<Result<_, QueryError>>()?;
    let page = BoardPage { scope: scope.to_owned(), window, entries, parked_keys, next_cursor };
    Ok(BoardAnswer { page, position, source })
}

/// `?window=`, or all time.
pub fn window(given: Option<&str>) -> Result<Window, QueryError> {
    let Some(text) = given else { return Ok(Window::All) };
    text.parse().map_err(|()| {
        let names = Window::ALL.map(Window::name).join(", ");
        QueryError::invalid("window", "window_invalid", format!("One of {names} is expected."))
    })
}

/// Whether a board can hold this score at all.
fn is_score(score: i64) -> bool {
    (0..=events::board::POINTS_MAX).contains(&events::board::points_of(score))
}
