//! Exercises: drafted, revised, published, archived by their author (or an admin).
//!
//! Every exercise event carries the whole exercise, so a state is made from the last one alone.

use events::exercise::{
    Difficulty, Exercise, ExerciseArchived, ExerciseCreated, ExerciseEvent, ExercisePublished,
    ExerciseRevised, Limits, Sample, Status,
};
use events::judgement::TestGroup;
use events::package::{Checker, Package, TestKind};
use events::{ExerciseId, LearnerId, language};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

pub const TITLE_CHARS_MAX: usize = 120;
pub const STATEMENT_BYTES_MAX: usize = 64 * 1_024;
pub const POINTS: RangeInclusive<u32> = 1..=1_000;
pub const LANGUAGES_MAX: usize = 16;
pub const TESTS_MAX: usize = 500;
/// Samples travel in the fact, which must fit into one message.
pub const SAMPLES_BYTES_MAX: usize = 256 * 1_024;
pub const PACKAGE_BYTES_MAX: usize = 8 * 1_024 * 1_024;
pub const CPU_MS: RangeInclusive<u32> = 100..=20_000;
pub const MEMORY_KIB: RangeInclusive<u32> = 16 * 1_024..=1_024 * 1_024;
pub const OUTPUT_KIB: RangeInclusive<u32> = 1..=16 * 1_024;

/// Why an exercise command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("A slug has 3 to 64 lower-case letters, digits and single hyphens between them.")]
    SlugInvalid,
    #[error("The slug cannot be changed.")]
    SlugFixed,
    #[error("There is an exercise with this slug.")]
    SlugTaken,
    #[error("A title has 1 to 120 characters on one line.")]
    TitleInvalid,
    #[error("A statement has 1 to 65,536 bytes.")]
    StatementInvalid,
    #[error("A category is a name of 2 to 32 lower-case letters, digits and single hyphens between them.")]
    CategoryInvalid,
    #[error("An exercise is worth 1 to 1,000 points.")]
    PointsInvalid,
    #[error("An exercise names 1 to 16 languages.")]
    LanguagesInvalid,
    #[error("There is no such language; there are {}.", known_languages())]
    LanguageUnknown,
    #[error("The checker's language is unknown; there are {}.", known_languages())]
    CheckerLanguageUnknown { interactor: bool },
    #[error("A solution's language is unknown; there are {}.", known_languages())]
    SolutionLanguageUnknown { index: usize },
    #[error("A language of this exercise knows no calls, so its tests cannot be of the kind `call`.")]
    CallUnsupported { index: usize },
    #[error("An interactor talks with a program, so no test can be of the kind `call`.")]
    CallWithInteractor { index: usize },
    #[error("The scoring does not fit the tests: {problem}.")]
    ScoringInvalid { problem: &'static str },
    #[error("A package has at least one sample test, so that a learner sees what is asked for.")]
    SampleMissing,
    #[error(
        "A package has at least one hidden test, so that printing the samples' answers does not solve it."
    )]
    HiddenMissing,
    #[error("A package has at most 500 tests.")]
    TestsTooMany,
    #[error("The samples together have at most 262,144 bytes.")]
    SamplesTooLarge,
    #[error("A text holds a NUL character.")]
    TextInvalid,
    #[error("The CPU limit is 100 to 20,000 milliseconds.")]
    CpuLimitInvalid,
    #[error("The memory limit is 16,384 to 1,048,576 KiB.")]
    MemoryLimitInvalid,
    #[error("The output limit is 1 to 16,384 KiB.")]
    OutputLimitInvalid,
    #[error("A package has at most 8,388,608 bytes.")]
    PackageTooLarge,
    #[error("There is no such exercise.")]
    ExerciseUnknown,
    #[error("Only its author or an admin may change this exercise.")]
    NotItsAuthor,
    #[error("The exercise has changed since; its revision is now {current}.")]
    RevisionMismatch { current: u32 },
    #[error("An archived exercise cannot be changed or published.")]
    ExerciseArchived,
}

/// What an author says about an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub title: String,
    pub statement: String,
    pub category: String,
    pub difficulty: Difficulty,
    pub points: u32,
    pub languages: BTreeSet<String>,
    pub package: Package,
}

