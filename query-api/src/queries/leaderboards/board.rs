//! Reading part of one board: from Redis when its boards are fresh enough, else from Postgres, with the same result.

use super::past::PastBoard;
use super::slice::Totals;
use super::view::View;
use crate::app::App;
use crate::cache::{Ask, Board, Cache, Checkpoint, Slice, Standings};
use crate::error::QueryError;
use crate::metrics::Source;
use crate::read::Read;
use events::{LearnerId, Part as LogPart, Partition, Position, board};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Part of a board as it was read.
#[derive(Debug)]
pub struct Reading<T> {
    pub found: T,
    pub source: Source,
    /// What it stands at: Redis may be a moment behind the transaction.
    pub position: Position,
    /// How many learners have parked events in the ledger.
    pub parked_keys: i64,
}

/// What is asked of a board.
struct Shelf {
    /// The board in Redis; `None` when it is not to be read from there.
    board: Option<Board>,
    heads: HashMap<u8, i64>,
    parked_keys: i64,
}

async fn shelf(read: &mut Read, view: &View) -> Result<Shelf, QueryError> {
    let shelf = sqlx::query!(
        r#"SELECT live, life::text AS "life!",
             coalesce((SELECT array_agg(partition ORDER BY partition) FROM ledger_heads), '{}') AS "partitions!: Vec<i16>",
             coalesce((SELECT array_agg(no ORDER BY partition) FROM ledger_heads), '{}') AS "numbers!: Vec<i64>",
             (SELECT count(DISTINCT key) FROM public.parked
              JOIN public.projections ON (name, projections.version) = (projection, parked.version)
              WHERE state = 'live' AND name = 'ledger') AS "parked_keys!"
           FROM public.board_generations"#
    )
    .fetch_one(read.connection())
    .await?;
    let heads = shelf.partitions.into_iter().zip(shelf.numbers);
    let board = Board {
        scope: view.scope.clone(),
        window_at: view.window_at.clone(),
        generation: u32::try_from(shelf.live).unwrap_or_default(),
        life: shelf.life,
    };
    Ok(Shelf {
        board: view.in_redis.then_some(board),
        heads: heads.filter_map(|(partition, no)| Some((u8::try_from(partition).ok()?, no))).collect(),
        parked_keys: shelf.parked_keys,
    })
}

/// What boards were read for.
pub trait Part: Sized {
    fn of_past(&self, board: &PastBoard) -> Self::Found;
    fn of_redis(
        &self,
        cache: &Cache,
        board: &Board,
    ) -> impl Future<Output = Option<(Checkpoint, Self::Found)>> + Send;
    fn of_postgres(
        &self,
        totals: Totals<'_>,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Found, QueryError>> + Send;
    type Found;
}

impl Part for Ask {
    type Found = Slice;

    fn of_past(&self, board: &PastBoard) -> Slice {
        board.slice(*self)
    }

    async fn of_redis(&self, cache: &Cache, board: &Board) -> Option<(Checkpoint, Slice)> {
        cache.slice(board, *self).await
    }

    async fn of_postgres(
        &self,
        totals: Totals<'_>,
        connection: &mut PgConnection,
    ) -> Result<Slice, QueryError> {
        totals.slice(connection, *self).await
    }
}

/// Some learners.
impl Part for Vec<LearnerId> {
    type Found = Standings;

    fn of_past(&self, board: &PastBoard) -> Standings {
        board.standings(self)
    }

    async fn of_redis(&self, cache: &Cache, board: &Board) -> Option<(Checkpoint, Standings)> {
        cache.standings(board, self).await
    }

