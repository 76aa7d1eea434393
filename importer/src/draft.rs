//! What every import has in common: names that fit, what its author chose, and the platform's bounds.

use crate::{Import, Refused, Warning};
use events::exercise::{Difficulty, Limits};
use events::judgement::TestGroup;
use events::package::{Package, Test, TestKind};
use exercises::ExerciseFile;

/// What the platform takes. `command-api` decides; its tests hold these to its own.
#[derive(Debug)]
pub struct Bounds;

impl Bounds {
    pub const TESTS_MAX: usize = 500;
    pub const PACKAGE_BYTES_MAX: usize = 8 << 20;
    pub const SAMPLES_BYTES_MAX: usize = 256 << 10;
    pub const STATEMENT_BYTES_MAX: usize = 64 << 10;
    pub const TITLE_CHARS_MAX: usize = 120;
    pub const POINTS_MAX: u32 = 1_000;
    pub const CPU_MS_MIN: u32 = 100;
    pub const CPU_MS_MAX: u32 = 20_000;
    pub const MEMORY_KIB_MIN: u32 = 16 << 10;
    pub const MEMORY_KIB_MAX: u32 = 1 << 20;
    pub const OUTPUT_KIB_MAX: u32 = 16 << 10;
}

/// What packages do not say, or say otherwise than their author wants it here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    pub slug: Option<String>,
    pub category: Option<String>,
    pub difficulty: Option<Difficulty>,
    pub points: Option<u32>,
    /// Where no test is a sample, learners see the first of the hidden ones.
    pub show_first: bool,
}

impl Chosen {
    pub(crate) fn apply(&self, import: &mut Import) {
        if self.show_first {
            show_first(import);
        }
        let exercise = &mut import.exercise;
        if let Some(slug) = &self.slug {
            exercise.slug.clone_from(slug);
        }
        if let Some(category) = &self.category {
            exercise.category.clone_from(category);
        }
        if let Some(difficulty) = self.difficulty {
            exercise.difficulty = difficulty;
        }
        if let Some(points) = self.points {
            exercise.points = points;
        }
    }
}

/// A copy at the end, so that the other tests stay who they are to the scoring, and there is a hidden one left.
fn show_first(import: &mut Import) {
    let tests = &mut import.exercise.package.tests;
    if tests.iter().all(|test| test.group == TestGroup::Hidden)
        && let Some(first) = tests.first().cloned()
    {
        tests.push(Test { group: TestGroup::Sample, ..first });
        let name = import.test_names.first().cloned().unwrap_or_default();
        let text = "learners see this test, as there is no sample".to_owned();
        import.warnings.push(Warning { file: name.clone(), text });
        import.test_names.push(format!("{name} as a sample"));
    }
}

/// The category of what names none that fits.
pub const CATEGORY: &str = "imported";
/// What a package that says nothing of it gets.
pub const DIFFICULTY: Difficulty = Difficulty::Medium;

/// Lower-case letters and digits with single hyphens between them, of a length from `min` to `max`.
pub fn slug_of(name: &str, min: usize, max: usize) -> Option<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    let cut = joined.get(..max).unwrap_or(&joined).trim_end_matches('-');
    (cut.len() >= min).then(|| cut.to_owned())
}

/// A title on one line, as long as titles may be.
pub fn title_of(name: &str) -> String {
    let line = name.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    line.collect::<Vec<_>>().join(" ").chars().take(Bounds::TITLE_CHARS_MAX).collect()
}

/// The platform's output limit, or more where an expected answer is long.
pub fn output_kib(package: &Package) -> u32 {
    let longest = package.tests.iter().map(|test| test.expected.len()).max().unwrap_or_default();
    let twice = u32::try_from(longest.div_ceil(512)).unwrap_or(u32::MAX);
    twice.clamp(Limits::default().output_kib, Bounds::OUTPUT_KIB_MAX)
}

/// Refuses what the platform would refuse, with the reason in a package's terms.
pub fn check(exercise: &ExerciseFile) -> Result<(), Refused> {
    let package = &exercise.package;
    let refuse = |file: &str, reason: String| Err(Refused::new(file, reason));
    if exercise.slug.is_empty() {
        // A name for all that have none would let one revise another's.
        return refuse("the slug", "neither the package's name nor its title has three letters or digits of ASCII to make one of; choose one (--slug)".to_owned());
    }
    let count = package.tests.len();
    if count > Bounds::TESTS_MAX {
        return refuse("the tests", format!("there are {count}; at most {} are taken", Bounds::TESTS_MAX));
    }
    let of = |group| package.tests.iter().filter(move |test| test.group == group);
    if of(TestGroup::Sample).next().is_none() {
        return refuse("the tests", "there is no sample test, and learners see at least one; add one (data/sample/1.in and .ans), or let them see the first hidden one (show_first)".to_owned());
    }
    if of(TestGroup::Hidden).next().is_none() {
        return refuse("the tests", "there is no hidden test".to_owned());
    }
    let size = of(TestGroup::Sample).map(|test| {
        let (TestKind::Stdio { input } | TestKind::Call { expression: input }) = &test.kind;
        input.len() + test.expected.len()
    });
    if size.sum::<usize>() > Bounds::SAMPLES_BYTES_MAX {
        return refuse("the samples", format!("they have more than {} bytes", Bounds::SAMPLES_BYTES_MAX));
    }
    if exercise.statement.trim().is_empty() {
        return refuse("the statement", "it is empty".to_owned());
    }
    if exercise.statement.len() > Bounds::STATEMENT_BYTES_MAX {
        return refuse("the statement", format!("it has more than {} bytes", Bounds::STATEMENT_BYTES_MAX));
    }
    if let Some(problem) = package.scoring.problem(count) {
        return refuse("the scoring", problem.to_owned());
    }
    let bytes = package.encode().map_or(usize::MAX, |(bytes, _)| bytes.len());
    if bytes > Bounds::PACKAGE_BYTES_MAX {
        let most = Bounds::PACKAGE_BYTES_MAX;
        return refuse(
            "the tests",
            format!("with the solutions they have {bytes} bytes; at most {most} are taken"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs_and_titles() {
        assert_eq!(slug_of("Hello, World!", 3, 64).as_deref(), Some("hello-world"));
        assert_eq!(slug_of("ab", 3, 64), None);
        assert_eq!(slug_of("öä", 2, 64), None);
        assert_eq!(slug_of("abcd-efgh", 3, 5).as_deref(), Some("abcd"));
        assert_eq!(title_of(" A\n long\ttitle "), "A long title");
    }
}
