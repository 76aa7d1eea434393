//! Boards as they stood: sums over the ledger up to a sequence ([`sums`]). What stood does not change any more, so a board that was
//! summed up once is kept whole for the next who asks; a frozen board is asked for again and again.

mod sums;
mod times;

pub use times::{instant_of, sequence_at};

use super::view::{CONCERNED, View};
use crate::cache::{Ask, Place, Slice, Standings};
use crate::error::QueryError;
use crate::read::{Read, Reader};
use chrono::{DateTime, Utc};
use events::board::Scope;
use events::{LearnerId, Position};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// Places kept, over all boards; about 24 bytes each.
const PLACES_MAX: usize = 3_000_000;
const BOARDS_MAX: usize = 64;
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
                 public.ledger_parked($1) AS "parked!"
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
        let board = Arc::new(sums::sum_up(read.connection(), &moment.cut).await?);
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
