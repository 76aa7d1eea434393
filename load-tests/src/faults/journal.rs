//! What the learners saw, noted while it happens.

use crate::checker::evidence::{Acknowledged, Read};
use crate::latencies::Latencies;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<Entries>,
}

#[derive(Debug, Clone, Default)]
pub struct Entries {
    pub acknowledged: Vec<Acknowledged>,
    pub reads: Vec<Read>,
    /// How long learners waited for a command's answer, repeated attempts included.
    pub command_waits: Latencies,
    /// The same for reads.
    pub read_waits: Latencies,
}

impl Journal {
    pub fn acknowledged(&self, acknowledged: Acknowledged, waited: Duration) {
        let mut entries = self.lock();
        entries.acknowledged.push(acknowledged);
        entries.command_waits.record(waited);
    }

    pub fn read(&self, read: Read, waited: Duration) {
        let mut entries = self.lock();
        entries.reads.push(read);
        entries.read_waits.record(waited);
    }

    pub fn entries(&self) -> Entries {
        self.lock().clone()
    }

    /// Acknowledgements and reads so far.
    pub fn counts(&self) -> (usize, usize) {
        let entries = self.lock();
        (entries.acknowledged.len(), entries.reads.len())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
