//! From passed tests to points. Pure.
//!
//! A weight's share of the exercise's points is `points × earned ÷ all`, in whole numbers, rounded down once over all; in a
//! group by `sum`, `weight × passed ÷ tests` is rounded down before. So no points are ever given that were not earned, all
//! of them are given only for everything that counts, and one more passed test never costs any.

use events::package::{GroupRule, ScoreGroup, Scoring};

/// What became of the tests so far, by position: passed, failed, or not run.
pub type Passed = [Option<bool>];

/// The points for `passed`. Tests that were not run earn nothing.
pub fn points(scoring: &Scoring, passed: &Passed, points_max: u32) -> u32 {
    let is_passed = |index: usize| passed.get(index).copied().flatten() == Some(true);
    let (earned, all) = match scoring {
        Scoring::AllOrNothing => (u64::from((0..passed.len()).all(is_passed)), 1),
        Scoring::Weighted(weights) => {
            let weigh =
                |(index, weight): (usize, &u32)| if is_passed(index) { u64::from(*weight) } else { 0 };
            (weights.iter().enumerate().map(weigh).sum(), weights.iter().copied().map(u64::from).sum())
        }
        Scoring::Groups(groups) => {
            let standings = standings(groups, passed);
            let earned = groups
                .iter()
                .zip(&standings)
                .map(|(group, standing)| earned_by(group, *standing, passed))
                .sum();
            (earned, groups.iter().map(|group| u64::from(group.weight)).sum())
        }
    };
    let share = u128::from(points_max) * u128::from(earned) / u128::from(all.max(1));
    u32::try_from(share).unwrap_or(points_max).min(points_max)
}

/// Whether the test at this position can no longer change the points, whatever becomes of it.
pub fn is_moot(scoring: &Scoring, passed: &Passed, index: usize) -> bool {
    match scoring {
        Scoring::AllOrNothing => passed.contains(&Some(false)),
        Scoring::Weighted(_) => false,
        Scoring::Groups(groups) => {
            let standings = standings(groups, passed);
            let mut its_groups =
                groups.iter().zip(&standings).filter(|(group, _)| contains(group, index)).peekable();
            // A test of no group is run for its own sake.
            its_groups.peek().is_some()
                && its_groups.all(|(group, standing)| is_lost(group, *standing, passed))
        }
    }
}

/// How the groups that a group needs have done so far, and the ones that those need.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Every test of them passed.
    all_passed: bool,
    /// A test of one of them failed.
    any_failed: bool,
}

/// One for each group. A group needs only groups before it ([`Scoring::problem`]), so one walk is enough.
fn standings(groups: &[ScoreGroup], passed: &Passed) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::with_capacity(groups.len());
    for group in groups {
        let mut standing = Standing { all_passed: true, any_failed: false };
        let needed = groups.iter().zip(&standings).filter(|(other, _)| group.needs.contains(&other.name));
        for (other, theirs) in needed {
            standing.all_passed &= theirs.all_passed && all_passed(other, passed);
            standing.any_failed |= theirs.any_failed || any_failed(other, passed);
        }
        standings.push(standing);
    }
    standings
}

fn earned_by(group: &ScoreGroup, needed: Standing, passed: &Passed) -> u64 {
    if !needed.all_passed {
        return 0;
    }
    let of_tests = |ordinal: &&u32| result(**ordinal, passed) == Some(true);
    let count = |tests: usize| u64::try_from(tests).unwrap_or(u64::MAX);
    let (right, tests) = (count(group.tests.iter().filter(of_tests).count()), count(group.tests.len()));
    match group.rule {
        GroupRule::Min if right < tests => 0,
        GroupRule::Min => u64::from(group.weight),
        GroupRule::Sum => u64::from(group.weight) * right / tests.max(1),
    }
}

/// Whether the group cannot earn anything more: a test of it that it depends on failed, or one that a needed group has.
fn is_lost(group: &ScoreGroup, needed: Standing, passed: &Passed) -> bool {
    needed.any_failed || (group.rule == GroupRule::Min && any_failed(group, passed))
}

fn all_passed(group: &ScoreGroup, passed: &Passed) -> bool {
    group.tests.iter().all(|test| result(*test, passed) == Some(true))
}

fn any_failed(group: &ScoreGroup, passed: &Passed) -> bool {
    group.tests.iter().any(|test| result(*test, passed) == Some(false))
}

fn contains(group: &ScoreGroup, index: usize) -> bool {
    group.tests.iter().any(|ordinal| position(*ordinal) == Some(index))
}

fn result(ordinal: u32, passed: &Passed) -> Option<bool> {
    passed.get(position(ordinal)?).copied().flatten()
}

