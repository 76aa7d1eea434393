//! Reading part of one board: from Redis when its boards are fresh enough, else from Postgres, with the same result.

use super::slice::Totals;
use crate::app::App;
use crate::cache::{Ask, Board, Checkpoint, Slice};
use crate::error::{Missing, QueryError};
use crate::metrics::Source;
use crate::read::{Projection, Read};
use events::board::{Scope, Window};
use events::{ExerciseId, LearnerId, Part, Partition, Position, board};
use std::collections::HashMap;
use uuid::Uuid;

/// Everything a board's answer is made from.
pub const CONCERNED: [Projection; 3] = [Projection::Ledger, Projection::Learners, Projection::Exercises];

/// Part of a board as it was read.
#[derive(Debug)]
pub struct Reading {
    pub slice: Slice,
    pub source: Source,
    /// What the slice stands at: Redis may be a moment behind the transaction.
    pub position: Position,
    /// How many learners have parked events in the ledger.
    pub parked_keys: i64,
}

/// The scope behind a text, if it has a board of this window: an exercise's points are kept for all time only.
pub async fn resolve(read: &mut Read, text: &str, window: Window) -> Result<Scope, QueryError> {
    let scope = resolve_scope(read, text).await?;
    match (&scope, window) {
        (Scope::Exercise(_), Window::Day | Window::Week | Window::Month) => {
            let kept = "Boards of exercises are kept for all time only: `all` is expected.";
            Err(QueryError::invalid("window", "window_invalid", kept))
        }
        _ => Ok(scope),
    }
}

/// `global`, `exercise:<slug>`, `category:<name>`, `language:<name>`: those there is, or ever was, anything to solve in.
async fn resolve_scope(read: &mut Read, text: &str) -> Result<Scope, QueryError> {
    let unknown = || QueryError::Missing(Missing::Board);
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    if name.contains('\0') || name.len() > 256 {
        return Err(unknown());
    }
    let exercise = ExerciseId::of_slug(name);
    let (scope, exists) = match (kind, name) {
        ("global", "") if text == "global" => return Ok(Scope::Global),
        ("exercise", _) => (Scope::Exercise(exercise), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE exercise_id = $1 AND status <> 'draft') AS "exists!""#,
            exercise.0
        ).fetch_one(read.connection()).await?),
        ("category", _) => (Scope::Category(name.to_owned()), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE category = $1 AND status <> 'draft') AS "exists!""#,
            name
        ).fetch_one(read.connection()).await?),
        ("language", _) => (Scope::Language(name.to_owned()), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE $1 = ANY(languages) AND status <> 'draft') AS "exists!""#,
            name
        ).fetch_one(read.connection()).await?),
        _ => return Err(unknown()),
    };
    // What was taken out of the catalogue keeps the boards that were earned on it.
    if exists || has_totals(read, &scope).await? { Ok(scope) } else { Err(unknown()) }
}

async fn has_totals(read: &mut Read, scope: &Scope) -> Result<bool, QueryError> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM board_totals WHERE scope = $1 AND window_at = $2) AS "exists!""#,
        scope.to_string(),
        Window::All.name()
    )
    .fetch_one(read.connection())
    .await?;
    Ok(exists)
}

/// Reads part of a board within a read that has begun. `wanted` is what the answer must not be older than.
pub async fn read_slice(
    app: &App,
    read: &mut Read,
    scope: &Scope,
    window_at: &str,
    ask: Ask,
    wanted: &Position,
) -> Result<Reading, QueryError> {
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
    let heads: HashMap<u8, i64> = shelf
        .partitions
        .into_iter()
        .zip(shelf.numbers)
        .filter_map(|(partition, number)| Some((u8::try_from(partition).ok()?, number)))
        .collect();
    let board = Board {
        scope: scope.clone(),
        window_at: window_at.to_owned(),
        generation: u32::try_from(shelf.live).unwrap_or_default(),
        life: shelf.life,
    };
    let mut needed = app.watermarks.floor();
    needed.merge(wanted);
    if let Some((checkpoint, slice)) = app.cache.slice(&board, ask).await
        && let Some(position) = stands_at(&checkpoint, &heads, read.position(), &needed)
    {
        app.metrics.board_read(Source::Redis);
        return Ok(Reading { slice, source: Source::Redis, position, parked_keys: shelf.parked_keys });
    }
    let scope = scope.to_string();
    let slice = Totals { scope: &scope, window_at }.slice(read.connection(), ask).await?;
    app.metrics.board_read(Source::Postgres);
    Ok(Reading {
        slice,
        source: Source::Postgres,
        position: read.position().clone(),
        parked_keys: shelf.parked_keys,
    })
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
            Part::Identity => sequence,
            Part::Facts(partition) => {
                let number = partition.number();
                let noted = checkpoint.position.get(part);
                let head = heads.get(&number).copied().unwrap_or_default();
                let complete = checkpoint.numbers.get(&number).copied().unwrap_or_default() >= head;
                if complete { noted.max(sequence) } else { noted }
            }
        };
        position.advance(part, stands);
    }
    let facts = Partition::all().map(Part::Facts);
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
        Slice { places: scores.iter().map(place).collect(), greater, at_least }
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
