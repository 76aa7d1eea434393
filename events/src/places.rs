//! Whole boards, as far as who keeps them (projectors) and who reads them (query-api) must agree: their bytes, and what a board
//! becomes by changes.

use crate::board::{self, ScoreError};
use crate::ids::LearnerId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A learner on a board, with their score.
pub type Place = (LearnerId, i64);

/// Sixteen of the id, eight of the score, both with the highest byte first.
const BYTES: usize = 24;

/// What happened to a learner's points since a board was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Some were added, the last of them for a submission accepted at `reached_at`, and none taken away.
    Gained { points: i64, reached_at: DateTime<Utc> },
    /// Some were taken away; this is what there is now.
    Became { points: i64, reached_at: DateTime<Utc> },
    /// Some were taken away, and there are none left.
    Lost,
}

/// As it is kept.
pub fn pack(places: &[Place]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(places.len() * BYTES);
    for (learner, score) in places {
        bytes.extend_from_slice(learner.0.as_bytes());
        bytes.extend_from_slice(&score.to_be_bytes());
    }
    bytes
}

/// `None`: not what [`pack`] makes.
pub fn unpack(bytes: &[u8]) -> Option<Vec<Place>> {
    let (places, rest) = bytes.as_chunks::<BYTES>();
    let place = |bytes: &[u8; BYTES]| {
        let (learner, score) = bytes.split_first_chunk::<16>()?;
        Some((LearnerId(Uuid::from_bytes(*learner)), i64::from_be_bytes(score.try_into().ok()?)))
    };
    rest.is_empty().then(|| places.iter().map(place).collect()).flatten()
}

/// A board after these changes, at most one a learner. Both boards are in the order of learners' ids.
pub fn roll(places: &[Place], mut changes: Vec<(LearnerId, Change)>) -> Result<Vec<Place>, ScoreError> {
    changes.sort_unstable_by_key(|(learner, _)| *learner);
    let mut rolled = Vec::with_capacity(places.len() + changes.len());
    let mut known = places.iter().copied().peekable();
    for (learner, change) in changes {
        while let Some(before) = known.next_if(|(id, _)| *id < learner) {
            rolled.push(before);
        }
        let before = known.next_if(|(id, _)| *id == learner).map(|(_, score)| score);
        let score = match change {
            Change::Gained { points, reached_at } => Some(gained(before, points, reached_at)?),
            Change::Became { points, reached_at } => Some(board::score(points, reached_at)?),
            Change::Lost => None,
        };
        rolled.extend(score.map(|score| (learner, score)));
    }
    rolled.extend(known);
    Ok(rolled)
}

fn gained(before: Option<i64>, points: i64, reached_at: DateTime<Utc>) -> Result<i64, ScoreError> {
    let Some(before) = before else { return board::score(points, reached_at) };
    // A score knows its time to the second, and the later of two times cut off to the second is the later time cut off.
    let reached_at = board::reached_at_of(before).map_or(reached_at, |then| then.max(reached_at));
    board::score(board::points_of(before) + points, reached_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u128, points: i64, second: i64) -> Place {
        (LearnerId(Uuid::from_u128(number)), board::score(points, at(second)).expect("fits"))
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(board::EPOCH_SECONDS + second, 999_000_000).expect("a time")
    }

    #[test]
    fn places_are_packed_and_unpacked() {
        let places = [place(1, 10, 5), place(u128::MAX, board::POINTS_MAX, 0)];
        let bytes = pack(&places);
        assert_eq!(bytes.len(), 48);
        assert_eq!(unpack(&bytes).as_deref(), Some(places.as_slice()));
        assert_eq!(unpack(&bytes[1..]), None);
        assert_eq!(unpack(&[]), Some(Vec::new()));
    }

    #[test]
    fn a_board_is_rolled_on() {
        let before = [place(2, 10, 5), place(3, 10, 5), place(5, 10, 5), place(7, 10, 5)];
        let changed = |number, change| (LearnerId(Uuid::from_u128(number)), change);
        let changes = vec![
            changed(5, Change::Became { points: 4, reached_at: at(2) }),
            changed(1, Change::Gained { points: 3, reached_at: at(9) }),
            changed(8, Change::Became { points: 1, reached_at: at(1) }),
            changed(3, Change::Lost),
            changed(4, Change::Lost),
            changed(2, Change::Gained { points: 7, reached_at: at(4) }),
            changed(7, Change::Gained { points: 7, reached_at: at(6) }),
        ];
        let after = [place(1, 3, 9), place(2, 17, 5), place(5, 4, 2), place(7, 17, 6), place(8, 1, 1)];
        assert_eq!(roll(&before, changes), Ok(after.to_vec()));
        assert!(
            roll(&before, vec![changed(2, Change::Gained { points: board::POINTS_MAX, reached_at: at(1) })])
                .is_err()
        );
    }
}
