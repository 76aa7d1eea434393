//! Running what was asked for, in the same boxes as submissions, and telling what came of it.

use super::TakenRun;
use super::waiting::WaitingRun;
use crate::graded::{Graded, GradedTest};
use crate::metrics::Metrics;
use crate::package_cache::PackageCache;
use crate::run::Grader;
use crate::sandbox::SandboxError;
use async_nats::Subject;
use chassis::clock::Clock;
use chassis::log::EventLog;
use events::judgement::{TestGroup, Verdict};
use events::package::{Checker, Package, Scoring, Test, TestKind};
use events::run::{OUTPUTS_BYTES_MAX, RunRefusal, RunReply, RunRequest, RunResult, RunTest, RunWhat};
use std::sync::Arc;
use std::time::Duration;

/// What all tests of a learner's run may take together, however long one may in a submission: a run is not to hold a slot
/// for as long as its exercise's limits allow. Compiling comes before it, with limits of its own.
const TESTS_WALL_MAX: Duration = Duration::from_secs(20);

/// What running and answering takes.
pub struct Answering<'a> {
    pub log: &'a EventLog,
    pub packages: &'a PackageCache,
    pub grader: &'a Grader,
    pub clock: &'a Clock,
    pub metrics: &'a Metrics,
}

impl Answering<'_> {
    pub async fn perform(&self, taken: &TakenRun) {
        let WaitingRun { request, answers_to, .. } = &taken.run;
        publish(self.log, answers_to.clone(), &RunReply::Started).await;
        let reply = match self.result(request).await {
            Ok(result) => {
                self.metrics.runs_done.inc();
                RunReply::Done(result)
            }
            Err(refusal) => {
                self.metrics.runs_refused.inc();
                RunReply::Refused(refusal)
            }
        };
        publish(self.log, answers_to.clone(), &reply).await;
    }

    async fn result(&self, request: &RunRequest) -> Result<RunResult, RunRefusal> {
        let digest = &request.package_digest;
        let package = self.packages.get(digest).await.map_err(|error| {
            tracing::warn!(digest, %error, "a run's package cannot be had");
            RunRefusal::PackageUnavailable
        })?;
        let package = part_of(package, &request.what)?;
        let budget = (request.end_by - self.clock.now()).to_std().unwrap_or_default();
        let points_max = match request.what {
            RunWhat::AllTests { points_max } => points_max,
            RunWhat::Samples | RunWhat::OwnInput(_) => 0,
        };
        let source = request.source.clone().into_bytes();
        let mut bounded = self.grader.within(budget);
        if !request.what.is_self_check() {
            bounded = bounded.with_tests_within(TESTS_WALL_MAX);
        }
        let grading = bounded.grade(package, &request.language, source, points_max, |_| {});
        let graded = grading.await.map_err(|error| {
            // Stopped because this judge ends: another one can.
            if matches!(error, SandboxError::Stopped) {
                return RunRefusal::Busy;
            }
            tracing::error!(%error, "a run's box could not be run");
            RunRefusal::Failed
        })?;
        Ok(told(graded, &request.what))
    }
}

/// What of a package is to be run.
fn part_of(package: Arc<Package>, what: &RunWhat) -> Result<Arc<Package>, RunRefusal> {
    let (tests, checker) = match what {
        RunWhat::AllTests { .. } => return Ok(package),
        RunWhat::Samples => {
            let samples = package.tests.iter().filter(|test| test.group == TestGroup::Sample);
            (samples.cloned().collect(), package.checker.clone())
        }
        RunWhat::OwnInput(_) if matches!(package.checker, Checker::Interactor(_)) => {
            return Err(RunRefusal::Interactive);
        }
        RunWhat::OwnInput(input) => {
            let calls = package.tests.iter().any(|test| matches!(test.kind, TestKind::Call { .. }));
            let input = input.clone();
            let kind = if calls { TestKind::Call { expression: input } } else { TestKind::Stdio { input } };
            (vec![Test { group: TestGroup::Sample, kind, expected: String::new() }], Checker::Exact)
        }
    };
    let (limits, scoring) = (package.limits, Scoring::AllOrNothing);
    Ok(Arc::new(Package { tests, limits, checker, scoring, early_stop: false, solutions: Vec::new() }))
}

