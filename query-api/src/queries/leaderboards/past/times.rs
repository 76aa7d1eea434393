//! Times and sequences: facts bear the time of the process that wrote them, so later ones may bear earlier times.

use crate::error::QueryError;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// The last change of any board that was recorded at or before `instant`: the cut that the instant stands for.
///
/// Projectors note what stretches of the log lie between. So only rows behind the last stretch are looked through, and those of
/// the last stretch in which anything is old enough.
pub async fn sequence_at(connection: &mut PgConnection, instant: DateTime<Utc>) -> Result<i64, QueryError> {
    let known = sqlx::query!(
        r#"WITH stretches AS (
             SELECT from_seq, to_seq, recorded_from FROM public.board_stretches JOIN public.board_generations USING (life)
             WHERE parked = public.ledger_parked(to_seq)
           ), found AS (
             SELECT from_seq, to_seq FROM stretches WHERE recorded_from <= $1 ORDER BY to_seq DESC LIMIT 1
           )
           SELECT coalesce((SELECT max(to_seq) FROM stretches), 0) AS "noted!",
             coalesce((SELECT from_seq FROM found), 0) AS "from!", coalesce((SELECT to_seq FROM found), 0) AS "to!""#,
        instant
    )
    .fetch_one(&mut *connection)
    .await?;
    if let Some(sequence) = last_change(connection, instant, known.noted, i64::MAX).await? {
        return Ok(sequence);
    }
    Ok(last_change(connection, instant, known.from, known.to).await?.unwrap_or_default())
}

/// The same among what was recorded behind `from`, up to `to`.
async fn last_change(
    connection: &mut PgConnection,
    instant: DateTime<Utc>,
    from: i64,
    to: i64,
) -> Result<Option<i64>, QueryError> {
    let sequence = sqlx::query_scalar!(
        r#"SELECT max(recorded_seq) FROM (
             (SELECT recorded_seq FROM ledger WHERE recorded_at <= $1 AND recorded_seq > $2 AND recorded_seq <= $3
              ORDER BY recorded_seq DESC LIMIT 1) UNION ALL
             (SELECT recorded_seq FROM board_bests WHERE recorded_at <= $1 AND recorded_seq > $2 AND recorded_seq <= $3
              ORDER BY recorded_seq DESC LIMIT 1) UNION ALL
             (SELECT recorded_seq FROM board_comings WHERE recorded_at <= $1 AND recorded_seq > $2 AND recorded_seq <= $3
              ORDER BY recorded_seq DESC LIMIT 1)
           ) AS changes"#,
        instant,
        from,
        to
    )
    .fetch_one(connection)
    .await?;
    Ok(sequence)
}

/// When the last change of any board up to `sequence` was recorded.
pub async fn instant_of(
    connection: &mut PgConnection,
    sequence: i64,
) -> Result<Option<DateTime<Utc>>, QueryError> {
    let change = sqlx::query!(
        r#"SELECT recorded_at AS "recorded_at!" FROM (
             (SELECT recorded_seq, recorded_at FROM ledger WHERE recorded_seq <= $1 ORDER BY recorded_seq DESC LIMIT 1)
             UNION ALL
             (SELECT recorded_seq, recorded_at FROM board_bests WHERE recorded_seq <= $1 ORDER BY recorded_seq DESC LIMIT 1)
             UNION ALL
             (SELECT recorded_seq, recorded_at FROM board_comings WHERE recorded_seq <= $1 ORDER BY recorded_seq DESC LIMIT 1)
           ) AS changes ORDER BY recorded_seq DESC LIMIT 1"#,
        sequence
    )
    .fetch_optional(connection)
    .await?;
    Ok(change.map(|change| change.recorded_at))
}
