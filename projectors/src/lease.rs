//! Who may work. One row per job in `leases`, valid for [`VALID_FOR`] and renewed three times within that; PostgreSQL's
//! clock decides. A lease only keeps two processes from working in vain: what makes a late writer harmless is the epoch on
//! the checkpoint rows, which every owner takes from one sequence.

use crate::failure::Failure;
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a dead or frozen owner keeps others waiting.
pub const VALID_FOR: Duration = Duration::from_secs(3);
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// How often a waiting process looks.
pub const LOOK_EVERY: Duration = Duration::from_millis(200);

/// One job of this process.
#[derive(Debug, Clone)]
pub struct Lease {
    pub pool: PgPool,
    pub name: &'static str,
    pub holder: Uuid,
}

impl Lease {
    /// The epoch of a new ownership, or `None` while somebody else holds the lease.
    pub async fn acquire(&self) -> Result<Option<i64>, Failure> {
        let epoch = sqlx::query_scalar!(
            "INSERT INTO leases AS known (name, holder, epoch, expires_at)
             VALUES ($1, $2, nextval('epochs'), clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (name) DO UPDATE SET
                 holder = excluded.holder, epoch = excluded.epoch, expires_at = excluded.expires_at
             WHERE known.expires_at < clock_timestamp() OR known.holder = excluded.holder
             RETURNING epoch",
            self.name,
            self.holder,
            VALID_FOR.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(epoch)
    }

    /// Whether somebody else has it, or had it so lately that others like it may be about to take it.
    pub async fn is_wanted(&self) -> Result<bool, Failure> {
        let wanted = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM leases WHERE name = $1 AND holder <> $2
                 AND expires_at > clock_timestamp() - make_interval(secs => $3)) AS "wanted!""#,
            self.name,
            self.holder,
            VALID_FOR.as_secs_f64()
        );
        Ok(wanted.fetch_one(&self.pool).await?)
    }

    /// Renews until the lease is lost or could not be renewed in time; cancels `lost` then.
    pub async fn keep(self, epoch: i64, lost: CancellationToken) {
        let _on_any_end = lost.drop_guard();
        let mut renewed = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let asked = tokio::time::Instant::now();
            match tokio::time::timeout(VALID_FOR, self.renew(epoch)).await {
                Ok(Ok(true)) => renewed = asked,
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::warn!(lease = self.name, %error, "the lease could not be renewed"),
                Err(_elapsed) => {}
            }
            if renewed.elapsed() > VALID_FOR {
                return;
            }
        }
    }

    async fn renew(&self, epoch: i64) -> sqlx::Result<bool> {
        let renewed = sqlx::query!(
            "UPDATE leases SET expires_at = clock_timestamp() + make_interval(secs => $4)
             WHERE name = $1 AND holder = $2 AND epoch = $3",
            self.name,
            self.holder,
            epoch,
            VALID_FOR.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Lets the next one in at once. Nothing is lost when this fails: the lease runs out.
    pub async fn release(&self) {
        let released = sqlx::query!(
            "UPDATE leases SET expires_at = '-infinity' WHERE name = $1 AND holder = $2",
            self.name,
            self.holder
        )
        .execute(&self.pool)
        .await;
        if let Err(error) = released {
            tracing::warn!(lease = self.name, %error, "the lease could not be released and runs out by itself");
        }
    }
}
