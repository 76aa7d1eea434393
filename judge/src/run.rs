//! Grading one submission: compile the source, run every test in a box of its own, compare outside.

use crate::checkers::{self, CheckerError, Conclusion, ReadyChecker};
use crate::compile::{self, Compiled, Compiler};
use crate::graded::{Graded, GradedTest};
use crate::languages::{Installed, Languages};
use crate::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, RunBox, Sandbox, SandboxError, Wires};
use crate::scoring;
use crate::verdict::{self, Failure};
use events::exercise::Limits;
use events::judgement::{TestGroup, Verdict};
use events::package::{Checker, Package, Test, TestKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No further test starts after this; so a submission holds a slot at most this long and one test's wall limit (twice, if it
/// was starved) longer.
pub const BUDGET_MAX: Duration = Duration::from_mins(1);
/// What may be shown of a program's or a compiler's output.
const SHOWN_MAX_BYTES: usize = 4 << 10;
/// Processes and threads of one run.
const TASKS_MAX: u64 = 64;
/// What a run may write to temporary files.
const FILES_MAX_BYTES: u64 = 32 << 20;

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
}

impl Grader {
    /// With real boxes and the languages of this host.
    pub fn open() -> Result<Self, SandboxError> {
        Ok(Self::with_boxes(Arc::new(Sandbox::open()?)))
    }

    /// With other boxes: the load test's seam.
    pub fn with_boxes(boxes: Arc<dyn RunBox>) -> Self {
        Self {
            boxes,
            languages: Arc::new(Languages::probe()),
            compiler: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// Ends every running box, and every later one, with [`SandboxError::Stopped`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub fn languages(&self) -> &Languages {
        &self.languages
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
        let grading = Grading { grader: self, installed, files, package, checker };
        let mut tests = Vec::with_capacity(package.tests.len());
        let mut passed = vec![None; package.tests.len()];
        for (index, test) in package.tests.iter().enumerate() {
            if package.early_stop && scoring::is_moot(&package.scoring, &passed, index) {
                continue;
            }
            if started.elapsed() > BUDGET_MAX {
                return Ok(Graded::of(tests, package, true, points_max));
            }
            let ordinal = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let graded = grading.run_test(test, ordinal, &mut on_step)?;
            on_step(Step::Ended(&graded));
            passed[index] = Some(graded.verdict == Verdict::Accepted);
            tests.push(graded);
        }
        Ok(Graded::of(tests, package, false, points_max))
    }
}

/// What one run came to.
enum Outcome {
    Failed(Failure),
    /// The program ended well; its answer is to be looked at.
    Answered,
    /// The interactor has decided.
    Decided(bool),
}

/// One submission, ready to be run.
struct Grading<'a> {
    grader: &'a Grader,
    installed: &'a Installed,
    files: &'a [BoxFile],
    package: &'a Package,
    checker: Option<ReadyChecker<'a>>,
}

