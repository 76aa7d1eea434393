//! Every shipped exercise, judged in real boxes: its reference solution is accepted, and each plausible wrong solution
//! passes all samples and fails a hidden test.

use events::judgement::{TestGroup, Verdict};
use events::package::Package;
use exercises::ExerciseFile;
use judge::{Graded, Grader};
use std::sync::atomic::{AtomicUsize, Ordering};

const POINTS_MAX: u32 = 10;

#[test]
fn reference_solutions_are_accepted() {
    assert_each(true, |graded| graded.verdict == Verdict::Accepted && graded.points == POINTS_MAX);
}

#[test]
fn wrong_solutions_pass_the_samples_and_fail() {
    assert_each(false, |graded| {
        let samples_pass = graded
            .tests
            .iter()
            .filter(|test| test.group == TestGroup::Sample)
            .all(|test| test.verdict == Verdict::Accepted);
        let ours = matches!(graded.verdict, Verdict::JudgeError | Verdict::CompileError | Verdict::Accepted);
        samples_pass && !ours && graded.points == 0
    });
}

/// Grades all solutions of one kind on two threads and reports every one that `is_as_expected` refuses.
fn assert_each(accepted: bool, is_as_expected: impl Fn(&Graded) -> bool + Sync) {
    let grader = Grader::open().expect("a sandbox");
    let files = exercises::load().expect("the catalogue");
    let next = AtomicUsize::new(0);
    let surprises: Vec<String> = std::thread::scope(|scope| {
        let worker = || {
            let mut surprises = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                surprises.extend(grade(&grader, file, accepted, &is_as_expected));
            }
            surprises
        };
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

fn grade(
    grader: &Grader,
    file: &ExerciseFile,
    accepted: bool,
    is_as_expected: &impl Fn(&Graded) -> bool,
) -> Vec<String> {
    // After its first failure a wrong solution has nothing more to show, and many of them fail by taking long.
    let package = Package { early_stop: true, ..file.package.clone() };
    let solutions = package.solutions.iter().filter(|solution| solution.accepted == accepted);
    let results = solutions.map(|solution| {
        let source = solution.source.as_bytes();
        grader.grade_here(&package, &solution.language, source, POINTS_MAX, |_| {}).expect("a box")
    });
    let results: Vec<Graded> = results.collect();
    assert!(!results.is_empty(), "{} has no solution of this kind", file.slug);
    results
        .iter()
        .filter(|result| !is_as_expected(result))
        .map(|result| {
            let tests: Vec<_> = result.tests.iter().map(|test| (test.ordinal, test.verdict)).collect();
            format!("{}: {:?} {:?} {tests:?}", file.slug, result.verdict, result.reason)
        })
        .collect()
}
