//! How many readers the feed has: each is sent some megabytes ahead, so there is an end to them.

use crate::metrics::Metrics;
use events::LearnerId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most readers one replica serves.
const READERS_MAX: usize = 32;
/// The most of one account.
pub const READERS_OF_ACCOUNT_MAX: usize = 4;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct Places {
    taken: Arc<Mutex<HashMap<LearnerId, usize>>>,
    metrics: Metrics,
}

/// A reader's place, given up when the stream is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    account: LearnerId,
}

impl Places {
    pub fn new(metrics: Metrics) -> Self {
        Self { taken: Arc::default(), metrics }
    }

    /// `None` when there is none left.
    pub fn take(&self, account: LearnerId) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&account).copied().unwrap_or_default();
        if all >= READERS_MAX || own >= READERS_OF_ACCOUNT_MAX {
            return None;
        }
        taken.insert(account, own + 1);
        self.metrics.feed_readers.inc();
        Some(Place { places: self.clone(), account })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.account);
            }
        }
        self.places.metrics.feed_readers.dec();
    }
}
