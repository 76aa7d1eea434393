//! What one learner earned on one exercise. Pure.

use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use uuid::Uuid;

/// The judgement of one submission that has effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub submission_id: Uuid,
    pub accepted_seq: i64,
    pub accepted_at: DateTime<Utc>,
    pub points: i32,
    /// `None`: the fact is older than what says it.
    pub cpu_ms: Option<i32>,
    pub category: String,
    pub language: String,
    /// Which applied rejudge set it is of: the sequence of the order to apply it. 0: the first judgement.
    pub ordered_seq: i64,
    /// It is in the table, as it stands.
    pub stored: bool,
}

/// The best of them all: most points, then least CPU time, then accepted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    pub points: i32,
    pub cpu_ms: Option<i32>,
    pub accepted_at: DateTime<Utc>,
}

/// All judged submissions of one learner at one exercise, in order of acceptance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Staircase(pub Vec<Judged>);

impl Staircase {
    /// Adds a judgement and returns what it changes: (index of a submission, points more or fewer for it). A submission
    /// that is there already keeps its judgement, unless this one is of a rejudge set that was applied later.
    pub fn add(&mut self, mut judged: Judged) -> Vec<(usize, i32)> {
        let mut before = self.steps();
        match self.0.iter().position(|known| known.submission_id == judged.submission_id) {
            Some(place) if self.0[place].ordered_seq < judged.ordered_seq => {
                judged.cpu_ms = judged.cpu_ms.or(self.0[place].cpu_ms);
                self.0[place] = judged;
            }
            Some(_) => return Vec::new(),
            None => {
                let place = self.0.partition_point(|known| {
                    (known.accepted_seq, known.submission_id) < (judged.accepted_seq, judged.submission_id)
                });
                self.0.insert(place, judged);
                before.insert(place, 0);
            }
        }
        let differences = self.steps().into_iter().zip(before).map(|(after, before)| after - before);
        differences.enumerate().filter(|(_, difference)| *difference != 0).collect()
    }

    /// Per submission, by how much it is above all earlier ones.
    pub fn steps(&self) -> Vec<i32> {
        events::board::steps(self.0.iter().map(|judged| judged.points))
    }

    /// `None` while nothing earned points. An unknown CPU time is worse than any.
    pub fn best(&self) -> Option<Best> {
        let earned = self.0.iter().filter(|judged| judged.points > 0);
        let best = earned.min_by_key(|judged| (Reverse(judged.points), judged.cpu_ms.unwrap_or(i32::MAX)))?;
        Some(Best { points: best.points, cpu_ms: best.cpu_ms, accepted_at: best.accepted_at })
    }

