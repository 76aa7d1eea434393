//! What applying a set would do, worked out as the ledger does it: result by result, in order of acceptance, each one the
//! difference between two staircases. Pure.

use chrono::{DateTime, Utc};
use events::board;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many places of a board a preview looks at.
pub const TOP: usize = 10;

/// A submission of a learner and exercise that the set touches.
#[derive(Debug, Clone)]
pub struct Standing {
    pub learner_id: Uuid,
    pub exercise_id: Uuid,
    pub submission_id: Uuid,
    pub accepted_at: DateTime<Utc>,
    /// Of the judgement that has effect; `None`: not judged yet.
    pub before: Option<Outcome>,
    /// Of the set's result, if it would have effect.
    pub after: Option<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: String,
    pub points: i32,
}

impl Standing {
    pub fn changes(&self) -> bool {
        self.after.is_some() && self.after != self.before
    }
}

/// More or fewer points, and the latest acceptance among what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub points: i64,
    pub reached_at: DateTime<Utc>,
}

/// What changes for each learner and exercise. `standings` are in order of learner, exercise and acceptance.
pub fn differences(standings: &[Standing]) -> BTreeMap<(Uuid, Uuid), Difference> {
    let mut differences = BTreeMap::new();
    let same_pair = |left: &Standing, right: &Standing| {
        (left.learner_id, left.exercise_id) == (right.learner_id, right.exercise_id)
    };
    for pair in standings.chunk_by(same_pair) {
        // What is not judged stands nowhere; until the set gives it a place it takes nobody's.
        let mut points: Vec<i32> = pair.iter().map(|one| points_of(one.before.as_ref())).collect();
        for (index, after) in
            pair.iter().enumerate().filter_map(|(index, one)| Some((index, one.after.as_ref()?)))
        {
            let before = board::steps(points.iter().copied());
            points[index] = after.points;
            let steps = board::steps(points.iter().copied());
            for (place, difference) in
                steps.iter().zip(before).map(|(after, before)| after - before).enumerate()
            {
                if difference != 0 {
                    add(&mut differences, &pair[place], difference);
                }
            }
        }
    }
    differences
}

fn points_of(outcome: Option<&Outcome>) -> i32 {
    outcome.map_or(0, |outcome| outcome.points)
}

fn add(differences: &mut BTreeMap<(Uuid, Uuid), Difference>, standing: &Standing, points: i32) {
    let new = Difference { points: 0, reached_at: standing.accepted_at };
    let known = differences.entry((standing.learner_id, standing.exercise_id)).or_insert(new);
    known.points += i64::from(points);
    known.reached_at = known.reached_at.max(standing.accepted_at);
}

/// The same summed up per learner, over all exercises or one.
pub fn per_learner(
    differences: &BTreeMap<(Uuid, Uuid), Difference>,
    exercise: Option<Uuid>,
) -> BTreeMap<Uuid, Difference> {
    let mut sums: BTreeMap<Uuid, Difference> = BTreeMap::new();
    for ((learner, of), difference) in differences {
        if exercise.is_none_or(|exercise| exercise == *of) {
            let sum = sums.entry(*learner).or_insert(Difference { points: 0, ..*difference });
            sum.points += difference.points;
            sum.reached_at = sum.reached_at.max(difference.reached_at);
        }
    }
    sums
}

/// A learner's points on a board, and when they were reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    pub learner_id: Uuid,
    pub points: i64,
    pub reached_at: DateTime<Utc>,
}

/// A place among the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub rank: u64,
    pub total: Total,
}

