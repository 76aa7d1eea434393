//! Filling the boards of a generation from `board_totals`.

use super::ledger::{Feed, Place};
use super::window::expires_at;
use super::{Boards, Generation, Marks, SHARD, script};
use crate::failure::Failure;
use crate::rows::bigint;
use events::board::{self, Scope};
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

const PAGE: i64 = 2_000;
/// Places per script call.
const PIECE: usize = 500;

/// Rows of `board_totals` by key, with their scores.
type Page = Vec<((String, String, Uuid), i64)>;

/// What a fill copies, and from what.
pub(super) struct Source<'a> {
    pub feed: &'a mut Feed,
    /// Where the tables stand. What changes meanwhile is behind it and follows.
    pub marks: Marks,
}

impl Boards {
    /// Throws away what is there under this generation and fills it from PostgreSQL.
    pub(super) async fn refill(
        &self,
        redis: &mut MultiplexedConnection,
        feed: &mut Feed,
        generation: &Generation,
    ) -> Result<Marks, Failure> {
        self.metrics.boards_refills.inc();
        tracing::info!(generation = generation.number, "Redis has none of these boards: filling them");
        let marks = feed.marks().await?;
        self.fill(redis, Source { feed, marks }, generation).await
    }

    /// Fills a generation that is not live yet from the ledger's tables in `schema`, which a build has read up to `sequence`
    /// in every partition. When the generation is live, under this number and life, its boards go on from there.
    pub async fn fill_ahead(
        &self,
        schema: &str,
        sequence: u64,
        generation: &Generation,
    ) -> Result<(), Failure> {
        let mut feed = Feed::open(&self.database, schema, 0).await?;
        let mut redis = self.connect().await?;
        let marks = feed.marks_at(bigint(sequence)).await?;
        self.fill(&mut redis, Source { feed: &mut feed, marks }, generation).await?;
        Ok(())
    }

    /// Deletes the boards of all generations but these.
    pub async fn keep_only(&self, generations: &[u32]) -> Result<(), Failure> {
        let mut redis = self.connect().await?;
        let prefix = format!("lb:{{{SHARD}}}:");
        let is_kept = |key: &str| {
            let number = key.strip_prefix(&prefix).and_then(|rest| rest.split(':').next()?.parse().ok());
            number.is_none_or(|number: u32| generations.contains(&number))
        };
        unlink(&mut redis, &format!("{prefix}*"), is_kept).await
    }

    /// The checkpoint, and with it the life by which readers recognise the boards, comes last.
    async fn fill(
        &self,
        redis: &mut MultiplexedConnection,
        source: Source<'_>,
        generation: &Generation,
    ) -> Result<Marks, Failure> {
        let Source { feed, marks } = source;
        let filler = chassis::random::uuid(&self.clock);
        unlink(redis, &format!("lb:{{{SHARD}}}:{}:*", generation.number), |_| false).await?;
        let checkpoint = board::checkpoint_key(SHARD, generation.number);
        let _: () = redis::cmd("HSET")
            .arg(&checkpoint)
            .arg("filling")
            .arg(filler.to_string())
            .query_async(redis)
            .await?;
        let mut page = feed.page(&(String::new(), String::new(), Uuid::nil()), PAGE).await?;
        while let Some((last, _)) = page.last() {
            let after = last.clone();
            let places = self.places(page)?;
            let pieces = places.chunks(PIECE).map(|piece| {
                let mut redis = redis.clone();
                async move { script::fill(&mut redis, generation, filler, piece).await }
            });
            // Redis takes this page while PostgreSQL reads the next one.
            let (filled, next) = tokio::try_join!(try_join_all(pieces), feed.page(&after, PAGE))?;
            if filled.contains(&false) {
                return Err(Failure::Retry("another process fills the boards".to_owned()));
            }
            page = next;
        }
        if !script::finish_fill(redis, generation, filler, &marks).await? {
            return Err(Failure::Retry(
                "the boards were lost or filled by another while they were filled".to_owned(),
            ));
        }
        Ok(marks)
    }

    /// What of a page belongs on boards: windows that are long over do not.
    fn places(&self, page: Page) -> Result<Vec<Place>, Failure> {
        let now = self.clock.now();
        page.into_iter()
            .filter(|((_, window_at, _), _)| expires_at(window_at).is_none_or(|at| at > now))
            .map(|((scope, window_at, learner), score)| {
                let scope = scope
                    .parse::<Scope>()
                    .map_err(|_| Failure::Halt(format!("board_totals holds {scope:?}, which is no scope")))?;
                Ok(Place { scope, window_at, learner, score: Some(score) })
            })
            .collect()
    }
}

/// Removes what goes by this pattern, except for what is kept.
async fn unlink(
    redis: &mut MultiplexedConnection,
    pattern: &str,
    is_kept: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let mut cursor = "0".to_owned();
    loop {
        let (next, mut keys): (String, Vec<String>) = redis::cmd("SCAN")
            .arg(&cursor)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(1_000)
            .query_async(redis)
            .await?;
        keys.retain(|key| !is_kept(key));
        if !keys.is_empty() {
            let _: () = redis::cmd("UNLINK").arg(keys).query_async(redis).await?;
        }
        if next == "0" {
            return Ok(());
        }
        cursor = next;
    }
}
