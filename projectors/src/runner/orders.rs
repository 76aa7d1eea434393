//! Operators' orders about whole projections. The owner notes them in `builds`, in the commit that passes them; whoever
//! holds the lease to build takes them up from there ([`crate::rebuild`]).

use crate::failure::Failure;
use chrono::{DateTime, Utc};
use events::operation::OperationEvent;
use sqlx::PgConnection;
use uuid::Uuid;

/// Older orders are history: a database that reads the log from its beginning must not carry them out again.
const VALID_FOR_S: f64 = 3_600.0;

/// Notes an order under the id of its event; what is no such order is none of its business.
pub(super) async fn note(
    db: &mut PgConnection,
    id: Uuid,
    operation: &OperationEvent,
    ordered_at: DateTime<Utc>,
) -> Result<(), Failure> {
    match operation {
        OperationEvent::ProjectionBuildOrdered(order) => {
            sqlx::query!(
                "INSERT INTO builds (build_id, projection, kind, state, ordered_by, ordered_at, reason, accept_difference)
                 SELECT $1, $2, $3, 'ordered', $4, $5, $6, $7
                 WHERE $5 > clock_timestamp() - make_interval(secs => $8)
                 ON CONFLICT (build_id) DO NOTHING",
                id,
                order.projection,
                order.kind.name(),
                order.operator_id.0,
                ordered_at,
                order.reason,
                order.accept_difference,
                VALID_FOR_S
            )
            .execute(db)
            .await?;
        }
        OperationEvent::ProjectionBuildAborted(order) => {
            sqlx::query!(
                "UPDATE builds SET abort_requested = true
                 WHERE projection = $1 AND ended_at IS NULL AND ordered_at <= $2",
                order.projection,
                ordered_at
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
