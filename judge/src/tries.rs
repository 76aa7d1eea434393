//! How often a submission has been tried. The broker counts deliveries, and most of those are nobody's fault: a judge that
//! ends in good order hands back what it has, and a learner's further submission lets others go first. Only what began and
//! was never heard of again is a try that speaks against a submission.
//!
//! The count is in the bucket [`subject::TRIES`], and only for what was delivered before: a first delivery costs nothing.
//! Where nothing is noted, every earlier delivery counts, so a lost note makes a submission give up early, never late.

use async_nats::jetstream::kv::{self, Store};
use chassis::log::EventLog;
use events::{JudgementId, subject};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The try that gives up and writes `judge_error` instead of running.
pub const TRIES_MAX: u32 = 4;
/// Longer than anything is tried.
const NOTED_FOR: Duration = Duration::from_hours(24 * 7);
/// All notes together.
const NOTES_BYTES_MAX: i64 = 64 << 20;

/// Creates the bucket or brings it up to date. Safe to repeat. For the set-up.
pub async fn ensure_bucket(
    jetstream: &async_nats::jetstream::Context,
    replicas: usize,
) -> Result<(), async_nats::Error> {
    let config = kv::Config {
        bucket: subject::TRIES.to_owned(),
        description: "Tries of submissions that were delivered more than once".to_owned(),
        history: 1,
        max_age: NOTED_FOR,
        max_bytes: NOTES_BYTES_MAX,
        num_replicas: replicas,
        ..kv::Config::default()
    };
    jetstream.create_or_update_key_value(config).await?;
    Ok(())
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Tries {
    log: EventLog,
    store: Arc<OnceCell<Store>>,
}

impl Tries {
    pub fn new(log: EventLog) -> Self {
        Self { log, store: Arc::default() }
    }

    /// How many tries came before this delivery.
    pub async fn before(&self, judgement: JudgementId, delivery: u32) -> u32 {
        let earlier = delivery.saturating_sub(1);
        if earlier == 0 {
            return 0;
        }
        match self.noted(judgement).await {
            Ok(noted) => noted.map_or(earlier, |noted| noted.min(earlier)),
            Err(error) => {
                tracing::warn!(%judgement, %error, "the tries so far cannot be read");
                earlier
            }
        }
    }

    /// Notes how many tries there have been; best effort.
    pub async fn note(&self, judgement: JudgementId, tries: u32) {
        let noted = async {
            let store = self.store().await?;
            store.put(judgement.to_string(), tries.to_string().into()).await?;
            Ok::<_, async_nats::Error>(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(%judgement, tries, %error, "the tries so far cannot be noted");
        }
    }

    async fn noted(&self, judgement: JudgementId) -> Result<Option<u32>, async_nats::Error> {
        let noted = self.store().await?.get(judgement.to_string()).await?;
        Ok(noted.and_then(|noted| std::str::from_utf8(&noted).ok()?.parse().ok()))
    }

    async fn store(&self) -> Result<&Store, async_nats::Error> {
        let jetstream = self.log.jetstream();
        Ok(self.store.get_or_try_init(|| jetstream.get_key_value(subject::TRIES)).await?)
    }
}
