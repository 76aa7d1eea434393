//! Whether the Redis boards say what `board_totals` says. Both go on being written meanwhile, so what differs is looked at
//! again until the boards have had the time to follow: only what stays different is a difference. And whether the snapshots of
//! boards say what the ledger sums up to.

use super::ledger::Feed;
use super::window::expires_at;
use super::{Boards, Generation, Grain, History, SHARD};
use crate::failure::Failure;
use events::board::{self, Scope};
use redis::aio::MultiplexedConnection;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

const PAGE: i64 = 2_000;
/// How long the boards are given to follow.
const LOOKS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// One board.
type Key = (String, String);

/// One place that Redis or a snapshot has otherwise than PostgreSQL's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// Scope and window, and of a snapshot the sequence.
    pub board: String,
    pub learner: String,
    /// Or the snapshot.
    pub redis: Option<i64>,
    pub postgres: Option<i64>,
}

/// What a comparison of all boards found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub places_redis: i64,
    pub places_postgres: i64,
    pub first: Option<Misplaced>,
}

struct Sides<'a> {
    feed: Feed,
    redis: MultiplexedConnection,
    generation: &'a Generation,
}

impl Boards {
    /// Compares every board that is kept in Redis. `None`: Redis holds none of the live generation right now.
    pub async fn verify(&self, schema: &str, version: u32) -> Result<Option<Verified>, Failure> {
        let mut feed = Feed::open(&self.database, schema, version).await?;
        let generation = feed.generation().await?;
        let mut redis = self.connect().await?;
        if self.marks(&mut redis, &generation).await?.is_none() {
            return Ok(None);
        }
        let mut sides = Sides { feed, redis, generation: &generation };
        let mut verified = Verified::default();
        let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
        let mut after = (String::new(), String::new(), Uuid::nil());
        loop {
            let page = sides.feed.page(&after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.clone();
            let now = self.clock.now();
            let mut boards: BTreeMap<Key, Vec<(Uuid, i64)>> = BTreeMap::new();
            for ((scope, window_at, learner), score) in page {
                if expires_at(&window_at).is_none_or(|at| at > now) {
                    boards.entry((scope, window_at)).or_default().push((learner, score));
                }
            }
            for (board, places) in boards {
                *counts.entry(board.clone()).or_default() += i64::try_from(places.len()).unwrap_or(i64::MAX);
                let found = sides.differing(&board, &places).await?;
                verified.first = verified.first.or(sides.still_differing(&board, found).await?);
            }
        }
        for (board, count) in counts {
            let in_redis = sides.size(&board).await?;
            verified.places_postgres += count;
            verified.places_redis += in_redis;
            if in_redis > count && verified.first.is_none() {
                let members = sides.members(&board).await?;
                verified.first = sides.still_differing(&board, members).await?;
            }
        }
        if verified.first.is_none() {
            let mut history = History::open(&self.database, schema, version, Grain::default()).await?;
            verified.first = history.differing().await?;
        }
        Ok(Some(verified))
    }
}

impl Sides<'_> {
    fn set(&self, (scope, window_at): &Key) -> Result<(Scope, String), Failure> {
        let scope = scope
            .parse::<Scope>()
            .map_err(|_| Failure::Halt(format!("board_totals holds {scope:?}, which is no scope")))?;
        let key = board::sorted_set_key(SHARD, self.generation.number, &scope, window_at);
        Ok((scope, key))
    }

    async fn scores(&mut self, board: &Key, learners: &[Uuid]) -> Result<Vec<Option<i64>>, Failure> {
        let (_, key) = self.set(board)?;
        let mut ask = redis::cmd("ZMSCORE");
        ask.arg(key);
        for learner in learners {
            ask.arg(learner.to_string());
        }
        let scores: Vec<Option<f64>> = ask.query_async(&mut self.redis).await?;
        #[allow(clippy::cast_possible_truncation)] // Scores are below 2^53.
        Ok(scores.into_iter().map(|score| score.map(|score| score as i64)).collect())
    }

    /// Learners whose score in Redis is another.
    async fn differing(&mut self, board: &Key, places: &[(Uuid, i64)]) -> Result<Vec<Uuid>, Failure> {
        let learners: Vec<Uuid> = places.iter().map(|(learner, _)| *learner).collect();
        let scores = self.scores(board, &learners).await?;
        let pairs = places.iter().zip(scores);
        Ok(pairs
            .filter(|((_, there), here)| *here != Some(*there))
            .map(|((learner, _), _)| *learner)
            .collect())
    }

    /// The first of these who is placed differently however often one looks.
    async fn still_differing(
        &mut self,
        board: &Key,
        mut learners: Vec<Uuid>,
    ) -> Result<Option<Misplaced>, Failure> {
        let mut first = None;
        for _ in 0..LOOKS {
            if learners.is_empty() {
                return Ok(None);
            }
            let (scope, _) = self.set(board)?;
            let touched = learners.iter().map(|learner| (scope.clone(), board.1.clone(), *learner)).collect();
            let postgres: Vec<Option<i64>> =
                self.feed.look_up(touched).await?.into_iter().map(|place| place.score).collect();
            let redis = self.scores(board, &learners).await?;
            let sides: Vec<_> = learners.iter().copied().zip(redis.into_iter().zip(postgres)).collect();
            let differing: Vec<_> =
                sides.into_iter().filter(|(_, (redis, postgres))| redis != postgres).collect();
            first = differing.first().map(|(learner, (redis, postgres))| Misplaced {
                board: format!("{} {}", board.0, board.1),
                learner: learner.to_string(),
                redis: *redis,
                postgres: *postgres,
            });
            learners = differing.into_iter().map(|(learner, _)| learner).collect();
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(first)
    }

    async fn size(&mut self, board: &Key) -> Result<i64, Failure> {
        let (_, key) = self.set(board)?;
        Ok(redis::cmd("ZCARD").arg(key).query_async(&mut self.redis).await?)
    }

    async fn members(&mut self, board: &Key) -> Result<Vec<Uuid>, Failure> {
        let (_, key) = self.set(board)?;
        let members: Vec<String> =
            redis::cmd("ZRANGE").arg(key).arg(0).arg(-1).query_async(&mut self.redis).await?;
        // A member that is no learner has no place to compare with: it stands as the nil learner.
        Ok(members.iter().map(|member| Uuid::parse_str(member).unwrap_or_default()).collect())
    }
}
