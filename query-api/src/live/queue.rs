//! Places in the queue on live streams: once a second, those that changed, in one pass for all who are connected.

use super::client::Message;
use crate::app::App;
use crate::queue::QueuePlace;
use events::LearnerId;
use serde::Serialize;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

const EVERY: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Told {
    submission_id: Uuid,
    #[serde(flatten)]
    queue: QueuePlace,
}

/// Tells clients their submissions' places, and operators how many wait, for ever.
pub async fn run(app: &App) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (waiting, oldest) = app.queue.depth();
        let oldest = oldest.map_or(0.0, |oldest| (app.clock.now() - oldest).as_seconds_f64().max(0.0));
        app.metrics.queue(waiting, oldest);
        tell(app);
    }
}

fn tell(app: &App) {
    let mut unjudged: Vec<(LearnerId, Uuid)> = Vec::new();
    for (learner, followed) in &app.live.registry().learners {
        unjudged.extend(followed.unjudged.iter().map(|id| (*learner, *id)));
    }
    if unjudged.is_empty() {
        return;
    }
    let places = app.queue.places(unjudged.iter().map(|(_, id)| *id), app.clock.now());
    for (learner, submission_id) in unjudged {
        let Some(queue) = places.get(&submission_id).copied() else { continue };
        let is_new = app.live.registry().learners.get_mut(&learner).is_some_and(|followed| {
            // Those that got their verdicts meanwhile are nothing to remember.
            followed.places.retain(|id, _| followed.unjudged.contains(id));
            followed.places.insert(submission_id, queue) != Some(queue)
        });
        if is_new && let Ok(message) = Message::new("queue", &Told { submission_id, queue }) {
            app.live.tell(learner, &message);
        }
    }
}
