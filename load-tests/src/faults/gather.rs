//! Gathers what a run left in FACTS, Postgres and Redis. Straight from the stores, past every service's code.

use crate::checker::evidence::{Board, Entry, ShownVerdict, SubmissionRow, Total};
use anyhow::Context;
use chassis::log::{EventLog, Stream};

use events::{JudgementId, LearnerId, Recorded, SubmissionId, subject};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

/// All of FACTS, in order.
pub async fn facts(log: &EventLog) -> anyhow::Result<Vec<Recorded>> {
    let last = log.last_sequence(Stream::Facts).await?;
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let mut facts = Vec::new();
    while follow.last() < last {
        for message in follow.next_batch(1_000, Duration::from_secs(1)).await? {
            facts.push(message.decode()?);
        }
    }
    Ok(facts)
}

/// The schema of a projection's live version. These statements are checked at run time only: the schema's name is not
/// known before.
async fn live_schema(pool: &PgPool, projection: &str) -> anyhow::Result<String> {
    const LIVE: &str = "SELECT version FROM public.projections WHERE name = $1 AND state = 'live'";
    let version: Option<i32> = sqlx::query_scalar(LIVE).bind(projection).fetch_optional(pool).await?;
    let version = version.with_context(|| format!("projection {projection} has no live version"))?;
    Ok(format!("{projection}_v{version}"))
}

type Row = (Uuid, Uuid, i64, Option<Uuid>, Option<String>, Option<i32>, Option<i64>);

pub async fn submissions(pool: &PgPool) -> anyhow::Result<Vec<SubmissionRow>> {
    let schema = live_schema(pool, "submissions").await?;
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT submission_id, learner_id, received_seq, judgement_id, verdict, points, judged_seq
         FROM {schema}.submissions LEFT JOIN {schema}.judgements USING (submission_id)"
    )))
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(submission).collect()
}

fn submission(
    (id, learner, received, judgement, verdict, points, judged): Row,
) -> anyhow::Result<SubmissionRow> {
    let verdict = match (judgement, verdict, points, judged) {
        (Some(judgement), Some(verdict), Some(points), Some(judged)) => Some(ShownVerdict {
            judgement_id: JudgementId(judgement),
            verdict,
            points: points.try_into()?,
            judged_seq: judged.try_into()?,
        }),
        (None, None, None, None) => None,
        half => anyhow::bail!("table submissions: {id} is half judged: {half:?}"),
    };
    Ok(SubmissionRow {
        submission_id: SubmissionId(id),
        learner_id: LearnerId(learner),
        received_seq: received.try_into()?,
        verdict,
    })
}

pub async fn totals(pool: &PgPool) -> anyhow::Result<Vec<Total>> {
    let schema = live_schema(pool, "ledger").await?;
    let rows: Vec<(String, String, Uuid, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT scope, window_at, learner_id, score FROM {schema}.board_totals"
    )))
    .fetch_all(pool)
    .await?;
    let totals = rows.into_iter().map(|(scope, window_at, learner_id, score)| Total {
        board: Board { scope, window_at },
        learner_id: LearnerId(learner_id),
        score,
    });
    Ok(totals.collect())
}

/// Every sorted set of the live generation, in every shard.
pub async fn entries(pool: &PgPool, redis: &mut MultiplexedConnection) -> anyhow::Result<Vec<Entry>> {
    const LIVE: &str = "SELECT live FROM public.board_generations";
    let generation: i32 = sqlx::query_scalar(LIVE).fetch_one(pool).await?;
    let keys: Vec<String> = {
        let mut keys = redis.scan_match::<_, String>(format!("lb:{{*}}:{generation}:*")).await?;
        let mut found = Vec::new();
        while let Some(key) = keys.next_item().await {
            found.push(key?);
        }
        found
    };
    let mut entries = Vec::new();
    for key in keys {
        let Some(board) = board_of(&key) else { continue };
        let members: Vec<(String, f64)> = redis.zrange_withscores(&key, 0, -1).await?;
        for (member, score) in members {
            let learner_id = LearnerId(Uuid::parse_str(&member).context("a member is no learner id")?);
            entries.push(Entry { board: board.clone(), learner_id, score: exact(score) });
        }
    }
    Ok(entries)
}

/// `lb:{<shard>}:<generation>:<scope>:<window>`; the scope may hold a colon itself. `None` for the checkpoint.
fn board_of(key: &str) -> Option<Board> {
    let (_, rest) = key.split_once("}:")?;
    let (_, rest) = rest.split_once(':')?;
    let (scope, window_at) = rest.rsplit_once(':')?;
    Some(Board { scope: scope.to_owned(), window_at: window_at.to_owned() })
}

/// Scores are whole numbers below 2^53, which a double holds exactly.
#[allow(clippy::cast_possible_truncation)]
fn exact(score: f64) -> i64 {
    score as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::ExerciseId;
    use events::board::{Scope, checkpoint_key, sorted_set_key};

    #[test]
    fn a_key_names_its_board() {
        let scope = Scope::Exercise(ExerciseId(Uuid::from_u128(5)));
        let board = board_of(&sorted_set_key(0, 3, &scope, "week-2026-47"));
        assert_eq!(board, Some(Board { scope: scope.to_string(), window_at: "week-2026-47".to_owned() }));
        assert_eq!(board_of(&checkpoint_key(0, 3)), None);
    }
}
