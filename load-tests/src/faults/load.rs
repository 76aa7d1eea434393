//! The load: learners who submit all the time, and new ones who come.

use super::journal::Journal;
use super::learner::{self, Addresses, Attempt, Learner};
use anyhow::Context;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Submitting at the same time, each waiting a while for its verdict: enough for the judges always to have work, and few
/// enough not to drown two cores in real boxes.
const LEARNERS: usize = 12;
/// A new learner arrives this often.
const BETWEEN_ARRIVALS: Duration = Duration::from_secs(5);

/// The first learners at once, then one after the other until told to stop. A learner who could not go on (a service
/// was away for longer than their patience, or answered something it never may) ends the run.
pub async fn work(
    addresses: Addresses,
    attempts: Arc<[Attempt]>,
    seed: u64,
    journal: Arc<Journal>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut learners = JoinSet::new();
    let mut number = 0;
    while !stop.is_cancelled() {
        let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
        let (addresses, attempts) = (addresses.clone(), Arc::clone(&attempts));
        let (journal, stop_learner) = (Arc::clone(&journal), stop.clone());
        let lasting = number < LEARNERS;
        learners.spawn(async move {
            let learner = Learner::register(&addresses, number, random, journal).await?;
            let stop = if lasting { stop_learner } else { learner::once() };
            learner.work(attempts, stop).await
        });
        number += 1;
        if number >= LEARNERS {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(BETWEEN_ARRIVALS) => {}
            }
        }
        while let Some(ended) = learners.try_join_next() {
            ended.context("a learner's task")??;
        }
    }
    while let Some(ended) = learners.join_next().await {
        ended.context("a learner's task")??;
    }
    Ok(())
}
