//! What the learners saw, noted while it happens.

use crate::checker::evidence::{Acknowledged, Read};
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<(Vec<Acknowledged>, Vec<Read>)>,
}

impl Journal {
    pub fn acknowledged(&self, acknowledged: Acknowledged) {
        self.lock().0.push(acknowledged);
    }

    pub fn read(&self, read: Read) {
        self.lock().1.push(read);
    }

    pub fn entries(&self) -> (Vec<Acknowledged>, Vec<Read>) {
        self.lock().clone()
    }

    pub fn counts(&self) -> (usize, usize) {
        let entries = self.lock();
        (entries.0.len(), entries.1.len())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<Acknowledged>, Vec<Read>)> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
