//! Leaderboards: a page of one, and the neighbourhood of one learner. Each answer says in `Laurel-Board-Source` whether
//! it came from Redis or from Postgres, and is the same either way.

mod board;
mod changes;
mod past;
mod quick;
mod slice;
#[cfg(test)]
mod tests;
mod view;
mod watched;

pub use changes::BoardChanges;
pub use past::PastBoards;
pub use quick::QuickBoards;
pub use watched::{Feed, Standing};

use super::learners;
use crate::app::App;
use crate::cache::{Ask, Place, Slice};
use crate::csv::{self, Cell, Format};
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::metrics::Source;
use crate::positions::{Answer, Wanted, with_position};
use crate::read::Read;
use access::Caller;
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
use std::cmp::Reverse;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use view::{Asked, View, Viewer, keeps_boards};

/// For operators: `redis` or `postgres`.
const LAUREL_BOARD_SOURCE: HeaderName = HeaderName::from_static("laurel-board-source");
const CURSOR: &str = "leaderboard";
const LIMIT: usize = 50;
const RADIUS: usize = 5;
const RADIUS_MAX: usize = 50;

const HANDLES_MAX: usize = 100;
const SCOPES: &str = "`global`, `exercise:<slug>`, `category:<name>`, `language:<name>`, or `cohort:<id>` for its members \
                      and instructors. Boards order by points, then by who reached them earlier; an exercise's board by points, \
                      then by who needed less CPU time for them. A cohort's boards are the global ones of its members.";

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeParams {
    /// `all` (the default), `day`, `week` (Monday to Sunday) or `month`, in UTC. An exercise's board has `all` only.
    window: Option<String>,
    /// Which day, week or month: the one that holds this date or time. If absent, the one that holds the moment
    /// the board is of: `as_of`, the last change of any board up to `as_of_seq`, the freeze; else the current one.
    at: Option<String>,
    /// The board as it stood at this time (RFC 3339): what was recorded at or before it counts, by the facts' own times.
    as_of: Option<String>,
    /// The board as it stood at this sequence of the log.
    as_of_seq: Option<String>,
}

impl TimeParams {
    fn asked(&self) -> Result<Asked, QueryError> {
        let TimeParams { window, at, as_of, as_of_seq } = self;
        Asked::parse(window.as_deref(), at.as_deref(), as_of.as_deref(), as_of_seq.as_deref())
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoardParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AroundParams {
    /// How many entries on either side: 0 to 50, 5 if absent.
    radius: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StandingsParams {
    /// Whose standings: 1 to 100 handles, with commas between them.
    handles: Option<String>,
}

/// One learner on a board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BoardEntry {
    /// 1 + how many have a greater score; equal points in the same second share a rank.
    rank: u64,
    learner_id: Uuid,
    /// Null when the learner was erased; the points stay.
    handle: Option<String>,
    points: i64,
    /// When the last of the submissions was accepted that these points are of, to the second. Not on an exercise's board.
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_at: Option<DateTime<Utc>>,
    /// On an exercise's board: of the best submission, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_ms: Option<i64>,
    /// How many percent of the others on the board are not before this learner: 100 × (size − rank) / (size − 1), rounded down
    /// to two decimals; 100 for who is alone. Told where the board's size is.
    #[serde(skip_serializing_if = "Option::is_none")]
    percentile: Option<f64>,
    #[serde(skip)]
    score: i64,
}

impl BoardEntry {
    fn new(
        place: Place,
        rank: u64,
        size: Option<u64>,
        handle: Option<String>,
        by_cpu: bool,
    ) -> Result<Self, QueryError> {
        Ok(Self {
            rank,
            learner_id: place.learner_id.0,
            handle,
            points: events::board::points_of(place.score),
            reached_at: if by_cpu { None } else { Some(board::reached_at(place.score)?) },
            cpu_ms: by_cpu.then(|| events::board::cpu_ms_of(place.score)),
            percentile: size.map(|size| percentile(rank, size)),
            score: place.score,
        })
    }
}

/// Part of a board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BoardPage {
    pub scope: String,
    /// With its date: `all`, `day-2026-11-21`, `week-2026-47`, `month-2026-11`.
    pub window: String,
    /// The board is one of the past: what facts up to this sequence of the log recorded counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of_seq: Option<i64>,
    /// The board stands still since then. Its instructors see it move on.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_seq: Option<i64>,
    /// How many learners are on the whole board; told around a learner.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    pub entries: Vec<BoardEntry>,
    /// On a board that stands still: where the caller stands on the one that moves on.
    #[serde(skip_serializing_if = "Option::is_none")]
    you: Option<BoardEntry>,
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
            let last = page.entries.last();
            page.next_cursor =
                last.map(|last| cursor::encode(CURSOR, &(last.score, LearnerId(last.learner_id))));
        }
        page
    }
}

