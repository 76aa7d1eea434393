//! Live updates as server-sent events or over a WebSocket: the caller's submissions, a board, or both on one stream.
//!
//! docs/live.md has the messages and how a client applies them. A message's id is a position; whoever comes back with it
//! (`Last-Event-ID` or `?last_event_id=`) is told what changed since. A stream with submissions has the ids of those only, because
//! the board's position may be ahead of them.

mod boards;
mod client;
mod hub;
mod queue;
mod standing;
mod submissions;
#[cfg(test)]
mod tests;
mod told;
pub mod ws;

pub use hub::Live;

use crate::app::App;
use crate::error::QueryError;
use crate::extract::{self, Params};
use crate::positions::Wanted;
use crate::queries::leaderboards::{self, Feed};
use access::Caller;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use boards::PLACES_MAX;
use chassis::problem::{Problem, ProblemBody};
use client::Message;
use events::Position;
use events::board::Window;
use futures_util::{Stream, StreamExt};
use hub::Wish;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use told::Since;
use utoipa::IntoParams;

const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells reverse proxies (nginx and those that copied it) not to hold messages back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const PLACES: usize = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveParams {
    /// `mine`: your submissions.
    submissions: Option<String>,
    /// A board's scope, as in `/v1/leaderboards/{scope}`.
    board: Option<String>,
    /// The board's window: `all` (the default), `day`, `week` or `month`; of an exercise's board `all` only.
    window: Option<String>,
    /// How many places of the board: 1 to 100, 10 if absent.
    limit: Option<String>,
    /// `true`: where you stand on the board yourself.
    me: Option<String>,
    /// Like the header `Last-Event-ID`, for clients that cannot set it.
    last_event_id: Option<String>,
    /// Like the header `Authorization`, for clients that cannot set it.
    #[allow(dead_code)] // Read by the access layer.
    access_token: Option<String>,
}

/// Live updates.
#[utoipa::path(
    get, path = "/v1/live", tag = "live",
    params(LiveParams, ("Last-Event-ID" = Option<String>, Header, description = "The position to go on from")),
    responses(
        (status = 200, content_type = "text/event-stream", body = String,
         description = "Events `ready`, `received`, `queue`, `progress`, `judged`, `board`, `board_changes`, `you`, `end`"),
        (status = 400, body = ProblemBody, description = "`subscription_missing`, `submissions_invalid`, `me_invalid`, `position_invalid`, …"),
        (status = 401, body = ProblemBody, description = "`token_missing`: `submissions=mine` and `me=true` need a token"),
        (status = 404, body = ProblemBody, description = "`board_unknown`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `too_many_streams`, `boards_busy`, `read_model_unavailable`"),
    )
)]
pub async fn live(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Result<Caller, Problem>,
    Params(params): Params<LiveParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let messages = subscribe(&app, wanted, caller, &params, &headers).await?;
    let events = messages.map(|message| Ok::<_, Infallible>(message.into_event()));
    let keep_alive = KeepAlive::new().interval(HEARTBEAT_EVERY).text("heartbeat");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// What somebody follows, from the first message on.
async fn subscribe(
    app: &App,
    mut wanted: Position,
    caller: Result<Caller, Problem>,
    params: &LiveParams,
    headers: &HeaderMap,
) -> Result<impl Stream<Item = Message> + Send + use<>, Problem> {
    let submissions = match params.submissions.as_deref() {
        None => false,
        Some("mine") => true,
        Some(_) => {
            let expected = "`mine` is expected: only your own submissions can be followed.";
            return Err(QueryError::invalid("submissions", "submissions_invalid", expected).into());
        }
    };
    let you = asks_for_own_place(params)?;
    let caller = if submissions || you { Some(caller?) } else { caller.ok() };
    if !submissions && params.board.is_none() {
        let expected = "Say what to follow: `submissions=mine`, `board=<scope>`, or both.";
        return Err(QueryError::invalid("submissions", "subscription_missing", expected).into());
    }
    let since = since(params, headers)?;
    if let Some(since) = &since {
        wanted.merge(&since.position);
    }
    let (window, places) = window_and_places(params)?;
    let feed = match &params.board {
        Some(scope) => Some(Feed::of(app, scope, window, caller.as_ref(), &wanted).await?),
        None => None,
    };
    // What changes about an account reaches whoever trusts its tokens when they expire: a stream is no exception.
    let expires_after =
        caller.as_ref().map(|caller| (caller.expires_at - app.clock.now()).to_std().unwrap_or_default());
    let mine = caller.as_ref().filter(|_| submissions).map(|caller| caller.learner_id);
    let board = feed.clone().map(|feed| (feed, places));
    let (client, number, stream) = app.live.join(Wish { caller, submissions, board, you }, expires_after)?;
    // The client is known to the hub before the first read: what happens from here on reaches it one way or the other.
    if let Some(learner_id) = mine {
        let since = since.as_ref().map(|since| &since.position);
        submissions::catch_up(app, learner_id, &client, since, &wanted).await?;
    }
    if let Some(feed) = &feed {
        boards::greet(app, feed, number, since.as_ref(), &wanted).await?;
    }
    if you {
        app.live.you_joined().notify_one();
    }
    Ok(stream)
}

fn asks_for_own_place(params: &LiveParams) -> Result<bool, QueryError> {
    match params.me.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") if params.board.is_some() => Ok(true),
        Some(_) => {
            let expected = "`true` is expected, together with a board.";
            Err(QueryError::invalid("me", "me_invalid", expected))
        }
    }
}

/// The board's window, and how many of its places.
fn window_and_places(params: &LiveParams) -> Result<(Window, usize), QueryError> {
    let window = leaderboards::window(params.window.as_deref())?;
    let places = extract::bounded("limit", "limit_invalid", params.limit.as_deref(), PLACES, 1..=PLACES_MAX)?;
    Ok((window, places))
}

fn since(params: &LiveParams, headers: &HeaderMap) -> Result<Option<Since>, QueryError> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
    let given = header.or(params.last_event_id.as_deref()).filter(|text| !text.is_empty());
    given.map(Since::parse).transpose()
}
