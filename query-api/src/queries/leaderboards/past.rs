//! Boards as they stood: sums over the ledger up to a sequence. What stood does not change any more, so a board that was
//! summed up once is kept whole for the next who asks; a frozen board is asked for again and again.

use crate::cache::{Ask, Place, Slice, Standings};
use crate::error::QueryError;
use chrono::{DateTime, Utc};
use events::LearnerId;
use events::board::{self, Scope};
use sqlx::PgConnection;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Places kept, over all boards; about 24 bytes each.
const PLACES_MAX: usize = 3_000_000;
const BOARDS_MAX: usize = 64;
/// Summing up a million learners' ledger takes longer than a read may take else.
const SUMMED_UP_WITHIN: &str = "SET LOCAL statement_timeout = '60s'";

/// Which board, as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub scope: Scope,
    pub window_at: String,
    pub span: Option<Range<DateTime<Utc>>>,
    /// What was recorded by facts up to here counts.
    pub sequence: i64,
    /// Which ledger it is summed up from: another one may have been folded otherwise.
    pub life: String,
}

/// All places of a board, in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PastBoard(Vec<Place>);

impl PastBoard {
    pub fn new(mut places: Vec<Place>) -> Self {
        places.sort_unstable_by_key(|place| (Reverse(place.score), place.learner_id));
        Self(places)
    }

    pub fn slice(&self, ask: Ask) -> Slice {
        let range = match ask {
            Ask::After { place, count } => {
                let key = |place: &Place| (Reverse(place.score), place.learner_id);
                let start = place.map_or(0, |after| self.0.partition_point(|at| key(at) <= key(&after)));
                start..(start + count).min(self.0.len())
            }
            Ask::Around { learner_id, radius } => {
                match self.0.iter().position(|place| place.learner_id == learner_id) {
                    None => 0..0,
                    Some(at) => at.saturating_sub(radius)..(at + radius + 1).min(self.0.len()),
                }
            }
        };
        let places = self.0[range].to_vec();
        let (greater, at_least) = places.first().map_or((0, 0), |first| {
            let at_least = self.0.partition_point(|place| place.score >= first.score);
            (self.greater(first.score), at_least as u64)
        });
        let size = matches!(ask, Ask::Around { .. }).then_some(self.0.len() as u64);
        Slice { places, greater, at_least, size }
    }

    pub fn standings(&self, learners: &[LearnerId]) -> Standings {
        let places = self.0.iter().filter(|place| learners.contains(&place.learner_id));
        let places = places.map(|place| (*place, self.greater(place.score))).collect();
        Standings { places, size: self.0.len() as u64 }
    }

    fn greater(&self, score: i64) -> u64 {
        self.0.partition_point(|place| place.score > score) as u64
    }
}

type Kept = Arc<OnceCell<Arc<PastBoard>>>;

/// Boards of the past that were asked for, those asked for last at the end. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct PastBoards(Arc<Mutex<Vec<(Moment, Kept)>>>);

impl PastBoards {
    /// From what is kept, or summed up now: once, however many ask at a time.
    pub async fn get(
        &self,
        connection: &mut PgConnection,
        moment: &Moment,
    ) -> Result<Arc<PastBoard>, QueryError> {
        let kept = self.slot(moment);
        let board =
            kept.get_or_try_init(async || sum_up(connection, moment).await.map(Arc::new)).await?.clone();
        self.shed();
        Ok(board)
    }

    fn slot(&self, moment: &Moment) -> Kept {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = boards.iter().position(|(known, _)| known == moment);
        let entry = match known {
            Some(place) => boards.remove(place),
            None => (moment.clone(), Kept::default()),
        };
        let kept = entry.1.clone();
        boards.push(entry);
        kept
    }

    /// Lets go of those that nobody asked for longest.
    fn shed(&self) {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let places = |boards: &[(Moment, Kept)]| {
            boards.iter().filter_map(|(_, kept)| kept.get()).map(|board| board.0.len()).sum::<usize>()
        };
        while boards.len() > BOARDS_MAX || (boards.len() > 1 && places(&boards) > PLACES_MAX) {
            boards.remove(0);
        }
    }
}