/// Whoever gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    pub learner_id: LearnerId,
    pub is_admin: bool,
}

/// An exercise as far as it is known; `None`: there is none yet.
pub type State = Option<Exercise>;

pub fn evolve(_: State, event: ExerciseEvent) -> State {
    Some(match event {
        ExerciseEvent::Created(event) => event.exercise,
        ExerciseEvent::Revised(event) => event.exercise,
        ExerciseEvent::Published(event) => event.exercise,
        ExerciseEvent::Archived(event) => event.exercise,
    })
}

/// Checks a slug, also of a path.
pub fn check_slug(slug: &str) -> Result<(), Rejection> {
    if is_name(slug, 3..=64) { Ok(()) } else { Err(Rejection::SlugInvalid) }
}

/// Lower-case letters and digits with single hyphens between them.
fn is_name(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.len())
        && text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

impl Content {
    pub fn check(&self) -> Result<(), Rejection> {
        let line = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !line(&self.title) || self.title.chars().count() > TITLE_CHARS_MAX {
            return Err(Rejection::TitleInvalid);
        }
        if self.statement.trim().is_empty() || self.statement.len() > STATEMENT_BYTES_MAX {
            return Err(Rejection::StatementInvalid);
        }
        if !is_name(&self.category, 2..=32) {
            return Err(Rejection::CategoryInvalid);
        }
        if !POINTS.contains(&self.points) {
            return Err(Rejection::PointsInvalid);
        }
        if !(1..=LANGUAGES_MAX).contains(&self.languages.len()) {
            return Err(Rejection::LanguagesInvalid);
        }
        if !self.languages.iter().all(|name| is_language(name)) {
            return Err(Rejection::LanguageUnknown);
        }
        check_limits(self.package.limits)?;
        check_tests(&self.package)?;
        check_grading(&self.package, &self.languages)?;
        // PostgreSQL has no text with NUL, so such a fact could never be shown.
        let shown = self.samples();
        let texts =
            shown.iter().flat_map(|sample| [&sample.input, &sample.expected]).chain([&self.statement]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Err(Rejection::TextInvalid);
        }
        Ok(())
    }

    /// What everybody may see of the package.
    fn samples(&self) -> Vec<Sample> {
        let samples = self.package.tests.iter().filter(|test| test.group == TestGroup::Sample);
        samples
            .map(|test| Sample {
                input: match &test.kind {
                    TestKind::Stdio { input } => input.clone(),
                    TestKind::Call { expression } => expression.clone(),
                },
                expected: test.expected.clone(),
            })
            .collect()
    }

    fn into_exercise(self, slug: String, package_digest: String, author_id: LearnerId) -> Exercise {
        Exercise {
            exercise_id: ExerciseId::of_slug(&slug),
            slug,
            revision: 1,
            status: Status::Draft,
            samples: self.samples(),
            limits: self.package.limits,
            title: self.title,
            statement: self.statement,
            category: self.category,
            difficulty: self.difficulty,
            points: self.points,
            languages: self.languages,
            package_digest,
            author_id,
        }
    }
}

/// What a judge could not grade by, whatever is handed in.
fn check_grading(package: &Package, languages: &BTreeSet<String>) -> Result<(), Rejection> {
    if let Some(problem) = package.scoring.problem(package.tests.len()) {
        return Err(Rejection::ScoringInvalid { problem });
    }
    let interactor = matches!(package.checker, Checker::Interactor(_));
    if package.checker.program().is_some_and(|program| !is_language(&program.language)) {
        return Err(Rejection::CheckerLanguageUnknown { interactor });
    }
    if let Some(index) = package.solutions.iter().position(|solution| !is_language(&solution.language)) {
        return Err(Rejection::SolutionLanguageUnknown { index });
    }
    let Some(index) = package.tests.iter().position(|test| matches!(test.kind, TestKind::Call { .. })) else {
        return Ok(());
    };
    if interactor {
        return Err(Rejection::CallWithInteractor { index });
    }
    let knows_calls = |name: &String| language::find(name).is_some_and(|language| language.knows_calls);
    if languages.iter().all(knows_calls) { Ok(()) } else { Err(Rejection::CallUnsupported { index }) }
}