/// Where several learners stand on a board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BoardStandings {
    scope: String,
    /// With its date.
    window: String,
    /// As for a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_seq: Option<i64>,
    /// How many learners are on the whole board.
    size: u64,
    /// In the board's order.
    entries: Vec<BoardEntry>,
    /// The handles of those who have no points on this board.
    unranked: Vec<String>,
    parked_keys: i64,
}

/// Part of a board, where it was read from and what it stands at.
#[derive(Debug)]
pub struct BoardAnswer {
    pub page: BoardPage,
    pub position: Position,
    source: Source,
}

impl BoardAnswer {
    /// The page as a table.
    fn table(self) -> Response {
        const COLUMNS: [&str; 6] = ["rank", "handle", "learner_id", "points", "reached_at", "cpu_ms"];
        let rows = self.page.entries.iter().map(|entry| {
            [
                Cell::from(i64::try_from(entry.rank).unwrap_or(i64::MAX)),
                Cell::from(entry.handle.clone()),
                Cell::from(entry.learner_id.to_string()),
                Cell::from(entry.points),
                Cell::from(entry.reached_at),
                Cell::from(entry.cpu_ms),
            ]
        });
        let next = self.page.next_cursor.as_deref();
        with_source(self.source, csv::answer(&self.position, "leaderboard", COLUMNS, rows, next))
    }
}

impl IntoResponse for BoardAnswer {
    fn into_response(self) -> Response {
        with_source(self.source, with_position(&self.position, Json(self.page).into_response()))
    }
}

fn with_source(source: Source, mut response: Response) -> Response {
    response.headers_mut().insert(LAUREL_BOARD_SOURCE, HeaderValue::from_static(source.name()));
    response
}

/// A page of a board.
#[utoipa::path(
    get, path = "/v1/leaderboards/{scope}", tag = "leaderboards",
    params(
        ("scope" = String, Path, description = SCOPES),
        TimeParams,
        BoardParams,
    ),
    responses(
        (status = 200, description = "With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor`", content(
            (BoardPage = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `format_invalid`, `query_invalid`, `position_invalid`"),
        (status = 404, body = ProblemBody, description = "`board_unknown`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `boards_busy`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    caller: Option<Caller>,
    Wanted(wanted): Wanted,
    Segments(scope): Segments<String>,
    Params(time): Params<TimeParams>,
    Params(params): Params<BoardParams>,
) -> Result<Response, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let format = csv::format(params.format.as_deref())?;
    let asked = time.asked()?;
    let place = match cursor::decode::<(i64, LearnerId)>(CURSOR, params.cursor.as_deref())? {
        Some((packed, _)) if !is_score(packed) => return Err(cursor::invalid().into()),
        place => place.map(|(score, learner_id)| Place { score, learner_id }),
    };
    let page = quick::Wanted::Page { place, limit };
    let answer = if let Some(answer) = app.quick_boards.answer(&app, &scope, asked, page, &wanted).await {
        answer
    } else {
        let freshness = Freshness::NotOlderThan(&wanted);
        read_page(&app, &scope, asked, Viewer::Caller(caller.as_ref()), place, limit, freshness).await?
    };
    Ok(match format {
        Format::Json => answer.into_response(),
        Format::Csv => answer.table(),
    })
}

/// How new a board must be.
#[derive(Debug, Clone, Copy)]
pub enum Freshness<'a> {
    NotOlderThan(&'a Position),
    /// As new as Postgres has it: whoever is told of changes would miss one that Redis does not have yet.
    Newest,
}

async fn read_page(
    app: &App,
    scope: &str,
    asked: Asked,
    viewer: Viewer<'_>,
    place: Option<Place>,
    limit: usize,
    freshness: Freshness<'_>,
) -> Result<BoardAnswer, QueryError> {
    let anything = Position::default();
    let wanted = if let Freshness::NotOlderThan(wanted) = freshness { wanted } else { &anything };
    let (mut read, view) = view::begin(app, scope, asked, viewer, wanted).await?;
    let needed = if let Freshness::Newest = freshness { read.position().clone() } else { wanted.clone() };
    let ask = Ask::After { place, count: limit + 1 };
    let reading = board::read_part(app, &mut read, &view, &ask, &needed).await?;
    let you = match viewer {
        Viewer::Caller(caller) => own_place(app, &mut read, &view, caller, &needed).await?,
        Viewer::Admitted { .. } => None,
    };
    answer(read, view, reading, Some(limit), you).await
}

/// The entries around a learner.
#[utoipa::path(
    get, path = "/v1/leaderboards/{scope}/around/{handle}", tag = "leaderboards",
    params(
        ("scope" = String, Path, description = SCOPES),
        ("handle" = String, Path),
        TimeParams,
        AroundParams,
    ),
    responses(
        (status = 200, body = BoardPage),
        (status = 400, body = ProblemBody, description = "`radius_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `query_invalid`, `position_invalid`"),
        (status = 404, body = ProblemBody, description = "`board_unknown`, `learner_not_found`, `learner_not_ranked`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `boards_busy`, `read_model_unavailable`"),
    )
)]
pub async fn around(
    State(app): State<App>,
    caller: Option<Caller>,
    Wanted(wanted): Wanted,
    Segments((scope, handle)): Segments<(String, String)>,
    Params(time): Params<TimeParams>,
    Params(params): Params<AroundParams>,
) -> Result<BoardAnswer, Problem> {
    let radius =
        extract::bounded("radius", "radius_invalid", params.radius.as_deref(), RADIUS, 0..=RADIUS_MAX)?;
    let asked = time.asked()?;
    let near = quick::Wanted::Around { handle: handle.clone(), radius };
    if let Some(answer) = app.quick_boards.answer(&app, &scope, asked, near, &wanted).await {
        return Ok(answer);
    }
    let (mut read, view) = view::begin(&app, &scope, asked, Viewer::Caller(caller.as_ref()), &wanted).await?;
    let learner_id = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner_id.0).await?;
    let ask = Ask::Around { learner_id, radius };
    let reading = board::read_part(&app, &mut read, &view, &ask, &wanted).await?;
    let you = own_place(&app, &mut read, &view, caller.as_ref(), &wanted).await?;
    // Who has had points only since a board stands still is not on it, and is to see where they stand all the same.
    let is_new = you.as_ref().is_some_and(|you| you.learner_id == learner_id.0);
    if reading.found.places.is_empty() && !is_new {
        return Err(QueryError::Missing(Missing::Rank).into());
    }
    Ok(answer(read, view, reading, None, you).await?)
}

