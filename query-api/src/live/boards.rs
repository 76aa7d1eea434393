//! Boards on live streams: each board that somebody watches is read once when it may have changed, however many watch it
//! and however many of its places they want.

use super::client::{Client, End};
use super::standing::You;
use super::told::{Since, Told};
use crate::app::App;
use crate::error::QueryError;
use crate::queries::leaderboards::{BoardAnswer, Feed, Freshness};
use access::Caller;
use events::Position;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::Duration;

/// The most places of a board that anybody is told of.
pub const PLACES_MAX: usize = 100;
/// A board's changes within this time are told as one.
const COALESCED_FOR: Duration = Duration::from_millis(100);
/// How many boards are read at a time.
const READ_AT_ONCE: usize = 4;
/// How often a new client's board is read anew because another read came between.
const ATTEMPTS: usize = 5;

/// A client of a board.
#[derive(Debug)]
pub struct Watcher {
    pub client: Client,
    /// How many of the first places it is told of.
    pub places: usize,
    /// Whether its stream takes its ids from this board.
    pub with_ids: bool,
    /// Whose token its stream was opened with.
    pub caller: Option<Caller>,
    /// It knows how the board stands, so changes are enough.
    pub is_greeted: bool,
    /// Where its learner stands, if that is wanted.
    pub you: Option<You>,
}

/// A board with open streams.
#[derive(Debug, Default)]
pub struct Watched {
    pub clients: HashMap<u64, Watcher>,
    told: Option<Told>,
    /// Raised whenever `told` is.
    version: u64,
    /// What had been seen when it was read.
    pub read_at: Option<Position>,
}

/// What is known of a board before it is read.
struct Known {
    version: u64,
    window_at: String,
}

/// Tells a new client how the board stands, or what changed since a position it comes back with.
pub async fn greet(
    app: &App,
    feed: &Feed,
    number: u64,
    since: Option<&Since>,
    wanted: &Position,
) -> Result<(), QueryError> {
    let mut wanted = wanted.clone();
    for _attempt in 0..ATTEMPTS {
        let Some(known) = greet_from_memory(app, feed, number, since, &mut wanted) else {
            app.live.board_joined().notify_one();
            return Ok(());
        };
        let answer = feed.read(app, PLACES_MAX, Freshness::NotOlderThan(&wanted)).await?;
        tell(app, feed, answer, known, None);
    }
    Err(QueryError::Unavailable)
}

/// `None`: it was told, or its stream is over. Otherwise the board has to be read, not older than `wanted`.
fn greet_from_memory(
    app: &App,
    feed: &Feed,
    number: u64,
    since: Option<&Since>,
    wanted: &mut Position,
) -> Option<Known> {
    let window_at = feed.window.at(app.clock.now());
    let mut registry = app.live.registry();
    let Watched { clients, told, version, .. } = registry.boards.get_mut(feed)?;
    let watcher = clients.get_mut(&number)?;
    let known = Known { version: *version, window_at };
    let Some(told) = told else { return Some(known) };
    if !app.watermarks.reachable() || told.window_at != known.window_at || !told.position().covers(wanted) {
        wanted.merge(told.position());
        return Some(known);
    }
    watcher.is_greeted = true;
    if let Some(message) = told.greeting(watcher.places, since.filter(|_| watcher.with_ids)) {
        app.live.kept(watcher.client.send(if watcher.with_ids { message } else { message.without_id() }));
    }
    None
}

/// Tells clients when a board changed, for ever.
pub async fn run(app: &App) {
    let mut moves = app.watermarks.subscribe();
    loop {
        tokio::select! {
            () = moves.moved() => {}
            () = app.live.board_joined().notified() => {}
        }
        futures_util::stream::iter(due(app))
            .for_each_concurrent(READ_AT_ONCE, |(feed, known, seen)| async move {
                if let Err(error) = look(app, &feed, known, seen).await {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "a live board waits for the read model"
                    );
                }
            })
            .await;
        tokio::time::sleep(COALESCED_FOR).await;
    }
}

/// The boards that may have changed since they were read.
fn due(app: &App) -> Vec<(Feed, Known, Position)> {
    let seen = app.watermarks.seen();
    let now = app.clock.now();
    let registry = app.live.registry();
    let boards = registry.boards.iter().map(|(feed, watched)| (feed, watched, feed.window.at(now)));
    boards
        .filter(|(_, watched, window_at)| {
            let is_of_now = watched.told.as_ref().is_some_and(|told| told.window_at == *window_at);
            watched.read_at.as_ref() != Some(&seen) || !is_of_now
        })
        .map(|(feed, watched, window_at)| {
            (feed.clone(), Known { version: watched.version, window_at }, seen.clone())
        })
        .collect()
}

async fn look(app: &App, feed: &Feed, known: Known, seen: Position) -> Result<(), QueryError> {
    let answer = feed.read(app, PLACES_MAX, Freshness::Newest).await?;
    if feed.is_of_cohort() {
        // Later than the read, so that nobody is told what came after they left.
        part_with_strangers(app, feed).await?;
    }
    tell(app, feed, answer, known, Some(seen));
    Ok(())
}

/// Ends the streams of those who are shown something else from now on, or nothing.
async fn part_with_strangers(app: &App, feed: &Feed) -> Result<(), QueryError> {
    let callers: Vec<Caller> = {
        let registry = app.live.registry();
        let Some(watched) = registry.boards.get(feed) else { return Ok(()) };
        watched.clients.values().filter_map(|watcher| watcher.caller.clone()).collect()
    };
    let strangers = feed.strangers(app, &callers).await?;
    if strangers.is_empty() {
        return Ok(());
    }
    let mut registry = app.live.registry();
    let Some(watched) = registry.boards.get_mut(feed) else { return Ok(()) };
    watched.clients.retain(|_, watcher| {
        let is_stranger = watcher.caller.as_ref().is_some_and(|caller| strangers.contains(&caller));
        if is_stranger {
            watcher.client.end(End::AccessChanged);
        }
        !is_stranger
    });
    Ok(())
}

/// Tells those who were greeted what a read found, unless something newer was told while it was read.
fn tell(app: &App, feed: &Feed, answer: BoardAnswer, known: Known, read_at: Option<Position>) {
    let mut registry = app.live.registry();
    let Some(watched) = registry.boards.get_mut(feed) else { return };
    let Watched { clients, told, version, read_at: board_read_at } = watched;
    let is_older = told.as_ref().is_some_and(|told| !answer.position.covers(told.position()));
    if is_older && *version != known.version {
        return;
    }
    *version += 1;
    if read_at.is_some() {
        *board_read_at = read_at;
    }
    let Some(told) = told else {
        *told = Some(Told::new(answer, known.window_at));
        return;
    };
    let Some(before) = told.move_on(answer, known.window_at) else { return };
    // Made once for each number of places.
    let mut messages = HashMap::new();
    clients.retain(|_, Watcher { client, places, with_ids, is_greeted, .. }| {
        if !*is_greeted {
            return true;
        }
        let message = messages.entry(*places).or_insert_with(|| told.news(*places, &before));
        let Some(message) = message else { return true };
        app.live.kept(client.send(if *with_ids { message.clone() } else { message.without_id() }))
    });
}
