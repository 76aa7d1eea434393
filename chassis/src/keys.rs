//! Learners' data keys, read from IDENTITY and kept for at most five minutes.

use crate::log::{EventLog, LogError, Stream};
use crate::seal::{DataKey, MasterKey, SealError};
use crate::shutdown::Shutdown;
use events::account::AccountEvent;
use events::{Event, LearnerId, subject};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an erased key may still be in a process that missed the erasure.
const KEPT_FOR: Duration = Duration::from_mins(5);
/// More learners than this are not kept at once; the oldest half goes.
const KEPT_MAX: usize = 100_000;
/// Erasures read at once, and how long one read waits for the first.
const FOLLOW_BATCH: usize = 100;
const FOLLOW_PATIENCE: Duration = Duration::from_secs(30);
const FOLLOW_RETRY: Duration = Duration::from_secs(1);

/// Cheap to clone; clones share the cache.
#[derive(Debug, Clone)]
pub struct DataKeys {
    log: EventLog,
    master: MasterKey,
    kept: Arc<Mutex<HashMap<LearnerId, (Instant, DataKey)>>>,
}

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such learner, or the learner was erased.
    #[error("this learner has no data key")]
    Gone,
    #[error("the data key could not be read")]
    Log(#[from] LogError),
    #[error("the data key could not be unwrapped")]
    Seal(#[from] SealError),
}

impl DataKeys {
    pub fn new(log: EventLog, master: MasterKey) -> Self {
        Self { log, master, kept: Arc::default() }
    }

    pub async fn get(&self, learner: LearnerId) -> Result<DataKey, KeyError> {
        if let Some((since, key)) = self.lock().get(&learner)
            && since.elapsed() < KEPT_FOR
        {
            return Ok(key.clone());
        }
        let message = self.log.last_direct(&subject::key(learner)).await?.ok_or(KeyError::Gone)?;
        let Event::Account(AccountEvent::DataKeyMade(made)) = message.decode().map_err(LogError::from)?.event
        else {
            return Err(KeyError::Gone);
        };
        let key = self.master.unwrap(learner, &made.wrapped_key)?;
        self.keep(learner, key.clone());
        Ok(key)
    }

    /// Follows the erasures and forgets each erased key, until the shutdown begins. Erasures while the broker is away
    /// are made up for; those before this call need not be, for nothing was kept yet.
    pub async fn forget_erased(&self, shutdown: &Shutdown) {
        let following = async {
            let mut after = None;
            loop {
                if let Err(error) = self.follow_erasures(&mut after).await {
                    tracing::warn!(%error, "erased keys cannot be followed at the moment");
                }
                tokio::time::sleep(FOLLOW_RETRY).await;
            }
        };
        tokio::select! {
            () = following => {}
            () = shutdown.begun() => {}
        }
    }

    /// `after` is the last sequence seen; nothing of it is lost when this fails.
    async fn follow_erasures(&self, after: &mut Option<u64>) -> Result<(), LogError> {
        let from = match *after {
            Some(sequence) => sequence,
            None => self.log.last_sequence(Stream::Identity).await?,
        };
        let mut follow = self.log.follow(Stream::Identity, vec![subject::ALL_KEYS.to_owned()], from).await?;
        *after = Some(from);
        loop {
            for message in follow.next_batch(FOLLOW_BATCH, FOLLOW_PATIENCE).await? {
                *after = Some(message.sequence);
                if let Ok(Event::Account(AccountEvent::DataKeyErased(erased))) =
                    message.decode().map(|recorded| recorded.event)
                {
                    self.forget(erased.learner_id);
                }
            }
        }
    }

    /// Forgets a key at once: the learner was erased.
    pub fn forget(&self, learner: LearnerId) {
        self.lock().remove(&learner);
    }

    fn keep(&self, learner: LearnerId, key: DataKey) {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            let mut ages: Vec<Instant> = kept.values().map(|(since, _)| *since).collect();
            let (_, median, _) = ages.select_nth_unstable(KEPT_MAX / 2);
            let median = *median;
            kept.retain(|_, (since, _)| *since > median);
        }
        kept.insert(learner, (Instant::now(), key));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LearnerId, (Instant, DataKey)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
