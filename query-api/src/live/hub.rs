//! The hub: who is connected to this replica, and what they follow. One subscription for progress and one reader for
//! each kind of message serve all of them.

use super::boards::{self, Feed, Watched, Watcher};
use super::client::{self, Client, End, Message};
use super::queue;
use super::submissions::{self, Followed};
use crate::app::App;
use crate::error::QueryError;
use crate::metrics::Metrics;
use async_nats::Subscriber;
use chassis::shutdown::Shutdown;
use events::LearnerId;
use events::judgement::Progress;
use futures_util::{Stream, StreamExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The most streams one replica holds.
const CLIENTS_MAX: usize = 10_000;
/// The most streams of one learner.
pub(super) const CLIENTS_OF_LEARNER_MAX: usize = 16;
/// The most boards that are watched: each is read whenever the read models moved.
const BOARDS_MAX: usize = 256;

/// Cheap to clone; clones share the hub.
#[derive(Debug, Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry>,
    metrics: Metrics,
    /// Somebody joined, so there may be something to tell although nothing moved.
    pub submissions_joined: Notify,
    pub board_joined: Notify,
}

/// Who follows what.
#[derive(Debug, Default)]
pub struct Registry {
    last: u64,
    clients: usize,
    closed: bool,
    pub learners: HashMap<LearnerId, Followed>,
    pub boards: HashMap<Feed, Watched>,
}

impl Registry {
    fn has_room(&self, learner: Option<LearnerId>, feed: Option<&Feed>) -> bool {
        let followed = learner.and_then(|learner| self.learners.get(&learner));
        !self.closed
            && self.clients < CLIENTS_MAX
            && followed.is_none_or(|followed| followed.clients.len() < CLIENTS_OF_LEARNER_MAX)
            && feed.is_none_or(|feed| self.boards.len() < BOARDS_MAX || self.boards.contains_key(feed))
    }
}

/// A stream's place in the hub, given up when the stream is dropped.
struct Place {
    live: Live,
    number: u64,
    learner: Option<LearnerId>,
    feed: Option<Feed>,
}

impl Live {
    pub fn new(metrics: Metrics) -> Self {
        let inner = Inner {
            registry: Mutex::default(),
            metrics,
            submissions_joined: Notify::new(),
            board_joined: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes a client in, with the board it watches and how many places of it. A stream of somebody's submissions ends with their token.
    pub(super) fn join(
        &self,
        learner: Option<LearnerId>,
        board: Option<(Feed, usize)>,
        expires_after: Option<Duration>,
    ) -> Result<(Client, impl Stream<Item = Message> + Send + use<>), QueryError> {
        let mut registry = self.registry();
        let feed = board.as_ref().map(|(feed, _)| feed.clone());
        if !registry.has_room(learner, feed.as_ref()) {
            return Err(QueryError::TooManyStreams);
        }
        registry.last += 1;
        registry.clients += 1;
        self.inner.metrics.live_clients.inc();
        let number = registry.last;
        let place = Place { live: self.clone(), number, learner, feed };
        let (client, stream) = client::connect(place, expires_after);
        if let Some(learner) = learner {
            registry.learners.entry(learner).or_default().clients.insert(number, client.clone());
        }
        if let Some((feed, places)) = board {
            let watcher = Watcher { client: client.clone(), places, with_ids: learner.is_none() };
            registry.boards.entry(feed).or_default().clients.insert(number, watcher);
        }
        Ok((client, stream))
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn submissions_joined(&self) -> &Notify {
        &self.inner.submissions_joined
    }

    pub(super) fn board_joined(&self) -> &Notify {
        &self.inner.board_joined
    }

    /// Sends to all clients of a learner; those that do not keep up are cut off.
    pub(super) fn tell(&self, learner: LearnerId, message: &Message) {
        if let Some(followed) = self.registry().learners.get_mut(&learner) {
            followed.clients.retain(|_, client| self.kept(client.send(message.clone())));
        }
    }

    /// Whether a client is to be kept after something was sent to it.
    pub(super) fn kept(&self, sent: Result<(), End>) -> bool {
        if sent.is_err() {
            self.inner.metrics.live_cut();
        }
        sent.is_ok()
    }

    /// Serves the clients until the shutdown begins, then ends their streams.
    pub async fn run(self, app: App, progress: Subscriber, shutdown: Shutdown) {
        tokio::select! {
            () = submissions::run(&app) => {}
            () = boards::run(&app) => {}
            () = queue::run(&app) => {}
            () = self.relay_progress(progress) => {}
            () = shutdown.begun() => {}
        }
        self.close();
    }

    fn close(&self) {
        let mut registry = self.registry();
        registry.closed = true;
        for client in registry.learners.values().flat_map(|followed| followed.clients.values()) {
            client.end(End::ShuttingDown);
        }
        for watcher in registry.boards.values().flat_map(|watched| watched.clients.values()) {
            watcher.client.end(End::ShuttingDown);
        }
        registry.learners.clear();
        registry.boards.clear();
    }

    /// What judges say while they work, to those whose submissions it is about.
    async fn relay_progress(&self, mut progress: Subscriber) {
        while let Some(message) = progress.next().await {
            self.relay(&message.payload);
        }
        // The connection was closed for good, which only happens when everything ends.
        std::future::pending::<()>().await;
    }

    fn relay(&self, payload: &[u8]) {
        let Ok(progress) = serde_json::from_slice::<Progress>(payload) else {
            tracing::warn!(bytes = payload.len(), "a progress report that cannot be read");
            return;
        };
        if let Ok(message) = Message::new("progress", &progress) {
            self.tell(progress.learner_id, &message);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut registry = self.live.registry();
        registry.clients -= 1;
        self.live.inner.metrics.live_clients.dec();
        if let Some(learner) = self.learner
            && let Some(followed) = registry.learners.get_mut(&learner)
        {
            followed.clients.remove(&self.number);
            if followed.clients.is_empty() {
                registry.learners.remove(&learner);
            }
        }
        if let Some(feed) = &self.feed
            && let Some(watched) = registry.boards.get_mut(feed)
        {
            watched.clients.remove(&self.number);
            if watched.clients.is_empty() {
                registry.boards.remove(feed);
            }
        }
    }
}
