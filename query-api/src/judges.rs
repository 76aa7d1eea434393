//! The judges that are there, and which languages they have: what they said of themselves lately.

use async_nats::Subscriber;
use chassis::log::{EventLog, LogError};
use chassis::shutdown::Shutdown;
use events::language::{ANNOUNCED_EVERY, Announcement};
use events::subject;
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// A judge that was not heard for so long has gone.
const GONE_AFTER: Duration = ANNOUNCED_EVERY.saturating_mul(3);

/// Cheap to clone; clones share it. A replica that has just started knows nothing for up to [`ANNOUNCED_EVERY`].
#[derive(Debug, Clone, Default)]
pub struct Judges {
    heard: Arc<Mutex<HashMap<Uuid, Heard>>>,
}

#[derive(Debug)]
struct Heard {
    at: Instant,
    languages: BTreeMap<String, String>,
}

/// What the judges have together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    pub judges: usize,
    /// By name: the versions there are.
    pub languages: BTreeMap<String, BTreeSet<String>>,
}

impl Judges {
    /// Begins to listen. The connection renews the subscription by itself.
    pub async fn listen(log: &EventLog) -> Result<Subscriber, LogError> {
        let failed =
            |error: &dyn std::fmt::Display| LogError::Connect(format!("listening to judges: {error}"));
        let told = log.client().subscribe(subject::ALL_LANGUAGES).await.map_err(|error| failed(&error))?;
        log.client().flush().await.map_err(|error| failed(&error))?;
        Ok(told)
    }

    /// Hears what judges say, until the shutdown.
    pub async fn follow(self, mut told: Subscriber, shutdown: Shutdown) {
        let hear = async {
            while let Some(message) = told.next().await {
                match serde_json::from_slice(&message.payload) {
                    Ok(announcement) => self.hear(announcement, Instant::now()),
                    Err(error) => tracing::warn!(%error, "an announcement of languages that cannot be read"),
                }
            }
        };
        tokio::select! {
            () = hear => {}
            () = shutdown.begun() => {}
        }
    }

    fn hear(&self, Announcement { judge_id, languages }: Announcement, now: Instant) {
        let mut heard = self.lock();
        heard.retain(|_, heard| heard.is_there(now));
        if languages.is_empty() {
            heard.remove(&judge_id);
        } else {
            heard.insert(judge_id, Heard { at: now, languages });
        }
    }

    pub fn present(&self, now: Instant) -> Present {
        let heard = self.lock();
        let mut present = Present::default();
        for judge in heard.values().filter(|heard| heard.is_there(now)) {
            present.judges += 1;
            for (name, version) in &judge.languages {
                present.languages.entry(name.clone()).or_default().insert(version.clone());
            }
        }
        present
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn is_there(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < GONE_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(judge: u128, languages: &[(&str, &str)]) -> Announcement {
        let owned = |(name, version): &(&str, &str)| ((*name).to_owned(), (*version).to_owned());
        Announcement { judge_id: Uuid::from_u128(judge), languages: languages.iter().map(owned).collect() }
    }

    fn names(judges: &Judges, now: Instant) -> (usize, Vec<String>) {
        let present = judges.present(now);
        (present.judges, present.languages.into_keys().collect())
    }

    #[test]
    fn a_language_is_there_as_long_as_a_judge_says_so() {
        let judges = Judges::default();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(names(&judges, start), (0, vec![]));
        judges.hear(announcement(1, &[("c", "12.2"), ("lua", "5.4")]), start);
        judges.hear(announcement(2, &[("lua", "5.3")]), later(10));
        assert_eq!(names(&judges, later(14)), (2, vec!["c".to_owned(), "lua".to_owned()]));
        let versions = ["5.3", "5.4"].map(str::to_owned).into();
        assert_eq!(judges.present(later(14)).languages["lua"], versions);
        // The first was not heard any more.
        assert_eq!(names(&judges, later(15)), (1, vec!["lua".to_owned()]));
        // The second says that it ends.
        judges.hear(announcement(2, &[]), later(16));
        assert_eq!(names(&judges, later(16)), (0, vec![]));
        assert!(judges.lock().is_empty(), "who has gone is forgotten");
    }
}
