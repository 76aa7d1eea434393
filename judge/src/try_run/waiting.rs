//! Requests for runs that wait for a slot of this judge.

use super::perform::publish;
use crate::metrics::Metrics;
use crate::places::{Place, Places, half_of};
use async_nats::{Message, Subject};
use chassis::clock::Clock;
use chassis::log::EventLog;
use chassis::shutdown::Shutdown;
use events::run::{RunRefusal, RunReply, RunRequest};
use events::subject;
use futures_util::StreamExt;
use futures_util::stream::select_all;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a request waits here: then who asked may find a judge that is free.
const HELD_FOR: Duration = Duration::from_secs(1);
/// How often it is looked for requests that have waited too long.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Before listening is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Requests that wait, for each slot.
const WAITING_MAX_PER_SLOT: usize = 2;

/// A request and where its answers go.
pub struct WaitingRun {
    pub request: RunRequest,
    pub answers_to: Subject,
    since: Instant,
}

/// A request that a slot has taken. As long as it is there, it counts among those that run.
pub struct TakenRun {
    pub run: WaitingRun,
    _place: Place,
}

/// The requests that wait. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Runs {
    inner: Arc<Inner>,
}

struct Inner {
    log: EventLog,
    clock: Clock,
    metrics: Metrics,
    max: usize,
    /// Runs, which may take seconds, leave some slots free for submissions.
    places: Places,
    waiting: Mutex<VecDeque<WaitingRun>>,
}

impl Runs {
    /// `behind` are the places of what comes after runs.
    pub fn new(log: EventLog, clock: Clock, metrics: Metrics, slots: usize, behind: &Places) -> Self {
        let (max, places) = (slots * WAITING_MAX_PER_SLOT, behind.beside(half_of(slots)));
        Self { inner: Arc::new(Inner { log, clock, metrics, max, places, waiting: Mutex::default() }) }
    }

    /// The one that has waited longest, if it may still be started.
    pub fn take(&self) -> Option<TakenRun> {
        let now = self.inner.clock.now();
        let mut waiting = self.waiting();
        // Nobody waits any more for those that are too late.
        waiting.retain(|run| now < run.request.start_by);
        if waiting.is_empty() {
            return None;
        }
        let place = self.inner.places.take()?;
        Some(TakenRun { run: waiting.pop_front()?, _place: place })
    }

    /// Resolves when a request waits that may run.
    pub async fn arrival(&self) {
        loop {
            let arrived = self.inner.places.changed();
            if !self.inner.places.is_full() && !self.waiting().is_empty() {
                return;
            }
            arrived.await;
        }
    }

    /// Listens for requests in these languages until the shutdown.
    pub async fn listen(self, languages: Vec<&'static str>, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            match self.subscribe(&languages).await {
                Ok(requests) => self.hear(requests, &shutdown).await,
                Err(error) => tracing::warn!(%error, "requests for runs cannot be listened for"),
            }
            tokio::select! {
                () = shutdown.begun() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        let rest: Vec<WaitingRun> = self.waiting().drain(..).collect();
        for run in rest {
            self.refuse(run.answers_to, RunRefusal::Busy).await;
        }
    }

    async fn subscribe(
        &self,
        languages: &[&str],
    ) -> Result<Vec<async_nats::Subscriber>, async_nats::SubscribeError> {
        let mut requests = Vec::new();
        for subject in languages.iter().filter_map(|language| subject::run(language)) {
            let group = subject::RUN_JUDGES.to_owned();
            requests.push(self.inner.log.client().queue_subscribe(subject, group).await?);
        }
        Ok(requests)
    }

    async fn hear(&self, requests: Vec<async_nats::Subscriber>, shutdown: &Shutdown) {
        let mut requests = select_all(requests);
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                request = requests.next() => match request {
                    Some(request) => self.receive(request).await,
                    None => return,
                },
                _ = look.tick() => self.send_on().await,
                () = shutdown.begun() => return,
            }
        }
    }

    async fn receive(&self, message: Message) {
        let Some(answers_to) = message.reply else { return };
        let Ok(request) = serde_json::from_slice::<RunRequest>(&message.payload) else {
            tracing::warn!(subject = %message.subject, "a request for a run is not readable");
            return self.refuse(answers_to, RunRefusal::Failed).await;
        };
        if self.inner.clock.now() >= request.start_by {
            return self.refuse(answers_to, RunRefusal::TooLate).await;
        }
        let refused = {
            let mut waiting = self.waiting();
            if waiting.len() < self.inner.max {
                waiting.push_back(WaitingRun { request, answers_to, since: Instant::now() });
                None
            } else {
                Some(answers_to)
            }
        };
        match refused {
            None => self.inner.places.say_changed(),
            Some(answers_to) => self.refuse(answers_to, RunRefusal::Busy).await,
        }
    }

    /// Lets those go that have waited long enough.
    async fn send_on(&self) {
        loop {
            let overdue = {
                let mut waiting = self.waiting();
                if waiting.front().is_some_and(|run| run.since.elapsed() >= HELD_FOR) {
                    waiting.pop_front()
                } else {
                    None
                }
            };
            let Some(overdue) = overdue else { return };
            self.refuse(overdue.answers_to, RunRefusal::Busy).await;
        }
    }

    async fn refuse(&self, answers_to: Subject, refusal: RunRefusal) {
        self.inner.metrics.runs_refused.inc();
        publish(&self.inner.log, answers_to, &RunReply::Refused(refusal)).await;
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<WaitingRun>> {
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
