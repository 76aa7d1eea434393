//! How far the live read models are behind the log: in events and in seconds, per projection and part. Measured from the
//! stored checkpoints, by every process, so that it is known also when the owner is dead, frozen or halted.

use super::Runner;
use crate::arrival::event_time;
use crate::failure::Failure;
use crate::metrics::PerPart;
use crate::rows::bigint;
use chassis::log::{EventLog, Stream};
use chassis::shutdown::Shutdown;
use chrono::{DateTime, Utc};
use events::{Part, subject};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While something is missing, how often it is counted: that takes a reader per part.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How long the oldest missing event is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest time an event took to become visible since this was last read. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct VisibleAfter(Arc<AtomicU64>);

impl VisibleAfter {
    pub fn note(&self, time: Duration) {
        self.0.fetch_max(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn take_ms(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// What a live version has passed: its furthest part, because its parts move together (where that one stands, the others
/// had nothing more).
struct Passed {
    projection: &'static str,
    version: u32,
    stream: Stream,
    sequence: u64,
}

/// What is missing of one part.
#[derive(Debug, Clone, Copy, Default)]
struct Missing {
    events: u64,
    oldest: Option<DateTime<Utc>>,
}

impl Runner {
    /// Measures until the shutdown begins.
    pub async fn watch_lag(self, shutdown: Shutdown) {
        let mut count_at = Instant::now();
        while !shutdown.has_begun() {
            let may_count = count_at <= Instant::now();
            match self.look_at_lag(may_count).await {
                Ok(true) => count_at = Instant::now() + COUNT_EVERY,
                Ok(false) => {}
                Err(why) => {
                    tracing::debug!(%why, "how far the read models are behind is not known right now");
                }
            }
            tokio::select! {
                () = shutdown.begun() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Whether something was missing and counted.
    async fn look_at_lag(&self, may_count: bool) -> Result<bool, Failure> {
        let passed = self.passed_by_live().await?;
        let mut known: BTreeMap<(Part, u64), Missing> = BTreeMap::new();
        for stream in [Stream::Facts, Stream::Identity] {
            let last = self.log.last_sequence(stream).await?;
            self.tell(stream, last).await?;
            for at in passed.iter().filter(|at| at.stream == stream) {
                if at.sequence < last && !may_count {
                    continue;
                }
                for part in parts(stream) {
                    let missing = match known.get(&(part, at.sequence)) {
                        Some(missing) => *missing,
                        None if at.sequence >= last => Missing::default(),
                        None => count(&self.log, stream, part, at.sequence).await?,
                    };
                    known.insert((part, at.sequence), missing);
                    self.show(at, part, missing);
                }
            }
        }
        Ok(known.values().any(|missing| missing.events > 0))
    }

    fn show(&self, at: &Passed, part: Part, missing: Missing) {
        let label = PerPart { projection: at.projection, version: at.version, part: part.to_string() };
        let age = missing
            .oldest
            .map_or(0.0, |oldest| (self.clock.now() - oldest).to_std().unwrap_or_default().as_secs_f64());
        self.metrics.lag_events.get_or_create(&label).set(bigint(missing.events));
        self.metrics.lag_seconds.get_or_create(&label).set(age);
    }

    async fn passed_by_live(&self) -> Result<Vec<Passed>, Failure> {
        let live = sqlx::query!(
            r#"SELECT name, projections.version, max(sequence) AS "sequence!"
               FROM projections JOIN checkpoints
                 ON projection = name AND checkpoints.version = projections.version AND state = 'live'
               GROUP BY name, projections.version"#
        )
        .fetch_all(&self.pool)
        .await?;
        let passed = live.into_iter().filter_map(|live| {
            let known = self.registry.iter().find(|known| known.name == live.name)?;
            Some(Passed {
                projection: known.name,
                version: u32::try_from(live.version).unwrap_or_default(),
                stream: if known.is_personal() { Stream::Identity } else { Stream::Facts },
                sequence: u64::try_from(live.sequence).unwrap_or_default(),
            })
        });
        Ok(passed.collect())
    }

    /// Tells those that build beside the live versions, and operators, how the log stands; the owner's word counts, and that
    /// of others while there is none.
    async fn tell(&self, stream: Stream, last: u64) -> Result<(), Failure> {
        let is_owner = self.metrics.owner.get() == 1;
        let visible_after_ms = if stream == Stream::Facts { self.visible_after.take_ms() } else { 0 };
        sqlx::query!(
            "INSERT INTO log_heads AS known (stream, last_sequence, visible_after_ms, seen_at)
             VALUES ($1, $2, $3, clock_timestamp())
             ON CONFLICT (stream) DO UPDATE SET last_sequence = excluded.last_sequence,
                 visible_after_ms = excluded.visible_after_ms, seen_at = excluded.seen_at
             WHERE $4 OR known.seen_at < clock_timestamp() - interval '3 seconds'",
            stream.name(),
            bigint(last),
            i64::try_from(visible_after_ms).unwrap_or(i64::MAX),
            is_owner
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn parts(stream: Stream) -> Vec<Part> {
    match stream {
        Stream::Facts => events::Partition::all().map(Part::Facts).collect(),
        Stream::Identity => vec![Part::Identity],
    }
}

/// What a part has behind a sequence. A reader is told that when it is opened.
async fn count(log: &EventLog, stream: Stream, part: Part, after: u64) -> Result<Missing, Failure> {
    let filter = match part {
        Part::Facts(partition) => subject::partition(partition),
        Part::Identity => subject::ALL_PRIVATE.to_owned(),
    };
    let mut follow = log.follow_headers(stream, vec![filter], after).await?;
    let events = follow.pending();
    if events == 0 {
        return Ok(Missing::default());
    }
    let oldest = follow.next_batch(1, PATIENCE).await?;
    Ok(Missing { events, oldest: oldest.first().and_then(event_time) })
}
