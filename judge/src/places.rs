//! How many slots of a judge may do one kind of thing at once, so that what takes long leaves some free for submissions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Half of the slots; one where there is one.
pub fn half_of(slots: usize) -> usize {
    (slots / 2).max(1)
}

/// Cheap to clone; clones share the places.
#[derive(Clone)]
pub struct Places {
    max: usize,
    taken: Arc<AtomicUsize>,
    changed: Arc<Notify>,
}

/// One that is taken, until it is dropped.
pub struct Place(Places);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

impl Places {
    pub fn new(max: usize) -> Self {
        Self { max, taken: Arc::default(), changed: Arc::default() }
    }

    /// Others, for something else; who waits for a change hears of both.
    pub fn beside(&self, max: usize) -> Self {
        Self { max, taken: Arc::default(), changed: self.changed.clone() }
    }

    pub fn take(&self) -> Option<Place> {
        let more = |taken| (taken < self.max).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Place(self.clone()))
    }

    pub fn is_full(&self) -> bool {
        self.taken.load(Ordering::Acquire) >= self.max
    }

    /// Resolves when a place was left after this call, or somebody said so.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Wakes whoever waits: there is something to look at.
    pub fn say_changed(&self) {
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_left_is_free_again_and_kinds_have_their_own() {
        assert_eq!([0, 1, 2, 3, 4].map(half_of), [1, 1, 1, 1, 2]);
        let places = Places::new(1);
        let others = places.beside(1);
        let taken = places.take();
        assert!(taken.is_some() && places.is_full() && places.take().is_none() && !others.is_full());
        drop(taken);
        assert!(!places.is_full() && places.take().is_some());
    }
}