/// The first places before and after. `totals` has the board's first places, enough of them that those who fall make room
/// for none that is missing, and everybody there who is in `changes`.
pub fn tops(totals: &[Total], changes: &BTreeMap<Uuid, Difference>) -> (Vec<Place>, Vec<Place>) {
    let known: BTreeSet<Uuid> = totals.iter().map(|total| total.learner_id).collect();
    let then = |total: &Total| match changes.get(&total.learner_id) {
        None => *total,
        Some(change) => Total {
            points: total.points + change.points,
            reached_at: total.reached_at.max(change.reached_at),
            ..*total
        },
    };
    let new = changes.iter().filter(|(learner, _)| !known.contains(learner)).map(|(learner, change)| Total {
        learner_id: *learner,
        points: change.points,
        reached_at: change.reached_at,
    });
    (top(totals.to_vec()), top(totals.iter().map(then).chain(new).collect()))
}

fn top(mut totals: Vec<Total>) -> Vec<Place> {
    totals.retain(|total| total.points > 0);
    totals.sort_by_key(|total| (-total.points, total.reached_at.timestamp(), total.learner_id));
    let score = |total: &Total| (total.points, total.reached_at.timestamp());
    let mut places: Vec<Place> = Vec::new();
    for (index, total) in totals.into_iter().take(TOP).enumerate() {
        let rank = match places.last() {
            Some(last) if score(&last.total) == score(&total) => last.rank,
            _ => index as u64 + 1,
        };
        places.push(Place { rank, total });
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).expect("a time")
    }

    fn outcome(points: i32) -> Outcome {
        let verdict = if points > 0 { "accepted" } else { "wrong_answer" };
        Outcome { verdict: verdict.to_owned(), points }
    }

    fn standing(learner: u128, number: i64, before: Option<Outcome>, after: Option<Outcome>) -> Standing {
        Standing {
            learner_id: Uuid::from_u128(learner),
            exercise_id: Uuid::from_u128(9),
            submission_id: Uuid::from_u128(u128::from(number.unsigned_abs())),
            accepted_at: at(number),
            before,
            after,
        }
    }

    #[test]
    fn what_is_lost_with_one_submission_may_be_kept_by_a_later_one() {
        let standings = [
            standing(1, 1, Some(outcome(10)), Some(outcome(0))),
            standing(1, 2, Some(outcome(10)), None),
            standing(2, 3, Some(outcome(10)), Some(outcome(0))),
            standing(3, 4, None, Some(outcome(10))),
            standing(4, 5, Some(outcome(10)), Some(outcome(10))),
        ];
        let pair = |learner| (Uuid::from_u128(learner), Uuid::from_u128(9));
        let expected = BTreeMap::from([
            (pair(1), Difference { points: 0, reached_at: at(2) }),
            (pair(2), Difference { points: -10, reached_at: at(3) }),
            (pair(3), Difference { points: 10, reached_at: at(4) }),
        ]);
        assert_eq!(differences(&standings), expected);
        assert!(!standings[4].changes() && standings[3].changes());
    }

    #[test]
    fn who_falls_makes_room_for_the_next() {
        let total =
            |learner: u128, points| Total { learner_id: Uuid::from_u128(learner), points, reached_at: at(0) };
        let totals: Vec<Total> =
            (1..=11).map(|learner| total(learner, 200 - i64::try_from(learner).expect("small"))).collect();
        let change = |points| Difference { points, reached_at: at(7) };
        let changes =
            BTreeMap::from([(Uuid::from_u128(1), change(-199)), (Uuid::from_u128(20), change(500))]);
        let (before, after) = tops(&totals, &changes);
        let ids = |places: &[Place]| {
            places.iter().map(|place| place.total.learner_id.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&before), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(ids(&after), [20, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((after[0].rank, after[0].total.reached_at), (1, at(7)));
    }

    #[test]
    fn equal_points_in_one_second_share_a_rank() {
        let total = |learner, second| Total {
            learner_id: Uuid::from_u128(learner),
            points: 5,
            reached_at: at(second),
        };
        let (places, _) = tops(&[total(1, 0), total(2, 0), total(3, 1)], &BTreeMap::new());
        assert_eq!(places.iter().map(|place| place.rank).collect::<Vec<_>>(), [1, 1, 3]);
    }
}
