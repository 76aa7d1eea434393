//! Every shipped exercise, judged in real boxes: its reference solution is accepted, and each plausible wrong solution
//! passes all samples and fails a hidden test. One test for each category, so that several run at once.

use events::judgement::{TestGroup, Verdict};
use events::package::Package;
use exercises::ExerciseFile;
use judge::{Graded, Grader};
use std::collections::BTreeSet;

const POINTS_MAX: u32 = 10;

/// For each category one test: `name => "folder"`.
macro_rules! categories {
    ($($name:ident => $folder:literal,)*) => {
        $(#[test]
        fn $name() {
            check($folder);
        })*

        #[test]
        fn no_category_is_left_out() {
            let files = exercises::load().expect("the catalogue");
            let categories: BTreeSet<&str> = files.iter().map(|file| file.category.as_str()).collect();
            assert_eq!(categories, BTreeSet::from([$($folder),*]));
        }
    };
}

categories! {
    basics => "basics",
    dictionaries => "dictionaries",
    dynamic_programming => "dynamic-programming",
    graphs => "graphs",
    lists => "lists",
    parsing => "parsing",
    recursion => "recursion",
    simulation => "simulation",
    sorting_searching => "sorting-searching",
    strings => "strings",
}

/// Grades every solution of the category and reports every surprise.
fn check(category: &str) {
    let grader = Grader::open().expect("a sandbox");
    let files = exercises::load().expect("the catalogue");
    let files = files.iter().filter(|file| file.category == category);
    let surprises: Vec<String> = files.flat_map(|file| surprises(&grader, file)).collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

fn surprises(grader: &Grader, file: &ExerciseFile) -> Vec<String> {
    let mut surprises = Vec::new();
    for accepted in [true, false] {
        // After its first failure a wrong solution has nothing more to show, and many of them fail by taking long.
        let package = Package { early_stop: !accepted, ..file.package.clone() };
        let mut solutions = package.solutions.iter().filter(|one| one.accepted == accepted).peekable();
        assert!(solutions.peek().is_some(), "{} has no solution of this kind", file.slug);
        for solution in solutions {
            let source = solution.source.as_bytes();
            let result = grader.grade_here(&package, &solution.language, source, POINTS_MAX, |_| {});
            let result = result.expect("a box");
            if !(if accepted { is_right(&result) } else { is_plausibly_wrong(&result) }) {
                let tests: Vec<_> = result.tests.iter().map(|test| (test.ordinal, test.verdict)).collect();
                let (verdict, reason) = (result.verdict, result.reason);
                surprises.push(format!("{} ({accepted}): {verdict:?} {reason:?} {tests:?}", file.slug));
            }
        }
    }
    surprises
}

fn is_right(graded: &Graded) -> bool {
    graded.verdict == Verdict::Accepted && graded.points == POINTS_MAX
}

fn is_plausibly_wrong(graded: &Graded) -> bool {
    let samples_pass = graded
        .tests
        .iter()
        .filter(|test| test.group == TestGroup::Sample)
        .all(|test| test.verdict == Verdict::Accepted);
    let ours = matches!(graded.verdict, Verdict::JudgeError | Verdict::CompileError | Verdict::Accepted);
    samples_pass && !ours && graded.points == 0
}
