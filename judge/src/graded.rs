//! What came of a submission.

use crate::{scoring, verdict};
use events::judgement::{Exceeded, TestGroup, Verdict};
use events::package::Package;

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
    /// Of hidden tests all figures are coarse ([`crate::coarse`]).
    pub cpu_ms: u32,
    pub memory_kib: u32,
    pub exceeded: Option<Exceeded>,
    /// What the program printed; samples only, cut.
    pub output: Option<Vec<u8>>,
}

impl Graded {
    /// A verdict on the platform.
    pub fn judge_error(reason: &'static str) -> Self {
        Self { reason: Some(reason), ..Self::without_tests(Verdict::JudgeError) }
    }

    pub(crate) fn compile_error(complaint: Vec<u8>) -> Self {
        Self { compile_output: Some(complaint), ..Self::without_tests(Verdict::CompileError) }
    }

    fn without_tests(verdict: Verdict) -> Self {
        let (tests, compile_output, reason) = (Vec::new(), None, None);
        Self { verdict, points: 0, cpu_ms: 0, memory_kib: 0, tests, compile_output, reason }
    }

    /// `out_of_time`: tests were left out because the submission's time was spent, and not because they could change
    /// nothing any more.
    pub(crate) fn of(tests: Vec<GradedTest>, package: &Package, out_of_time: bool, points_max: u32) -> Self {
        let mut passed = vec![None; package.tests.len()];
        for test in &tests {
            let position = usize::try_from(test.ordinal).unwrap_or(usize::MAX).wrapping_sub(1);
            if let Some(passed) = passed.get_mut(position) {
                *passed = Some(test.verdict == Verdict::Accepted);
            }
        }
        let verdict = verdict::overall(tests.iter().map(|test| test.verdict));
        let points = scoring::points(&package.scoring, &passed, points_max);
        // The exercise asks for more than the judge grants, and the tests that are missing could have changed something.
        let decided = verdict != Verdict::Accepted && package.scoring.is_all_or_nothing();
        let (verdict, points, reason) = if out_of_time && !decided {
            (Verdict::JudgeError, 0, Some("budget_spent"))
        } else {
            (verdict, points, None)
        };
        Self {
            verdict,
            points,
            cpu_ms: tests.iter().fold(0, |sum, test| sum.saturating_add(test.cpu_ms)),
            memory_kib: tests.iter().map(|test| test.memory_kib).max().unwrap_or_default(),
            tests,
            compile_output: None,
            reason,
        }
    }
}
