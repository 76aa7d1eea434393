//! Grading one submission: compile the source, run every test in a box of its own, compare outside.

use crate::checkers::{CheckerError, ReadyChecker};
use crate::compile::{self, Compiled, Compiler};
use crate::graded::{Graded, GradedTest};
use crate::grading::Grading;
use crate::languages::Languages;
use crate::sandbox::{Layers, RequiredLayers, RunBox, Sandbox, SandboxError};
use crate::scoring;
use events::judgement::{LimitName, Verdict};
use events::package::{Checker, Package, TestKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No further test starts after this; so a submission holds a slot at most this long and one test longer (which may be run
/// twice, and whose answer may take a program to check).
pub const BUDGET_MAX: Duration = Duration::from_mins(1);

/// What is heard of a submission while it is graded.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// Something begins that takes at most this long, besides setting up its box.
    Begins(Duration),
    /// The last run exceeded a time limit while it was kept waiting for a processor: it does not count, the next does.
    Starved,
    Ended(&'a GradedTest),
}

/// Grades. Cheap to clone.
#[derive(Clone)]
pub struct Grader {
    boxes: Arc<dyn RunBox>,
    languages: Arc<Languages>,
    compiler: Arc<Compiler>,
    stop: Arc<AtomicBool>,
    budget: Duration,
    tests_wall_max: Option<Duration>,
}

impl Grader {
    /// With real boxes and the languages of this host.
    pub fn open() -> Result<Self, SandboxError> {
        Self::open_requiring(&RequiredLayers::default())
    }

    /// The same where other layers are required of a box.
    pub fn open_requiring(required: &RequiredLayers) -> Result<Self, SandboxError> {
        let sandbox = Sandbox::open()?;
        required.check(&sandbox.layers())?;
        Ok(Self::with_boxes(Arc::new(sandbox)))
    }

    /// With other boxes: the load test's seam.
    pub fn with_boxes(boxes: Arc<dyn RunBox>) -> Self {
        Self {
            boxes,
            languages: Arc::new(Languages::probe()),
            compiler: Arc::default(),
            stop: Arc::default(),
            budget: BUDGET_MAX,
            tests_wall_max: None,
        }
    }

    /// The same grader for something that has less time: no further test starts after `budget`.
    #[must_use]
    pub fn within(&self, budget: Duration) -> Self {
        Self { budget: budget.min(BUDGET_MAX), ..self.clone() }
    }

    /// The same where all tests together may take this long: a test that is still running then went over its `wall_ms`, of
    /// which it is told how much was left.
    #[must_use]
    pub fn with_tests_within(&self, wall_max: Duration) -> Self {
        Self { tests_wall_max: Some(wall_max), ..self.clone() }
    }

    /// Ends every running box, and every later one, with [`SandboxError::Stopped`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub fn languages(&self) -> &Languages {
        &self.languages
    }

    /// What its boxes are made of.
    pub fn layers(&self) -> Layers {
        self.boxes.layers()
    }

    /// Grades a source by a package. An error is the sandbox's and says nothing about the submission.
    pub async fn grade(
        &self,
        package: Arc<Package>,
        language: &str,
        source: Vec<u8>,
        points_max: u32,
        on_step: impl FnMut(Step<'_>) + Send + 'static,
    ) -> Result<Graded, SandboxError> {
        let (grader, language) = (self.clone(), language.to_owned());
        // A box belongs to the thread that made it: the kernel ends it when that thread ends.
        let grading = tokio::task::spawn_blocking(move || {
            grader.grade_here(&package, &language, &source, points_max, on_step)
        });
        grading
            .await
            .unwrap_or_else(|error| Err(SandboxError::Setup(format!("grading was cut off: {error}"))))
    }

    /// The same on this thread.
    pub fn grade_here(
        &self,
        package: &Package,
        language: &str,
        source: &[u8],
        points_max: u32,
        on_step: impl FnMut(Step<'_>),
    ) -> Result<Graded, SandboxError> {
        match self.try_to_grade(package, language, source, points_max, on_step) {
            Ok(graded) => Ok(graded),
            Err(CheckerError::Author(reason)) => Ok(Graded::judge_error(reason)),
            Err(CheckerError::Sandbox(error)) => Err(error),
        }
    }

    fn try_to_grade(
        &self,
        package: &Package,
        language: &str,
        source: &[u8],
        points_max: u32,
        mut on_step: impl FnMut(Step<'_>),
    ) -> Result<Graded, CheckerError> {
        let Some(installed) = self.languages.find(language) else {
            return Ok(Graded::judge_error("language_off"));
        };
        if package.scoring.problem(package.tests.len()).is_some() {
            return Ok(Graded::judge_error("scoring_invalid"));
        }
        let started = Instant::now();
        on_step(Step::Begins(compile::wall_max(installed)));
        let compiled = self.compiler.compile(&*self.boxes, installed, source, &self.stop)?;
        let files = match &*compiled {
            Compiled::Ready(files) => files,
            Compiled::Refused(complaint) => return Ok(Graded::compile_error(complaint.clone())),
        };
        let calls = package.tests.iter().any(|test| matches!(test.kind, TestKind::Call { .. }));
        if calls && installed.call(&package.limits).is_none() {
            return Ok(Graded::judge_error("call_unknown_to_language"));
        }
        if calls && matches!(package.checker, Checker::Interactor(_)) {
            return Ok(Graded::judge_error("call_with_interactor"));
        }
        let checker = match &package.checker {
            Checker::Program(program) | Checker::Interactor(program) => {
                let installed = ReadyChecker::find(program, &self.languages)?;
                on_step(Step::Begins(compile::wall_max(installed)));
                let source = program.source.as_bytes();
                let compiled = self.compiler.compile(&*self.boxes, installed, source, &self.stop)?;
                Some(ReadyChecker::new(program, installed, compiled)?)
            }
            _ => None,
        };
        let (boxes, stop) = (&*self.boxes, &*self.stop);
        let ends = self.tests_wall_max.map(|wall_max| Instant::now() + wall_max);
        let grading = Grading { boxes, stop, installed, files, package, checker, ends };
        let mut tests = Vec::with_capacity(package.tests.len());
        let mut passed = vec![None; package.tests.len()];
        for (index, test) in package.tests.iter().enumerate() {
            if package.early_stop && scoring::is_moot(&package.scoring, &passed, index) {
                continue;
            }
            if started.elapsed() > self.budget {
                return Ok(Graded::of(tests, package, true, points_max));
            }
            let ordinal = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let graded = grading.run_test(test, ordinal, &mut on_step)?;
            on_step(Step::Ended(&graded));
            passed[index] = Some(graded.verdict == Verdict::Accepted);
            let slept = graded.exceeded.is_some_and(|exceeded| exceeded.limit == LimitName::WallMs);
            tests.push(graded);
            // A program that sleeps or waits costs nobody but the slot, and would hold it as long in every other test.
            if slept {
                break;
            }
        }
        Ok(Graded::of(tests, package, false, points_max))
    }
}