fn is_language(name: &str) -> bool {
    language::find(name).is_some()
}

fn known_languages() -> String {
    language::ALL.iter().map(|language| language.name).collect::<Vec<_>>().join(", ")
}

fn check_limits(limits: Limits) -> Result<(), Rejection> {
    if !CPU_MS.contains(&limits.cpu_ms) {
        return Err(Rejection::CpuLimitInvalid);
    }
    if !MEMORY_KIB.contains(&limits.memory_kib) {
        return Err(Rejection::MemoryLimitInvalid);
    }
    if !OUTPUT_KIB.contains(&limits.output_kib) {
        return Err(Rejection::OutputLimitInvalid);
    }
    Ok(())
}

fn check_tests(package: &Package) -> Result<(), Rejection> {
    if package.tests.len() > TESTS_MAX {
        return Err(Rejection::TestsTooMany);
    }
    let of = |group| package.tests.iter().filter(move |test| test.group == group);
    if of(TestGroup::Sample).next().is_none() {
        return Err(Rejection::SampleMissing);
    }
    if of(TestGroup::Hidden).next().is_none() {
        return Err(Rejection::HiddenMissing);
    }
    let bytes: usize = of(TestGroup::Sample)
        .map(|test| {
            let (TestKind::Stdio { input } | TestKind::Call { expression: input }) = &test.kind;
            input.len() + test.expected.len()
        })
        .sum();
    if bytes > SAMPLES_BYTES_MAX { Err(Rejection::SamplesTooLarge) } else { Ok(()) }
}

/// `package_digest` names the content's package, which is stored before the fact.
pub fn decide_create(
    state: &State,
    slug: String,
    content: Content,
    package_digest: String,
    author: Author,
) -> Result<ExerciseCreated, Rejection> {
    check_slug(&slug)?;
    content.check()?;
    if state.is_some() {
        return Err(Rejection::SlugTaken);
    }
    Ok(ExerciseCreated { exercise: content.into_exercise(slug, package_digest, author.learner_id) })
}

/// `revision` is the one the author has seen. `None`: it reads like that already, so a repeated request succeeds even
/// though its revision is no longer the current one (RFC 9110, 13.1.1 allows that).
pub fn decide_revise(
    state: State,
    content: Content,
    package_digest: String,
    revision: u32,
    author: Author,
) -> Result<Option<ExerciseRevised>, Rejection> {
    content.check()?;
    let before = changeable(state, author)?;
    if before.status == Status::Archived {
        return Err(Rejection::ExerciseArchived);
    }
    let content = content.into_exercise(before.slug.clone(), package_digest, before.author_id);
    let after = Exercise { revision: before.revision, status: before.status, ..content };
    if after == before {
        return Ok(None);
    }
    if before.revision != revision {
        return Err(Rejection::RevisionMismatch { current: before.revision });
    }
    Ok(Some(ExerciseRevised { exercise: Exercise { revision: revision + 1, ..after } }))
}

/// `None`: it is published already.
pub fn decide_publish(state: State, author: Author) -> Result<Option<ExercisePublished>, Rejection> {
    let before = changeable(state, author)?;
    match before.status {
        Status::Archived => Err(Rejection::ExerciseArchived),
        Status::Published => Ok(None),
        Status::Draft => Ok(Some(ExercisePublished { exercise: moved_to(before, Status::Published) })),
    }
}

/// `None`: it is archived already.
pub fn decide_archive(state: State, author: Author) -> Result<Option<ExerciseArchived>, Rejection> {
    let before = changeable(state, author)?;
    if before.status == Status::Archived {
        return Ok(None);
    }
    Ok(Some(ExerciseArchived { exercise: moved_to(before, Status::Archived) }))
}

fn changeable(state: State, author: Author) -> Result<Exercise, Rejection> {
    let exercise = state.ok_or(Rejection::ExerciseUnknown)?;
    if author.is_admin || exercise.author_id == author.learner_id {
        Ok(exercise)
    } else {
        Err(Rejection::NotItsAuthor)
    }
}

