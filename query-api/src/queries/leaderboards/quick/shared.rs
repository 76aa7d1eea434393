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

    /// Keeps it, unless one is kept whose read began later.
    pub fn put(&self, first: First, page: SharedPage) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX && !pages.contains_key(&first) {
            pages.clear();
        }
        if pages.get(&first).is_none_or(|kept| kept.read_at <= page.read_at) {
            pages.insert(first, page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground() -> Arc<Ground> {
        Arc::new(Ground {
            position: Position::default(),
            generation: 1,
            life: String::new(),
            parked_keys: 0,
            is_any_parked: false,
            frozen: std::collections::HashSet::new(),
        })
    }

    fn at(text: &str) -> Position {
        text.parse().expect("a position")
    }

    fn shared(ground: &Arc<Ground>, position: &str, read_at: Instant) -> SharedPage {
        let page = BoardPage {
            scope: "global".to_owned(),
            window: "all".to_owned(),
            as_of_seq: None,
            frozen_at: None,
            frozen_seq: None,
            size: None,
            entries: Vec::new(),
            you: None,
            parked_keys: 0,
            next_cursor: None,
        };
        SharedPage { page, position: at(position), ground: Arc::clone(ground), read_at }
    }

    #[test]
    fn a_page_is_given_while_it_is_new_of_the_same_ground_and_not_older_than_wanted() {
        let (pages, known, other) = (SharedPages::default(), ground(), ground());
        let first: First = ("global".to_owned(), "all".to_owned(), 10);
        // Read in the future, so that it stays new for as long as the test runs.
        let later = Instant::now() + Duration::from_hours(1);
        let get = |ground, needed| pages.get(&first, ground, &at(needed)).map(|answer| answer.position);
        assert_eq!(get(&known, "07.1"), None);
        pages.put(first.clone(), shared(&known, "07.5", later));
        assert_eq!(get(&known, "07.5"), Some(at("07.5")));
        assert_eq!(get(&known, "07.6"), None, "older than wanted");
        assert_eq!(get(&other, "07.5"), None, "of another ground");
        assert!(pages.get(&("global".to_owned(), "all".to_owned(), 5), &known, &at("07.5")).is_none());

        let earlier = later.checked_sub(Duration::from_hours(2)).expect("a time");
        pages.put(first.clone(), shared(&known, "07.4", earlier));
        assert_eq!(get(&known, "07.5"), Some(at("07.5")), "a read that began earlier replaces nothing");
        pages.put(first.clone(), shared(&known, "07.6", later));
        assert_eq!(get(&known, "07.6"), Some(at("07.6")));

        let old: First = ("global".to_owned(), "all".to_owned(), 20);
        pages.put(old.clone(), shared(&known, "07.5", earlier));
        assert!(pages.get(&old, &known, &at("07.5")).is_none(), "too old");
    }
}
