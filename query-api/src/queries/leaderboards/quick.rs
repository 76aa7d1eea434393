//! The short way to a live board: Redis alone, with what else an answer needs kept in memory, so that boards that everybody
//! looks at cost PostgreSQL nothing.
//!
//! What is kept is read again whenever the read models moved, and says up to where it is true; an answer that has to be newer,
//! a board that stands still, a cohort's, one of the past: all of these go the long way. Handles are kept only as long as
//! nothing at all happened to any account, so an erased learner's is gone with the erasure. A first page, which most look at, is
//! given to all who come within a moment of each other and want nothing newer.

mod shared;

use super::view::{Asked, CONCERNED, View};
use super::{BoardAnswer, BoardEntry, BoardPage, board, page_of};
use crate::app::App;
use crate::cache::{Ask, Board, Place, Slice};
use crate::error::QueryError;
use crate::extract;
use crate::metrics::Source;
use crate::read::Projection;
use chrono::TimeDelta;
use events::board::{KEPT_DAYS, Scope, Window};
use events::{ExerciseId, LearnerId, Part, Position};
use shared::{SharedPage, SharedPages};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What changed within this time is looked up once.
const COALESCED_FOR: Duration = Duration::from_millis(100);
/// Most handles kept; then all are let go.
const HANDLES_MAX: usize = 100_000;

/// Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct QuickBoards(Arc<RwLock<Kept>>, SharedPages);

#[derive(Debug, Default)]
struct Kept {
    ground: Option<Arc<Ground>>,
    /// `None`: whoever was erased has none.
    handles: HashMap<LearnerId, Option<String>>,
    /// Whose handle it is, folded as it is looked up.
    learners: HashMap<String, LearnerId>,
}

/// What is true of all boards, as of a position.
#[derive(Debug)]
pub(super) struct Ground {
    position: Position,
    generation: u32,
    life: String,
    /// In the ledger, as everywhere on boards.
    pub(super) parked_keys: i64,
    /// In any projection that boards are answered from.
    pub(super) is_any_parked: bool,
    frozen: HashSet<Uuid>,
}

