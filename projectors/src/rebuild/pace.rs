//! How much of the time a build may read the log. A build and the live versions share PostgreSQL and its disk; when live
//! events take too long to become visible, a build makes way.

use super::BATCH_MAX;
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::Instant;

/// Live events may take this long to become visible before a build makes way: well below what users notice.
const VISIBLE_WITHIN_MS: i64 = 50;
/// The least a build gets: it must end some day.
const SHARE_MIN: f64 = 0.05;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(1);
/// Messages in a batch while it makes way, so that a live commit waits for little.
const BATCH_AMONG_LIVE: usize = 250;

#[derive(Debug)]
pub struct Pace {
    pool: PgPool,
    share: f64,
    looked: Option<Instant>,
    since: Instant,
}

impl Pace {
    pub fn new(pool: PgPool) -> Self {
        Self { pool, share: 1.0, looked: None, since: Instant::now() }
    }

    pub fn share(&self) -> f64 {
        self.share
    }

    pub fn batch_max(&self) -> usize {
        if self.share < 1.0 { BATCH_AMONG_LIVE } else { BATCH_MAX }
    }

    /// After each batch: rests for as long as the share asks.
    pub async fn rest(&mut self) {
        let worked = self.since.elapsed();
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            self.looked = Some(Instant::now());
            self.share = share_after(self.share, self.visible_after_ms().await);
        }
        if self.share < 1.0 {
            tokio::time::sleep(worked.mul_f64(1.0 / self.share - 1.0).min(REST_MAX)).await;
        }
        self.since = Instant::now();
    }

    /// What the owner of the live versions says. Nobody to say it: nobody to make way for.
    async fn visible_after_ms(&self) -> i64 {
        let told = sqlx::query_scalar!(
            "SELECT visible_after_ms FROM log_heads
             WHERE stream = 'FACTS' AND seen_at > clock_timestamp() - interval '5 seconds'"
        );
        told.fetch_optional(&self.pool).await.ok().flatten().unwrap_or_default()
    }
}

/// Down quickly, up slowly.
fn share_after(share: f64, visible_after_ms: i64) -> f64 {
    if visible_after_ms > VISIBLE_WITHIN_MS { (share / 2.0).max(SHARE_MIN) } else { (share + 0.1).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_makes_way_at_once_never_stops_and_comes_back_slowly() {
        let mut share = 1.0;
        for _ in 0..20 {
            let next = share_after(share, VISIBLE_WITHIN_MS + 1);
            assert!(next < share || next <= SHARE_MIN, "{next}");
            share = next;
        }
        assert!(share >= SHARE_MIN);
        assert!(share_after(share, 0) < 0.2);
        for _ in 0..20 {
            share = share_after(share, 0);
        }
        assert!((share - 1.0).abs() < f64::EPSILON);
    }
}