/// Where several learners stand.
#[utoipa::path(
    get, path = "/v1/leaderboards/{scope}/learners", tag = "leaderboards",
    params(("scope" = String, Path, description = SCOPES), TimeParams, StandingsParams),
    responses(
        (status = 200, body = BoardStandings),
        (status = 400, body = ProblemBody, description = "`handles_invalid`, `window_invalid`, `at_invalid`, `as_of_invalid`, `query_invalid`, `position_invalid`"),
        (status = 404, body = ProblemBody, description = "`board_unknown`, `learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `boards_busy`, `read_model_unavailable`"),
    )
)]
pub async fn standings(
    State(app): State<App>,
    caller: Option<Caller>,
    Wanted(wanted): Wanted,
    Segments(scope): Segments<String>,
    Params(time): Params<TimeParams>,
    Params(params): Params<StandingsParams>,
) -> Result<Response, Problem> {
    let handles: Vec<&str> = params.handles.as_deref().unwrap_or_default().split(',').collect();
    if handles.len() > HANDLES_MAX || handles.contains(&"") {
        let expected = format!("1 to {HANDLES_MAX} handles are expected, with commas between them.");
        return Err(QueryError::invalid("handles", "handles_invalid", expected).into());
    }
    let asked = time.asked()?;
    let (mut read, view) = view::begin(&app, &scope, asked, Viewer::Caller(caller.as_ref()), &wanted).await?;
    let mut learners = Vec::new();
    for handle in &handles {
        let learner_id = learners::find(&mut read, handle).await?;
        read.refuse_parked(learner_id.0).await?;
        learners.push(learner_id);
    }
    let reading = board::read_part(&app, &mut read, &view, &learners, &wanted).await?;
    let mut ranked: Vec<(Place, u64)> =
        reading.found.places.iter().map(|(place, greater)| (*place, greater + 1)).collect();
    ranked.sort_unstable_by_key(|(place, _)| (Reverse(place.score), place.learner_id));
    ranked.dedup();
    let entries = entries(&mut read, &view, &ranked, Some(reading.found.size)).await?;
    let is_ranked = |learner: &LearnerId| ranked.iter().any(|(place, _)| place.learner_id == *learner);
    let unranked = handles.iter().zip(&learners).filter(|(_, learner)| !is_ranked(learner));
    let body = BoardStandings {
        unranked: unranked.map(|(handle, _)| (*handle).to_owned()).collect(),
        scope: view.name,
        window: view.window_at,
        as_of_seq: view.cut,
        frozen_at: view.frozen.map(|frozen| frozen.at),
        frozen_seq: view.frozen.map(|frozen| frozen.sequence),
        size: reading.found.size,
        entries,
        parked_keys: reading.parked_keys,
    };
    let position = standing(reading.position, read).await?;
    Ok(with_source(reading.source, Answer { position, body }.into_response()))
}

