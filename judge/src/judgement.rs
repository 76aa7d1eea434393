//! The fact a graded submission becomes. Pure but for the nonces of sealing.

use crate::graded::Graded;
use chassis::seal::DataKey;
use chrono::{DateTime, Utc};
use events::judgement::{
    COMPILE_OUTPUT_FIELD, JudgementEvent, Progress, SubmissionJudged, TestProgress, TestResult,
    test_output_field,
};
use events::submission::SubmissionReceived;
use events::{Event, EventId, JudgementId, NewEvent, RejudgeSetId};

/// A submission as this judge got it.
#[derive(Debug, Clone)]
pub struct Taken {
    pub submission: SubmissionReceived,
    /// Where FACTS holds it, and since when.
    pub accepted_seq: u64,
    pub accepted_at: DateTime<Utc>,
    /// From 1.
    pub delivery: u32,
    pub traceparent: Option<String>,
    /// The set it is judged again for.
    pub rejudge_set: Option<RejudgeSetId>,
}

impl Taken {
    pub fn judgement_id(&self) -> JudgementId {
        let submission = self.submission.submission_id;
        self.rejudge_set
            .map_or_else(|| JudgementId::first(submission), |set| JudgementId::rejudged(submission, set))
    }

    pub fn progress(&self, tests_total: u32, test: Option<TestProgress>) -> Progress {
        Progress {
            submission_id: self.submission.submission_id,
            judgement_id: self.judgement_id(),
            learner_id: self.submission.learner_id,
            delivery: self.delivery,
            tests_total,
            test,
        }
    }

    /// `key` seals what the program and the compiler said; without a key nothing of it is kept.
    pub fn judged(&self, graded: Graded, key: Option<&DataKey>, now: DateTime<Utc>) -> NewEvent {
        let judgement_id = self.judgement_id();
        // The judgement's event has the judgement's id: a second one for the same judgement is a duplicate by id.
        let event_id = EventId(judgement_id.0);
        let seal = |field: &str, plain: Option<Vec<u8>>| Some(key?.seal(event_id, field, &plain?));
        let tests = graded
            .tests
            .into_iter()
            .map(|test| TestResult {
                ordinal: test.ordinal,
                group: test.group,
                verdict: test.verdict,
                cpu_ms: test.cpu_ms,
                memory_kib: test.memory_kib,
                exceeded: test.exceeded,
                output: seal(&test_output_field(test.ordinal), test.output),
            })
            .collect();
        let submission = &self.submission;
        let judged = SubmissionJudged {
            judgement_id,
            submission_id: submission.submission_id,
            learner_id: submission.learner_id,
            exercise_id: submission.exercise_id,
            revision: submission.revision,
            category: submission.category.clone(),
            language: submission.language.clone(),
            accepted_seq: self.accepted_seq,
            accepted_at: self.accepted_at,
            verdict: graded.verdict,
            points: graded.points,
            points_max: submission.points_max,
            cpu_ms: graded.cpu_ms,
            memory_kib: graded.memory_kib,
            tests,
            compile_output: seal(COMPILE_OUTPUT_FIELD, graded.compile_output),
            reason: graded.reason.map(str::to_owned),
            delivery: self.delivery,
            rejudge_set: self.rejudge_set,
        };
        NewEvent {
            id: event_id,
            source: "judge",
            time: now,
            event: Event::Judgement(JudgementEvent::SubmissionJudged(judged)),
            request_digest: None,
            traceparent: self.traceparent.clone(),
        }
    }
}
