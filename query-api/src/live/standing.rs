//! Where those stand themselves who watch a board and want to know: looked up together for all who watch the same board.

use super::client::Message;
use crate::app::App;
use crate::queries::leaderboards::{BoardEntry, Feed, Standing};
use events::{LearnerId, Position};
use serde::Serialize;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// On a large board everybody's rank changes all the time, so this is slower than the board itself.
const EVERY: Duration = Duration::from_secs(1);

/// What a client was told of its learner.
#[derive(Debug, Default)]
pub struct You {
    told: Option<Place>,
}

#[derive(Debug, PartialEq)]
struct Place {
    window: String,
    entry: Option<BoardEntry>,
    size: u64,
}

#[derive(Serialize)]
struct Told<'a> {
    position: String,
    scope: &'a str,
    window: &'a str,
    /// Null for who has no points there.
    you: Option<&'a BoardEntry>,
    size: u64,
}

/// Whom a round is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Everybody,
    /// Those who were told nothing yet.
    Newcomers,
}

/// Tells clients where they stand, for ever.
pub async fn run(app: &App) {
    let mut moves = app.watermarks.subscribe();
    let mut next = Instant::now();
    let mut looked_at: Option<(Position, Vec<String>)> = None;
    loop {
        let moved = async {
            tokio::time::sleep_until(next).await;
            moves.moved().await;
        };
        tokio::select! {
            () = moved => {
                next = Instant::now() + EVERY;
                let seen = (app.watermarks.seen(), windows(app));
                if looked_at.as_ref() != Some(&seen) {
                    looked_at = tell(app, Round::Everybody).await.then_some(seen);
                }
            }
            () = app.live.you_joined().notified() => {
                if !tell(app, Round::Newcomers).await {
                    looked_at = None;
                }
            }
        }
    }
}

/// Today, this week and this month.
fn windows(app: &App) -> Vec<String> {
    let now = app.clock.now();
    events::board::Window::ALL.iter().map(|window| window.at(now)).collect()
}

/// Whether everybody concerned was told.
async fn tell(app: &App, round: Round) -> bool {
    let mut all = true;
    for (feed, learners) in due(app, round) {
        match feed.standing(app, &learners).await {
            Ok(standing) => {
                let looked_up = &learners[..standing.looked_up];
                all &= looked_up.len() == learners.len();
                tell_of(app, &feed, looked_up, &standing);
            }
            Err(error) => {
                all = false;
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a live standing waits for the read model"
                );
            }
        }
    }
    all
}

fn due(app: &App, round: Round) -> Vec<(Feed, Vec<LearnerId>)> {
    let registry = app.live.registry();
    let boards = registry.boards.iter().map(|(feed, watched)| {
        // One learner may have several streams.
        let (mut newcomers, mut others) = (HashSet::new(), HashSet::new());
        for watcher in watched.clients.values().filter(|watcher| watcher.is_greeted) {
            let (Some(you), Some(caller)) = (&watcher.you, &watcher.caller) else { continue };
            if you.told.is_none() {
                newcomers.insert(caller.learner_id);
            } else if round == Round::Everybody {
                others.insert(caller.learner_id);
            }
        }
        // A round may not get to everybody: those come first who know nothing yet, then the others in an order that is
        // another one every time, as that of a set made anew is.
        let learners = newcomers.iter().chain(others.difference(&newcomers)).copied();
        (feed.clone(), learners.collect::<Vec<_>>())
    });
    boards.filter(|(_, learners)| !learners.is_empty()).collect()
}

fn tell_of(app: &App, feed: &Feed, learners: &[LearnerId], standing: &Standing) {
    let asked: HashSet<&LearnerId> = learners.iter().collect();
    let is_same_board = |place: &Place| place.window == standing.window && place.size == standing.size;
    let mut registry = app.live.registry();
    let Some(watched) = registry.boards.get_mut(feed) else { return };
    watched.clients.retain(|_, watcher| {
        let (Some(you), Some(caller)) = (&mut watcher.you, &watcher.caller) else { return true };
        let entry = standing.entries.get(&caller.learner_id);
        let is_same = |told: &Place| is_same_board(told) && told.entry.as_ref() == entry;
        let is_known = you.told.as_ref().is_some_and(is_same);
        if is_known || !watcher.is_greeted || !asked.contains(&caller.learner_id) {
            return true;
        }
        you.told =
            Some(Place { window: standing.window.clone(), entry: entry.cloned(), size: standing.size });
        let told = Told {
            position: standing.position.to_string(),
            scope: &feed.scope,
            window: &standing.window,
            you: entry,
            size: standing.size,
        };
        let Ok(message) = Message::new("you", &told) else { return true };
        app.live.kept(watcher.client.send(message))
    });
}
