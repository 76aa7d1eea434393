//! Judgements: what came of a submission. A judgement says per test only ordinal, group, verdict and figures; output is
//! there for samples alone, and sealed.
//!
//! `submission_judged` on `facts.judgement.<partition>.<learner>`: published by judge; consumed by command-api (which
//! counts unjudged submissions and results of rejudge sets), projectors (`submissions`, `progress`, `ledger`, `rejudges`)
//! and analysts. The first fact per judgement id in stream order wins; later ones have no effect. The event's id is the
//! judgement's, so the header tells which judgement it is.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{ExerciseId, JudgementId, LearnerId, RejudgeSetId, SubmissionId};
use crate::seal::Sealed;
use crate::upcast::Upcast;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const SUBMISSION_JUDGED: EventType =
    EventType { family: Family::Judgement, name: "submission_judged", version: 1 };

/// The name of the sealed field of compiler or start-up messages, part of its associated data.
pub const COMPILE_OUTPUT_FIELD: &str = "compile_output";

/// The name of the sealed field of one test's output.
pub fn test_output_field(ordinal: u32) -> String {
    format!("tests.{ordinal}.output")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Accepted,
    WrongAnswer,
    TimeLimit,
    MemoryLimit,
    OutputLimit,
    RuntimeError,
    CompileError,
    /// The platform's fault, never the learner's.
    JudgeError,
}

impl Verdict {
    pub const ALL: [Verdict; 8] = [
        Verdict::Accepted,
        Verdict::WrongAnswer,
        Verdict::TimeLimit,
        Verdict::MemoryLimit,
        Verdict::OutputLimit,
        Verdict::RuntimeError,
        Verdict::CompileError,
        Verdict::JudgeError,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::WrongAnswer => "wrong_answer",
            Verdict::TimeLimit => "time_limit",
            Verdict::MemoryLimit => "memory_limit",
            Verdict::OutputLimit => "output_limit",
            Verdict::RuntimeError => "runtime_error",
            Verdict::CompileError => "compile_error",
            Verdict::JudgeError => "judge_error",
        }
    }
}

/// Which tests a learner may see into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestGroup {
    Sample,
    Hidden,
}

/// A limit that a run exceeded, or reached and then failed. The figures are in the unit that the limit's name ends with, else
/// in pieces, and say what the language was allowed, which may be more than the exercise says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exceeded {
    pub limit: LimitName,
    pub measured: u64,
    pub allowed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    CpuMs,
    /// Time that passed: for programs that sleep or wait.
    WallMs,
    MemoryKib,
    OutputKib,
    /// Processes and threads at the same time, the box's own first process included.
    Processes,
    /// Of one process.
    OpenFiles,
    /// All temporary files together.
    FilesKib,
    /// One temporary file.
    OneFileKib,
}

/// One test's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestResult {
    /// From 1, in the package's order.
    pub ordinal: u32,
    pub group: TestGroup,
    pub verdict: Verdict,
    /// CPU time, milliseconds; of hidden tests rounded up to coarse steps, so that it tells little of their input.
    pub cpu_ms: u32,
    /// Peak resident memory, KiB; of hidden tests rounded likewise, and `exceeded` too.
    pub memory_kib: u32,
    /// For the verdicts that are about a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded: Option<Exceeded>,
    /// What the program printed; samples only, cut at 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Sealed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionJudged {
    pub judgement_id: JudgementId,
    pub submission_id: SubmissionId,
    pub learner_id: LearnerId,
    pub exercise_id: ExerciseId,
    pub revision: u32,
    pub category: String,
    pub language: String,
    /// FACTS sequence of the `submission_received`: orders the staircase of points.
    pub accepted_seq: u64,
    /// Its time: chooses the day, week and month the points count for.
    pub accepted_at: DateTime<Utc>,
    pub verdict: Verdict,
    /// Earned by this submission, 0 to `points_max`.
    pub points: u32,
    pub points_max: u32,
    /// The sum over the tests that ran, as their results tell it, milliseconds.
    pub cpu_ms: u32,
    /// The largest of the tests that ran, as their results tell it, KiB.
    pub memory_kib: u32,
    pub tests: Vec<TestResult>,
    /// What the compiler (or interpreter, before the first test) said; cut at 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_output: Option<Sealed>,
    /// For `judge_error`: what went wrong on our side, without any of the learner's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which delivery of the submission led to this, from 1.
    pub delivery: u32,
    /// The rejudge set it is a result of. Then it has no effect by itself: see [`crate::rejudge`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejudge_set: Option<RejudgeSetId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgementEvent {
    SubmissionJudged(SubmissionJudged),
}

impl FamilyEvent for JudgementEvent {
    const FAMILY: Family = Family::Judgement;
    const TYPES: &'static [EventType] = &[SUBMISSION_JUDGED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::SubmissionJudged(_) => SUBMISSION_JUDGED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::SubmissionJudged(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::SubmissionJudged(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "submission_judged" => serde_json::from_slice(body).map(Self::SubmissionJudged),
            _ => return None,
        })
    }
}

/// What a judge says while it works: core NATS on `progress.<partition>.<learner>`, JSON, never stored, lost without
/// harm. A client shows what has the highest `delivery` and forgets the rest; the verdict comes from the fact alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    pub submission_id: SubmissionId,
    pub judgement_id: JudgementId,
    pub learner_id: LearnerId,
    pub delivery: u32,
    /// How many tests there are.
    pub tests_total: u32,
    /// The test that just ended; `None` when judging starts.
    pub test: Option<TestProgress>,
}

/// One ended test, without anything a learner may not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestProgress {
    pub ordinal: u32,
    pub group: TestGroup,
    pub verdict: Verdict,
    pub cpu_ms: u32,
    pub memory_kib: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded: Option<Exceeded>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exceeded_limit_as_json() {
        let exceeded = Exceeded { limit: LimitName::CpuMs, measured: 2_013, allowed: 2_000 };
        let json = r#"{"limit":"cpu_ms","measured":2013,"allowed":2000}"#;
        assert_eq!(serde_json::to_string(&exceeded).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Exceeded>(json).expect("a limit"), exceeded);
        let before = r#"{"ordinal":1,"group":"hidden","verdict":"time_limit","cpu_ms":2013,"memory_kib":1}"#;
        let test: TestResult = serde_json::from_str(before).expect("a test of old");
        assert_eq!((test.exceeded, serde_json::to_string(&test).expect("JSON").as_str()), (None, before));
    }
}