impl Grading<'_> {
    fn run_test(
        &self,
        test: &Test,
        ordinal: u32,
        on_step: &mut impl FnMut(Step<'_>),
    ) -> Result<GradedTest, CheckerError> {
        let allowed = box_limits(&self.installed.allowed(&self.package.limits));
        let (mut run, mut outcome) = self.run_once(test, &allowed, on_step)?;
        if matches!(outcome, Outcome::Failed(Failure { verdict: Verdict::TimeLimit, .. }))
            && verdict::was_starved(&run)
        {
            on_step(Step::Starved);
            (run, outcome) = self.run_once(test, &allowed, on_step)?;
        }
        let answer = answer(&run, &test.kind);
        let (verdict, exceeded) = match (outcome, answer) {
            (Outcome::Failed(failure), _) => (failure.verdict, failure.exceeded),
            (Outcome::Decided(true), _) => (Verdict::Accepted, None),
            (Outcome::Answered, None) => (Verdict::RuntimeError, None),
            (Outcome::Answered, Some(answer)) if self.is_right(test, answer, on_step)? => {
                (Verdict::Accepted, None)
            }
            (Outcome::Decided(false), _) | (Outcome::Answered, Some(_)) => (Verdict::WrongAnswer, None),
        };
        let shown = || shown(&run, answer.unwrap_or(&run.stdout), verdict);
        Ok(GradedTest {
            ordinal,
            group: test.group,
            verdict,
            cpu_ms: u32::try_from(run.cpu.as_millis()).unwrap_or(u32::MAX),
            memory_kib: u32::try_from(run.memory_kib).unwrap_or(u32::MAX),
            exceeded,
            output: (test.group == TestGroup::Sample).then(shown),
        })
    }

    fn run_once(
        &self,
        test: &Test,
        allowed: &BoxLimits,
        on_step: &mut impl FnMut(Step<'_>),
    ) -> Result<(BoxRun, Outcome), CheckerError> {
        let interactor =
            self.checker.as_ref().filter(|_| matches!(self.package.checker, Checker::Interactor(_)));
        let (Some(interactor), TestKind::Stdio { input }) = (interactor, &test.kind) else {
            on_step(Step::Begins(allowed.wall));
            let run = self.run_box(test, allowed, None)?;
            let outcome = verdict::of_run(&run, allowed).map_or(Outcome::Answered, Outcome::Failed);
            return Ok((run, outcome));
        };
        on_step(Step::Begins(checkers::conversation_max(allowed)));
        let (boxes, stop) = (&*self.grader.boxes, &*self.grader.stop);
        let data = (input.as_bytes(), test.expected.as_bytes());
        let (run, conclusion) = checkers::talk(interactor, data, allowed, boxes, stop, |wires| {
            self.run_box(test, allowed, Some(wires))
        })?;
        let outcome = match conclusion {
            Conclusion::Right => Outcome::Decided(true),
            Conclusion::Wrong => Outcome::Decided(false),
            Conclusion::Failed(failure) => Outcome::Failed(failure),
        };
        Ok((run, outcome))
    }

    fn run_box(
        &self,
        test: &Test,
        limits: &BoxLimits,
        wires: Option<&Wires>,
    ) -> Result<BoxRun, SandboxError> {
        let own = &self.package.limits;
        let (command, stdin, private_pipes) = match &test.kind {
            TestKind::Stdio { input } => (self.installed.run(own), input, 0),
            TestKind::Call { expression } => (self.installed.call(own).unwrap_or_default(), expression, 2),
        };
        self.grader.boxes.run_box(&BoxSpec {
            root: &self.installed.run_root,
            command,
            files: self.files,
            stdin: stdin.as_bytes(),
            private_pipes,
            keeps: false,
            wires,
            limits: *limits,
            stop: &self.grader.stop,
        })
    }

    fn is_right(
        &self,
        test: &Test,
        answer: &[u8],
        on_step: &mut impl FnMut(Step<'_>),
    ) -> Result<bool, CheckerError> {
        let expected = test.expected.as_bytes();
        let Some(checker) = &self.checker else {
            return Ok(checkers::is_right(&self.package.checker, expected, answer).unwrap_or_default());
        };
        on_step(Step::Begins(ReadyChecker::WALL_MAX));
        let (TestKind::Stdio { input } | TestKind::Call { expression: input }) = &test.kind;
        checker.is_right(input.as_bytes(), expected, answer, &*self.grader.boxes, &self.grader.stop)
    }
}

/// The bytes to compare; `None` when the program ended before it had answered.
fn answer<'a>(run: &'a BoxRun, kind: &TestKind) -> Option<&'a [u8]> {
    match kind {
        TestKind::Stdio { .. } => Some(&run.stdout),
        TestKind::Call { .. } => {
            let [printed, value] = run.private.as_slice() else { return None };
            let value = value.strip_prefix(b"=")?;
            Some(if printed.is_empty() { value } else { printed })
        }
    }
}

/// What a learner sees of a sample: the answer, and what the program complained about if it failed.
fn shown(run: &BoxRun, answer: &[u8], verdict: Verdict) -> Vec<u8> {
    if verdict == Verdict::RuntimeError { cut(&[answer, &run.stderr].concat()) } else { cut(answer) }
}

fn cut(output: &[u8]) -> Vec<u8> {
    output[..output.len().min(SHOWN_MAX_BYTES)].to_vec()
}

/// How long a test may take: a sleeper gets twice its CPU time and three seconds.
fn test_wall_max(limits: &Limits) -> Duration {
    Duration::from_millis(limits.cpu_ms.into()) * 2 + Duration::from_secs(3)
}

fn box_limits(limits: &Limits) -> BoxLimits {
    BoxLimits {
        cpu: Duration::from_millis(limits.cpu_ms.into()),
        wall: test_wall_max(limits),
        memory_kib: limits.memory_kib.into(),
        files_bytes: FILES_MAX_BYTES,
        output_bytes: usize::try_from(limits.output_kib).unwrap_or(usize::MAX).saturating_mul(1 << 10),
        tasks: TASKS_MAX,
    }
}
