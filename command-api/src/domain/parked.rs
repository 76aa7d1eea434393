//! Orders about parked keys: try again, or go on without one event. What is parked only projectors know, and a command reads
//! no read model; so what is checked here is that the order is about an event of that key, which no slip of a digit survives.

use events::LearnerId;
use events::operation::{OperationEvent, PROJECTIONS, ParkedEventDiscarded, ParkedKeyRedriven};
use uuid::Uuid;

pub const REASON_CHARS_MAX: usize = 500;

/// Why an order was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("This is no name of a projection.")]
    ProjectionInvalid,
    #[error("A key is a UUID.")]
    KeyInvalid,
    #[error("A reason has 1 to 500 characters; it is kept for ever, so it names nobody.")]
    ReasonInvalid,
    #[error("The log has no event of this key at this sequence.")]
    EventUnknown,
}

pub fn decide_redrive(
    projection: &str,
    key: Option<Uuid>,
    operator_id: LearnerId,
) -> Result<OperationEvent, Rejection> {
    let projection = checked(projection)?;
    let key = key.ok_or(Rejection::KeyInvalid)?;
    Ok(OperationEvent::ParkedKeyRedriven(ParkedKeyRedriven { projection, key, operator_id }))
}

/// What is to be left out.
#[derive(Debug, Clone, Copy)]
pub struct Discard<'a> {
    pub projection: &'a str,
    pub key: Option<Uuid>,
    pub sequence: u64,
    pub reason: &'a str,
}

/// `keys_there` are those of the events that stand at the sequence: of one in each stream.
pub fn decide_discard(
    order: Discard<'_>,
    keys_there: &[Uuid],
    operator_id: LearnerId,
) -> Result<OperationEvent, Rejection> {
    let projection = checked(order.projection)?;
    let key = order.key.ok_or(Rejection::KeyInvalid)?;
    let reason = order.reason.trim();
    let is_text = |c: char| !c.is_control() || c == '\n';
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX || !reason.chars().all(is_text) {
        return Err(Rejection::ReasonInvalid);
    }
    if !keys_there.contains(&key) {
        return Err(Rejection::EventUnknown);
    }
    let (sequence, reason) = (order.sequence, reason.to_owned());
    Ok(OperationEvent::ParkedEventDiscarded(ParkedEventDiscarded {
        projection,
        key,
        sequence,
        reason,
        operator_id,
    }))
}

fn checked(projection: &str) -> Result<String, Rejection> {
    if PROJECTIONS.contains(&projection) {
        Ok(projection.to_owned())
    } else {
        Err(Rejection::ProjectionInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::build::learner;

    const KEY: Uuid = Uuid::from_u128(7);
    const OTHER: Uuid = Uuid::from_u128(8);

    fn discard(projection: &str, reason: &str, keys_there: &[Uuid]) -> Result<OperationEvent, Rejection> {
        let order = Discard { projection, key: Some(KEY), sequence: 41, reason };
        decide_discard(order, keys_there, learner(1))
    }

    #[test]
    fn an_order_is_about_a_key_of_a_projection() {
        let redriven = decide_redrive("ledger", Some(KEY), learner(1));
        let expected =
            ParkedKeyRedriven { projection: "ledger".to_owned(), key: KEY, operator_id: learner(1) };
        assert_eq!(redriven, Ok(OperationEvent::ParkedKeyRedriven(expected)));
        assert_eq!(decide_redrive("ledger", None, learner(1)), Err(Rejection::KeyInvalid));
        for bad in ["", "Ledger", "ledgers", "x;", &"x".repeat(65)] {
            assert_eq!(
                decide_redrive(bad, Some(KEY), learner(1)),
                Err(Rejection::ProjectionInvalid),
                "{bad}"
            );
            assert_eq!(discard(bad, "why", &[KEY]), Err(Rejection::ProjectionInvalid), "{bad}");
        }
    }

    #[test]
    fn only_an_event_of_the_key_is_discarded_and_for_a_reason() {
        let Ok(OperationEvent::ParkedEventDiscarded(discarded)) =
            discard("ledger", " a broken test ", &[OTHER, KEY])
        else {
            panic!("allowed");
        };
        assert_eq!((discarded.sequence, discarded.reason.as_str()), (41, "a broken test"));
        assert_eq!(discard("ledger", "why", &[OTHER]), Err(Rejection::EventUnknown));
        assert_eq!(discard("ledger", "why", &[]), Err(Rejection::EventUnknown));
        for bad in ["", " ", "a\0b", &"x".repeat(501)] {
            assert_eq!(discard("ledger", bad, &[KEY]), Err(Rejection::ReasonInvalid), "{bad:?}");
        }
    }
}
