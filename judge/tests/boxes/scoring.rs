//! Points for real programs, and tests that are left out.

use crate::common::{grade_by, package, stdio};
use events::judgement::{LimitName, Verdict};
use events::package::{GroupRule, Package, ScoreGroup, Scoring};

/// Right for numbers below the limit it is given.
fn right_below(limit: u32) -> String {
    format!("n = int(input())\nprint(n * n if n < {limit} else 'too large')")
}

fn squares(scoring: Scoring, early_stop: bool) -> Package {
    let tests = (1..=6u32).map(|n| stdio(&n.to_string(), &(n * n).to_string())).collect();
    Package { scoring, early_stop, ..package(tests) }
}

fn graded(package: &Package, limit: u32) -> (Verdict, u32, Vec<u32>) {
    let graded = grade_by(package, "python", &right_below(limit));
    (graded.verdict, graded.points, graded.tests.iter().map(|test| test.ordinal).collect())
}

#[test]
fn partial_points_come_with_the_verdict_of_the_first_failure() {
    let weighted = squares(Scoring::Weighted(vec![0, 1, 1, 1, 1, 1]), false);
    assert_eq!(graded(&weighted, 10), (Verdict::Accepted, 10, vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(graded(&weighted, 5), (Verdict::WrongAnswer, 6, vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(graded(&weighted, 1), (Verdict::WrongAnswer, 0, vec![1, 2, 3, 4, 5, 6]));
}

#[test]
fn what_cannot_count_any_more_is_not_run() {
    let group = |name: &str, tests: &[u32], needs: &[&str]| ScoreGroup {
        name: name.to_owned(),
        weight: 5,
        rule: GroupRule::Min,
        tests: tests.to_vec(),
        needs: needs.iter().map(|name| (*name).to_owned()).collect(),
    };
    let groups = Scoring::Groups(vec![group("small", &[2, 3, 4], &[]), group("large", &[5, 6], &["small"])]);
    assert_eq!(graded(&squares(groups.clone(), true), 5), (Verdict::WrongAnswer, 5, vec![1, 2, 3, 4, 5]));
    assert_eq!(graded(&squares(groups.clone(), true), 2), (Verdict::WrongAnswer, 0, vec![1, 2]));
    assert_eq!(graded(&squares(groups, false), 2), (Verdict::WrongAnswer, 0, vec![1, 2, 3, 4, 5, 6]));
    let all = squares(Scoring::AllOrNothing, true);
    assert_eq!(graded(&all, 3), (Verdict::WrongAnswer, 0, vec![1, 2, 3]));
    assert_eq!(graded(&all, 10), (Verdict::Accepted, 10, vec![1, 2, 3, 4, 5, 6]));
}

#[test]
fn a_scoring_that_makes_no_sense_is_the_platforms_fault() {
    let package = squares(Scoring::Weighted(vec![1]), false);
    let graded = grade_by(&package, "python", &right_below(10));
    assert_eq!((graded.verdict, graded.reason), (Verdict::JudgeError, Some("scoring_invalid")));
}

#[test]
fn after_a_sleeper_nothing_is_run_any_more() {
    let source = "import time\nn = int(input())\nif n == 2: time.sleep(100)\nprint(n * n)";
    for early_stop in [true, false] {
        let weighted = squares(Scoring::Weighted(vec![1; 6]), early_stop);
        let graded = grade_by(&weighted, "python", source);
        let ran: Vec<_> = graded.tests.iter().map(|test| test.ordinal).collect();
        assert_eq!((graded.verdict, graded.points, ran), (Verdict::TimeLimit, 1, vec![1, 2]));
        let exceeded = graded.tests[1].exceeded.expect("a limit");
        assert_eq!((exceeded.limit, graded.reason), (LimitName::WallMs, None));
    }
}