fn moved_to(before: Exercise, status: Status) -> Exercise {
    Exercise { revision: before.revision + 1, status, ..before }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::package::{CheckerProgram, Scoring, Solution, Test};
    use uuid::Uuid;

    const ADA: Author = Author { learner_id: LearnerId(Uuid::from_u128(1)), is_admin: false };
    const BOB: Author = Author { learner_id: LearnerId(Uuid::from_u128(2)), is_admin: false };
    const ADMIN: Author = Author { learner_id: LearnerId(Uuid::from_u128(3)), is_admin: true };

    fn test(group: TestGroup) -> Test {
        Test { group, kind: TestKind::Stdio { input: "1 2\n".to_owned() }, expected: "3\n".to_owned() }
    }

    fn content() -> Content {
        Content {
            title: "Sum of two".to_owned(),
            statement: "Add two numbers.".to_owned(),
            category: "basics".to_owned(),
            difficulty: Difficulty::Easy,
            points: 10,
            languages: BTreeSet::from(["python".to_owned()]),
            package: Package {
                tests: vec![test(TestGroup::Sample), test(TestGroup::Hidden)],
                limits: Limits::default(),
                checker: Checker::Exact,
                scoring: Scoring::AllOrNothing,
                early_stop: false,
                solutions: vec![],
            },
        }
    }

    fn created() -> Exercise {
        decide_create(&None, "sum-of-two".to_owned(), content(), "d1".to_owned(), ADA)
            .expect("allowed")
            .exercise
    }

    fn published() -> Exercise {
        decide_publish(Some(created()), ADA).expect("allowed").expect("a change").exercise
    }

    #[test]
    fn given_nothing_when_created_then_it_is_a_draft_with_samples_only() {
        let exercise = created();
        assert_eq!((exercise.revision, exercise.status), (1, Status::Draft));
        assert_eq!(exercise.samples, [Sample { input: "1 2\n".to_owned(), expected: "3\n".to_owned() }]);
        assert_eq!(exercise.exercise_id, ExerciseId::of_slug("sum-of-two"));
    }

    #[test]
    fn given_an_exercise_when_created_again_then_the_slug_is_taken() {
        let again = decide_create(&Some(created()), "sum-of-two".to_owned(), content(), String::new(), BOB);
        assert_eq!(again, Err(Rejection::SlugTaken));
    }

    #[test]
    fn slugs() {
        for bad in ["", "ab", "Sum", "a--b", "-ab", "ab-", "a b", "ä-b", &"x".repeat(65)] {
            assert_eq!(check_slug(bad), Err(Rejection::SlugInvalid), "{bad}");
        }
        assert_eq!(check_slug("fizz-buzz-2"), Ok(()));
    }

    #[test]
    fn each_fault_of_the_content_has_its_own_name() {
        let with = |change: fn(&mut Content)| {
            let mut content = content();
            change(&mut content);
            content.check()
        };
        assert_eq!(with(|c| c.title = " ".to_owned()), Err(Rejection::TitleInvalid));
        assert_eq!(with(|c| c.statement = "x".repeat(65_537)), Err(Rejection::StatementInvalid));
        assert_eq!(with(|c| c.statement.push('\0')), Err(Rejection::TextInvalid));
        assert_eq!(with(|c| c.category = "Basics".to_owned()), Err(Rejection::CategoryInvalid));
        assert_eq!(with(|c| c.points = 0), Err(Rejection::PointsInvalid));
        assert_eq!(with(|c| c.languages.clear()), Err(Rejection::LanguagesInvalid));
        assert_eq!(with(|c| c.package.limits.cpu_ms = 99), Err(Rejection::CpuLimitInvalid));
        assert_eq!(with(|c| c.package.limits.memory_kib = 1), Err(Rejection::MemoryLimitInvalid));
        assert_eq!(with(|c| c.package.limits.output_kib = 0), Err(Rejection::OutputLimitInvalid));
        assert_eq!(with(|c| c.package.tests.truncate(1)), Err(Rejection::HiddenMissing));
        assert_eq!(with(|c| drop(c.package.tests.remove(0))), Err(Rejection::SampleMissing));
        assert_eq!(with(|c| c.languages.extend(["klingon".to_owned()])), Err(Rejection::LanguageUnknown));
        let long = with(|c| c.package.tests[0].expected = "x".repeat(SAMPLES_BYTES_MAX));
        assert_eq!(long, Err(Rejection::SamplesTooLarge));
    }

    #[test]
    fn what_no_judge_could_grade_by_is_refused() {
        let with = |change: &dyn Fn(&mut Package)| {
            let mut content = content();
            change(&mut content.package);
            content.check()
        };
        let program = |language: &str| CheckerProgram {
            language: language.to_owned(),
            source: "x".to_owned(),
            arguments: Vec::new(),
        };
        let call = |package: &mut Package| {
            package.tests[1].kind = TestKind::Call { expression: "add(1, 2)".to_owned() };
        };
        let weights = |weights: &[u32]| with(&|p| p.scoring = Scoring::Weighted(weights.to_vec()));
        assert_eq!(weights(&[1, 2]), Ok(()));
        assert!(matches!(weights(&[1]), Err(Rejection::ScoringInvalid { .. })));
        assert_eq!(with(&|p| p.checker = Checker::Program(program("cpp"))), Ok(()));
        assert_eq!(
            with(&|p| p.checker = Checker::Program(program("c++"))),
            Err(Rejection::CheckerLanguageUnknown { interactor: false })
        );
        assert_eq!(
            with(&|p| p.checker = Checker::Interactor(program(""))),
            Err(Rejection::CheckerLanguageUnknown { interactor: true })
        );
        let solution = |language: &str| Solution {
            language: language.to_owned(),
            source: "x".to_owned(),
            accepted: true,
        };
        assert_eq!(
            with(&|p| p.solutions = vec![solution("lua"), solution("Lua")]),
            Err(Rejection::SolutionLanguageUnknown { index: 1 })
        );
        assert_eq!(with(&call), Ok(()));
        let interactive_call = with(&|p| {
            p.checker = Checker::Interactor(program("python"));
            call(p);
        });
        assert_eq!(interactive_call, Err(Rejection::CallWithInteractor { index: 1 }));
        let mut in_lua_too = content();
        call(&mut in_lua_too.package);
        in_lua_too.languages.insert("lua".to_owned());
        assert_eq!(in_lua_too.check(), Err(Rejection::CallUnsupported { index: 1 }));
    }

    #[test]
    fn given_a_published_exercise_when_revised_then_it_stays_published_one_revision_on() {
        let revise = |state| decide_revise(Some(state), content(), "d2".to_owned(), 2, ADA).expect("allowed");
        let revised = revise(published()).expect("it changes").exercise;
        assert_eq!((revised.revision, revised.status), (3, Status::Published));
        assert_eq!((revised.package_digest.as_str(), revised.author_id), ("d2", ADA.learner_id));
        assert_eq!(revise(revised), None, "the same request again");
    }

    #[test]
    fn given_a_newer_revision_when_revised_then_it_is_refused() {
        let stale = decide_revise(Some(published()), content(), String::new(), 1, ADA);
        assert_eq!(stale, Err(Rejection::RevisionMismatch { current: 2 }));
    }

    #[test]
    fn only_its_author_or_an_admin_changes_it() {
        let revise = |author| decide_revise(Some(created()), content(), String::new(), 1, author);
        assert_eq!(revise(BOB), Err(Rejection::NotItsAuthor));
        assert_eq!(decide_publish(Some(created()), BOB), Err(Rejection::NotItsAuthor));
        assert_eq!(decide_archive(Some(created()), BOB), Err(Rejection::NotItsAuthor));
        let revised = revise(ADMIN).expect("allowed").expect("it changes");
        assert_eq!(revised.exercise.author_id, ADA.learner_id);
    }

    #[test]
    fn given_an_archived_exercise_then_nothing_but_archiving_again_is_allowed() {
        let archived = decide_archive(Some(published()), ADA).expect("allowed").expect("a change").exercise;
        assert_eq!((archived.status, archived.revision), (Status::Archived, 3));
        assert_eq!(decide_publish(Some(archived.clone()), ADA), Err(Rejection::ExerciseArchived));
        let revised = decide_revise(Some(archived.clone()), content(), String::new(), 3, ADA);
        assert_eq!(revised, Err(Rejection::ExerciseArchived));
        assert_eq!(decide_archive(Some(archived), ADA), Ok(None));
    }
}