fn told(graded: Graded, what: &RunWhat) -> RunResult {
    let verdict = |verdict| match (what, verdict) {
        // There was nothing to compare with.
        (RunWhat::OwnInput(_), Verdict::Accepted | Verdict::WrongAnswer) => None,
        _ => Some(verdict),
    };
    let mut left = OUTPUTS_BYTES_MAX;
    let mut text = |bytes: Vec<u8>| {
        let bytes = &bytes[..bytes.len().min(left)];
        left -= bytes.len();
        String::from_utf8_lossy(bytes).into_owned()
    };
    let tests = graded.tests.into_iter().map(|test: GradedTest| RunTest {
        ordinal: test.ordinal,
        group: test.group,
        verdict: verdict(test.verdict),
        cpu_ms: test.cpu_ms,
        memory_kib: test.memory_kib,
        exceeded: test.exceeded,
        output: test.output.map(&mut text),
    });
    let tests = tests.collect();
    RunResult {
        verdict: verdict(graded.verdict),
        points: matches!(what, RunWhat::AllTests { .. }).then_some(graded.points),
        tests,
        compile_output: graded.compile_output.map(text),
        reason: graded.reason.map(str::to_owned),
    }
}

/// An answer may get lost; then who asked does without.
#[allow(clippy::disallowed_methods)] // An answer is no event: it is never stored and may get lost.
pub(super) async fn publish(log: &EventLog, answers_to: Subject, reply: &RunReply) {
    let Ok(body) = serde_json::to_vec(reply) else { return };
    if let Err(error) = log.client().publish(answers_to, body.into()).await {
        tracing::debug!(%error, "an answer to a run could not be sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::exercise::Limits;

    fn package(kind: &TestKind, checker: Checker) -> Arc<Package> {
        let test = |group| Test { group, kind: kind.clone(), expected: "hidden?".to_owned() };
        Arc::new(Package {
            tests: vec![test(TestGroup::Sample), test(TestGroup::Hidden)],
            limits: Limits::default(),
            checker,
            scoring: Scoring::Weighted(vec![0, 1]),
            early_stop: true,
            solutions: Vec::new(),
        })
    }

    #[test]
    fn hidden_tests_are_in_no_part_but_all() {
        let stdio = package(&TestKind::Stdio { input: "1".to_owned() }, Checker::Tokens);
        let samples = part_of(stdio.clone(), &RunWhat::Samples).expect("samples");
        assert_eq!((samples.tests.as_slice(), &samples.checker), (&stdio.tests[..1], &Checker::Tokens));
        assert_eq!(samples.scoring.problem(1), None);
        let own = part_of(stdio.clone(), &RunWhat::OwnInput("7".to_owned())).expect("one test");
        let [test] = own.tests.as_slice() else { panic!("{own:?}") };
        assert_eq!((&test.kind, test.expected.as_str()), (&TestKind::Stdio { input: "7".to_owned() }, ""));
        let all = part_of(stdio.clone(), &RunWhat::AllTests { points_max: 1 }).expect("all");
        assert!(Arc::ptr_eq(&all, &stdio));
    }

    #[test]
    fn input_of_ones_own_is_an_expression_where_tests_are() {
        let calls = package(&TestKind::Call { expression: "f(1)".to_owned() }, Checker::Exact);
        let own = part_of(calls, &RunWhat::OwnInput("f(2)".to_owned())).expect("one test");
        assert_eq!(own.tests[0].kind, TestKind::Call { expression: "f(2)".to_owned() });
    }

    #[test]
    fn outputs_are_bounded_together_and_own_input_is_neither_right_nor_wrong() {
        let test = |ordinal| GradedTest {
            ordinal,
            group: TestGroup::Sample,
            verdict: Verdict::WrongAnswer,
            cpu_ms: 1,
            memory_kib: 1,
            exceeded: None,
            output: Some(vec![b'x'; OUTPUTS_BYTES_MAX - 1]),
        };
        let graded = Graded {
            verdict: Verdict::WrongAnswer,
            points: 0,
            cpu_ms: 2,
            memory_kib: 1,
            tests: vec![test(1), test(2)],
            compile_output: None,
            reason: None,
        };
        let own = told(graded.clone(), &RunWhat::OwnInput(String::new()));
        assert_eq!((own.verdict, own.tests[0].verdict, own.points), (None, None, None));
        let lengths: Vec<_> = own.tests.iter().map(|test| test.output.as_ref().map(String::len)).collect();
        assert_eq!(lengths, [Some(OUTPUTS_BYTES_MAX - 1), Some(1)]);
        let samples = told(graded, &RunWhat::Samples);
        assert_eq!(samples.verdict, Some(Verdict::WrongAnswer));
    }
}
