//! The one door to Redis: slices of boards, each read by one script together with the checkpoint it stands at.
//!
//! Redis may be away, empty or behind; whoever asks goes to Postgres then. Nothing here waits for Redis to come back.

use chassis::config::ConfigError;
use events::board::{Scope, checkpoint_key, sorted_set_key};
use events::{LearnerId, Position};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script, ScriptInvocation};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long Redis may take; Postgres answers a board in less.
const ANSWERED_WITHIN: Duration = Duration::from_millis(250);
/// How long Redis is left alone after it failed.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(1);
/// All boards are in one shard, see `events::board::sorted_set_key`.
const SHARD: u32 = 0;

/// Cheap to clone; clones share the connection.
#[derive(Clone)]
pub struct Cache {
    manager: ConnectionManager,
    script: Arc<Script>,
    away: Arc<Mutex<Option<Instant>>>,
}

/// One board, in one generation.
#[derive(Debug, Clone)]
pub struct Board {
    pub scope: Scope,
    /// The window with its date, see `events::board::Window::at`.
    pub window_at: String,
    pub generation: u32,
    /// Tells this generation from one of the same number in another database's past.
    pub life: String,
}

/// A place on a board: boards are in order of falling score, then rising learner id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub score: i64,
    pub learner_id: LearnerId,
}

/// Which part of a board is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The places after one, or the first.
    After { place: Option<Place>, count: usize },
    /// A learner's place and up to `radius` on either side; nothing when the learner is not on the board.
    Around { learner_id: LearnerId, radius: usize },
}

/// Part of a board, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    pub places: Vec<Place>,
    /// How many places on the whole board have a greater score than the first one here.
    pub greater: u64,
    /// How many have its score or a greater one.
    pub at_least: u64,
    /// How many places there are on the whole board; counted only for the neighbourhood of a learner.
    pub size: Option<u64>,
}

/// Where some learners stand on a board, those who do, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings {
    /// Each with how many scores on the whole board are greater.
    pub places: Vec<(Place, u64)>,
    pub size: u64,
}

/// What a shard's boards stand at, per partition.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    /// The `no` of the last ledger row, by partition.
    pub numbers: HashMap<u8, i64>,
    pub position: Position,
}

impl Cache {
    /// Connects when it is first asked.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        let refused =
            |error: RedisError| ConfigError(vec![format!("LAUREL_REDIS_URL is not usable: {error}")]);
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(ANSWERED_WITHIN))
            .set_response_timeout(Some(ANSWERED_WITHIN))
            .set_pipeline_buffer_size(1_000);
        let client = Client::open(url).map_err(refused)?;
        let manager = ConnectionManager::new_lazy_with_config(client, config).map_err(refused)?;
        let script = Arc::new(Script::new(include_str!("cache.lua")));
        Ok(Self { manager, script, away: Arc::default() })
    }

    /// `None` when Redis is away or has no boards of this generation.
    pub async fn slice(&self, board: &Board, ask: Ask) -> Option<(Checkpoint, Slice)> {
        let (checkpoint, raw) = self.call(board, &self.arguments(board, ask)).await?;
        let mut slice = slice(&raw)?;
        slice.size = matches!(ask, Ask::Around { .. }).then_some(raw.4);
        Some((checkpoint, slice))
    }

    /// Where these learners stand; as above.
    pub async fn standings(&self, board: &Board, learners: &[LearnerId]) -> Option<(Checkpoint, Standings)> {
        let mut call = self.script.prepare_invoke();
        call.arg("of").arg(learners.len());
        for learner in learners {
            call.arg(learner.to_string());
        }
        let (checkpoint, raw) = self.call(board, &keys(call, board)).await?;
        let places = places(&raw.1)?.into_iter().zip(raw.5).collect();
        Some((checkpoint, Standings { places, size: raw.4 }))
    }

    async fn call(&self, board: &Board, call: &ScriptInvocation<'_>) -> Option<(Checkpoint, RawSlice)> {
        if self.is_left_alone() {
            return None;
        }
        let mut manager = self.manager.clone();
        match tokio::time::timeout(ANSWERED_WITHIN, call.invoke_async::<RawSlice>(&mut manager)).await {
            Ok(Ok(answer)) => {
                self.answered();
                Some((checkpoint(&answer.0, &board.life)?, answer))
            }
            Ok(Err(error)) => self.failed(&error.to_string()),
            Err(_) => self.failed("no answer in time"),
        }
    }

    fn arguments(&self, board: &Board, ask: Ask) -> ScriptInvocation<'_> {
        let mut call = self.script.prepare_invoke();
        match ask {
            Ask::After { place: None, count } => call.arg("first").arg(count),
            Ask::After { place: Some(place), count } => {
                call.arg("after").arg(count).arg(place.learner_id.to_string()).arg(place.score.to_string())
            }
            Ask::Around { learner_id, radius } => call.arg("around").arg(radius).arg(learner_id.to_string()),
        };
        keys(call, board)
    }

    fn is_left_alone(&self) -> bool {
        self.lock().is_some_and(|since| since.elapsed() < LEFT_ALONE_FOR)
    }

    fn answered(&self) {
        if self.lock().take().is_some() {
            tracing::info!("Redis answers again");
        }
    }

    fn failed<T>(&self, why: &str) -> Option<T> {
        if self.lock().replace(Instant::now()).is_none() {
            tracing::warn!(why, "Redis cannot be read; boards come from Postgres");
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cache(…)")
    }
}

