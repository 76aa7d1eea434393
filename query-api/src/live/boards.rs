//! Boards on live streams: each board that somebody watches is read once when it may have changed, however many watch it
//! and however many of its places they want.

use super::client::{Client, Message};
use crate::app::App;
use crate::error::QueryError;
use crate::queries::leaderboards::{self, BoardAnswer, BoardPage, Freshness};
use events::Position;
use events::board::Window;
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;

/// The most places of a board that anybody is told of.
pub const PLACES_MAX: usize = 100;
/// A board's changes within this time are told as one.
const COALESCED_FOR: Duration = Duration::from_millis(100);

/// One board. How many of its places a client wants is no part of it, or asking for different numbers would use up the
/// boards that can be watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Feed {
    pub scope: String,
    pub window: Window,
}

/// A client of a board.
#[derive(Debug)]
pub struct Watcher {
    pub client: Client,
    /// How many of the first places it is told of.
    pub places: usize,
    /// Whether its stream takes its ids from this board.
    pub with_ids: bool,
}

/// A board with open streams.
#[derive(Debug, Default)]
pub struct Watched {
    pub clients: HashMap<u64, Watcher>,
    /// What they were told last.
    told: Option<BoardPage>,
    /// What had been seen when it was read, and for which window.
    read_at: Option<(Position, String)>,
}

#[derive(Serialize)]
struct Told<'a> {
    position: String,
    board: &'a BoardPage,
}

/// Tells a new client how the board stands.
pub async fn catch_up(
    app: &App,
    feed: &Feed,
    places: usize,
    client: &Client,
    with_ids: bool,
    wanted: &Position,
) -> Result<(), QueryError> {
    let answer = read(app, feed, places, Freshness::NotOlderThan(wanted)).await?;
    if let Some(message) = message(&answer.position, &answer.page) {
        app.live.kept(client.send(if with_ids { message } else { message.without_id() }));
    }
    app.live.board_joined().notify_one();
    Ok(())
}

async fn read(
    app: &App,
    feed: &Feed,
    places: usize,
    freshness: Freshness<'_>,
) -> Result<BoardAnswer, QueryError> {
    leaderboards::page(app, &feed.scope, feed.window, None, places, freshness).await
}

fn message(position: &Position, board: &BoardPage) -> Option<Message> {
    let told = Told { position: position.to_string(), board };
    Message::new("board", &told).ok().map(|message| message.at(position))
}

/// Tells clients when a board changed, for ever.
pub async fn run(app: &App) {
    let mut moves = app.watermarks.subscribe();
    loop {
        tokio::select! {
            () = moves.moved() => {}
            () = app.live.board_joined().notified() => {}
        }
        for (feed, seen, window_at) in due(app) {
            match read(app, &feed, PLACES_MAX, Freshness::Newest).await {
                Ok(answer) => tell(app, &feed, &answer, (seen, window_at)),
                Err(error) => {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "a live board waits for the read model"
                    );
                }
            }
        }
        tokio::time::sleep(COALESCED_FOR).await;
    }
}

/// The boards that may have changed since they were read.
fn due(app: &App) -> Vec<(Feed, Position, String)> {
    let seen = app.watermarks.seen();
    let now = app.clock.now();
    let registry = app.live.registry();
    let boards = registry.boards.iter().map(|(feed, watched)| (feed, watched, feed.window.at(now)));
    boards
        .filter(|(_, watched, window_at)| {
            watched.read_at.as_ref().is_none_or(|(then, window)| *then != seen || window != window_at)
        })
        .map(|(feed, _, window_at)| (feed.clone(), seen.clone(), window_at))
        .collect()
}

fn tell(app: &App, feed: &Feed, answer: &BoardAnswer, read_at: (Position, String)) {
    let mut registry = app.live.registry();
    let Some(watched) = registry.boards.get_mut(feed) else { return };
    watched.read_at = Some(read_at);
    if watched.told.as_ref() == Some(&answer.page) {
        return;
    }
    let told = watched.told.replace(answer.page.clone());
    // Made once for each number of places; none when nothing changed among those.
    let mut messages: HashMap<usize, Option<Message>> = HashMap::new();
    watched.clients.retain(|_, Watcher { client, places, with_ids }| {
        let message = messages.entry(*places).or_insert_with(|| {
            let page = answer.page.first(*places);
            let changed = told.as_ref().is_none_or(|told| told.first(*places) != page);
            changed.then(|| message(&answer.position, &page)).flatten()
        });
        let Some(message) = message else { return true };
        app.live.kept(client.send(if *with_ids { message.clone() } else { message.without_id() }))
    });
}
