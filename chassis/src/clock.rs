//! The one door to the wall clock.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time in UTC, cut to milliseconds (what events carry). Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970 when a test holds the clock; `None` is the real time.
    held: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until [`Clock::set`].
    pub fn held_at(time: DateTime<Utc>) -> Self {
        Self { held: Some(Arc::new(AtomicI64::new(time.timestamp_millis()))) }
    }

    /// Moves a held clock; does nothing to the real one.
    pub fn set(&self, time: DateTime<Utc>) {
        if let Some(held) = &self.held {
            held.store(time.timestamp_millis(), Ordering::Relaxed);
        }
    }

    #[allow(clippy::disallowed_methods)] // This is the door.
    pub fn now(&self) -> DateTime<Utc> {
        let held =
            self.held.as_ref().and_then(|held| DateTime::from_timestamp_millis(held.load(Ordering::Relaxed)));
        held.unwrap_or_else(Utc::now).trunc_subsecs(3)
    }
}