/// Adds ranks and handles. With a limit the slice has one place more than the page, if there is one.
async fn answer(
    mut read: Read,
    view: View,
    reading: Reading<Slice>,
    limit: Option<usize>,
    you: Option<BoardEntry>,
) -> Result<BoardAnswer, QueryError> {
    let Reading { found: slice, source, position, parked_keys } = reading;
    let more = limit.is_some_and(|limit| slice.places.len() > limit);
    let mut ranked: Vec<(Place, u64)> = slice.places.iter().copied().zip(board::ranks(&slice)).collect();
    ranked.truncate(limit.unwrap_or(usize::MAX));
    let entries = entries(&mut read, &view, &ranked, slice.size).await?;
    let position = standing(position, read).await?;
    let page = BoardPage { you, ..page_of(view, entries, slice.size, more, parked_keys) };
    Ok(BoardAnswer { page, position, source })
}

/// `more`: entries follow.
fn page_of(
    view: View,
    entries: Vec<BoardEntry>,
    size: Option<u64>,
    more: bool,
    parked_keys: i64,
) -> BoardPage {
    let last = entries.last().filter(|_| more);
    BoardPage {
        next_cursor: last.map(|last| cursor::encode(CURSOR, &(last.score, LearnerId(last.learner_id)))),
        scope: view.name,
        window: view.window_at,
        as_of_seq: view.cut,
        frozen_at: view.frozen.map(|frozen| frozen.at),
        frozen_seq: view.frozen.map(|frozen| frozen.sequence),
        size,
        entries,
        you: None,
        parked_keys,
    }
}

/// The position of an answer whose board stands at `board`.
async fn standing(mut board: Position, read: Read) -> Result<Position, QueryError> {
    let snapshot = read.finish().await?;
    board.advance(events::Part::Identity, snapshot.get(events::Part::Identity));
    Ok(board)
}

async fn entries(
    read: &mut Read,
    view: &View,
    ranked: &[(Place, u64)],
    size: Option<u64>,
) -> Result<Vec<BoardEntry>, QueryError> {
    let learners: Vec<LearnerId> = ranked.iter().map(|(place, _)| place.learner_id).collect();
    let mut handles = board::handles(read, &learners).await?;
    let by_cpu = view.scope.is_by_cpu();
    let entry = |(place, rank): &(Place, u64)| {
        BoardEntry::new(*place, *rank, size, handles.remove(&place.learner_id), by_cpu)
    };
    ranked.iter().map(entry).collect()
}

/// Where somebody stands on the board as it moves on, whatever others are shown.
async fn own_place(
    app: &App,
    read: &mut Read,
    view: &View,
    caller: Option<&Caller>,
    wanted: &Position,
) -> Result<Option<BoardEntry>, QueryError> {
    let Some(caller) = caller.filter(|_| view.frozen.is_some()) else { return Ok(None) };
    let live = view.live();
    let reading = board::read_part(app, read, &live, &vec![caller.learner_id], wanted).await?;
    let ranked: Vec<(Place, u64)> =
        reading.found.places.iter().map(|(place, greater)| (*place, greater + 1)).collect();
    Ok(entries(read, &live, &ranked, Some(reading.found.size)).await?.pop())
}

/// How many percent of the others on a board are not before somebody: 100 × (size − rank) / (size − 1), to two decimals; 100
/// for who is alone.
fn percentile(rank: u64, size: u64) -> f64 {
    if size <= 1 {
        return 100.0;
    }
    // In integers, so that equal standings give equal text: hundredths of a percent, rounded down.
    let hundredths = size.saturating_sub(rank) * 10_000 / (size - 1);
    f64::from(u32::try_from(hundredths).unwrap_or(10_000)) / 100.0
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
