//! What is different between two pages from a board's top, for live streams. docs/live.md says how a client applies it.

use super::{BoardEntry, BoardPage};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use uuid::Uuid;

/// What turns one page into another.
///
/// Who only moved because others did stands nowhere here: a page begins at the top, so ranks follow from the order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardChanges {
    /// Who is on the page no more.
    left: Vec<Uuid>,
    /// Who is new on it, or has anything changed but the rank; in the order of places.
    placed: Vec<Placed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_keys: Option<i64>,
    /// `Some(None)`, as JSON `null`: there is none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(clippy::option_option)] // As in JSON: absent, null, or text.
    next_cursor: Option<Option<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Placed {
    /// From 1.
    place: usize,
    /// The place before; `None` for who is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<usize>,
    #[serde(flatten)]
    entry: BoardEntry,
}

impl BoardPage {
    /// What is different from an older page; `None` when that is another board's: of another window, or frozen at another time.
    pub fn changes_since(&self, older: &Self) -> Option<BoardChanges> {
        if !self.is_of_same_board(older) {
            return None;
        }
        let before: HashMap<Uuid, (usize, &BoardEntry)> =
            (1..).zip(&older.entries).map(|(place, entry)| (entry.learner_id, (place, entry))).collect();
        let here: HashSet<Uuid> = self.entries.iter().map(|entry| entry.learner_id).collect();
        let left =
            older.entries.iter().map(|entry| entry.learner_id).filter(|learner| !here.contains(learner));
        let placed = (1..).zip(&self.entries).filter_map(|(place, entry)| {
            let was = before.get(&entry.learner_id);
            let is_same =
                was.is_some_and(|(_, was)| BoardEntry { rank: entry.rank, ..(*was).clone() } == *entry);
            (!is_same).then(|| Placed { place, from: was.map(|(place, _)| *place), entry: entry.clone() })
        });
        Some(BoardChanges {
            left: left.collect(),
            placed: placed.collect(),
            parked_keys: (self.parked_keys != older.parked_keys).then_some(self.parked_keys),
            next_cursor: (self.next_cursor != older.next_cursor).then(|| self.next_cursor.clone()),
        })
    }

    /// The page that these are the changes to.
    #[must_use]
    pub fn applied(mut self, changes: &BoardChanges) -> Self {
        let placed = changes.placed.iter().map(|placed| placed.entry.learner_id);
        let moved: HashSet<Uuid> = changes.left.iter().copied().chain(placed).collect();
        self.entries.retain(|entry| !moved.contains(&entry.learner_id));
        for Placed { place, entry, .. } in &changes.placed {
            let index = (place - 1).min(self.entries.len());
            self.entries.insert(index, entry.clone());
        }
        let mut before: Option<(i64, u64)> = None;
        for (place, entry) in (1..).zip(&mut self.entries) {
            let ties = before.filter(|(score, _)| *score == entry.score);
            entry.rank = ties.map_or(place, |(_, rank)| rank);
            before = Some((entry.score, entry.rank));
        }
        self.parked_keys = changes.parked_keys.unwrap_or(self.parked_keys);
        if let Some(next_cursor) = &changes.next_cursor {
            self.next_cursor.clone_from(next_cursor);
        }
        self
    }

    fn is_of_same_board(&self, other: &Self) -> bool {
        self.board() == other.board() && (self.size, &self.you) == (other.size, &other.you)
    }

    /// Of which board it is: the same for all its pages, at all times.
    pub fn hash_board(&self, hasher: &mut impl Hasher) {
        self.board().hash(hasher);
    }

    fn board(&self) -> impl PartialEq + Hash + '_ {
        // Named one by one, so that a new field has to be thought of here.
        let Self {
            scope,
            window,
            as_of_seq,
            frozen_at,
            frozen_seq,
            size: _,
            you: _,
            entries: _,
            parked_keys: _,
            next_cursor: _,
        } = self;
        (scope, window, as_of_seq, frozen_at, frozen_seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Place;
    use events::LearnerId;
    use events::board::score;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    /// The first places of a board on which learner `n` has the points and seconds at index `n`, if any; some are erased.
    fn page(totals: &[Option<(i64, i64, bool)>], places: usize) -> BoardPage {
        let scored = |(number, total): (u128, &Option<(i64, i64, bool)>)| {
            let (points, seconds, has_handle) = (*total)?;
            let reached_at = testkit::build::start() + chrono::TimeDelta::seconds(seconds);
            let place = Place {
                score: score(points, reached_at).expect("fits"),
                learner_id: LearnerId(Uuid::from_u128(number)),
            };
            Some((place, has_handle))
        };
        let mut board: Vec<_> = (0..).zip(totals).filter_map(scored).collect();
        board.sort_by_key(|(place, _)| (Reverse(place.score), place.learner_id));
        let rank = |score| 1 + board.iter().filter(|(place, _)| place.score > score).count() as u64;
        let entries = board.iter().map(|(place, has_handle)| {
            let handle = has_handle.then(|| place.learner_id.to_string());
            BoardEntry::new(*place, rank(place.score), None, handle, false).expect("an entry")
        });
        let whole = BoardPage {
            scope: "global".to_owned(),
            window: "all".to_owned(),
            as_of_seq: None,
            frozen_at: None,
            frozen_seq: None,
            size: None,
            entries: entries.collect(),
            you: None,
            parked_keys: i64::try_from(totals.len() % 2).expect("small"),
            next_cursor: None,
        };
        whole.first(places)
    }

    fn totals() -> impl Strategy<Value = Vec<Option<(i64, i64, bool)>>> {
        proptest::collection::vec(proptest::option::of((1_i64..6, 0_i64..3, any::<bool>())), 0..14)
    }

    proptest! {
        #[test]
        fn changes_turn_any_page_into_any_other(before in totals(), after in totals(), places in 1_usize..12) {
            let (before, after) = (page(&before, places), page(&after, places));
            let changes = after.changes_since(&before).expect("one board");
            prop_assert_eq!(before.applied(&changes), after);
        }
    }

    #[test]
    fn one_who_overtakes_many_is_one_entry() {
        let mut totals: Vec<_> = (0..10).map(|number| Some((20 - number, 0, true))).collect();
        let before = page(&totals, 10);
        totals[9] = Some((30, 0, true));
        let after = page(&totals, 10);
        let changes = after.changes_since(&before).expect("one board");
        assert!(changes.left.is_empty());
        let [placed] = changes.placed.as_slice() else { panic!("{changes:?}") };
        assert_eq!((placed.place, placed.from, placed.entry.rank), (1, Some(10), 1));
        let tomorrow = BoardPage { window: "day-2026-11-22".to_owned(), ..after };
        assert_eq!(tomorrow.changes_since(&before), None);
    }
}
