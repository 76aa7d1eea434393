//! Says which languages this judge has, again and again, so that learners know before they hand something in.

use chassis::clock::Clock;
use chassis::log::EventLog;
use chassis::random;
use chassis::shutdown::Shutdown;
use events::language::{ANNOUNCED_EVERY, Announcement};
use events::subject;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

const SAID_WITHIN: Duration = Duration::from_secs(1);

/// Until the shutdown; then it takes everything back. An announcement that is lost is made good by the next.
pub async fn announce(log: EventLog, clock: Clock, languages: BTreeMap<String, String>, shutdown: Shutdown) {
    let mut announcement = Announcement { judge_id: random::uuid(&clock), languages };
    let mut ticks = interval(ANNOUNCED_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => publish(&log, &announcement).await,
            () = shutdown.begun() => break,
        }
    }
    announcement.languages.clear();
    publish(&log, &announcement).await;
}

#[allow(clippy::disallowed_methods)] // An announcement is no event.
async fn publish(log: &EventLog, announcement: &Announcement) {
    let Ok(body) = serde_json::to_vec(announcement) else { return };
    let subject = subject::languages_of(announcement.judge_id);
    let publish = async {
        let _lost = log.client().publish(subject, body.into()).await;
        let _lost = log.client().flush().await;
    };
    // While the broker is away there is nobody to tell, and nothing to keep for later.
    if log.is_connected() {
        let _away = tokio::time::timeout(SAID_WITHIN, publish).await;
    }
}
