//! The Redis boards: copies of `board_totals` as sorted sets, fed from the ledger behind a checkpoint of their own.
//!
//! PostgreSQL never waits for Redis. After each commit the feeder is woken, reads the ledger rows behind Redis's own
//! checkpoint, looks up the totals they touched and hands them over in one script ([`script`]) that writes absolute scores
//! and then moves the checkpoint. Repeating it is harmless; so is a Redis that lost its tail, which simply has an older
//! checkpoint. One that lost everything, or that holds another database's boards (another `life`), is filled anew
//! ([`fill`]). Without Redis, readers use `board_totals`.
//!
//! Beside that, what boards of the past are read from is kept ([`history`]).

mod fill;
mod history;
mod ledger;
mod script;
#[cfg(test)]
mod tests;
mod verify;
mod window;

pub use history::{Grain, History};
pub use verify::{Misplaced, Verified};

use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::traces::Awaited;
use chassis::clock::Clock;
use events::board;
use ledger::Feed;
use redis::aio::MultiplexedConnection;
use sqlx::postgres::PgConnectOptions;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// One shard: several only pay when there are several Redis nodes.
pub(crate) const SHARD: u32 = 0;
/// How often the checkpoint in Redis is compared with what this process believes.
const COMPARE_EVERY: Duration = Duration::from_secs(1);
const BACKOFF: Duration = Duration::from_millis(500);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Which boards are written, and how they are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    pub number: u32,
    pub life: String,
}

/// How far the boards have come in one partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    pub no: i64,
    pub sequence: i64,
}

pub type Marks = BTreeMap<i16, Mark>;

/// Feeds the boards. Cheap to clone.
#[derive(Clone)]
pub struct Boards {
    pub redis: redis::Client,
    pub database: PgConnectOptions,
    pub clock: Clock,
    pub metrics: Metrics,
    pub woken: Arc<Notify>,
    pub traced: Awaited,
}

impl Boards {
    /// Something was committed.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Keeps the boards of a ledger version up to date, and their history, for ever.
    pub async fn follow(self, ledger: Option<(String, u32)>) {
        let Some((schema, version)) = ledger else { return };
        tokio::join!(self.feed(&schema, version), self.keep_history(&schema, version));
    }

    async fn feed(&self, schema: &str, version: u32) {
        let mut was_up = None;
        loop {
            let outcome = self.follow_once(schema, version, &mut was_up).await;
            let Err(why) = outcome else { continue };
            if was_up != Some(false) {
                tracing::warn!(%why, "the Redis boards do not follow; readers use PostgreSQL meanwhile");
            }
            was_up = Some(false);
            self.metrics.boards_up.set(0);
            tokio::time::sleep(BACKOFF).await;
        }
    }

    async fn follow_once(
        &self,
        schema: &str,
        version: u32,
        was_up: &mut Option<bool>,
    ) -> Result<(), Failure> {
        let mut feed = Feed::open(&self.database, schema, version).await?;
        let mut redis = self.connect().await?;
        loop {
            let generation = feed.generation().await?;
            let mut known = match self.marks(&mut redis, &generation).await? {
                Some(known) => known,
                None => self.refill(&mut redis, &mut feed, &generation).await?,
            };
            self.metrics.boards_up.set(1);
            if was_up.replace(true) != Some(true) {
                tracing::info!(generation = generation.number, "the Redis boards follow");
            }
            let compare_at = tokio::time::Instant::now() + COMPARE_EVERY;
            while tokio::time::Instant::now() < compare_at {
                let Some(step) = feed.step(&known, self.clock.now()).await? else {
                    self.metrics.boards_lag_rows.set(0);
                    self.traced.reached(&known);
                    let _woken_or_time_to_compare =
                        tokio::time::timeout_at(compare_at, self.woken.notified()).await;
                    continue;
                };
                self.metrics.boards_lag_rows.set(step.rows_behind);
                if !script::apply(&mut redis, &generation, &step).await? {
                    break; // Redis is elsewhere than believed: look again.
                }
                known.extend(step.moves.iter().map(|step| (step.partition, step.to)));
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        Ok(self.redis.get_multiplexed_async_connection_with_config(&config).await?)
    }

    /// Where Redis stands; `None` when it holds no boards of this life.
    async fn marks(
        &self,
        redis: &mut MultiplexedConnection,
        generation: &Generation,
    ) -> Result<Option<Marks>, Failure> {
        let key = board::checkpoint_key(SHARD, generation.number);
        let fields: HashMap<String, String> = redis::cmd("HGETALL").arg(key).query_async(redis).await?;
        if fields.get("life") != Some(&generation.life) {
            return Ok(None);
        }
        let mut marks = Marks::new();
        for (field, value) in &fields {
            let Some((partition, what)) = field.split_once('.') else { continue };
            let (Ok(partition), Ok(value)) = (partition.parse(), value.parse()) else { continue };
            let mark: &mut Mark = marks.entry(partition).or_default();
            match what {
                "no" => mark.no = value,
                _ => mark.sequence = value,
            }
        }
        Ok(Some(marks))
    }
}

impl From<redis::RedisError> for Failure {
    fn from(error: redis::RedisError) -> Self {
        Self::Retry(format!("Redis: {error}"))
    }
}
