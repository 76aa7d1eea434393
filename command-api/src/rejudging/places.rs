//! How many sets are in work, and whose: each one occupies judges and a reader of the log, so there is a bound.

use chassis::log::Message;
use events::rejudge::{RejudgeSet, SetStatus};
use events::{Event, LearnerId, RejudgeSetId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sets in work that one person may have asked for.
pub const OF_ONE_MAX: usize = 4;
/// Sets in work altogether. Far below the deliveries that the broker lets a durable hold (1,000).
pub const ALL_MAX: usize = 64;

/// The sets in work, known by following the log, and those that this process is appending. Cheap to clone; clones share it.
///
/// Replicas that are asked at the same moment do not know of each other, so there may be a few more for as long.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<RejudgeSetId, Held>>>);

#[derive(Debug)]
struct Held {
    by: LearnerId,
    /// Whether the log is known to have it.
    is_stored: bool,
}

/// What came of asking for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Taken for this set; give it back if the set is not stored.
    Taken,
    /// This very set has one already: its request is being repeated.
    Had,
    Full,
}

impl Places {
    pub fn reserve(&self, set_id: RejudgeSetId, by: LearnerId) -> Place {
        let mut held = self.lock();
        if held.contains_key(&set_id) {
            return Place::Had;
        }
        let own = held.values().filter(|place| place.by == by).count();
        if own >= OF_ONE_MAX || held.len() >= ALL_MAX {
            return Place::Full;
        }
        held.insert(set_id, Held { by, is_stored: false });
        Place::Taken
    }

    /// Gives a place back: nothing was stored, or it had been stored before, or nobody knows. If the log has it after all,
    /// following tells.
    pub fn release(&self, set_id: RejudgeSetId) {
        let mut held = self.lock();
        if held.get(&set_id).is_some_and(|place| !place.is_stored) {
            held.remove(&set_id);
        }
    }

    /// A set as it stands now.
    pub fn learn(&self, set: &RejudgeSet) {
        match set.status {
            SetStatus::Requested | SetStatus::Selected | SetStatus::Applying => {
                self.lock().insert(set.set_id, Held { by: set.requested_by, is_stored: true });
            }
            SetStatus::Judged | SetStatus::Applied | SetStatus::Cancelled => {
                self.lock().remove(&set.set_id);
            }
        }
    }

    pub fn apply(&self, message: &Message) {
        match message.decode().map(|recorded| recorded.event) {
            Ok(Event::RejudgeSet(event)) => self.learn(event.set()),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, sequence = message.sequence, "an event of a rejudge set is not readable");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RejudgeSetId, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::rejudge::{JudgeBy, Selection};
    use testkit::build::{learner, rejudge_set};

    fn set(number: u32, by: LearnerId, status: SetStatus) -> RejudgeSet {
        RejudgeSet {
            set_id: rejudge_set(number),
            status,
            selection: Selection::default(),
            judge_by: JudgeBy::Current,
            reason: String::new(),
            requested_by: by,
            requested_seq: None,
            submissions: None,
            ended_by: None,
        }
    }

    #[test]
    fn one_person_has_four_places_and_gets_them_back() {
        let (places, ada, bob) = (Places::default(), learner(1), learner(2));
        for number in 1..=4 {
            assert_eq!(places.reserve(rejudge_set(number), ada), Place::Taken);
        }
        assert_eq!(places.reserve(rejudge_set(5), ada), Place::Full);
        assert_eq!(places.reserve(rejudge_set(4), ada), Place::Had, "a repetition");
        assert_eq!(places.reserve(rejudge_set(5), bob), Place::Taken);
        places.release(rejudge_set(4)); // It was not stored.
        assert_eq!(places.reserve(rejudge_set(6), ada), Place::Taken);
        places.learn(&set(1, ada, SetStatus::Selected));
        places.release(rejudge_set(1)); // The log has it.
        assert_eq!(places.reserve(rejudge_set(7), ada), Place::Full);
        for (number, status) in [(1, SetStatus::Judged), (2, SetStatus::Cancelled), (3, SetStatus::Applied)] {
            places.learn(&set(number, ada, status));
            assert_eq!(places.reserve(rejudge_set(10 + number), ada), Place::Taken, "{status:?}");
        }
        places.learn(&set(1, ada, SetStatus::Applying));
        places.learn(&set(11, ada, SetStatus::Judged));
        assert_eq!(places.reserve(rejudge_set(20), ada), Place::Full, "it is in work again");
    }

    #[test]
    fn there_is_a_bound_for_all() {
        let places = Places::default();
        for number in 0..64 {
            assert_eq!(places.reserve(rejudge_set(number), learner(number)), Place::Taken);
        }
        assert_eq!(places.reserve(rejudge_set(64), learner(64)), Place::Full);
    }
}
