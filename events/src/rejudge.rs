//! Rejudging: judging again what was judged before, as a *set* whose results have no effect until it is applied.
//!
//! A set is an aggregate of its own, on `facts.rejudge_set.<partition>.<set>`, and every one of its events carries all of
//! it, so its last message says how it stands. What spans learners is written as facts of each learner, on
//! `facts.rejudge.<partition>.<learner>`, because a projection reads only its partition.
//!
//! | event | means | published by |
//! |---|---|---|
//! | `rejudge_requested` | somebody asks for a set | command-api, on a request |
//! | `submission_rejudge_requested` (learner) | this submission is to be judged for the set | command-api's fan-out |
//! | `rejudge_selected` | every submission of the set has been asked for | command-api's fan-out |
//! | `submission_judged` ([`crate::judgement`]) | a result, without effect | judge |
//! | `rejudge_judged` | every result is in the log | command-api's fan-out |
//! | `rejudge_ordered` | the results are to have effect | command-api, on a request |
//! | `rejudge_applied` (learner) | these results of this learner have effect from here on | command-api's fan-out |
//! | `rejudge_finished` | they have for every learner | command-api's fan-out |
//! | `rejudge_cancelled` | no result of the set will ever have effect | command-api, on a request |
//!
//! Consumed by judge (durable `judge-rejudge`), command-api (durable `rejudge-sets`), projectors (`rejudges`, `ledger`,
//! `progress`) and analysts. Ids of what the fan-out writes are derived, so writing it twice is harmless.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{ExerciseId, JudgementId, LearnerId, RejudgeSetId, SubmissionId};
use crate::judgement::Verdict;
use crate::upcast::Upcast;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const REJUDGE_REQUESTED: EventType = of_set("rejudge_requested");
pub const REJUDGE_SELECTED: EventType = of_set("rejudge_selected");
pub const REJUDGE_JUDGED: EventType = of_set("rejudge_judged");
pub const REJUDGE_ORDERED: EventType = of_set("rejudge_ordered");
pub const REJUDGE_FINISHED: EventType = of_set("rejudge_finished");
pub const REJUDGE_CANCELLED: EventType = of_set("rejudge_cancelled");
pub const SUBMISSION_REJUDGE_REQUESTED: EventType = of_learner("submission_rejudge_requested");
pub const REJUDGE_APPLIED: EventType = of_learner("rejudge_applied");

/// Most results in one `rejudge_applied`: what a learner has more of comes in further facts.
pub const APPLIED_RESULTS_MAX: usize = 1_000;

const fn of_set(name: &'static str) -> EventType {
    EventType { family: Family::RejudgeSet, name, version: 1 }
}

const fn of_learner(name: &'static str) -> EventType {
    EventType { family: Family::Rejudge, name, version: 1 }
}

/// Which submissions: those received before the request that fit everything said here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercise_id: Option<ExerciseId>,
    /// Only those handed in to this revision of the exercise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Received at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Received before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Only these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub submissions: Vec<SubmissionId>,
}

/// By which revision of its exercise a submission is judged again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeBy {
    /// The exercise's last one before the request: for tests that were mended.
    #[default]
    Current,
    /// The one it was received under: for a judge or a toolchain that was mended.
    Original,
}

impl JudgeBy {
    pub fn name(self) -> &'static str {
        match self {
            JudgeBy::Current => "current",
            JudgeBy::Original => "original",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetStatus {
    /// The submissions are being looked up.
    Requested,
    /// All are asked for; judges work on them.
    Selected,
    /// Every result is there.
    Judged,
    /// The results are being given effect, learner by learner.
    Applying,
    Applied,
    Cancelled,
}

impl SetStatus {
    pub fn name(self) -> &'static str {
        match self {
            SetStatus::Requested => "requested",
            SetStatus::Selected => "selected",
            SetStatus::Judged => "judged",
            SetStatus::Applying => "applying",
            SetStatus::Applied => "applied",
            SetStatus::Cancelled => "cancelled",
        }
    }
}

/// A set as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RejudgeSet {
    /// Equal to the id of its `rejudge_requested` event.
    pub set_id: RejudgeSetId,
    pub status: SetStatus,
    pub selection: Selection,
    pub judge_by: JudgeBy,
    /// For people; says nothing personal.
    pub reason: String,
    pub requested_by: LearnerId,
    /// FACTS sequence of the request: submissions after it do not belong to the set. From `selected` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_seq: Option<u64>,
    /// How many submissions belong to it. From `selected` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submissions: Option<u32>,
    /// Who applied or cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<LearnerId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejudgeSetEvent {
    Requested(RejudgeSet),
    Selected(RejudgeSet),
    Judged(RejudgeSet),
    Ordered(RejudgeSet),
    Finished(RejudgeSet),
    Cancelled(RejudgeSet),
}

