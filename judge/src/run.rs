//! Grading one submission: compile the source, run every test in a box of its own, compare outside.

use crate::checkers::is_right;
use crate::compile::{self, Compiled, Compiler};
use crate::languages::{Installed, Languages};
use crate::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, RunBox, Sandbox, SandboxError};
use crate::verdict;
use events::exercise::Limits;
use events::judgement::{TestGroup, Verdict};
use events::package::{Package, Test, TestKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No further test starts after this; so a submission holds a slot at most this long and one test's wall limit longer.
pub const BUDGET_MAX: Duration = Duration::from_mins(1);
/// What may be shown of a program's or a compiler's output.
const SHOWN_MAX_BYTES: usize = 4 << 10;
/// Processes and threads of one run.
const TASKS_MAX: u64 = 64;
/// What a run may write to temporary files.
const FILES_MAX_BYTES: u64 = 32 << 20;

/// What came of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    pub verdict: Verdict,
    pub points: u32,
    /// The sum over the tests that ran.
    pub cpu_ms: u32,
    /// The largest of the tests that ran.
    pub memory_kib: u32,
    pub tests: Vec<GradedTest>,
    /// What the compiler had to complain about.
    pub compile_output: Option<Vec<u8>>,
    /// For `judge_error`: what went wrong on our side.
    pub reason: Option<&'static str>,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradedTest {
    /// From 1.
    pub ordinal: u32,
    pub group: TestGroup,
    pub verdict: Verdict,
    pub cpu_ms: u32,
    pub memory_kib: u32,
    /// What the program printed; samples only, cut.
    pub output: Option<Vec<u8>>,
}

impl Graded {
    /// A verdict on the platform.
    pub fn judge_error(reason: &'static str) -> Self {
        Self { reason: Some(reason), ..Self::without_tests(Verdict::JudgeError) }
    }

    fn without_tests(verdict: Verdict) -> Self {
        let (tests, compile_output, reason) = (Vec::new(), None, None);
        Self { verdict, points: 0, cpu_ms: 0, memory_kib: 0, tests, compile_output, reason }
    }

    fn of(tests: Vec<GradedTest>, tests_total: usize, points_max: u32) -> Self {
        let verdict = verdict::overall(tests.iter().map(|test| test.verdict));
        // Every test that ran was passed, but not every test ran: the exercise asks for more than the judge grants.
        let (verdict, reason) = if verdict == Verdict::Accepted && tests.len() < tests_total {
            (Verdict::JudgeError, Some("budget_spent"))
        } else {
            (verdict, None)
        };
        Self {
            verdict,
            points: verdict::points(verdict, points_max),
            cpu_ms: tests.iter().fold(0, |sum, test| sum.saturating_add(test.cpu_ms)),
            memory_kib: tests.iter().map(|test| test.memory_kib).max().unwrap_or_default(),
            tests,
            compile_output: None,
            reason,
        }
    }
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

    /// How long the source may take to compile, and how long one test. `None`: the language is off.
    pub fn wall_max(&self, language: &str, limits: &Limits) -> Option<(Duration, Duration)> {
        let installed = self.languages.find(language)?;
        Some((compile::wall_max(installed), test_wall_max(&installed.allowed(limits))))
    }

    pub fn languages(&self) -> &Languages {
        &self.languages
    }

    /// Grades a source by a package. `on_test` hears of each test as it ends. An error is the sandbox's and says
    /// nothing about the submission.
    pub async fn grade(
        &self,
        package: Arc<Package>,
        language: &str,
        source: Vec<u8>,
        points_max: u32,
        on_test: impl FnMut(&GradedTest) + Send + 'static,
    ) -> Result<Graded, SandboxError> {
        let (grader, language) = (self.clone(), language.to_owned());
        // A box belongs to the thread that made it: the kernel ends it when that thread ends.
        let grading = tokio::task::spawn_blocking(move || {
            grader.grade_here(&package, &language, &source, points_max, on_test)
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
        mut on_test: impl FnMut(&GradedTest),
    ) -> Result<Graded, SandboxError> {
        let Some(installed) = self.languages.find(language) else {
            return Ok(Graded::judge_error("language_off"));
        };
        let started = Instant::now();
        let compiled = self.compiler.compile(&*self.boxes, installed, source, &self.stop)?;
        let files = match &*compiled {
            Compiled::Ready(files) => files,
            Compiled::Refused(complaint) => {
                let graded = Graded::without_tests(Verdict::CompileError);
                return Ok(Graded { compile_output: Some(complaint.clone()), ..graded });
            }
        };
        let calls = package.tests.iter().any(|test| matches!(test.kind, TestKind::Call { .. }));
        if calls && installed.call(&package.limits).is_none() {
            return Ok(Graded::judge_error("call_unknown_to_language"));
        }
        let mut tests = Vec::with_capacity(package.tests.len());
        for (ordinal, test) in (1..).zip(&package.tests) {
            if started.elapsed() > BUDGET_MAX {
                break;
            }
            let graded = self.run_test(installed, files, package, test, ordinal)?;
            on_test(&graded);
            tests.push(graded);
        }
        Ok(Graded::of(tests, package.tests.len(), points_max))
    }

    fn run_test(
        &self,
        installed: &Installed,
        files: &[BoxFile],
        package: &Package,
        test: &Test,
        ordinal: u32,
    ) -> Result<GradedTest, SandboxError> {
        let (command, stdin, private_pipes) = match &test.kind {
            TestKind::Stdio { input } => (installed.run(&package.limits), input, 0),
            TestKind::Call { expression } => {
                (installed.call(&package.limits).unwrap_or_default(), expression, 2)
            }
        };
        let limits = installed.allowed(&package.limits);
        let run = self.boxes.run_box(&BoxSpec {
            root: &installed.run_root,
            command,
            files,
            stdin: stdin.as_bytes(),
            private_pipes,
            keeps: false,
            limits: box_limits(&limits),
            stop: &self.stop,
        })?;
        let answer = answer(&run, &test.kind);
        let right =
            || answer.is_some_and(|answer| is_right(package.checker, test.expected.as_bytes(), answer));
        let verdict = match verdict::of_test(&run, &limits, right) {
            Verdict::WrongAnswer if answer.is_none() => Verdict::RuntimeError,
            verdict => verdict,
        };
        let shown = || shown(&run, answer.unwrap_or(&run.stdout), verdict);
        Ok(GradedTest {
            ordinal,
            group: test.group,
            verdict,
            cpu_ms: u32::try_from(run.cpu.as_millis()).unwrap_or(u32::MAX),
            memory_kib: u32::try_from(run.memory_kib).unwrap_or(u32::MAX),
            output: (test.group == TestGroup::Sample).then(shown),
        })
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
