//! The hub: who is connected to this replica, and what they follow. One subscription for progress and one reader for
//! each kind of message serve all of them.

use super::boards::{self, Watched, Watcher};
use super::client::{self, Client, End, Message};
use super::queue;
use super::standing::{self, You};
use super::submissions::{self, Followed};
use crate::app::App;
use crate::error::QueryError;
use crate::metrics::Metrics;
use crate::queries::leaderboards::Feed;
use access::Caller;
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
    pub you_joined: Notify,
}

/// What a client is to be told.
#[derive(Debug)]
pub(super) struct Wish {
    /// Whose token it came with.
    pub caller: Option<Caller>,
    /// The caller's submissions.
    pub submissions: bool,
    /// A board, and how many of its places.
    pub board: Option<(Feed, usize)>,
    /// Where the caller stands on the board.
    pub you: bool,
}

impl Wish {
    fn followed(&self) -> Option<LearnerId> {
        self.caller.as_ref().filter(|_| self.submissions).map(|caller| caller.learner_id)
    }
}

/// Who follows what.
#[derive(Debug, Default)]
pub struct Registry {
    last: u64,
    clients: usize,
    closed: bool,
    /// How many streams were opened with each learner's token.
    streams: HashMap<LearnerId, usize>,
    pub learners: HashMap<LearnerId, Followed>,
    pub boards: HashMap<Feed, Watched>,
}

impl Registry {
    fn has_room(&self, wish: &Wish) -> bool {
        let streams = wish.caller.as_ref().and_then(|caller| self.streams.get(&caller.learner_id));
        let feed = wish.board.as_ref().map(|(feed, _)| feed);
        !self.closed
            && self.clients < CLIENTS_MAX
            && streams.is_none_or(|streams| *streams < CLIENTS_OF_LEARNER_MAX)
            && feed.is_none_or(|feed| self.boards.len() < BOARDS_MAX || self.boards.contains_key(feed))
    }
}

/// A stream's place in the hub, given up when the stream is dropped.
struct Place {
    live: Live,
    number: u64,
    caller: Option<LearnerId>,
    followed: Option<LearnerId>,
    feed: Option<Feed>,
}

impl Live {
    pub fn new(metrics: Metrics) -> Self {
        let inner = Inner {
            registry: Mutex::default(),
            metrics,
            submissions_joined: Notify::new(),
            board_joined: Notify::new(),
            you_joined: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes a client in. A stream that was opened with a token ends with it. The number is the client's.
    pub(super) fn join(
        &self,
        wish: Wish,
        expires_after: Option<Duration>,
    ) -> Result<(Client, u64, impl Stream<Item = Message> + Send + use<>), QueryError> {
        let mut registry = self.registry();
        if !registry.has_room(&wish) {
            return Err(QueryError::TooManyStreams);
        }
        registry.last += 1;
        registry.clients += 1;
        self.inner.metrics.live_clients.inc();
        let number = registry.last;
        let place = Place {
            live: self.clone(),
            number,
            caller: wish.caller.as_ref().map(|caller| caller.learner_id),
            followed: wish.followed(),
            feed: wish.board.as_ref().map(|(feed, _)| feed.clone()),
        };
        if let Some(caller) = place.caller {
            *registry.streams.entry(caller).or_default() += 1;
        }
        let followed = place.followed;
        let (client, stream) = client::connect(place, expires_after);
        if let Some(learner) = followed {
            registry.learners.entry(learner).or_default().clients.insert(number, client.clone());
        }
        if let Some((feed, places)) = wish.board {
            let is_of_cohort = feed.is_of_cohort();
            let watched = registry.boards.entry(feed).or_default();
            if is_of_cohort {
                // Who left between being admitted and standing here is found by the next look.
                watched.read_at = None;
            }
            let watcher = Watcher {
                client: client.clone(),
                places,
                with_ids: !wish.submissions,
                caller: wish.caller,
                is_greeted: false,
                you: wish.you.then(You::default),
            };
            watched.clients.insert(number, watcher);
        }
        Ok((client, number, stream))
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

    pub(super) fn you_joined(&self) -> &Notify {
        &self.inner.you_joined
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
            () = standing::run(&app) => {}
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
        if let Some(caller) = self.caller
            && let Some(streams) = registry.streams.get_mut(&caller)
        {
            *streams -= 1;
            if *streams == 0 {
                registry.streams.remove(&caller);
            }
        }
        if let Some(learner) = self.followed
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