fn position(ordinal: u32) -> Option<usize> {
    usize::try_from(ordinal.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn group(name: &str, weight: u32, rule: GroupRule, tests: &[u32], needs: &[&str]) -> ScoreGroup {
        let needs = needs.iter().map(|name| (*name).to_owned()).collect();
        ScoreGroup { name: name.to_owned(), weight, rule, tests: tests.to_vec(), needs }
    }

    /// `1` passed, `0` failed, anything else not run.
    fn passed(text: &str) -> Vec<Option<bool>> {
        let one = |letter| match letter {
            '1' => Some(true),
            '0' => Some(false),
            _ => None,
        };
        text.chars().map(one).collect()
    }

    #[test]
    fn all_or_nothing() {
        let points = |text: &str| points(&Scoring::AllOrNothing, &passed(text), 20);
        assert_eq!([points("111"), points("110"), points("11-"), points("000")], [20, 0, 0, 0]);
    }

    #[test]
    fn weights_are_shares_rounded_down() {
        let points = |text: &str, max| points(&Scoring::Weighted(vec![0, 1, 1, 1]), &passed(text), max);
        assert_eq!(
            [points("0111", 10), points("1110", 10), points("1100", 10), points("1000", 10)],
            [10, 6, 3, 0]
        );
        assert_eq!([points("1110", 1), points("0111", 1)], [0, 1], "one point is not divided");
    }

    #[test]
    fn groups_by_min_and_sum_and_what_they_need() {
        let scoring = Scoring::Groups(vec![
            group("small", 30, GroupRule::Min, &[2, 3], &[]),
            group("parts", 20, GroupRule::Sum, &[4, 5, 6], &[]),
            group("large", 50, GroupRule::Min, &[7], &["small"]),
        ]);
        let points = |text: &str| points(&scoring, &passed(text), 100);
        assert_eq!(points("1111111"), 100);
        assert_eq!(points("0111111"), 100, "a sample in no group");
        assert_eq!(points("1110001"), 80);
        assert_eq!(points("1101111"), 20, "large needs small");
        assert_eq!(points("1111100"), 30 + 13, "two parts of three");
        assert_eq!(points("11-----"), 0);
        let chain = Scoring::Groups(vec![
            group("first", 1, GroupRule::Min, &[1], &[]),
            group("second", 1, GroupRule::Min, &[2], &["first"]),
            group("third", 1, GroupRule::Min, &[3], &["second"]),
        ]);
        assert_eq!(super::points(&chain, &passed("011"), 3), 0, "third needs second, and that needs first");
    }

    #[test]
    fn early_stop_skips_what_cannot_count_any_more() {
        let moot = |scoring: &Scoring, text: &str| -> Vec<usize> {
            let passed = passed(text);
            (0..passed.len())
                .filter(|index| passed[*index].is_none() && is_moot(scoring, &passed, *index))
                .collect()
        };
        assert_eq!(moot(&Scoring::AllOrNothing, "10--"), [2, 3]);
        assert!(moot(&Scoring::AllOrNothing, "11--").is_empty());
        assert!(moot(&Scoring::Weighted(vec![1, 1, 1]), "00-").is_empty());
        let scoring = Scoring::Groups(vec![
            group("small", 1, GroupRule::Min, &[1, 2], &[]),
            group("shared", 1, GroupRule::Sum, &[2, 3], &[]),
            group("large", 1, GroupRule::Sum, &[4], &["small"]),
        ]);
        assert_eq!(moot(&scoring, "0----"), [3], "test 2 counts elsewhere, test 5 is in no group");
        assert!(moot(&scoring, "1-0--").is_empty());
    }

    const TESTS: usize = 6;

    fn any_scoring() -> impl Strategy<Value = Scoring> {
        let rule = prop_oneof![Just(GroupRule::Min), Just(GroupRule::Sum)];
        let tests = proptest::collection::btree_set(1..=6u32, 1..=TESTS);
        let group = (1..100u32, rule, tests, any::<[bool; 3]>());
        let groups = proptest::collection::vec(group, 1..4).prop_map(|groups| {
            let made =
                groups.into_iter().enumerate().map(|(index, (weight, rule, tests, needs))| ScoreGroup {
                    name: index.to_string(),
                    weight,
                    rule,
                    tests: tests.into_iter().collect(),
                    needs: (0..index).filter(|other| needs[*other]).map(|other| other.to_string()).collect(),
                });
            Scoring::Groups(made.collect())
        });
        let weights = proptest::collection::vec(0..100u32, TESTS);
        let weights = weights
            .prop_filter("something is worth points", |weights| weights.iter().any(|weight| *weight > 0));
        prop_oneof![Just(Scoring::AllOrNothing), weights.prop_map(Scoring::Weighted), groups]
    }

    /// As many as the scoring counts on.
    fn counted(scoring: &Scoring) -> Vec<usize> {
        (0..TESTS)
            .filter(|index| match scoring {
                Scoring::AllOrNothing => true,
                Scoring::Weighted(weights) => weights[*index] > 0,
                Scoring::Groups(groups) => groups.iter().any(|group| contains(group, *index)),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn all_points_are_for_all_that_counts_and_only_for_it(
            scoring in any_scoring(), right in any::<[bool; TESTS]>(), max in 1..=1_000u32
        ) {
            prop_assert_eq!(scoring.problem(TESTS), None);
            let passed = right.map(Some);
            let given = points(&scoring, &passed, max);
            let all = counted(&scoring).into_iter().all(|index| right[index]);
            prop_assert_eq!(given == max, all, "{} of {}", given, max);
            prop_assert!(given <= max);
            prop_assert_eq!(points(&scoring, &[Some(false); TESTS], max), 0);
        }

        #[test]
        fn one_more_passed_test_never_costs_points(
            scoring in any_scoring(), right in any::<[bool; TESTS]>(), more in 0..TESTS, max in 1..=1_000u32
        ) {
            let before = right.map(Some);
            let mut after = before;
            after[more] = Some(true);
            prop_assert!(points(&scoring, &before, max) <= points(&scoring, &after, max));
        }

        #[test]
        fn early_stop_changes_no_points(
            scoring in any_scoring(), right in any::<[bool; TESTS]>(), max in 1..=1_000u32
        ) {
            let mut stopped = [None; TESTS];
            for index in 0..TESTS {
                if !is_moot(&scoring, &stopped, index) {
                    stopped[index] = Some(right[index]);
                }
            }
            prop_assert_eq!(points(&scoring, &stopped, max), points(&scoring, &right.map(Some), max));
        }
    }
}
