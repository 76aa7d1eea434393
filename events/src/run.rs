//! Runs: judging that nobody remembers. command-api asks the judges over core NATS, on `runs.<language>` ([`crate::subject::run`]),
//! and a judge of the queue group [`crate::subject::RUN_JUDGES`] answers to the inbox that the request names. Request and answers
//! are JSON, never stored, and lost without harm: who asked asks again, or tells that nothing came.
//!
//! A judge listens for the languages it has, so that a request which no judge can run finds nobody. It answers
//! [`RunReply::Started`] when a slot takes the request and then [`RunReply::Done`]; or [`RunReply::Refused`], at once or
//! after a short wait for a slot. Runs come after submissions: a judge that is busy refuses, and who asked may ask again
//! (the broker chooses a judge by chance) until `start_by`. A judge starts no request after `start_by`, so the machines'
//! clocks have to agree to a fraction of that. Self-checks ([`RunWhat::is_self_check`]) come after learners' runs.
//!
//! published by command-api; consumed by judge.

use crate::judgement::{Exceeded, TestGroup, Verdict};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The most bytes of input of one's own, in UTF-8.
pub const INPUT_BYTES_MAX: usize = 64 << 10;
/// What all outputs of one answer have together, at most, in bytes; what is over is cut off.
pub const OUTPUTS_BYTES_MAX: usize = 256 << 10;

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// Names the package in the EXERCISES bucket.
    pub package_digest: String,
    pub language: String,
    pub source: String,
    pub what: RunWhat,
    /// Not started any more after this; then nobody waits for it.
    pub start_by: DateTime<Utc>,
    /// No further test is begun after this. What has been judged by then is answered.
    pub end_by: DateTime<Utc>,
}

/// Against what a source is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunWhat {
    /// The package's samples.
    Samples,
    /// This input (the expression of a `call` exercise), compared with nothing.
    OwnInput(String),
    /// Everything, hidden tests too: the self-check of an import, whose author has the whole package.
    AllTests { points_max: u32 },
}

impl RunWhat {
    /// Whether it comes after what learners ask for: nobody sits and looks at a self-check, and it takes long.
    pub fn is_self_check(&self) -> bool {
        matches!(self, Self::AllTests { .. })
    }
}

/// One message to who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunReply {
    /// A slot has taken it; the result follows.
    Started,
    Done(RunResult),
    Refused(RunRefusal),
}

/// Why a judge does not run a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunRefusal {
    /// Every slot is taken, or the judge is ending. Another judge may be free.
    Busy,
    /// `start_by` is past.
    TooLate,
    /// The package is not there or not readable.
    PackageUnavailable,
    /// An interactive exercise has no input of one's own.
    Interactive,
    /// No box could be made, or the request could not be read.
    Failed,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    /// The first failing test's. `None`: input of one's own, and the program ended well; nobody knows whether its answer is
    /// right.
    pub verdict: Option<Verdict>,
    /// [`RunWhat::AllTests`]: what a submission would have earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<u32>,
    /// The tests that ran, in order.
    pub tests: Vec<RunTest>,
    /// What the compiler said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_output: Option<String>,
    /// For `judge_error`: what went wrong on our side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One test's result. Of hidden tests figures are coarse and output is not told, as in a judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTest {
    /// From 1, among the tests of this run.
    pub ordinal: u32,
    pub group: TestGroup,
    /// `None`: as in [`RunResult::verdict`].
    pub verdict: Option<Verdict>,
    /// CPU time, milliseconds.
    pub cpu_ms: u32,
    /// Peak resident memory, KiB.
    pub memory_kib: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded: Option<Exceeded>,
    /// What the program printed, cut at 4 KiB; what is no UTF-8 is shown as U+FFFD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_answers_as_json() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let request = RunRequest {
            package_digest: "d".to_owned(),
            language: "python".to_owned(),
            source: "print(1)".to_owned(),
            what: RunWhat::OwnInput("1\n".to_owned()),
            start_by: at,
            end_by: at,
        };
        let json = r#"{"package_digest":"d","language":"python","source":"print(1)","what":{"own_input":"1\n"},"start_by":"2027-01-15T08:00:00Z","end_by":"2027-01-15T08:00:00Z"}"#;
        assert_eq!(serde_json::to_string(&request).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<RunRequest>(json).expect("a request"), request);
        for (reply, json) in [
            (RunReply::Started, r#""started""#),
            (RunReply::Refused(RunRefusal::TooLate), r#"{"refused":"too_late"}"#),
        ] {
            assert_eq!(serde_json::to_string(&reply).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<RunReply>(json).expect("a reply"), reply);
        }
    }
}