impl RejudgeSetEvent {
    /// The set after this event.
    pub fn set(&self) -> &RejudgeSet {
        match self {
            Self::Requested(set)
            | Self::Selected(set)
            | Self::Judged(set)
            | Self::Ordered(set)
            | Self::Finished(set)
            | Self::Cancelled(set) => set,
        }
    }

    pub fn into_set(self) -> RejudgeSet {
        match self {
            Self::Requested(set)
            | Self::Selected(set)
            | Self::Judged(set)
            | Self::Ordered(set)
            | Self::Finished(set)
            | Self::Cancelled(set) => set,
        }
    }
}

impl FamilyEvent for RejudgeSetEvent {
    const FAMILY: Family = Family::RejudgeSet;
    const TYPES: &'static [EventType] = &[
        REJUDGE_REQUESTED,
        REJUDGE_SELECTED,
        REJUDGE_JUDGED,
        REJUDGE_ORDERED,
        REJUDGE_FINISHED,
        REJUDGE_CANCELLED,
    ];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Requested(_) => REJUDGE_REQUESTED,
            Self::Selected(_) => REJUDGE_SELECTED,
            Self::Judged(_) => REJUDGE_JUDGED,
            Self::Ordered(_) => REJUDGE_ORDERED,
            Self::Finished(_) => REJUDGE_FINISHED,
            Self::Cancelled(_) => REJUDGE_CANCELLED,
        }
    }

    fn key(&self) -> Uuid {
        self.set().set_id.0
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self.set())
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        let wrap = match name {
            "rejudge_requested" => Self::Requested,
            "rejudge_selected" => Self::Selected,
            "rejudge_judged" => Self::Judged,
            "rejudge_ordered" => Self::Ordered,
            "rejudge_finished" => Self::Finished,
            "rejudge_cancelled" => Self::Cancelled,
            _ => return None,
        };
        Some(serde_json::from_slice(body).map(wrap))
    }
}

/// One submission is to be judged for a set. Its source stays where it is: in the fact at `accepted_seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionRejudgeRequested {
    pub set_id: RejudgeSetId,
    pub submission_id: SubmissionId,
    pub learner_id: LearnerId,
    pub exercise_id: ExerciseId,
    /// FACTS sequence of the `submission_received`.
    pub accepted_seq: u64,
    /// What it is judged by: see [`JudgeBy`].
    pub revision: u32,
    pub package_digest: String,
    pub points_max: u32,
}

/// A result that has effect. It carries all that the effects need, so no fold has to look the judgement up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedResult {
    pub submission_id: SubmissionId,
    pub judgement_id: JudgementId,
    pub exercise_id: ExerciseId,
    pub category: String,
    pub language: String,
    pub accepted_seq: u64,
    pub accepted_at: DateTime<Utc>,
    pub verdict: Verdict,
    pub points: u32,
    /// As the judgement says it; facts of before 2026-11-21 do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u32>,
}

/// Results of a set have effect for one learner. Of several sets about one submission the one with the highest
/// `ordered_seq` counts, whichever was written last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RejudgeApplied {
    pub set_id: RejudgeSetId,
    pub learner_id: LearnerId,
    /// FACTS sequence of the set's `rejudge_ordered`.
    pub ordered_seq: u64,
    /// Without those that ended in `judge_error`: our own fault takes no verdict away.
    pub results: Vec<AppliedResult>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejudgeEvent {
    SubmissionRequested(SubmissionRejudgeRequested),
    Applied(RejudgeApplied),
}

impl FamilyEvent for RejudgeEvent {
    const FAMILY: Family = Family::Rejudge;
    const TYPES: &'static [EventType] = &[SUBMISSION_REJUDGE_REQUESTED, REJUDGE_APPLIED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::SubmissionRequested(_) => SUBMISSION_REJUDGE_REQUESTED,
            Self::Applied(_) => REJUDGE_APPLIED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::SubmissionRequested(event) => event.learner_id.0,
            Self::Applied(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::SubmissionRequested(event) => serde_json::to_vec(event),
            Self::Applied(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "submission_rejudge_requested" => serde_json::from_slice(body).map(Self::SubmissionRequested),
            "rejudge_applied" => serde_json::from_slice(body).map(Self::Applied),
            _ => return None,
        })
    }
}
