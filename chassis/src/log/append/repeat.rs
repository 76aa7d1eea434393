//! Asking whether a request was carried out before, without carrying it out.

use super::super::EventLog;
use super::super::error::AppendError;
use super::Appended;
use super::conditional::compare;
use super::door::Attempts;
use super::event::Outgoing;
use super::outcome::{Step, after_conditional};
use events::Wire;

/// The broker looks for a repeated id before it looks at this condition, and no event has such an id, so a publish
/// under it either finds its repeat or is refused. (The condition on sequences is looked at first, and so is no use.)
const EXPECTED_LAST_ID: &str = "Nats-Expected-Last-Msg-Id";
const NOBODYS_ID: &str = "nobody";
const WRONG_LAST_ID: u64 = 10070;

impl EventLog {
    /// Where the event stands if the broker remembers one of this id from the same request; `None` if it does not.
    /// Writes nothing. [`AppendError::KeyReused`]: it remembers one from another request.
    pub async fn find_repeat(&self, wire: &Wire) -> Result<Option<Appended>, AppendError> {
        let mut probe = Wire { body: Vec::new(), ..wire.clone() };
        probe.headers.push((EXPECTED_LAST_ID, NOBODYS_ID.to_owned()));
        let probe = Outgoing::new(probe, None, self.client.max_payload())?;
        let door = &self.appender.lane(probe.stream).door;
        if !door.is_open() {
            return Err(AppendError::Unavailable);
        }
        let mut attempts = Attempts::new(false);
        loop {
            let answer = door.send(&probe).await;
            match after_conditional(attempts.noting(answer), 1, attempts.lost) {
                Step::Compare(sequence) => {
                    return compare(door, &probe, sequence, &mut attempts).await.map(Some);
                }
                Step::Fail(AppendError::Refused { code: WRONG_LAST_ID, .. }) => return Ok(None),
                Step::Fail(error) => return Err(error),
                Step::Stored(sequence) => {
                    let description = format!("a probe was stored at {sequence}");
                    return Err(AppendError::Refused { code: WRONG_LAST_ID, description });
                }
                Step::Halve | Step::ReadBack(_) | Step::Again => attempts.again(door).await?,
            }
        }
    }
}
