//! Whether the connection to the broker is up, and being told when that changes.

use async_nats::Client;
use async_nats::connection::State;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The client tells of changes through a lossy channel; nobody waits longer than this on a lost one.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The state of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Link {
    client: Client,
    /// Counts what happened to the connection.
    changes: watch::Receiver<u64>,
}

impl Link {
    pub(super) fn new(client: Client, changes: watch::Receiver<u64>) -> Self {
        Self { client, changes }
    }

    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Resolves when something may have changed.
    pub(super) async fn changed(&self) {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        let _timed_out_or_closed = tokio::time::timeout(LOOK_AGAIN, changes.changed()).await;
    }

    /// Resolves when the connection is down, or has been since this call.
    pub(super) async fn went_down(&self) {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        while self.is_up() {
            let told = tokio::time::timeout(LOOK_AGAIN, changes.changed()).await;
            if matches!(told, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Waits for the connection until `deadline`. Says whether it is up.
    pub(super) async fn up_before(&self, deadline: Instant) -> bool {
        while !self.is_up() && Instant::now() < deadline {
            tokio::select! {
                () = self.changed() => {}
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
        self.is_up()
    }
}