/// The last change of any board that was recorded at or before `instant`: the cut that the instant stands for.
pub async fn sequence_at(connection: &mut PgConnection, instant: DateTime<Utc>) -> Result<i64, QueryError> {
    let sequence = sqlx::query_scalar!(
        r#"SELECT coalesce(max(recorded_seq), 0) AS "sequence!" FROM (
             (SELECT recorded_seq FROM ledger WHERE recorded_at <= $1 ORDER BY recorded_seq DESC LIMIT 1) UNION ALL
             (SELECT recorded_seq FROM board_bests WHERE recorded_at <= $1 ORDER BY recorded_seq DESC LIMIT 1) UNION ALL
             (SELECT recorded_seq FROM board_comings WHERE recorded_at <= $1 ORDER BY recorded_seq DESC LIMIT 1)
           ) AS changes"#,
        instant
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

async fn sum_up(connection: &mut PgConnection, moment: &Moment) -> Result<PastBoard, QueryError> {
    sqlx::query(SUMMED_UP_WITHIN).execute(&mut *connection).await?;
    let places = match &moment.scope {
        Scope::Exercise(exercise) => bests(connection, exercise.0, moment.sequence).await?,
        _ => sums(connection, moment).await?,
    };
    Ok(PastBoard::new(places))
}

async fn sums(connection: &mut PgConnection, moment: &Moment) -> Result<Vec<Place>, QueryError> {
    let (mut category, mut language, mut cohort) = (None, None, None);
    match &moment.scope {
        Scope::Category(name) => category = Some(name.as_str()),
        Scope::Language(name) => language = Some(name.as_str()),
        Scope::Cohort(id) => cohort = Some(*id),
        Scope::Global | Scope::Exercise(_) => {}
    }
    // As of then, in all: which submissions had points, and who was in the cohort.
    let sums = sqlx::query!(
        r#"SELECT learner_id, sum(points)::bigint AS "points!", max(effective_at) AS "reached_at!" FROM (
             SELECT learner_id, effective_at, sum(points) AS points FROM ledger
             WHERE recorded_seq <= $1
               AND ($2::timestamptz IS NULL OR effective_at >= $2) AND ($3::timestamptz IS NULL OR effective_at < $3)
               AND ($4::text IS NULL OR category = $4) AND ($5::text IS NULL OR language = $5)
               AND ($6::uuid IS NULL OR learner_id IN (
                 SELECT learner_id FROM (
                   SELECT DISTINCT ON (learner_id) learner_id, is_in FROM board_comings
                   WHERE cohort_id = $6 AND recorded_seq <= $1 ORDER BY learner_id, recorded_seq DESC
                 ) AS comings WHERE is_in = 1))
             GROUP BY submission_id, learner_id, effective_at HAVING sum(points) > 0
           ) AS steps GROUP BY learner_id"#,
        moment.sequence,
        moment.span.as_ref().map(|span| span.start),
        moment.span.as_ref().map(|span| span.end),
        category,
        language,
        cohort
    )
    .fetch_all(connection)
    .await?;
    let malformed =
        |error: board::ScoreError| QueryError::Malformed { what: "the ledger", source: error.into() };
    sums.into_iter()
        .map(|sum| {
            let score = board::score(sum.points, sum.reached_at).map_err(malformed)?;
            Ok(Place { learner_id: LearnerId(sum.learner_id), score })
        })
        .collect()
}

async fn bests(
    connection: &mut PgConnection,
    exercise: Uuid,
    sequence: i64,
) -> Result<Vec<Place>, QueryError> {
    let bests = sqlx::query!(
        r#"SELECT learner_id, public.board_score(points, coalesce(cpu_ms, 2147483647)) AS "score!" FROM (
             SELECT DISTINCT ON (learner_id) learner_id, points, cpu_ms FROM board_bests
             WHERE exercise_id = $1 AND recorded_seq <= $2 ORDER BY learner_id, recorded_seq DESC, no DESC
           ) AS bests WHERE points > 0"#,
        exercise,
        sequence
    )
    .fetch_all(connection)
    .await?;
    Ok(bests
        .into_iter()
        .map(|best| Place { learner_id: LearnerId(best.learner_id), score: best.score })
        .collect())
}