    /// What all steps together are worth.
    #[cfg(test)]
    pub fn top(&self) -> i32 {
        self.0.iter().map(|judged| judged.points).max().unwrap_or_default().max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn judged(number: usize, points: i32) -> Judged {
        let seq = i64::try_from(number).expect("small");
        Judged {
            submission_id: Uuid::from_u128(number as u128),
            accepted_seq: seq,
            accepted_at: DateTime::from_timestamp(1_800_000_000 + seq * 40_000, 0).expect("a time"),
            points,
            cpu_ms: Some(100),
            category: "strings".to_owned(),
            language: "python".to_owned(),
            ordered_seq: 0,
            stored: false,
        }
    }

    /// The ledger's sum per submission after these judgements in this order.
    fn sums(arrivals: &[(usize, i32)]) -> (BTreeMap<Uuid, i32>, Staircase) {
        let mut staircase = Staircase::default();
        let mut sums = BTreeMap::new();
        for (number, points) in arrivals {
            let differences = staircase.add(judged(*number, *points));
            for (index, points) in differences {
                *sums.entry(staircase.0[index].submission_id).or_default() += points;
            }
        }
        sums.retain(|_, points| *points != 0);
        (sums, staircase)
    }

    #[test]
    fn a_later_higher_verdict_earns_the_difference_and_a_lower_one_nothing() {
        let (sums, _) = sums(&[(1, 10), (2, 30), (3, 20)]);
        assert_eq!(sums, BTreeMap::from([(Uuid::from_u128(1), 10), (Uuid::from_u128(2), 20)]));
    }

    #[test]
    fn a_late_verdict_of_an_earlier_submission_takes_its_share_back() {
        let mut staircase = Staircase::default();
        assert_eq!(staircase.add(judged(2, 30)), [(0, 30)]);
        assert_eq!(staircase.add(judged(1, 30)), [(0, 30), (1, -30)]);
    }

    #[test]
    fn the_first_judgement_of_a_submission_stays() {
        let mut staircase = Staircase::default();
        staircase.add(judged(1, 0)); // A judge error earns nothing, and a second fact about it changes nothing.
        assert_eq!(staircase.add(judged(1, 30)), []);
        assert_eq!(staircase.top(), 0);
    }

    #[test]
    fn the_best_is_by_points_then_cpu_time_then_acceptance() {
        let mut staircase = Staircase::default();
        assert_eq!(staircase.best(), None);
        let timed = |number, points, cpu_ms| Judged { cpu_ms, ..judged(number, points) };
        let mut best = |judged: Judged| {
            staircase.add(judged);
            staircase.best().map(|best| (best.points, best.cpu_ms))
        };
        assert_eq!(best(timed(1, 0, Some(1))), None);
        assert_eq!(best(timed(2, 20, None)), Some((20, None)));
        assert_eq!(best(timed(3, 30, Some(90))), Some((30, Some(90))));
        assert_eq!(best(timed(5, 30, Some(40))), Some((30, Some(40))));
        assert_eq!(best(timed(4, 30, Some(40))), Some((30, Some(40))));
        assert_eq!(staircase.best().map(|best| best.accepted_at), Some(judged(4, 30).accepted_at));
        // An applied result of before CPU times were told keeps the one that was known.
        staircase.add(Judged { cpu_ms: None, ..rejudged(5, 40, 100) });
        assert_eq!(staircase.best().map(|best| (best.points, best.cpu_ms)), Some((40, Some(40))));
    }

    fn rejudged(number: usize, points: i32, ordered_seq: i64) -> Judged {
        Judged { ordered_seq, ..judged(number, points) }
    }

    #[test]
    fn an_applied_set_takes_points_away_and_gives_them_to_whom_they_belong() {
        let mut staircase = Staircase::default();
        staircase.add(judged(1, 30));
        staircase.add(judged(2, 30));
        assert_eq!(staircase.add(rejudged(1, 0, 100)), [(0, -30), (1, 30)]);
        assert_eq!(staircase.add(rejudged(1, 0, 100)), [], "the same once more");
        assert_eq!(staircase.add(rejudged(1, 20, 200)), [(0, 20), (1, -20)]);
        assert_eq!(staircase.add(rejudged(1, 30, 150)), [], "ordered before what has effect");
        assert_eq!(staircase.top(), 30);
    }

    #[test]
    fn a_first_judgement_that_comes_after_an_applied_one_changes_nothing() {
        let mut staircase = Staircase::default();
        assert_eq!(staircase.add(rejudged(1, 10, 100)), [(0, 10)]);
        assert_eq!(staircase.add(judged(1, 30)), []);
    }

    proptest! {
        #[test]
        fn whatever_order_they_come_in_the_last_ordered_counts(
            arrivals in prop::collection::vec((0..4_usize, 0..50_i32, 0..4_i64), 1..16),
        ) {
            let mut staircase = Staircase::default();
            let mut sum = 0;
            let mut last: BTreeMap<usize, (i64, i32)> = BTreeMap::new();
            for (number, points, ordered_seq) in arrivals {
                sum += staircase.add(rejudged(number, points, ordered_seq)).iter().map(|(_, points)| points).sum::<i32>();
                let known = last.entry(number).or_insert((ordered_seq, points));
                if known.0 < ordered_seq {
                    *known = (ordered_seq, points);
                }
            }
            prop_assert_eq!(sum, staircase.top());
            prop_assert_eq!(sum, last.values().map(|(_, points)| *points).max().unwrap_or_default());
        }

        #[test]
        fn the_order_of_judgements_changes_no_sum(
            points in prop::collection::vec(0..50_i32, 1..12),
            order in any::<prop::sample::Index>(),
            swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
        ) {
            let accepted: Vec<(usize, i32)> = points.into_iter().enumerate().collect();
            let mut arrivals = accepted.clone();
            for (left, right) in swaps {
                arrivals.swap(left.index(accepted.len()), right.index(accepted.len()));
            }
            arrivals.push(arrivals[order.index(arrivals.len())]); // One of them comes twice.
            let (expected, _) = sums(&accepted);
            let (found, staircase) = sums(&arrivals);
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(found.values().sum::<i32>(), staircase.top());
            prop_assert!(found.values().all(|points| *points > 0));
        }
    }
}
