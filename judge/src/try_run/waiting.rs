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
/// Learners' requests that wait, for each slot.
const WAITING_MAX_PER_SLOT: usize = 2;
/// Self-checks that wait.
const SELF_CHECKS_WAITING_MAX: usize = 1;

/// A request and where its answers go.
pub struct WaitingRun {
    pub request: RunRequest,
    pub answers_to: Subject,
    since: Instant,
}

impl WaitingRun {
    fn is_self_check(&self) -> bool {
        self.request.what.is_self_check()
    }
}

/// A request that a slot has taken. As long as it is there, it counts among those that run.
pub struct TakenRun {
    pub run: WaitingRun,
    _places: Vec<Place>,
}

/// How many of each kind may run.
struct Lanes {
    /// For learners' runs, which may take seconds and leave some slots free for submissions.
    learners: Places,
    /// A self-check may take a minute: it has one of the places of what comes after runs, so that learners keep theirs.
    behind: Places,
    /// And only one at a time, so that it leaves some of them to judging again.
    self_checks: Places,
}

impl Lanes {
    fn new(slots: usize, behind: Places) -> Self {
        Self { learners: behind.beside(half_of(slots)), self_checks: behind.beside(1), behind }
    }

    /// Which of those that wait may run: the learner's that has waited longest; a self-check only when none of a learner
    /// waits.
    fn next(&self, are_self_checks: impl IntoIterator<Item = bool>) -> Option<usize> {
        let may_check = !self.behind.is_full() && !self.self_checks.is_full();
        let mut first_check = None;
        for (index, is_self_check) in are_self_checks.into_iter().enumerate() {
            if !is_self_check {
                return (!self.learners.is_full()).then_some(index);
            }
            first_check = first_check.or(may_check.then_some(index));
        }
        first_check
    }

    fn take(&self, is_self_check: bool) -> Option<Vec<Place>> {
        let kinds = if is_self_check { vec![&self.behind, &self.self_checks] } else { vec![&self.learners] };
        kinds.into_iter().map(Places::take).collect()
    }
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
    waiting_max: usize,
    lanes: Lanes,
    waiting: Mutex<VecDeque<WaitingRun>>,
}

impl Runs {
    /// `behind` are the places of what comes after runs.
    pub fn new(log: EventLog, clock: Clock, metrics: Metrics, slots: usize, behind: Places) -> Self {
        let (waiting_max, lanes) = (slots * WAITING_MAX_PER_SLOT, Lanes::new(slots, behind));
        let inner = Inner { log, clock, metrics, waiting_max, lanes, waiting: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The one that is next, if it may still be started.
    pub fn take(&self) -> Option<TakenRun> {
        let now = self.inner.clock.now();
        let mut waiting = self.waiting();
        // Nobody waits any more for those that are too late.
        waiting.retain(|run| now < run.request.start_by);
        let index = self.next_of(&waiting)?;
        let places = self.inner.lanes.take(waiting[index].is_self_check())?;
        Some(TakenRun { run: waiting.remove(index)?, _places: places })
    }

    fn next_of(&self, waiting: &VecDeque<WaitingRun>) -> Option<usize> {
        self.inner.lanes.next(waiting.iter().map(WaitingRun::is_self_check))
    }

    /// Resolves when a request waits that may run.
    pub async fn arrival(&self) {
        loop {
            let changed = self.inner.lanes.behind.changed();
            if self.next_of(&self.waiting()).is_some() {
                return;
            }
            changed.await;
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
            let is_self_check = request.what.is_self_check();
            let max = if is_self_check { SELF_CHECKS_WAITING_MAX } else { self.inner.waiting_max };
            let mut waiting = self.waiting();
            if waiting.iter().filter(|run| run.is_self_check() == is_self_check).count() < max {
                waiting.push_back(WaitingRun { request, answers_to, since: Instant::now() });
                None
            } else {
                Some(answers_to)
            }
        };
        match refused {
            None => self.inner.lanes.behind.say_changed(),
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

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNERS: bool = false;
    const CHECK: bool = true;

    #[test]
    fn learners_go_first_and_self_checks_take_none_of_their_places() {
        let lanes = Lanes::new(1, Places::new(1));
        assert_eq!(lanes.next([]), None);
        assert_eq!(lanes.next([CHECK, CHECK, LEARNERS]), Some(2));
        let checking = lanes.take(CHECK);
        assert!(checking.is_some() && lanes.behind.is_full());
        assert_eq!((lanes.next([CHECK]), lanes.next([CHECK, LEARNERS])), (None, Some(1)));
        let running = lanes.take(LEARNERS);
        assert_eq!((running.is_some(), lanes.next([LEARNERS])), (true, None));
        drop(checking);
        // One may be next as soon as a place is left, but not while a learner's waits for one.
        assert_eq!((lanes.next([CHECK]), lanes.next([CHECK, LEARNERS])), (Some(0), None));
    }

    #[test]
    fn a_judge_makes_one_self_check_at_a_time_and_none_in_place_of_what_is_judged_again() {
        let behind = Places::new(2);
        let lanes = Lanes::new(4, behind.clone());
        let checking = lanes.take(CHECK);
        assert_eq!((checking.is_some(), behind.is_full(), lanes.next([CHECK])), (true, false, None));
        drop(checking);
        let again = [behind.take(), behind.take()];
        assert_eq!((again.iter().flatten().count(), lanes.next([CHECK])), (2, None));
    }
}
