//! The judge: takes submissions off the log, runs them in boxes, and appends what came of them.
//!
//! * [`run_judge`] is the service; `main.rs` and `laurel up` call it.
//! * [`Grader`] grades without a broker: the shipped exercises' tests and the importer use it.
//! * [`sandbox`] is the box itself, [`languages`] the table of what runs in it, [`checkers`] compare, [`verdict`] judges, [`scoring`] gives points.
//!
//! A judge holds no state: any of them can die at any moment.

mod announce;
mod attempt;
pub mod checkers;
mod coarse;
mod compile;
pub mod config;
mod consumer;
mod graded;
mod grading;
pub mod judgement;
pub mod languages;
mod metrics;
mod package_cache;
mod places;
mod queue;
mod rejudge;
pub mod run;
pub mod sandbox;
pub mod scoring;
mod tries;
mod try_run;
mod turns;
pub mod verdict;
mod work;

pub use config::Config;
pub use graded::{Graded, GradedTest};
pub use queue::{QueueError, ensure_consumer};
pub use run::{Grader, Step};

use crate::consumer::Slot;
use crate::languages::Installed;
use crate::metrics::Metrics;
use crate::package_cache::PackageCache;
use crate::places::Places;
use crate::queue::Queue;
use crate::sandbox::Layer;
use crate::tries::Tries;
use crate::try_run::Runs;
use crate::work::Sources;
use chassis::clock::Clock;
use chassis::keys::DataKeys;
use chassis::log::EventLog;
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use events::subject;
use std::sync::Arc;
use std::time::Duration;

/// How long running boxes may go on after the shutdown began. What is not finished by then goes to another judge.
const FINISH_MAX: Duration = Duration::from_secs(10);
/// How long stopping them and telling the broker may take then.
const HAND_BACK_MAX: Duration = Duration::from_secs(2);

/// What a judge works with.
#[derive(Clone)]
pub struct Judge {
    pub log: EventLog,
    pub keys: DataKeys,
    pub grader: Grader,
    pub clock: Clock,
    /// What is judged or run at the same time, at least 1.
    pub slots: usize,
}

/// Judges until the shutdown; then finishes what is running, for a bounded time.
pub async fn run_judge(judge: Judge, observatory: &Observatory, shutdown: Shutdown) {
    run_judge_finishing(judge, observatory, shutdown, FINISH_MAX).await;
}

/// The same with another bound: for tests of what is handed back.
pub async fn run_judge_finishing(
    judge: Judge,
    observatory: &Observatory,
    shutdown: Shutdown,
    finish_max: Duration,
) {
    let metrics = Metrics::default();
    metrics.register(observatory);
    tell_of_host(&judge, &metrics, &shutdown);
    let queue = Queue::open(judge.log.clone(), subject::JUDGE_LIVE, &observatory.readiness, &shutdown);
    let Some(live) = queue.await else { return };
    let queue = Queue::open(judge.log.clone(), subject::JUDGE_REJUDGE, &observatory.readiness, &shutdown);
    let Some(rejudge) = queue.await else { return };
    let slots_max = judge.slots.max(1);
    let behind = Places::new(places::half_of(slots_max));
    let runs = Runs::new(judge.log.clone(), judge.clock.clone(), metrics.clone(), slots_max, behind.clone());
    let names = judge.grader.languages().on.iter().map(|installed| installed.language.name).collect();
    tokio::spawn(runs.clone().listen(names, shutdown.clone()));
    let tries = Tries::new(judge.log.clone());
    let sources = Sources { live: live.clone(), runs, rejudge, behind, tries: tries.clone() };
    let stop = judge.grader.clone();
    let (keys, stop_following) = (judge.keys.clone(), shutdown.clone());
    tokio::spawn(async move { keys.forget_erased(&stop_following).await });
    let slot = Slot {
        packages: PackageCache::new(judge.log.clone()),
        log: judge.log,
        keys: judge.keys,
        grader: judge.grader,
        clock: judge.clock,
        metrics,
        tries,
        live,
        turns: Arc::default(),
        slots: slots_max,
    };
    let mut slots = tokio::task::JoinSet::new();
    for _ in 0..slots_max {
        slot.metrics.slots.inc();
        slots.spawn(slot.clone().work(sources.clone(), shutdown.clone()));
    }
    loop {
        tokio::select! {
            () = shutdown.begun() => break,
            Some(Err(error)) = slots.join_next() => {
                tracing::error!(%error, "a slot failed and is started anew");
                slots.spawn(slot.clone().work(sources.clone(), shutdown.clone()));
            }
        }
    }
    let finished = async { while slots.join_next().await.is_some() {} };
    tokio::pin!(finished);
    if tokio::time::timeout(finish_max, &mut finished).await.is_err() {
        tracing::warn!("running submissions are handed back for other judges");
        stop.stop();
        let _left_to_the_broker = tokio::time::timeout(HAND_BACK_MAX, finished).await;
    }
}

/// What there is on this host: in the log, in the metrics, and to whoever asks which languages there are.
fn tell_of_host(judge: &Judge, metrics: &Metrics, shutdown: &Shutdown) {
    let layers = judge.grader.layers();
    for layer in Layer::ALL {
        metrics.layer(layer.name(), layers.has(layer));
    }
    tracing::info!(on = %layers, off = %layers.off(), "sandbox layers");
    let languages = judge.grader.languages();
    for Installed { language, version, .. } in &languages.on {
        metrics.language(language.name, true);
        tracing::info!(language = language.name, version, "language is on");
    }
    let versions = languages.on.iter().map(|found| (found.language.name.to_owned(), found.version.clone()));
    let announcing =
        announce::announce(judge.log.clone(), judge.clock.clone(), versions.collect(), shutdown.clone());
    shutdown.spawn(announcing);
    for (language, reason) in &languages.off {
        metrics.language(language, false);
        tracing::info!(language, reason, "language is off");
    }
}
