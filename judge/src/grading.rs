//! One submission that is ready to be run: each test in a box of its own, and what it comes to.

use crate::checkers::{self, CheckerError, Conclusion, ReadyChecker};
use crate::coarse::{Figures, coarse};
use crate::graded::GradedTest;
use crate::languages::Installed;
use crate::run::Step;
use crate::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, RunBox, SandboxError, Wires};
use crate::verdict::{self, Failure};
use events::exercise::Limits;
use events::judgement::{TestGroup, Verdict};
use events::package::{Checker, Package, Test, TestKind};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What may be shown of a program's output.
const SHOWN_MAX_BYTES: usize = 4 << 10;
/// Processes and threads of one run.
const TASKS_MAX: u64 = 64;
/// What a run may write to temporary files.
const FILES_MAX_BYTES: u64 = 32 << 20;

/// What one run came to.
enum Outcome {
    Failed(Failure),
    /// The program ended well; its answer is to be looked at.
    Answered,
    /// The interactor has decided.
    Decided(bool),
}

/// One submission, ready to be run.
pub struct Grading<'a> {
    pub boxes: &'a dyn RunBox,
    pub stop: &'a AtomicBool,
    pub installed: &'a Installed,
    pub files: &'a [BoxFile],
    pub package: &'a Package,
    pub checker: Option<ReadyChecker<'a>>,
    /// When the tests' time together is over, where it is bounded.
    pub ends: Option<Instant>,
}

impl Grading<'_> {
    pub fn run_test(
        &self,
        test: &Test,
        ordinal: u32,
        on_step: &mut impl FnMut(Step<'_>),
    ) -> Result<GradedTest, CheckerError> {
        let mut allowed = self.allowed_now();
        let (mut run, mut outcome) = self.run_once(test, &allowed, on_step)?;
        if matches!(outcome, Outcome::Failed(Failure { verdict: Verdict::TimeLimit, .. }))
            && verdict::was_starved(&run)
            && self.ends.is_none_or(|ends| Instant::now() < ends)
        {
            on_step(Step::Starved);
            allowed = self.allowed_now();
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
        let exact = Figures {
            cpu_ms: u32::try_from(run.cpu.as_millis()).unwrap_or(u32::MAX),
            memory_kib: u32::try_from(run.memory_kib).unwrap_or(u32::MAX),
            exceeded,
        };
        let told = if test.group == TestGroup::Hidden { coarse(exact) } else { exact };
        Ok(GradedTest {
            ordinal,
            group: test.group,
            verdict,
            cpu_ms: told.cpu_ms,
            memory_kib: told.memory_kib,
            exceeded: told.exceeded,
            output: (test.group == TestGroup::Sample).then(shown),
        })
    }

    /// The package's limits, and no more time than is left.
    fn allowed_now(&self) -> BoxLimits {
        let allowed = box_limits(&self.installed.allowed(&self.package.limits));
        let left = self.ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        BoxLimits { wall: left.map_or(allowed.wall, |left| allowed.wall.min(left)), ..allowed }
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
        let data = (input.as_bytes(), test.expected.as_bytes());
        let (run, conclusion) = checkers::talk(interactor, data, allowed, self.boxes, self.stop, |wires| {
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
        self.boxes.run_box(&BoxSpec {
            root: &self.installed.run_root,
            command,
            files: self.files,
            // Where there is an interactor, the input is for it alone.
            stdin: if wires.is_some() { b"" } else { stdin.as_bytes() },
            private_pipes,
            keeps: false,
            wires,
            limits: *limits,
            stop: self.stop,
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
        checker.is_right(input.as_bytes(), expected, answer, self.boxes, self.stop)
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
