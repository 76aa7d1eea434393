//! One conditional write at a time to each subject, so that no aggregate ever has two unacknowledged ones from this
//! process: a broker that loses its leader between two such writes can otherwise store the second without the first.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Debug, Clone, Default)]
pub(super) struct Lanes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    taken: Mutex<HashSet<String>>,
    freed: Notify,
}

impl Lanes {
    /// Waits until none of the subjects is taken, and takes them all.
    pub(super) async fn enter(&self, subjects: Vec<String>) -> Entered {
        loop {
            let freed = self.0.freed.notified();
            if self.0.take(&subjects) {
                return Entered { lanes: self.clone(), subjects };
            }
            freed.await;
        }
    }
}

impl Shared {
    /// All or none, so that two batches over the same subjects cannot wait for each other.
    fn take(&self, subjects: &[String]) -> bool {
        let mut taken = self.taken();
        if subjects.iter().any(|subject| taken.contains(subject)) {
            return false;
        }
        taken.extend(subjects.iter().cloned());
        true
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write to some subjects; given back when dropped.
#[derive(Debug)]
pub(super) struct Entered {
    lanes: Lanes,
    subjects: Vec<String>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut taken = self.lanes.0.taken();
        for subject in &self.subjects {
            taken.remove(subject);
        }
        drop(taken);
        self.lanes.0.freed.notify_waiters();
    }
}
