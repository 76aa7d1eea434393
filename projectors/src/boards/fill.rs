//! Filling the boards of a generation from `board_totals`.

use super::ledger::{Feed, Place};
use super::window::expires_at;
use super::{Boards, Generation, Marks, SHARD, script};
use crate::failure::Failure;
use events::board::{self, Scope};
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

const PAGE: i64 = 2_000;
/// Places per script call.
const PIECE: usize = 500;

impl Boards {
    /// Throws away what is there under this generation and fills it from PostgreSQL. The checkpoint, and with it the life by
    /// which readers recognise the boards, comes last. What changes meanwhile is behind the marks and follows.
    pub async fn fill(
        &self,
        redis: &mut MultiplexedConnection,
        feed: &mut Feed,
        generation: &Generation,
    ) -> Result<Marks, Failure> {
        self.metrics.boards_refills.inc();
        tracing::info!(generation = generation.number, "Redis has none of these boards: filling them");
        let filler = chassis::random::uuid(&self.clock);
        self.clear(redis, generation).await?;
        let checkpoint = board::checkpoint_key(SHARD, generation.number);
        let _: () = redis::cmd("HSET")
            .arg(&checkpoint)
            .arg("filling")
            .arg(filler.to_string())
            .query_async(redis)
            .await?;
        let marks = feed.marks().await?;
        let mut after = (String::new(), String::new(), Uuid::nil());
        loop {
            let page = feed.page(&after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.clone();
            let now = self.clock.now();
            let places: Vec<Place> = page
                .into_iter()
                .filter(|((_, window_at, _), score)| {
                    score.is_some() && expires_at(window_at).is_none_or(|at| at > now)
                })
                .map(|((scope, window_at, learner), score)| {
                    let scope = scope.parse::<Scope>().map_err(|_| {
                        Failure::Halt(format!("board_totals holds {scope:?}, which is no scope"))
                    })?;
                    Ok(Place { scope, window_at, learner, score })
                })
                .collect::<Result<_, Failure>>()?;
            for piece in places.chunks(PIECE) {
                if !script::fill(redis, generation, filler, piece).await? {
                    return Err(Failure::Retry("another process fills the boards".to_owned()));
                }
            }
        }
        if !script::finish_fill(redis, generation, filler, &marks).await? {
            return Err(Failure::Retry(
                "the boards were lost or filled by another while they were filled".to_owned(),
            ));
        }
        Ok(marks)
    }

    async fn clear(&self, redis: &mut MultiplexedConnection, generation: &Generation) -> Result<(), Failure> {
        let pattern = format!("lb:{{{SHARD}}}:{}:*", generation.number);
        let mut cursor = "0".to_owned();
        loop {
            let (next, keys): (String, Vec<String>) = redis::cmd("SCAN")
                .arg(&cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(1_000)
                .query_async(redis)
                .await?;
            if !keys.is_empty() {
                let _: () = redis::cmd("UNLINK").arg(keys).query_async(redis).await?;
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }
}
