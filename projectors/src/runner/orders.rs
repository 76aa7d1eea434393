//! Operators' orders about whole projections. The owner notes them in `builds`, in the commit that passes them; whoever
//! holds the lease to build takes them up from there ([`crate::rebuild`]).

use crate::failure::Failure;
use crate::rows::{bigint, storable};
use chrono::{DateTime, Utc};
use events::operation::OperationEvent;
use sqlx::PgConnection;
use uuid::Uuid;

/// Older orders are history: a database that reads the log from its beginning must not carry them out again.
const VALID_FOR_S: f64 = 3_600.0;

/// An operation in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub id: Uuid,
    pub sequence: u64,
    pub time: DateTime<Utc>,
    pub operation: &'a OperationEvent,
}

/// Notes an order under the id of its event; what is no such order is none of its business. One that PostgreSQL does not
/// take is left out: it stands in the log for ever, and no read model could ever pass it.
pub(super) async fn note(db: &mut PgConnection, order: Order<'_>) -> Result<(), Failure> {
    sqlx::query("SAVEPOINT note").execute(&mut *db).await?;
    match write(db, order).await {
        Err(Failure::Event(why)) => {
            tracing::error!(sequence = order.sequence, why, "an order cannot be noted and is left out");
            sqlx::query("ROLLBACK TO SAVEPOINT note").execute(db).await?;
        }
        written => {
            written?;
            sqlx::query("RELEASE SAVEPOINT note").execute(db).await?;
        }
    }
    Ok(())
}

async fn write(db: &mut PgConnection, order: Order<'_>) -> Result<(), Failure> {
    let Order { id, sequence, time: ordered_at, operation } = order;
    match operation {
        OperationEvent::ProjectionBuildOrdered(order) => {
            sqlx::query!(
                "INSERT INTO builds (build_id, projection, kind, state, ordered_by, ordered_at, reason, accept_difference,
                     ordered_seq)
                 SELECT $1, $2, $3, 'ordered', $4, $5, $6, $7, $9
                 WHERE $5 > clock_timestamp() - make_interval(secs => $8)
                 ON CONFLICT (build_id) DO NOTHING",
                id,
                storable(&order.projection),
                order.kind.name(),
                order.operator_id.0,
                ordered_at,
                storable(&order.reason),
                order.accept_difference,
                VALID_FOR_S,
                bigint(sequence)
            )
            .execute(db)
            .await?;
        }
        OperationEvent::ProjectionBuildAborted(order) => {
            // The log says which order was before it, whatever the clocks said of those who gave them. What projectors began
            // by themselves is not in the log.
            sqlx::query!(
                "UPDATE builds SET abort_requested = true
                 WHERE projection = $1 AND ended_at IS NULL
                   AND CASE WHEN ordered_seq IS NULL THEN ordered_at <= $2 ELSE ordered_seq < $3 END",
                storable(&order.projection),
                ordered_at,
                bigint(sequence)
            )
            .execute(db)
            .await?;
        }
        OperationEvent::ParkedKeyRedriven(_) | OperationEvent::ParkedEventDiscarded(_) => {}
    }
    Ok(())
}

/// Ends orders that nobody could carry out.
pub(crate) async fn let_lapse(pool: &sqlx::PgPool) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE builds SET state = 'lapsed', ended_at = clock_timestamp(), updated_at = clock_timestamp(),
           error = 'no process that runs here could carry it out: a rollback needs the build of the software that has the older version'
         WHERE state = 'ordered' AND ordered_at < clock_timestamp() - make_interval(secs => $1)",
        VALID_FOR_S
    )
    .execute(pool)
    .await?;
    Ok(())
}
