//! Grading one submission: check the source, run every test in a box of its own, compare outside.

use crate::checkers::is_right;
use crate::languages::{Installed, Languages};
use crate::sandbox::{BoxLimits, BoxRun, BoxSpec, End, RunBox, Sandbox, SandboxError};
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
/// What checking a source may use.
const CHECK_LIMITS: Limits = Limits { cpu_ms: 5_000, memory_kib: 256 << 10, output_kib: 1 << 10 };

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
    stop: Arc<AtomicBool>,
}

impl Grader {
    /// With real boxes and the languages of this host.
    pub fn open() -> Result<Self, SandboxError> {
        Ok(Self::with_boxes(Arc::new(Sandbox::open()?)))
    }

    /// With other boxes: the load test's seam.
    pub fn with_boxes(boxes: Arc<dyn RunBox>) -> Self {
        Self { boxes, languages: Arc::new(Languages::probe()), stop: Arc::default() }
    }

    /// Ends every running box, and every later one, with [`SandboxError::Stopped`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
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
        if let Some(compile_output) = self.check(installed, source)? {
            let graded = Graded::without_tests(Verdict::CompileError);
            return Ok(Graded { compile_output: Some(compile_output), ..graded });
        }
        let mut tests = Vec::with_capacity(package.tests.len());
        for (ordinal, test) in (1..).zip(&package.tests) {
            if started.elapsed() > BUDGET_MAX {
                break;
            }
            let graded = self.run_test(installed, source, package, test, ordinal)?;
            on_test(&graded);
            tests.push(graded);
        }
        Ok(Graded::of(tests, package.tests.len(), points_max))
    }

    /// The compiler's complaint, if it has one. This box sees no test.
    fn check(&self, installed: &Installed, source: &[u8]) -> Result<Option<Vec<u8>>, SandboxError> {
        let run = self.boxes.run_box(&BoxSpec {
            root: &installed.root,
            command: installed.check(),
            files: vec![(installed.language.source_file, source)],
            stdin: b"",
            private_pipes: 0,
            limits: box_limits(&CHECK_LIMITS),
            stop: &self.stop,
        })?;
        Ok(match run.end {
            End::Exited(0) => None,
            End::Exited(_) => Some(cut(&run.stderr)),
            _ => Some(b"The source is more than the compiler can bear.".to_vec()),
        })
    }

    fn run_test(
        &self,
        installed: &Installed,
        source: &[u8],
        package: &Package,
        test: &Test,
        ordinal: u32,
    ) -> Result<GradedTest, SandboxError> {
        let (command, stdin, private_pipes) = match &test.kind {
            TestKind::Stdio { input } => (installed.run(), input, 0),
            TestKind::Call { expression } => (installed.call(), expression, 2),
        };
        let run = self.boxes.run_box(&BoxSpec {
            root: &installed.root,
            command,
            files: vec![(installed.language.source_file, source)],
            stdin: stdin.as_bytes(),
            private_pipes,
            limits: box_limits(&package.limits),
            stop: &self.stop,
        })?;
        let answer = answer(&run, &test.kind);
        let right =
            || answer.is_some_and(|answer| is_right(package.checker, test.expected.as_bytes(), answer));
        let verdict = match verdict::of_test(&run, &package.limits, right) {
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

/// How long checking a source may take.
pub fn check_wall_max() -> Duration {
    test_wall_max(&CHECK_LIMITS)
}

/// How long a test may take: a sleeper gets twice its CPU time and three seconds.
pub fn test_wall_max(limits: &Limits) -> Duration {
    Duration::from_millis(limits.cpu_ms.into()) * 2 + Duration::from_secs(3)
}

fn box_limits(limits: &Limits) -> BoxLimits {
    BoxLimits {
        cpu: Duration::from_millis(limits.cpu_ms.into()),
        wall: test_wall_max(limits),
        memory_kib: limits.memory_kib.into(),
        output_bytes: usize::try_from(limits.output_kib).unwrap_or(usize::MAX).saturating_mul(1 << 10),
        tasks: TASKS_MAX,
    }
}
