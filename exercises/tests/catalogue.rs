//! The rules of the shipped catalogue. That its solutions get the verdicts they claim is tested where the sandbox is.

use events::exercise::{Difficulty, Limits};
use events::judgement::TestGroup;
use events::package::TestKind;
use exercises::{ExerciseFile, load, load_dir, points_of, shipped};
use std::collections::BTreeSet;
use std::path::Path;

/// A reviewer should be able to read a file in a diff.
const FILE_MAX_BYTES: usize = 40 * 1024;

fn catalogue() -> Vec<ExerciseFile> {
    load().unwrap_or_else(|error| panic!("{error}"))
}

fn tests_in(exercise: &ExerciseFile, group: TestGroup) -> usize {
    exercise.package.tests.iter().filter(|test| test.group == group).count()
}

#[test]
fn there_is_enough_of_everything() {
    let exercises = catalogue();
    assert!(exercises.len() >= 24, "{} exercises", exercises.len());
    let categories: BTreeSet<&str> = exercises.iter().map(|exercise| exercise.category.as_str()).collect();
    assert_eq!(categories.len(), 10, "{categories:?}");
    for difficulty in [Difficulty::Easy, Difficulty::Medium, Difficulty::Hard] {
        let count = exercises.iter().filter(|exercise| exercise.difficulty == difficulty).count();
        assert!(count >= 6, "{count} {} exercises", difficulty.name());
    }
}

#[test]
fn both_kinds_of_test_are_common_and_never_mixed() {
    let is_call = |kind: &TestKind| matches!(kind, TestKind::Call { .. });
    let (mut call, mut stdio) = (0, 0);
    for exercise in catalogue() {
        let calls = exercise.package.tests.iter().filter(|test| is_call(&test.kind)).count();
        match calls {
            0 => stdio += 1,
            n if n == exercise.package.tests.len() => call += 1,
            _ => panic!("{} mixes both kinds; a learner would have to write two programs", exercise.slug),
        }
    }
    assert!(call >= 10 && stdio >= 10, "{call} with calls, {stdio} with standard input");
}

#[test]
fn slugs_are_unique() {
    let exercises = catalogue();
    let slugs: BTreeSet<&str> = exercises.iter().map(|exercise| exercise.slug.as_str()).collect();
    assert_eq!(slugs.len(), exercises.len());
}

#[test]
fn every_exercise_is_complete() {
    for exercise in catalogue() {
        let slug = &exercise.slug;
        assert_eq!(exercise.points, points_of(exercise.difficulty), "{slug}: points");
        assert!(tests_in(&exercise, TestGroup::Sample) >= 2, "{slug}: samples");
        assert!(tests_in(&exercise, TestGroup::Hidden) >= 4, "{slug}: hidden tests");
        assert_eq!(exercise.languages, BTreeSet::from(["python".to_owned()]), "{slug}: languages");
        assert_eq!(exercise.package.limits, Limits::default(), "{slug}: limits");
        let accepted = exercise.package.solutions.iter().filter(|solution| solution.accepted).count();
        assert_eq!(accepted, 1, "{slug}: accepted solutions");
        assert!(exercise.package.solutions.len() > accepted, "{slug}: wrong solutions");
    }
}

#[test]
fn no_two_tests_of_an_exercise_are_the_same() {
    for exercise in catalogue() {
        let tests = &exercise.package.tests;
        for (index, test) in tests.iter().enumerate() {
            assert!(
                tests[..index].iter().all(|earlier| earlier.kind != test.kind),
                "{}: test {} repeats an earlier one",
                exercise.slug,
                index + 1
            );
        }
    }
}

#[test]
fn samples_stand_before_hidden_tests() {
    for exercise in catalogue() {
        let groups: Vec<TestGroup> = exercise.package.tests.iter().map(|test| test.group).collect();
        assert!(groups.is_sorted_by_key(|group| *group == TestGroup::Hidden), "{}", exercise.slug);
    }
}

#[test]
fn files_stay_readable_in_a_diff() {
    for (path, text) in shipped() {
        assert!(text.len() <= FILE_MAX_BYTES, "{path}: {} bytes", text.len());
        assert!(text.ends_with('\n'), "{path}: no newline at the end");
        assert!(
            text.lines().all(|line| line.chars().count() <= 160),
            "{path}: a line is longer than 160 characters"
        );
    }
}

#[test]
fn the_embedded_catalogue_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue");
    assert_eq!(load_dir(&folder).unwrap_or_else(|error| panic!("{error}")), catalogue());
}

#[test]
fn a_missing_folder_is_named() {
    let error = load_dir(Path::new("/nowhere/at/all")).expect_err("no such folder").to_string();
    assert!(error.contains("/nowhere/at/all"), "{error}");
}
