//! Boards on live streams: each board that somebody watches is read once when it may have changed, however many watch it.

use super::client::{Client, Message};
use crate::app::App;
use crate::error::QueryError;
use crate::queries::leaderboards::{self, BoardAnswer, BoardPage, Freshness};
use events::Position;
use events::board::Window;
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;

/// A board's changes within this time are told as one.
const COALESCED_FOR: Duration = Duration::from_millis(100);

/// The first places of one board.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Feed {
    pub scope: String,
    pub window: Window,
    pub places: usize,
}

/// A board with open streams.
#[derive(Debug, Default)]
pub struct Watched {
    /// With whether the client's stream takes its ids from this board.
    pub clients: HashMap<u64, (Client, bool)>,
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
    client: &Client,
    with_ids: bool,
    wanted: &Position,
) -> Result<(), QueryError> {
    let answer = read(app, feed, Freshness::NotOlderThan(wanted)).await?;
    if let Some(message) = message(&answer) {
        app.live.kept(client.send(if with_ids { message } else { message.without_id() }));
    }
    app.live.board_joined().notify_one();
    Ok(())
}

async fn read(app: &App, feed: &Feed, freshness: Freshness<'_>) -> Result<BoardAnswer, QueryError> {
    leaderboards::page(app, &feed.scope, feed.window, None, feed.places, freshness).await
}

fn message(answer: &BoardAnswer) -> Option<Message> {
    let told = Told { position: answer.position.to_string(), board: &answer.page };
    Message::new("board", &told).ok().map(|message| message.at(&answer.position))
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
            match read(app, &feed, Freshness::Newest).await {
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
    let Some(message) = message(answer) else { return };
    watched.told = Some(answer.page.clone());
    watched.clients.retain(|_, (client, with_ids)| {
        app.live.kept(client.send(if *with_ids { message.clone() } else { message.without_id() }))
    });
}