impl QuickBoards {
    /// Keeps what is kept up to date, for ever.
    pub async fn follow(&self, app: &App) {
        let mut moves = app.watermarks.subscribe();
        loop {
            match read_ground(app).await {
                Ok(ground) => self.put(ground),
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "boards go the long way");
                }
            }
            tokio::time::sleep(COALESCED_FOR).await;
            moves.moved().await;
        }
    }

    fn put(&self, ground: Ground) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = |ground: &Ground| ground.position.get(Part::Identity);
        if kept.ground.as_deref().is_none_or(|known| at(known) != at(&ground))
            || kept.handles.len() > HANDLES_MAX
        {
            kept.handles.clear();
            kept.learners.clear();
        }
        kept.ground = Some(Arc::new(ground));
    }

    /// A page or a neighbourhood; `None`: go the long way.
    pub async fn answer(
        &self,
        app: &App,
        name: &str,
        asked: Asked,
        ask: Wanted,
        wanted: &Position,
    ) -> Option<BoardAnswer> {
        let view = view(app, name, asked)?;
        let ground = self.ground()?;
        let mut needed = app.watermarks.floor();
        needed.merge(wanted);
        // Accounts: to the letter, so that no handle outlives its erasure.
        needed.advance(Part::Identity, app.watermarks.seen().get(Part::Identity));
        if ground.frozen.contains(&view.scope.key()) || !ground.position.covers(&needed) {
            return None;
        }
        let first = match ask {
            Wanted::Page { place: None, limit } => Some((view.name.clone(), view.window_at.clone(), limit)),
            _ => None,
        };
        if let Some(answer) = first.as_ref().and_then(|first| self.1.get(first, &ground, &needed)) {
            app.metrics.board_read(Source::Redis);
            return Some(answer);
        }
        let read_at = Instant::now();
        let (ask, limit) = match ask {
            Wanted::Page { place, limit } => (Ask::After { place, count: limit + 1 }, Some(limit)),
            // Whether the one who is asked for is parked, the long way knows.
            Wanted::Around { .. } if ground.is_any_parked => return None,
            Wanted::Around { handle, radius } => {
                (Ask::Around { learner_id: self.learner(app, &handle, &ground).await?, radius }, None)
            }
        };
        let board = Board {
            scope: view.scope.clone(),
            window_at: view.window_at.clone(),
            generation: ground.generation,
            life: ground.life.clone(),
        };
        let (checkpoint, slice) = app.cache.slice(&board, ask).await?;
        let mut position = checkpoint.position;
        position.advance(Part::Identity, ground.position.get(Part::Identity));
        // An empty board may be none at all.
        if slice.places.is_empty() || !position.covers(&needed) {
            return None;
        }
        let page = self.page(app, view, &slice, limit, &ground).await?;
        app.metrics.board_read(Source::Redis);
        if let Some(first) = first {
            self.1.put(first, SharedPage { page: page.clone(), position: position.clone(), ground, read_at });
        }
        Some(BoardAnswer { page, position, source: Source::Redis })
    }

    fn ground(&self) -> Option<Arc<Ground>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).ground.clone()
    }

    async fn page(
        &self,
        app: &App,
        view: View,
        slice: &Slice,
        limit: Option<usize>,
        ground: &Arc<Ground>,
    ) -> Option<BoardPage> {
        let mut ranked: Vec<(Place, u64)> = slice.places.iter().copied().zip(board::ranks(slice)).collect();
        let more = limit.is_some_and(|limit| ranked.len() > limit);
        ranked.truncate(limit.unwrap_or(usize::MAX));
        let learners: Vec<LearnerId> = ranked.iter().map(|(place, _)| place.learner_id).collect();
        let mut handles = self.handles(app, &learners, ground).await?;
        let by_cpu = view.scope.is_by_cpu();
        let entries: Result<Vec<BoardEntry>, QueryError> = ranked
            .iter()
            .map(|(place, rank)| {
                let handle = handles.remove(&place.learner_id).flatten();
                BoardEntry::new(*place, *rank, slice.size, handle, by_cpu)
            })
            .collect();
        Some(page_of(view, entries.ok()?, slice.size, more, ground.parked_keys))
    }

    /// Handles as of what is known: those that are kept, the others looked up and kept.
    async fn handles(
        &self,
        app: &App,
        learners: &[LearnerId],
        ground: &Arc<Ground>,
    ) -> Option<HashMap<LearnerId, Option<String>>> {
        let mut handles = HashMap::new();
        {
            let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if !is_of(&kept, ground) {
                return None;
            }
            for learner in learners {
                if let Some(handle) = kept.handles.get(learner) {
                    handles.insert(*learner, handle.clone());
                }
            }
        }
        let missing: Vec<LearnerId> =
            learners.iter().copied().filter(|learner| !handles.contains_key(learner)).collect();
        if missing.is_empty() {
            return Some(handles);
        }
        let mut read = app.reader.begin(&[Projection::Learners], &Position::default()).await.ok()?;
        let found = board::handles(&mut read, &missing).await.ok()?;
        if read.position().get(Part::Identity) != ground.position.get(Part::Identity) {
            return None;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for learner in missing {
            let handle = found.get(&learner).cloned();
            if is_of(&kept, ground) {
                kept.handles.insert(learner, handle.clone());
            }
            handles.insert(learner, handle);
        }
        Some(handles)
    }

    async fn learner(&self, app: &App, handle: &str, ground: &Arc<Ground>) -> Option<LearnerId> {
        let folded = extract::handle(handle)?;
        {
            let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if !is_of(&kept, ground) {
                return None;
            }
            if let Some(learner) = kept.learners.get(&folded) {
                return Some(*learner);
            }
        }
        let mut read = app.reader.begin(&[Projection::Learners], &Position::default()).await.ok()?;
        let learner = super::learners::find(&mut read, handle).await.ok()?;
        if read.position().get(Part::Identity) != ground.position.get(Part::Identity) {
            return None;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if is_of(&kept, ground) && kept.learners.len() < HANDLES_MAX {
            kept.learners.insert(folded, learner);
        }
        Some(learner)
    }
}

/// What is wanted of a board.
#[derive(Debug)]
pub enum Wanted {
    Page { place: Option<Place>, limit: usize },
    Around { handle: String, radius: usize },
}

/// Whether the handles kept are of the same accounts.
fn is_of(kept: &Kept, ground: &Ground) -> bool {
    let at = |ground: &Ground| ground.position.get(Part::Identity);
    kept.ground.as_deref().is_some_and(|known| at(known) == at(ground))
}

/// A live board that Redis has, of a scope that is everybody's to see.
fn view(app: &App, name: &str, asked: Asked) -> Option<View> {
    if asked.as_of.is_some() || name.len() > 256 {
        return None;
    }
    let scope = match name.split_once(':') {
        None if name == "global" => Scope::Global,
        Some(("category", category)) => Scope::Category(category.to_owned()),
        Some(("language", language)) => Scope::Language(language.to_owned()),
        Some(("exercise", slug)) if asked.window == Window::All => Scope::Exercise(ExerciseId::of_slug(slug)),
        _ => return None,
    };
    let now = app.clock.now();
    let instant = asked.at.unwrap_or(now);
    let span = asked.window.span(instant);
    let is_kept = span.as_ref().is_none_or(|span| now < span.end + TimeDelta::days(KEPT_DAYS - 1));
    is_kept.then(|| View {
        scope,
        name: name.to_owned(),
        window_at: asked.window.at(instant),
        span,
        cut: None,
        past: None,
        frozen: None,
        in_redis: true,
    })
}

pub(super) async fn read_ground(app: &App) -> Result<Ground, QueryError> {
    let mut read = app.reader.begin(&CONCERNED, &Position::default()).await?;
    let names: Vec<String> = CONCERNED.iter().map(|projection| projection.name().to_owned()).collect();
    let found = sqlx::query!(
        r#"SELECT live, life::text AS "life!",
             coalesce((SELECT array_agg(board) FROM freezes), '{}') AS "frozen!: Vec<Uuid>",
             (SELECT count(DISTINCT key) FILTER (WHERE name = 'ledger') FROM public.parked
              JOIN public.projections ON (name, projections.version) = (projection, parked.version)
              WHERE state = 'live') AS "parked_keys!",
             EXISTS (SELECT FROM public.parked
              JOIN public.projections ON (name, projections.version) = (projection, parked.version)
              WHERE state = 'live' AND name = ANY($1)) AS "is_any_parked!"
           FROM public.board_generations"#,
        &names
    )
    .fetch_one(read.connection())
    .await?;
    Ok(Ground {
        position: read.finish().await?,
        generation: u32::try_from(found.live).unwrap_or_default(),
        life: found.life,
        parked_keys: found.parked_keys,
        is_any_parked: found.is_any_parked,
        frozen: found.frozen.into_iter().collect(),
    })
}
