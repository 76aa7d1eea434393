//! Boards as they stood: sums over the ledger up to a sequence. What stood does not change any more, so a board that was
//! summed up once is kept whole for the next who asks; a frozen board is asked for again and again.

use super::view::{CONCERNED, View};
use crate::cache::{Ask, Place, Slice, Standings};
use crate::error::QueryError;
use crate::read::{Read, Reader};
use chrono::{DateTime, Utc};
use events::board::{self, Scope};
use events::{LearnerId, Position};
use sqlx::PgConnection;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

/// Places kept, over all boards; about 24 bytes each.
const PLACES_MAX: usize = 3_000_000;
const BOARDS_MAX: usize = 64;
/// Summing up a million learners' ledger takes longer than a read may take else.
const SUMMED_UP_WITHIN: &str = "SET LOCAL statement_timeout = '60s'";

/// How many boards are summed up at a time: the rest of the connections are for everybody else.
const SUMS_MAX: usize = 2;
/// How long a board waits for its turn to be summed up.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// Which board, up to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub scope: Scope,
    pub window_at: String,
    pub span: Option<Range<DateTime<Utc>>>,
    /// What was recorded by facts up to here counts.
    pub sequence: i64,
}

impl Cut {
    pub fn of(view: &View, sequence: i64) -> Self {
        let (scope, window_at) = (view.scope.clone(), view.window_at.clone());
        Self { scope, window_at, span: view.span.clone(), sequence }
    }
}

/// What a board of the past is a function of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub cut: Cut,
    /// Which ledger it is summed up from: another one may have been folded otherwise.
    life: String,
    /// How many of the facts up to the cut are parked. Once all partitions were read that far there come no more, and each
    /// that is redriven or discarded is one less: with this figure the same, so are the ledger's rows.
    parked: i64,
}

impl Moment {
    /// As the read's snapshot has it, which covers the cut.
    pub async fn look(read: &mut Read, cut: Cut) -> Result<Self, QueryError> {
        let found = sqlx::query!(
            r#"SELECT life::text AS "life!",
                 (SELECT count(*) FROM public.parked
                  JOIN public.projections ON (name, projections.version) = (projection, parked.version)
                  WHERE state = 'live' AND name = 'ledger' AND sequence <= $1) AS "parked!"
               FROM public.board_generations"#,
            cut.sequence
        )
        .fetch_one(read.connection())
        .await?;
        Ok(Self { cut, life: found.life, parked: found.parked })
    }
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

pub type Kept = (Moment, Arc<PastBoard>);
/// Where those who wait for the same board find it; `None`: it could not be summed up.
type Underway = OnceCell<Option<Kept>>;

/// Boards of the past that were asked for. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct PastBoards {
    boards: Arc<Mutex<Boards>>,
    pub(super) turns: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Boards {
    /// Those asked for last at the end.
    kept: Vec<Kept>,
    /// Held by those who wait, so that whatever nobody waits for any more is gone.
    underway: Vec<(Moment, Weak<Underway>)>,
}

impl Default for PastBoards {
    fn default() -> Self {
        Self { boards: Arc::default(), turns: Arc::new(Semaphore::new(SUMS_MAX)) }
    }
}

impl PastBoards {
    pub fn kept(&self, moment: &Moment) -> Option<Arc<PastBoard>> {
        let mut boards = self.lock();
        let at = boards.kept.iter().position(|(kept, _)| kept == moment)?;
        let entry = boards.kept.remove(at);
        let board = entry.1.clone();
        boards.kept.push(entry);
        Some(board)
    }

    /// Sums a board up, once however many ask at a time, in a read of its own that covers `wanted`. Whoever waits here is to
    /// hold no connection meanwhile. What comes may be of a later moment, if the ledger was mended in between.
    pub async fn sum_up(
        &self,
        reader: &Reader,
        wanted: &Position,
        moment: &Moment,
    ) -> Result<Kept, QueryError> {
        let underway = self.underway(moment);
        let mut failure = None;
        let found = underway.get_or_init(async || match self.take_turn(reader, wanted, moment).await {
            Ok(kept) => Some(kept),
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        let found = found.await.clone();
        self.lock().underway.retain(|(_, known)| !std::ptr::eq(known.as_ptr(), Arc::as_ptr(&underway)));
        found.ok_or_else(|| failure.unwrap_or(QueryError::Unavailable))
    }

    async fn take_turn(
        &self,
        reader: &Reader,
        wanted: &Position,
        moment: &Moment,
    ) -> Result<Kept, QueryError> {
        let turn = tokio::time::timeout(TURN_WITHIN, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(QueryError::TooManyBoards) };
        let mut read = reader.begin(&CONCERNED, wanted).await?;
        let moment = Moment::look(&mut read, moment.cut.clone()).await?;
        let board = Arc::new(sum_up(read.connection(), &moment.cut).await?);
        read.finish().await?;
        let mut boards = self.lock();
        boards.kept.retain(|(kept, _)| *kept != moment);
        boards.kept.push((moment.clone(), board.clone()));
        boards.shed();
        Ok((moment, board))
    }

    fn underway(&self, moment: &Moment) -> Arc<Underway> {
        let mut boards = self.lock();
        boards.underway.retain(|(_, underway)| underway.strong_count() > 0);
        let known = boards.underway.iter().find(|(known, _)| known == moment);
        if let Some(underway) = known.and_then(|(_, underway)| underway.upgrade()) {
            return underway;
        }
        let underway = Arc::new(Underway::default());
        boards.underway.push((moment.clone(), Arc::downgrade(&underway)));
        underway
    }

    fn lock(&self) -> MutexGuard<'_, Boards> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Boards {
    /// Lets go of those that nobody asked for longest.
    fn shed(&mut self) {
        let mut places = self.kept.iter().map(|(_, board)| board.0.len()).sum::<usize>();
        while self.kept.len() > BOARDS_MAX || (self.kept.len() > 1 && places > PLACES_MAX) {
            places -= self.kept.remove(0).1.0.len();
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

async fn sum_up(connection: &mut PgConnection, cut: &Cut) -> Result<PastBoard, QueryError> {
    sqlx::query(SUMMED_UP_WITHIN).execute(&mut *connection).await?;
    let places = match &cut.scope {
        Scope::Exercise(exercise) => bests(connection, exercise.0, cut.sequence).await?,
        _ => sums(connection, cut).await?,
    };
    Ok(PastBoard::new(places))
}

async fn sums(connection: &mut PgConnection, cut: &Cut) -> Result<Vec<Place>, QueryError> {
    let (mut category, mut language, mut cohort) = (None, None, None);
    match &cut.scope {
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
        cut.sequence,
        cut.span.as_ref().map(|span| span.start),
        cut.span.as_ref().map(|span| span.end),
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