    async fn of_postgres(
        &self,
        totals: Totals<'_>,
        connection: &mut PgConnection,
    ) -> Result<Standings, QueryError> {
        totals.standings(connection, self).await
    }
}

/// Reads part of a board within a read that has begun. `wanted` is what the answer must not be older than.
pub async fn read_part<P: Part>(
    app: &App,
    read: &mut Read,
    view: &View,
    part: &P,
    wanted: &Position,
) -> Result<Reading<P::Found>, QueryError> {
    let shelf = shelf(read, view).await?;
    let parked_keys = shelf.parked_keys;
    if let Some(board) = &view.past {
        app.metrics.board_read(Source::Ledger);
        let position = read.position().clone();
        return Ok(Reading { found: part.of_past(board), source: Source::Ledger, position, parked_keys });
    }
    let mut needed = app.watermarks.floor();
    needed.merge(wanted);
    if let Some(board) = &shelf.board
        && let Some((checkpoint, found)) = part.of_redis(&app.cache, board).await
        && let Some(position) = stands_at(&checkpoint, &shelf.heads, read.position(), &needed)
    {
        app.metrics.board_read(Source::Redis);
        return Ok(Reading { found, source: Source::Redis, position, parked_keys });
    }
    let scope = view.scope.to_string();
    let totals = Totals { scope: &scope, window_at: &view.window_at };
    let found = part.of_postgres(totals, read.connection()).await?;
    app.metrics.board_read(Source::Postgres);
    Ok(Reading { found, source: Source::Postgres, position: read.position().clone(), parked_keys })
}

/// What boards with this checkpoint stand at, given what the read's snapshot stands at; `None` when that is older than
/// `needed`.
///
/// A partition whose last ledger row is in the boards stands where the snapshot stands, whatever sequence was noted: what
/// came since changed no points.
fn stands_at(
    checkpoint: &Checkpoint,
    heads: &HashMap<u8, i64>,
    snapshot: &Position,
    needed: &Position,
) -> Option<Position> {
    let mut position = Position::default();
    for (part, sequence) in snapshot.iter() {
        let stands = match part {
            LogPart::Identity => sequence,
            LogPart::Facts(partition) => {
                let number = partition.number();
                let noted = checkpoint.position.get(part);
                let head = heads.get(&number).copied().unwrap_or_default();
                let complete = checkpoint.numbers.get(&number).copied().unwrap_or_default() >= head;
                if complete { noted.max(sequence) } else { noted }
            }
        };
        position.advance(part, stands);
    }
    let facts = Partition::all().map(LogPart::Facts);
    facts.into_iter().all(|part| position.get(part) >= needed.get(part)).then_some(position)
}

/// The rank of each place: 1 + how many scores on the whole board are greater.
pub fn ranks(slice: &Slice) -> Vec<u64> {
    let mut ranks = Vec::with_capacity(slice.places.len());
    let Some(first) = slice.places.first().map(|place| place.score) else { return ranks };
    let (mut rank, mut score, mut next_rank) = (slice.greater + 1, first, slice.at_least + 1);
    for place in &slice.places {
        if place.score != score {
            (rank, score) = (next_rank, place.score);
        }
        if place.score != first {
            next_rank += 1;
        }
        ranks.push(rank);
    }
    ranks
}

/// The handles of those who have one: whoever was erased has none.
pub async fn handles(
    read: &mut Read,
    learners: &[LearnerId],
) -> Result<HashMap<LearnerId, String>, QueryError> {
    let ids: Vec<Uuid> = learners.iter().map(|learner| learner.0).collect();
    let rows = sqlx::query!("SELECT learner_id, handle FROM learners WHERE learner_id = ANY($1)", &ids)
        .fetch_all(read.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (LearnerId(row.learner_id), row.handle)).collect())
}

/// When a place's points were reached, to the second.
pub fn reached_at(score: i64) -> Result<chrono::DateTime<chrono::Utc>, QueryError> {
    board::reached_at_of(score)
        .ok_or_else(|| QueryError::Malformed { what: "a board's score", source: score.to_string().into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Place;

    fn slice(scores: &[i64], greater: u64, at_least: u64) -> Slice {
        let place = |score: &i64| Place { score: *score, learner_id: LearnerId(Uuid::nil()) };
        Slice { places: scores.iter().map(place).collect(), greater, at_least, size: None }
    }

    #[test]
    fn equal_scores_share_a_rank() {
        assert_eq!(ranks(&slice(&[9, 9, 7, 7, 5], 0, 2)), [1, 1, 3, 3, 5]);
        // A page that begins within a tie of three, the first of which stood on the page before.
        assert_eq!(ranks(&slice(&[9, 9, 7, 7, 5], 4, 7)), [5, 5, 8, 8, 10]);
        assert!(ranks(&slice(&[], 0, 0)).is_empty());
    }

    fn at(text: &str) -> Position {
        text.parse().expect("a position")
    }

    #[test]
    fn a_board_without_news_stands_where_the_snapshot_stands() {
        let checkpoint = Checkpoint { numbers: HashMap::from([(7, 3)]), position: at("07.100") };
        let snapshot = at("id.4,07.150");
        let complete = HashMap::from([(7, 3)]);
        assert_eq!(stands_at(&checkpoint, &complete, &snapshot, &at("07.150")), Some(snapshot.clone()));
        let behind = HashMap::from([(7, 4)]);
        assert_eq!(stands_at(&checkpoint, &behind, &snapshot, &at("07.150")), None);
        assert_eq!(stands_at(&checkpoint, &behind, &snapshot, &at("07.100")), Some(at("id.4,07.100")));
    }
}
