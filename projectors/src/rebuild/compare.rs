//! Whether two schemas hold the same rows.

use super::shape;
use super::worker::Finished;
use crate::failure::Failure;
use crate::runner::{Runner, connect, version};
use chassis::log::Stream;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::BTreeMap;

/// Per table: the number of rows, and the sum of their 64-bit hashes, which does not depend on their order. (The server's own
/// hash of a whole row: quick, and not against somebody who means to deceive, whom there is none between two builds.)
pub async fn digests(
    db: &mut PgConnection,
    schema: &str,
) -> Result<BTreeMap<String, (i64, String)>, Failure> {
    let mut digests = BTreeMap::new();
    for table in shape::tables(db, schema).await? {
        let sql = format!(
            "SELECT count(*), coalesce(sum(hash_record_extended(r, 0)), 0)::text FROM {schema}.{table} AS r"
        );
        let digest = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *db).await?;
        digests.insert(table, digest);
    }
    Ok(digests)
}

/// For a version that is live: whether the built tables equal the live ones at one position. The live ones are read from a
/// snapshot, so they go on being written.
pub async fn with_live(
    runner: &Runner,
    stream: Stream,
    finished: &mut Finished,
) -> Result<Option<bool>, Failure> {
    let target = finished.member.registered;
    let mut db = connect(&runner.database).await?;
    let mut snapshot = db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *snapshot).await?;
    let at = sqlx::query_scalar!(
        "SELECT max(sequence) FROM checkpoints JOIN projections
           ON name = projection AND projections.version = checkpoints.version AND state = 'live'
         WHERE projection = $1 AND checkpoints.version = $2",
        target.name,
        version(&target)
    )
    .fetch_one(&mut *snapshot)
    .await?;
    let Some(at) = at.and_then(|at| u64::try_from(at).ok()) else { return Ok(None) };
    if finished.sequence > at {
        return Ok(None);
    }
    let live = digests(&mut snapshot, &target.schema()).await?;
    snapshot.rollback().await?;
    finished.catch_up(&runner.log, stream, at).await?;
    let built = digests(&mut finished.db, &finished.schema).await?;
    Ok(Some(live == built))
}
