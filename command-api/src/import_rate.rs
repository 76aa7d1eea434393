//! How often one author imports: each import has judges run programs, and one that is refused leaves its package's bytes behind.

use chrono::{DateTime, TimeDelta, Utc};
use events::LearnerId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Imports one author may begin within [`WINDOW`].
pub const IMPORTS_MAX: u32 = 10;
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Since when each author's imports are counted, and how many there were. Each replica counts for itself.
#[derive(Debug, Default)]
pub struct ImportRate(Mutex<HashMap<LearnerId, (DateTime<Utc>, u32)>>);

impl ImportRate {
    /// Counts an import, or says how long to wait.
    pub fn count(&self, author: LearnerId, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Authors are few.
        counted.retain(|_, (since, _)| now - *since < WINDOW);
        let (since, imports) = counted.entry(author).or_insert((now, 0));
        if *imports >= IMPORTS_MAX {
            return Err((WINDOW - (now - *since)).to_std().unwrap_or_default());
        }
        *imports += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn each_author_has_so_many_a_minute() {
        let (rate, now) = (ImportRate::default(), DateTime::UNIX_EPOCH);
        let [ada, bob] = [1, 2].map(|number| LearnerId(Uuid::from_u128(number)));
        assert!((0..IMPORTS_MAX).all(|_| rate.count(ada, now).is_ok()));
        assert_eq!(rate.count(ada, now + TimeDelta::seconds(20)), Err(Duration::from_secs(40)));
        assert_eq!(rate.count(bob, now), Ok(()));
        assert_eq!(rate.count(ada, now + WINDOW), Ok(()));
    }
}
