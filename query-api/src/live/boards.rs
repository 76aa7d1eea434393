//! Boards on live streams: each board that somebody watches is read once when it may have changed, however many watch it
//! and however many of its places they want.

use super::client::{Client, End, Message};
use super::standing::You;
use super::told::{Since, Told};
use crate::app::App;
use crate::error::QueryError;
use crate::queries::leaderboards::{BoardAnswer, Feed, Freshness};
use access::Caller;
use events::Position;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The most places of a board that anybody is told of.
pub const PLACES_MAX: usize = 100;
/// A board's changes within this time are told as one.
const COALESCED_FOR: Duration = Duration::from_millis(100);
/// What moves within this time is looked for once.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(10);
/// How many boards are read at a time, slow ones not counted.
const READ_AT_ONCE: usize = 4;
/// A board that takes longer is slow: one that stands still may have to be summed up from the past, for a minute.
const SLOW_AFTER: Duration = Duration::from_millis(500);
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
    told: Option<Arc<Told>>,
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
        if feed.is_of_cohort() {
            // It is told to everybody who watches, not only to the one who comes.
            part_with_strangers(app, feed).await?;
        }
        tell(app, feed, &answer, &known, None);
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
    loop {
        let (known, told, places, with_ids) = {
            let registry = app.live.registry();
            let watched = registry.boards.get(feed)?;
            let watcher = watched.clients.get(&number)?;
            let known = Known { version: watched.version, window_at: window_at.clone() };
            let Some(told) = watched.told.clone() else { return Some(known) };
            (known, told, watcher.places, watcher.with_ids)
        };
        if !app.watermarks.reachable() || told.window_at != window_at || !told.position().covers(wanted) {
            wanted.merge(told.position());
            return Some(known);
        }
        // Made while nobody waits for the registry.
        let message = told.greeting(places, since.filter(|_| with_ids));
        let mut registry = app.live.registry();
        let watched = registry.boards.get_mut(feed)?;
        if watched.version != known.version {
            // Others were told news meanwhile, which this one would miss.
            continue;
        }
        let watcher = watched.clients.get_mut(&number)?;
        watcher.is_greeted = true;
        if let Some(message) = message {
            app.live.kept(watcher.client.send(if with_ids { message } else { message.without_id() }));
        }
        return None;
    }
}

/// Tells clients when a board changed, for ever. No board waits for a slow one.
pub async fn run(app: &App) {
    let mut moves = app.watermarks.subscribe();
    let turns = Semaphore::new(READ_AT_ONCE);
    let mut looks = FuturesUnordered::new();
    // Those being looked at, and whether they have to be again.
    let mut underway: HashMap<Feed, bool> = HashMap::new();
    let (mut may_be_due, mut next) = (false, Instant::now());
    loop {
        tokio::select! {
            () = moves.moved(), if !may_be_due => may_be_due = true,
            () = app.live.board_joined().notified(), if !may_be_due => may_be_due = true,
            Some(feed) = looks.next() => may_be_due |= underway.remove(&feed) == Some(true),
            () = sleep_until(next), if may_be_due => {
                may_be_due = false;
                next = Instant::now() + LOOKED_FOR_EVERY;
                for (feed, known, seen) in due(app) {
                    if let Some(again) = underway.get_mut(&feed) {
                        *again = true;
                    } else {
                        underway.insert(feed.clone(), false);
                        looks.push(look_in_turn(app, &turns, feed, known, seen));
                    }
                }
            }
        }
    }
}

/// Looks at a board when it is its turn, which ends when it turns out to be slow. Ends when it may be looked at again.
async fn look_in_turn(app: &App, turns: &Semaphore, feed: Feed, known: Known, seen: Position) -> Feed {
    {
        let turn = turns.acquire().await;
        let mut looking = pin!(look(app, &feed, known, seen));
        let looked = if let Ok(looked) = timeout(SLOW_AFTER, &mut looking).await {
            looked
        } else {
            drop(turn);
            looking.await
        };
        if let Err(error) = looked {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a live board waits for the read model"
            );
        }
    }
    sleep(COALESCED_FOR).await;
    feed
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
    tell(app, feed, &answer, &known, Some(&seen));
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
fn tell(app: &App, feed: &Feed, answer: &BoardAnswer, known: &Known, read_at: Option<&Position>) {
    loop {
        let (version, told, wanted) = {
            let registry = app.live.registry();
            let Some(watched) = registry.boards.get(feed) else { return };
            let told = watched.told.clone();
            let is_older = told.as_ref().is_some_and(|told| !answer.position.covers(told.position()));
            if is_older && watched.version != known.version {
                return;
            }
            let wanted: HashSet<usize> = watched.clients.values().map(|watcher| watcher.places).collect();
            (watched.version, told, wanted)
        };
        // Made while nobody waits for the registry, once for each number of places.
        let (page, position) = (answer.page.clone(), answer.position.clone());
        let (told, before) = match told {
            None => (Told::new(page, position, known.window_at.clone()), None),
            Some(told) => Told::clone(&told).moved_on(page, position, known.window_at.clone()),
        };
        let news = |places: usize| before.as_ref().and_then(|before| told.news(places, before));
        let mut messages: HashMap<usize, Option<Message>> =
            wanted.into_iter().map(|places| (places, news(places))).collect();
        let mut registry = app.live.registry();
        let Some(watched) = registry.boards.get_mut(feed) else { return };
        if watched.version != version {
            continue;
        }
        watched.version += 1;
        if let Some(read_at) = read_at {
            watched.read_at = Some(read_at.clone());
        }
        watched.clients.retain(|_, Watcher { client, places, with_ids, is_greeted, .. }| {
            if !*is_greeted {
                return true;
            }
            let message = messages.entry(*places).or_insert_with(|| news(*places));
            let Some(message) = message else { return true };
            app.live.kept(client.send(if *with_ids { message.clone() } else { message.without_id() }))
        });
        watched.told = Some(Arc::new(told));
        return;
    }
}
