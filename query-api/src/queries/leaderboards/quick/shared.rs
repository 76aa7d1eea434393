//! First pages that were read a moment ago, for all who come within that moment and want nothing newer.

use super::Ground;
use crate::metrics::Source;
use crate::queries::leaderboards::{BoardAnswer, BoardPage};
use events::Position;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old a first page may be. Boards move a hundred times a second, and one read for each of these times is enough.
const SHARED_FOR: Duration = Duration::from_millis(10);
/// Most first pages kept; then all are let go.
const PAGES_MAX: usize = 64;

/// The first page of a board: its scope, its window with the date, how many places.
pub type First = (String, String, usize);

#[derive(Debug)]
pub struct SharedPage {
    pub page: BoardPage,
    pub position: Position,
    pub ground: Arc<Ground>,
    /// Before it was read.
    pub read_at: Instant,
}

/// Cheap to clone; clones share the pages.
#[derive(Debug, Clone, Default)]
pub struct SharedPages(Arc<Mutex<HashMap<First, SharedPage>>>);

impl SharedPages {
    /// A page of the same ground, so that no freeze, erasure or parking came in between.
    pub fn get(&self, first: &First, ground: &Arc<Ground>, needed: &Position) -> Option<BoardAnswer> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = pages.get(first)?;
        let is_fit = shared.read_at.elapsed() < SHARED_FOR
            && Arc::ptr_eq(&shared.ground, ground)
            && shared.position.covers(needed);
        is_fit.then(|| BoardAnswer {
            page: shared.page.clone(),
            position: shared.position.clone(),
            source: Source::Redis,
        })
    }

    pub fn put(&self, first: First, page: SharedPage) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX && !pages.contains_key(&first) {
            pages.clear();
        }
        pages.insert(first, page);
    }
}