fn keys<'a>(mut call: ScriptInvocation<'a>, board: &Board) -> ScriptInvocation<'a> {
    call.key(sorted_set_key(SHARD, board.generation, &board.scope, &board.window_at));
    call.key(checkpoint_key(SHARD, board.generation));
    call
}

/// The script's answer: checkpoint (field, value, …), places (member, score, …), `greater`, `at_least`, the board's size,
/// how many are greater than each.
type RawSlice = (Vec<String>, Vec<String>, u64, u64, u64, Vec<u64>);

/// `None` when there is none, when it belongs to another database, or when the boards are still being filled.
fn checkpoint(fields: &[String], life: &str) -> Option<Checkpoint> {
    let mut checkpoint = Checkpoint::default();
    let mut is_ours = false;
    for (field, value) in fields.iter().zip(fields.iter().skip(1)).step_by(2) {
        match field.split_once('.') {
            Some((partition, "no")) => {
                checkpoint.numbers.insert(partition.parse().ok()?, value.parse().ok()?);
            }
            Some((partition, "seq")) => {
                let partition: u8 = partition.parse().ok()?;
                checkpoint.position.advance(format!("{partition:02}").parse().ok()?, value.parse().ok()?);
            }
            _ if field == "life" => is_ours = value == life,
            _ => {}
        }
    }
    is_ours.then_some(checkpoint)
}

/// Redis lists ties by rising or falling member, depending on the command; here they are put into the board's order.
fn slice((_, members, greater, at_least, ..): &RawSlice) -> Option<Slice> {
    let mut places = places(members)?;
    places.sort_unstable_by_key(|place| (std::cmp::Reverse(place.score), place.learner_id));
    Some(Slice { places, greater: *greater, at_least: *at_least, size: None })
}

fn places(members: &[String]) -> Option<Vec<Place>> {
    let pairs = members.iter().zip(members.iter().skip(1)).step_by(2);
    pairs
        .map(|(member, score)| Some(Place { learner_id: member.parse().ok()?, score: score.parse().ok()? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<String> {
        pairs.iter().flat_map(|(field, value)| [(*field).to_owned(), (*value).to_owned()]).collect()
    }

    #[test]
    fn a_checkpoint_of_another_database_is_none() {
        let found = fields(&[("life", "a"), ("07.no", "3"), ("07.seq", "1234")]);
        let ours = checkpoint(&found, "a").expect("ours");
        assert_eq!((ours.numbers[&7], ours.position.to_string()), (3, "07.1234".to_owned()));
        assert!(checkpoint(&found, "b").is_none());
        assert!(checkpoint(&[], "a").is_none());
        assert!(checkpoint(&fields(&[("filling", "b"), ("07.no", "3")]), "a").is_none());
    }
}
